import type { Construct } from 'constructs';
import type { PeerSpec } from '../model/peer';
import type { Computable } from './computable';
import { Member } from './member';

/** A neighbour in the model's words, of no node in particular. */
export type GlobalPeerProps = Readonly<Computable<Omit<PeerSpec, 'node' | 'nodeSelector'> & { name: string }>>;

/** A neighbour that every node of the fabric peers with. */
export class GlobalPeer extends Member {
  constructor(scope: Construct, id: string, props: GlobalPeerProps) {
    super(scope, id, 'peers', props);
  }
}

/** A neighbour in the model's words, of the node that is named. */
export type NodePeerProps = Readonly<Computable<PeerSpec & { name: string; node: string }>>;

/** A neighbour of one node. */
export class NodePeer extends Member {
  constructor(scope: Construct, id: string, props: NodePeerProps) {
    super(scope, id, 'peers', props);
  }
}

/** Neighbours in the model's words, of the nodes that are chosen, or chosen themselves, by selectors. */
export type PeerGroupProps = Readonly<Computable<Omit<PeerSpec, 'node'> & { name: string }>>;

/** Neighbours by selector: `nodeSelector` chooses the nodes that peer, `peerSelector` the nodes that they peer with. */
export class PeerGroup extends Member {
  constructor(scope: Construct, id: string, props: PeerGroupProps) {
    super(scope, id, 'peers', props);
  }
}
