import type { Construct } from 'constructs';
import { Entry, type Named } from './entry';
import type { GlobalPeerFields, NodePeerFields, PeerGroupFields } from './props';

/** The fields of a neighbour of all nodes. */
export type GlobalPeerProps = Named & GlobalPeerFields;

/** A neighbour of every node of the fabric. */
export class GlobalPeer extends Entry {
  constructor(scope: Construct, id: string, props: GlobalPeerProps) {
    super(scope, id, 'peers', props);
  }
}

/** The fields of a neighbour of one node. */
export type NodePeerProps = Named & NodePeerFields;

/** A neighbour of one node. */
export class NodePeer extends Entry {
  constructor(scope: Construct, id: string, props: NodePeerProps) {
    super(scope, id, 'peers', props);
  }
}

/** The fields of neighbours by selector. */
export type PeerGroupProps = Named & PeerGroupFields;

/**
 * Neighbours by selector: `nodeSelector` matches the nodes that have them, `peerSelector` the nodes that they peer
 * with.
 */
export class PeerGroup extends Entry {
  constructor(scope: Construct, id: string, props: PeerGroupProps) {
    super(scope, id, 'peers', props);
  }
}
