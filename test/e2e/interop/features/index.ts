import type { Feature } from './feature';
import { PROTECTION } from './protection';
import { RESTART } from './restart';
import { ROUTES } from './routes';
import { SESSIONS } from './sessions';

export type { Feature } from './feature';

/** Every row of the matrix, in its order. */
export const FEATURES = { ...ROUTES, ...SESSIONS, ...RESTART, ...PROTECTION } as const satisfies Record<
  string,
  Feature
>;

export type FeatureId = keyof typeof FEATURES;

export const FEATURE_IDS = Object.keys(FEATURES) as FeatureId[];
