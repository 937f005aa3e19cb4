import type { Fabric } from '../model/fabric';
import type { Policy } from '../model/filter';
import type { Session } from './session';

/** Why a session is there and is as it is, in sentences for people. */
export interface Explanation {
  /** Which object of the fabric made it. */
  readonly made: string;
  /** Why this side dials, or waits. */
  readonly dials: string;
  /** What comes in and what goes out, and by which rule. */
  readonly routes: string;
}

/** Explains a session of a node, as `sessionsOf` derives it. Pure: the release alone says it. */
export function explainSession(fabric: Fabric, node: string, session: Session): Explanation {
  return { made: madeBy(fabric, node, session), dials: dialling(session), routes: exchange(session) };
}

function madeBy(fabric: Fabric, node: string, { origin, remoteNode, isInside }: Session): string {
  const name = /^peers\.(.+)$/.exec(origin)?.[1],
    peer = name === undefined ? undefined : fabric.peers[name];
  if (!peer) return `${origin} makes it: ${node} and ${remoteNode} are both in the mesh`;
  const whose = peer.node === undefined ? 'every node peers with it' : `node ${peer.node} peers with it`;
  const isReverse = isInside && remoteNode !== undefined && ownAddresses(fabric, node).includes(String(peer.address));
  if (isReverse) return `${origin} makes it from the other side: ${remoteNode} peers with an address of ${node}`;
  const replaced = isInside && fabric.nodeToNodeMesh ? '; it stands in place of the session of the mesh' : '';
  return `${origin} makes it: ${whose}${replaced}`;
}

function ownAddresses(fabric: Fabric, node: string): string[] {
  const { ipv4Address, ipv6Address } = fabric.nodes[node];
  return [ipv4Address, ipv6Address].flatMap((address) => (address ? [address.toString()] : []));
}

function dialling({ dial, isInside, localAddress, remoteAddress }: Session): string {
  if (dial === 'never') return 'this side never dials: the peer is passive';
  if (!isInside) return 'this side dials: the neighbour is outside of the fabric';
  return dial === 'first'
    ? `this side dials: of two nodes the one with the greater address does, and ${localAddress} is after ${remoteAddress} (as text)`
    : `the other side dials: of two nodes the one with the greater address does, and ${remoteAddress} is after ${localAddress} (as text); this side does if nothing comes`;
}

function exchange({ importPolicy, exportPolicy, localAs, remoteAs, isInside }: Session): string {
  const relation = localAs.equals(remoteAs) ? 'iBGP' : 'eBGP';
  const where = isInside ? `${relation} within the fabric` : `${relation} to the outside`;
  return `${where}: ${said('takes in', importPolicy)}, ${said('gives out', exportPolicy)}`;
}

function said(verb: string, { rules, otherwise }: Policy): string {
  const rest = otherwise === 'accept' ? 'everything' : 'nothing';
  if (rules.length === 0) return `${verb} ${rest}${otherwise === 'reject' ? ' (RFC 8212: no filters)' : ''}`;
  const number = rules.length === 1 ? 'one rule' : `${rules.length} rules`;
  return `${verb} by ${number}, else ${rest}`;
}
