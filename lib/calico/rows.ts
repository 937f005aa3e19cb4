import { BGP_CONFIGURATION } from './kind/bgp-configuration';
import { BGP_FILTER } from './kind/bgp-filter';
import { BGP_PEER } from './kind/bgp-peer';
import { BLOCK_AFFINITY } from './kind/block-affinity';
import { IP_POOL } from './kind/ip-pool';
import { NODE } from './kind/node';
import type { CalicoKind } from './resource';
import type { Rows } from './row';

/** Every field of every resource of v3 that BGP is made of, and what becomes of it. */
export const ROWS: Readonly<Record<CalicoKind, Rows>> = {
  BGPConfiguration: BGP_CONFIGURATION,
  BGPPeer: BGP_PEER,
  BGPFilter: BGP_FILTER,
  Node: NODE,
  IPPool: IP_POOL,
  BlockAffinity: BLOCK_AFFINITY,
};
