import { ADDRESS_FAMILIES, type AddressFamily, type IpAddress } from '../model/address';
import type { AsNumber } from '../model/as-number';
import { DEFAULT_PORT } from '../model/defaults';
import type { Fabric } from '../model/fabric';
import type { Policy } from '../model/filter';
import type { Node } from '../model/node';
import type { Peer } from '../model/peer';
import { type Role, type Session, type SessionKind, sessionKey } from './session';

/**
 * The sessions of one node. A pure function of the fabric: the agent, the preview and the tests see the same ones.
 * Where an explicit peer and the mesh (or the other side's explicit peer) would make the same session, there is one: the explicit one.
 * A node that the fabric does not hold has none. Cost: linear in nodes and peers.
 */
export function sessionsOf(fabric: Fabric, name: string): Session[] {
  return firstOfEachKey([...explicitSessionsOf(fabric, name), ...mesh(fabric, name)]);
}

/** The sessions that peers give a node, from its own side and from the other. The mesh, of which there may be millions, is left out. */
export function explicitSessionsOf(fabric: Fabric, name: string, owners = nodesByAddress(fabric)): Session[] {
  if (!fabric.nodes[name]) return [];
  return firstOfEachKey([...explicit(fabric, name, owners), ...reverse(fabric, name, owners)]);
}

function firstOfEachKey(sessions: readonly Session[]): Session[] {
  const byKey = new Map<string, Session>();
  for (const session of sessions) if (!byKey.has(session.key)) byKey.set(session.key, session);
  return [...byKey.values()];
}

/** The AS number a node runs under. */
export const asNumberOf = (fabric: Fabric, node: Node): AsNumber => node.asNumber ?? fabric.asNumber;

/** The address of a node in a family. */
export const addressOf = (node: Node, family: AddressFamily): IpAddress | undefined =>
  family === 'ipv4' ? node.ipv4Address : node.ipv6Address;

/** Which node has an address. Found once for a fabric: every node's sessions are derived from it. */
export function nodesByAddress(fabric: Fabric): ReadonlyMap<string, string> {
  const known = owners.get(fabric) ?? ownersIn(fabric);
  owners.set(fabric, known);
  return known;
}
const owners = new WeakMap<Fabric, ReadonlyMap<string, string>>();

const ownersIn = (fabric: Fabric): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(fabric.nodes).flatMap(([name, node]) =>
      ADDRESS_FAMILIES.flatMap((family) => {
        const address = addressOf(node, family);
        return address ? [[address.toString(), name] as const] : [];
      }),
    ),
  );

/** The mesh session between two nodes in a family, seen from the first, if the mesh makes one. */
export function meshSession(fabric: Fabric, name: string, other: string, family: AddressFamily): Session | undefined {
  const [from, to] = [fabric.nodes[name], fabric.nodes[other]];
  const [local, remote] = [addressOf(from, family), addressOf(to, family)];
  if (!fabric.nodeToNodeMesh || name === other || !local || !remote) return undefined;
  return inside(fabric, { kind: 'mesh', origin: 'nodeToNodeMesh', from, to, remoteNode: other, local, remote });
}

function mesh(fabric: Fabric, name: string): Session[] {
  if (!fabric.nodeToNodeMesh || !fabric.nodes[name]) return [];
  return Object.keys(fabric.nodes).flatMap((other) =>
    ADDRESS_FAMILIES.flatMap((family) => meshSession(fabric, name, other, family) ?? []),
  );
}

type Owners = ReadonlyMap<string, string>;

/** Peers that stand for this node: its own and the global ones, never with itself. */
function explicit(fabric: Fabric, name: string, owners: Owners): Session[] {
  const node = fabric.nodes[name];
  return Object.entries(fabric.peers).flatMap(([peerName, peer]) => {
    const local = peer.localAddress ?? addressOf(node, peer.address.family),
      remoteNode = owners.get(peer.address.toString());
    const isMine = peer.node === undefined || peer.node === name;
    return isMine && local && remoteNode !== name ? [peerSession(fabric, name, peerName, peer, local, remoteNode)] : [];
  });
}

/** The other side of peers that name an address of this node: without it, one end would wait for a session the other never opens. */
function reverse(fabric: Fabric, name: string, owners: Owners): Session[] {
  const node = fabric.nodes[name];
  return Object.entries(fabric.peers).flatMap(([peerName, peer]) => {
    if (owners.get(peer.address.toString()) !== name) return [];
    const family = peer.address.family,
      kind = kindOf(peer);
    return (peer.node === undefined ? Object.keys(fabric.nodes) : [peer.node]).flatMap((other) => {
      const to = fabric.nodes[other],
        remote = to && addressOf(to, family);
      if (other === name || !remote) return [];
      const session = inside(fabric, {
        kind,
        origin: `peers.${peerName}`,
        from: node,
        to,
        remoteNode: other,
        local: peer.address,
        remote,
      });
      const families = peer.families ?? session.families;
      return [{ ...session, ...timers(fabric, peer), families, ...fromOtherSide(peer) }];
    });
  });
}

/** What both ends must have, or one end has where the other has its counterpart. What comes in is each end's own affair. */
function fromOtherSide({ ttlSecurity, role, addPath, extendedNextHop }: Peer): Partial<Session> {
  return {
    ...(ttlSecurity !== undefined && { ttlSecurity }),
    ...(role && { role: COUNTERPART[role] }),
    ...(addPath && { addPath: addPath === 'both' ? addPath : addPath === 'send' ? 'receive' : 'send' }),
    ...(extendedNextHop !== undefined && { extendedNextHop }),
  };
}

/** RFC 9234 section 4.2. */
const COUNTERPART: Readonly<Record<Role, Role>> = {
  provider: 'customer',
  customer: 'provider',
  routeServer: 'routeServerClient',
  routeServerClient: 'routeServer',
  peer: 'peer',
};

/** What a peer says of its session beyond what every session has. */
function optionsOf({ ttlSecurity, role, maxPrefixes, allowOwnAs, addPath, extendedNextHop }: Peer): Partial<Session> {
  return {
    ...(ttlSecurity !== undefined && { ttlSecurity }),
    ...(role && { role }),
    ...(maxPrefixes !== undefined && { maxPrefixes }),
    ...(allowOwnAs !== undefined && { allowOwnAs }),
    ...(addPath && { addPath }),
    ...(extendedNextHop !== undefined && { extendedNextHop }),
  };
}

const kindOf = (peer: Peer): SessionKind => (peer.node === undefined ? 'global' : 'node');

function peerSession(
  fabric: Fabric,
  name: string,
  peerName: string,
  peer: Peer,
  local: IpAddress,
  remoteNode: string | undefined,
): Session {
  const localAs = asNumberOf(fabric, fabric.nodes[name]),
    isInside = remoteNode !== undefined;
  const port = peer.port ?? (isInside ? fabric.listenPort : DEFAULT_PORT);
  const isExternal = !localAs.equals(peer.asNumber);
  const rest: Policy['otherwise'] = isInside || !isExternal ? 'accept' : 'reject'; // RFC 8212: no policy, no routes
  const policy = (direction: 'import' | 'export'): Policy => {
    const rules = peer.filters.flatMap((filter) => fabric.filters[filter][direction]);
    return { rules, otherwise: rules.length > 0 ? 'reject' : rest };
  };
  return {
    key: sessionKey(local, peer.address, port),
    kind: kindOf(peer),
    origin: `peers.${peerName}`,
    remoteNode,
    localAddress: local,
    remoteAddress: peer.address,
    port,
    localAs,
    remoteAs: peer.asNumber,
    families: peer.families ?? [peer.address.family],
    dial: peer.passive ? 'never' : isInside ? whoDials(local, peer.address) : 'first',
    isInside,
    multihop: peer.multihop || isInside || !isExternal,
    nextHop: peer.nextHop,
    ...optionsOf(peer),
    ...timers(fabric, peer),
    importPolicy: policy('import'),
    exportPolicy: policy('export'),
  };
}

interface Inside {
  readonly kind: SessionKind;
  readonly origin: string;
  readonly from: Node;
  readonly to: Node;
  readonly remoteNode: string;
  readonly local: IpAddress;
  readonly remote: IpAddress;
}

const EVERYTHING: Policy = { rules: [], otherwise: 'accept' };

function inside(fabric: Fabric, { kind, origin, from, to, remoteNode, local, remote }: Inside): Session {
  return {
    key: sessionKey(local, remote, fabric.listenPort),
    kind,
    origin,
    remoteNode,
    localAddress: local,
    remoteAddress: remote,
    port: fabric.listenPort,
    localAs: asNumberOf(fabric, from),
    remoteAs: asNumberOf(fabric, to),
    families: [local.family],
    dial: whoDials(local, remote),
    isInside: true,
    multihop: true,
    nextHop: 'auto',
    ...timers(fabric),
    importPolicy: EVERYTHING,
    exportPolicy: EVERYTHING,
  };
}

/** Of two nodes the one with the greater address dials; addresses compare as strings, as Calico compares them. */
const whoDials = (local: IpAddress, remote: IpAddress): Session['dial'] =>
  local.toString() > remote.toString() ? 'first' : 'wait';

/** A peer's own times, else the fabric's; a keepalive time that nobody gave is a third of the hold time (RFC 4271 section 10). */
function timers(fabric: Fabric, peer?: Peer): Pick<Session, 'holdTime' | 'keepaliveTime' | 'connectRetryTime'> {
  const holdTime = peer?.holdTime ?? fabric.holdTime;
  const keepaliveTime = peer?.keepaliveTime ?? (peer?.holdTime === undefined ? fabric.keepaliveTime : undefined);
  return {
    holdTime,
    keepaliveTime: keepaliveTime ?? Math.floor(holdTime / 3),
    connectRetryTime: fabric.connectRetryTime,
  };
}
