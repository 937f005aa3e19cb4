import type { CalicoResource } from '../resource';

/** A v1 resource in its v3 form, and what tells it from others in v1: two of one v3 name are a collision. */
export interface Converted {
  readonly resource: CalicoResource;
  readonly identity: string;
  /** It says something of the resource, and what was said of it before stands but for that. */
  readonly isPart?: boolean;
  /** `ipPool metadata.labels`: what of it means nothing to BGP. */
  readonly unrelated?: readonly string[];
}
