import type { CalicoResource } from '../resource';

/** A v1 resource in v3 form, and its v1 identity: two with the same v3 name are a collision. */
export interface Converted {
  readonly resource: CalicoResource;
  readonly identity: string;
  /** It is only part of the resource and is merged into what was read before. */
  readonly isPart?: boolean;
  /** Parts unrelated to BGP: `ipPool metadata.labels`. */
  readonly unrelated?: readonly string[];
}
