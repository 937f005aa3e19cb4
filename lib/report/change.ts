import type { Fabric } from '../model/fabric';
import type { Wave } from '../topology/losses';

/** A change, and what is known of it beside its preview. */
export interface Change {
  /** Absent: there is no fabric yet. */
  readonly before?: Fabric;
  /** Absent: the change destroys the fabric. */
  readonly after?: Fabric;
  /** In order; nodes that are in none come last. */
  readonly waves?: readonly Wave[];
  /** Whether nodes may be cut off. */
  readonly isAllowed?: boolean;
  /** Seconds that the gate of a wave of these nodes may take; absent: the default. */
  readonly gateOf?: (nodes: readonly string[]) => number | undefined;
  /** Where objects are written in the code, by their path (`nodes.n1`): `main.ts:24`. */
  readonly places?: ReadonlyMap<string, string>;
}
