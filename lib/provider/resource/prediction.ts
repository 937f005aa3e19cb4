import { packJson, unpackJson } from '../../control/packed';
import type { Fabric } from '../../model/fabric';
import { type Prediction, predictionOf, readPrediction } from '../../preview/observed/prediction';
import type { Values } from '../value';
import { wavesOf } from './impact';

/** What a plan says of a deploy, as agents keep it. */
export const packedPrediction = (
  before: Fabric | undefined,
  after: Fabric,
  config: Values,
  known: Omit<Parameters<typeof predictionOf>[2], 'waves'>,
): string => packJson(predictionOf(before, after, { ...known, waves: wavesOf(config) }));

/** Reads {@link packedPrediction}; undefined: it is of another form. */
export const unpackPrediction = (packed: string): Prediction | undefined => readPrediction(unpackJson(packed));
