import { packJson, unpackJson } from '../../control/packed';
import type { Fabric } from '../../model/fabric';
import { type Prediction, predictionOf, readPrediction } from '../../preview/observed/prediction';
import type { Values } from '../value';
import { configuredWaves } from './impact';

/** The prediction of a plan, packed for the agents. */
export const packedPrediction = (
  before: Fabric | undefined,
  after: Fabric,
  config: Values,
  known: Omit<Parameters<typeof predictionOf>[2], 'waves'>,
): string => packJson(predictionOf(before, after, { ...known, waves: configuredWaves(config) }));

/**
 * Number of agents that are asked for a prediction: all of them received it, but one may be unreachable or have been
 * reset.
 */
const ASKED = 3;

/** The prediction from the first agent that still has it; undefined if none does, or it has another format. */
export async function keptPrediction(
  agents: readonly (() => Promise<string | undefined>)[],
): Promise<Prediction | undefined> {
  for (const ask of agents.slice(0, ASKED)) {
    const packed = await ask().catch(() => undefined);
    if (packed !== undefined) return readPrediction(unpackJson(packed));
  }
  return undefined;
}
