import type { Feature } from './feature';
import { ROUTES } from './routes';

export type { Feature } from './feature';

/** Every row of the matrix, in its order. */
export const FEATURES = { ...ROUTES } as const satisfies Record<string, Feature>;

export type FeatureId = keyof typeof FEATURES;

export const FEATURE_IDS = Object.keys(FEATURES) as FeatureId[];
