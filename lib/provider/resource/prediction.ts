import { packJson, unpackJson } from '../../control/packed';
import type { Fabric } from '../../model/fabric';
import { type Prediction, predictionOf, readPrediction } from '../../preview/observed/prediction';
import type { Values } from '../value';
import { configuredWaves } from './impact';

/** What a plan says of a deploy, as agents keep it. */
export const packedPrediction = (
  before: Fabric | undefined,
  after: Fabric,
  config: Values,
  known: Omit<Parameters<typeof predictionOf>[2], 'waves'>,
): string => packJson(predictionOf(before, after, { ...known, waves: configuredWaves(config) }));

/** How many agents are asked for a prediction: all of them were given it, but one may be away, or have been wiped. */
const ASKED = 3;

/** The prediction that the first of some agents still has; undefined: none does, or in another form. */
export async function keptPrediction(
  agents: readonly (() => Promise<string | undefined>)[],
): Promise<Prediction | undefined> {
  for (const ask of agents.slice(0, ASKED)) {
    const packed = await ask().catch(() => undefined);
    if (packed !== undefined) return readPrediction(unpackJson(packed));
  }
  return undefined;
}
