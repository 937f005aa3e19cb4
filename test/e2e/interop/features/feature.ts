import type { Lab } from '../lab';

/** A row of the matrix. */
export interface Feature {
  /** For people. */
  readonly title: string;
  /** Where it is specified. */
  readonly standard: string;
  /** Proves it with the daemon of the lab. */
  readonly run: (lab: Lab) => Promise<void>;
}
