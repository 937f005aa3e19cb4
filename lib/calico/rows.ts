import { BGP_CONFIGURATION } from './kind/bgp-configuration';
import { BGP_FILTER } from './kind/bgp-filter';
import { BGP_PEER } from './kind/bgp-peer';
import { BLOCK_AFFINITY } from './kind/block-affinity';
import { IP_POOL } from './kind/ip-pool';
import { NODE } from './kind/node';
import type { CalicoKind } from './resource';
import type { Rows } from './row';

/** Every field of every v3 resource that BGP is configured with, and how it is imported. */
export const ROWS: Readonly<Record<CalicoKind, Rows>> = {
  BGPConfiguration: BGP_CONFIGURATION,
  BGPPeer: BGP_PEER,
  BGPFilter: BGP_FILTER,
  Node: NODE,
  IPPool: IP_POOL,
  BlockAffinity: BLOCK_AFFINITY,
};
