import type { Fabric } from '../model/fabric';
import type { Wave } from '../topology/losses';

/** A change and its context, in addition to its preview. */
export interface Change {
  /** Unset: there is no fabric yet. */
  readonly before?: Fabric;
  /** Unset: the change destroys the fabric. */
  readonly after?: Fabric;
  /** In order; nodes in no wave come last. */
  readonly waves?: readonly Wave[];
  /** Whether nodes may be cut off. */
  readonly isAllowed?: boolean;
  /** Gate timeout in seconds for a wave of these nodes; undefined for the default. */
  readonly gateOf?: (nodes: readonly string[]) => number | undefined;
  /** Source locations of objects, by path (`nodes.n1`): `main.ts:24`. */
  readonly places?: ReadonlyMap<string, string>;
}
