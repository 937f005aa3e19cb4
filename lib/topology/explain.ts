import type { Fabric } from '../model/fabric';
import type { Policy } from '../model/filter';
import type { Peer } from '../model/peer';
import { isOfPattern } from './link-end';
import { isReflectorIn, meshOf, nodesByAddress } from './membership';
import { originName } from './origin';
import { hasPeer } from './peering';
import { OWN_AS_ROUTES } from './racks';
import { placeOfRule } from './rule-place';
import type { Session, SessionKind } from './session';

/** Why a session exists and why it has its parameters, in sentences for users. */
export interface SessionExplanation {
  /** The object of the fabric that defines it. */
  readonly made: string;
  /** Why this side dials, or waits. */
  readonly dials: string;
  /** Which routes are imported and exported, and by which rule. */
  readonly routes: string;
}

/** Explains a session of a node as derived by `sessionsOf`. Depends only on the release. */
export function explainSession(fabric: Fabric, node: string, session: Session): SessionExplanation {
  return { made: madeBy(fabric, node, session), dials: dialling(session), routes: exchange(fabric, session) };
}

/** What defines a session, by its kind. */
const MAKERS: Readonly<Record<SessionKind, (fabric: Fabric, node: string, session: Session) => string>> = {
  mesh: (_, node, { remoteNode }) => `: ${node} and ${remoteNode} are both in the mesh`,
  rack: (_, node, { remoteAddress, interface: link }) =>
    `: ${node} is in this rack, and ${link === undefined ? remoteAddress : `the neighbour on ${link}`} is its top-of-rack neighbour`,
  reflector: reflection,
  global: peering,
  node: peering,
};

const madeBy = (fabric: Fabric, node: string, session: Session): string =>
  `created by ${session.origin}${MAKERS[session.kind](fabric, node, session)}`;

function reflection(fabric: Fabric, node: string, { origin, remoteNode, routeReflectorClient }: Session): string {
  if (routeReflectorClient) return `: ${node} reflects routes to ${remoteNode}`;
  const group = fabric.routeReflectors[originName(origin)];
  const isOne = group !== undefined && isReflectorIn(group, node, fabric.nodes[node]);
  return isOne ? `: ${node} and ${remoteNode} both reflect routes` : `: ${remoteNode} reflects routes to ${node}`;
}

function peering(fabric: Fabric, node: string, session: Session): string {
  const peer = fabric.peers[originName(session.origin)];
  const { remoteNode } = session;
  if (peer === undefined) return ''; // a dynamic neighbour: its peer is the origin, and nothing more is known
  const isReverse = !hasPeer(peer, node, fabric.nodes[node]) || meansOnly(peer, fabric, node, session);
  if (isReverse) return ` from the other side: ${remoteNode} has this peer, which applies to ${node}`;
  const chosen = peer.nodeSelector === undefined ? 'every node peers with it' : `its selector matches ${node}`;
  const whose = peer.node === undefined ? chosen : `node ${node} peers with it`;
  const replaced =
    session.isInside && session.interface === undefined && meshLink(fabric, node, session)
      ? '; it replaces the mesh session'
      : '';
  const which = isOfPattern(session) ? `, on each interface that is up and matches ${session.interface}` : '';
  return `: ${whose}${which}${replaced}`;
}

/** Whether the neighbour of a peer is this node itself, so that only other nodes have the peer. */
const meansOnly = ({ address, peerSelector }: Peer, fabric: Fabric, node: string, { remoteNode }: Session): boolean =>
  peerSelector
    ? remoteNode === undefined || !peerSelector.matches(fabric.nodes[remoteNode].labels)
    : address !== undefined && nodesByAddress(fabric).get(address.toString()) === node;

/** Whether the mesh would connect the two nodes without the peer. */
function meshLink(fabric: Fabric, node: string, { remoteNode }: Session): boolean {
  const own = meshOf(fabric, node);
  return own !== undefined && remoteNode !== undefined && own === meshOf(fabric, remoteNode);
}

function dialling({ dial, isInside, localAddress, remoteAddress }: Session): string {
  if (dial === 'never') return 'this side never dials: the peer is passive';
  if (!isInside) return 'this side dials: the neighbour is outside the fabric';
  return dial === 'first'
    ? `this side dials: of two nodes, the one with the higher address dials, and ${localAddress} sorts after ${remoteAddress} (as text)`
    : `the other side dials: of two nodes, the one with the higher address dials, and ${remoteAddress} sorts after ${localAddress} (as text); this side dials if no connection arrives`;
}

function exchange(fabric: Fabric, { importPolicy, exportPolicy, localAs, remoteAs, isInside }: Session): string {
  const relation = localAs.equals(remoteAs) ? 'iBGP' : 'eBGP';
  const where = isInside ? `${relation} within the fabric` : `${relation} outside the fabric`;
  return `${where}: ${said(fabric, 'accepts', importPolicy)}, ${said(fabric, 'advertises', exportPolicy)}`;
}

function said(fabric: Fabric, verb: string, policy: Policy): string {
  const { rules, otherwise } = policy;
  if (policy === OWN_AS_ROUTES)
    return `${verb} routes that originate in its own AS (an empty AS_PATH), otherwise nothing`;
  const rest = otherwise === 'accept' ? 'everything' : 'nothing';
  if (rules.length === 0) return `${verb} ${rest}${otherwise === 'reject' ? ' (RFC 8212: no filters)' : ''}`;
  const number = rules.length === 1 ? '1 rule' : `${rules.length} rules`;
  const filters = [...new Set(rules.flatMap((rule) => placeOfRule(fabric, rule)?.filter ?? []))];
  const where = filters.length === 0 ? '' : ` of ${filters.length === 1 ? 'filter' : 'filters'} ${filters.join(', ')}`;
  return `${verb} by ${number}${where}, otherwise ${rest}`;
}
