import { ADDRESS_FAMILIES, type AddressFamily } from '../address';
import { AsNumber } from '../as-number';
import { DEFAULT_AS_NUMBER, DEFAULT_PORT } from '../defaults';
import { meantName } from '../nearest';
import { Problem, type ProblemCode } from '../problem';
import { bfdProblems, oneSided } from './bfd';
import { chooser, localChooser } from './labels';
import { cableProblems, onLinkProblems } from './links';
import { passiveProblems } from './passive';
import {
  ADDRESS_FIELDS,
  areAddressesKnown,
  entries,
  familyProblems,
  filterProblems,
  isPresent,
  lacks,
  type Owners,
  ownersOf,
  prependProblems,
  type Raw,
  rawAddress,
  rawList,
  record,
} from './raw';
import { timers } from './timers';

/** Problems with the peers of a fabric. */
export function peerProblems(nodes: [string, Raw][], fabric: Raw): Problem[] {
  const owners = ownersOf(nodes);
  const peers = entries(fabric.peers);
  return [
    ...peers.flatMap(([name, peer]) => onePeer(`peers.${name}`, peer, fabric, owners)),
    ...duplicatePeers(peers, nodes),
    ...oneSided(peers, owners),
    ...passiveProblems(peers, nodes, owners),
  ];
}

function onePeer(path: string, peer: Raw, fabric: Raw, owners: Owners): Problem[] {
  const address = rawAddress(peer.address);
  const owner = address && owners.get(address.toString());
  return [
    ...timers(
      { ...peer, holdTime: peer.holdTime ?? (peer.keepaliveTime === undefined ? undefined : fabric.holdTime) },
      path,
    ),
    ...remoteProblems(path, peer, fabric, owner),
    ...filterProblems(path, peer, fabric),
    ...prependProblems(path, peer),
    ...familyProblems(path, peer),
    ...localAddressProblems(path, peer, owners),
    ...roleProblems(path, peer, fabric),
    ...bfdBothPassive(path, peer, fabric),
    ...bfdProblems(`${path}.bfd`, peer.bfd, peer, fabric),
    ...(owner ? [...asNumberProblems(path, peer, owner, fabric), ...portProblems(path, peer, owner, fabric)] : []),
    ...localProblems(path, peer, fabric, owner),
  ];
}

/** Fields that are mutually exclusive, or that need another. If both are set, the first is redundant. */
const APART: readonly (readonly [field: string, other: string])[] = [
  ['asNumber', 'peerSelector'],
  ['localAddress', 'peerSelector'],
  ['port', 'peerSelector'],
  ['port', 'prefix'],
  ['families', 'peerSelector'],
  ['bfd', 'prefix'],
];

/** Problems with the remote side of a peer. */
function remoteProblems(path: string, peer: Raw, fabric: Raw, owner: [string, Raw] | undefined): Problem[] {
  const remotes = ['address', 'interface', 'peerSelector', 'prefix'].filter((field) => isPresent(peer[field]));
  const address = rawAddress(peer.address);
  const problem = (code: ProblemCode, message: string, field = '') =>
    Problem.of(code, message, field === '' ? path : `${path}.${field}`);
  const problems = APART.filter(([field, other]) => isPresent(peer[field]) && isPresent(peer[other])).map(
    ([field, other]) => problem('peer-field', `${field} cannot be combined with ${other}`, field),
  );
  if (remotes.length !== 1)
    problems.push(
      problem(
        'peer-remote',
        remotes.length === 0 ? 'the peer does not name a neighbour' : `${remotes.join(' and ')} are both set`,
      ),
    );
  if (isPresent(peer.maxNeighbours) && !isPresent(peer.prefix))
    problems.push(problem('lone-field', 'maxNeighbours needs a prefix', 'maxNeighbours'));
  problems.push(...onLinkProblems(path, peer), ...cableProblems(path, peer, fabric));
  if (
    !isPresent(peer.asNumber) &&
    !isPresent(peer.peerType) &&
    !isPresent(peer.peerNode) &&
    !isPresent(peer.peerSelector) &&
    remotes.length > 0 &&
    !owner &&
    !mayBeNode(peer, fabric)
  )
    problems.push(Problem.of('peer-needs-as-number', 'the AS number of the neighbour is missing', `${path}.asNumber`));
  if (address && !address.isHost)
    problems.push(
      problem(
        address.isLinkLocal ? 'link-local-neighbour' : 'address',
        `${address} is ${address.otherThanHost}, so it cannot be the address of a peer`,
        'address',
      ),
    );
  const gateway = rawAddress(peer.reachableBy);
  if (gateway && !isPresent(peer.address))
    problems.push(problem('lone-field', 'reachableBy needs an address', 'reachableBy'));
  for (const [field, other] of [
    ['localAddress', rawAddress(peer.localAddress)],
    ['reachableBy', gateway],
  ] as const)
    if (address && other && address.family !== other.family)
      problems.push(problem('address-family', `${other} is not of the same address family as ${address}`, field));
  return problems;
}

/** Whether a peer may be a node of the fabric, once unknown values are known. */
const mayBeNode = ({ address }: Raw, { nodes }: Raw): boolean =>
  typeof address === 'symbol' || (isPresent(address) && !areAddressesKnown(nodes));

/** Problems with the choice of nodes that have the peer. */
function localProblems(path: string, peer: Raw, fabric: Raw, owner: [string, Raw] | undefined): Problem[] {
  const nodes = record(fabric.nodes);
  const address = rawAddress(peer.address);
  const local = rawAddress(peer.localAddress);
  const { node: name } = peer;
  if (isPresent(name) && isPresent(peer.nodeSelector))
    return [Problem.of('peer-local', 'node and nodeSelector are both set', `${path}.nodeSelector`)];
  if (typeof name !== 'string') return [];
  if (lacks(fabric.nodes, name))
    return [
      Problem.of('unknown-node', `there is no node ${name}${meantName(name, Object.keys(nodes))}`, `${path}.node`),
    ];
  const given = nodes[name];
  if (given === undefined || typeof given === 'symbol') return []; // Not known yet.
  const node = record(given);
  const problems: Problem[] = [];
  if (owner?.[0] === name)
    problems.push(Problem.of('peer-is-self', `${address} is the address of node ${name} itself`, `${path}.address`));
  const carried = [address?.family, ...rawList(peer.families)].filter((family): family is AddressFamily =>
    ADDRESS_FAMILIES.includes(family as AddressFamily),
  );
  for (const family of new Set(isPresent(peer.interface) ? [] : carried))
    if (!isPresent(node[ADDRESS_FIELDS[family]]) && local?.family !== family && typeof peer.localAddress !== 'symbol')
      problems.push(Problem.of('no-common-family', `node ${name} has no ${family} address`, `${path}.node`));
  return problems;
}

/** A session cannot use the address of another node. */
function localAddressProblems(path: string, peer: Raw, owners: Owners): Problem[] {
  const local = rawAddress(peer.localAddress);
  const [owner] = (local && owners.get(local.toString())) ?? [];
  if (owner === undefined || (isPresent(peer.node) && peer.node === owner) || typeof peer.node === 'symbol') return [];
  const message = `${local} is an address of node ${owner}, but the peer also applies to ${peer.node ? `node ${peer.node}` : 'other nodes too'}`;
  return [Problem.of('local-address', message, `${path}.localAddress`)];
}

/**
 * RFC 9234 section 4.1: roles are for eBGP. A peer that applies to several nodes may be internal on only some; for one
 * node it is certain.
 */
function roleProblems(path: string, peer: Raw, fabric: Raw): Problem[] {
  const node = typeof peer.node === 'string' ? record(fabric.nodes)[peer.node] : undefined;
  if (!isPresent(peer.role) || !node) return [];
  const [own, its] = [
    isPresent(peer.localAsNumber) ? AsNumber.parse(peer.localAsNumber) : asNumberOf(record(node), fabric),
    AsNumber.parse(peer.asNumber),
  ];
  if (own instanceof Problem || its instanceof Problem || !own.equals(its)) return [];
  return [Problem.of('role', `the neighbour has the same AS number ${its} as node ${peer.node}`, `${path}.role`)];
}

/** The AS number of a node, if known. */
function asNumberOf(node: Raw, fabric: Raw): AsNumber | Problem {
  const racks = typeof node.rack === 'symbol' ? node.rack : fabric.racks;
  const rack = typeof racks === 'symbol' || typeof node.rack !== 'string' ? racks : record(racks)[node.rack];
  const ofRack = typeof rack === 'symbol' ? rack : typeof node.rack === 'string' ? record(rack).asNumber : undefined;
  return AsNumber.parse(node.asNumber ?? ofRack ?? fabric.asNumber ?? DEFAULT_AS_NUMBER);
}

/** A peer that is a node of the fabric must have that node's AS number, or the session never comes up. */
function asNumberProblems(path: string, peer: Raw, [name, node]: [string, Raw], fabric: Raw): Problem[] {
  const given = AsNumber.parse(peer.asNumber);
  const own = asNumberOf(node, fabric);
  if (given instanceof Problem || own instanceof Problem || given.equals(own)) return [];
  return [
    Problem.of(
      'peer-as-number',
      `${rawAddress(peer.address)} is the address of node ${name}, which has AS number ${own}, not ${given}`,
      `${path}.asNumber`,
    ),
  ];
}

/** Nodes of the fabric listen only on the fabric's port. */
function portProblems(path: string, { port }: Raw, [name]: [string, Raw], fabric: Raw): Problem[] {
  const listenPort = isPresent(fabric.listenPort) ? fabric.listenPort : DEFAULT_PORT;
  if (typeof port !== 'number' || typeof listenPort !== 'number' || port === listenPort) return [];
  return [Problem.of('peer-port', `node ${name} listens on port ${listenPort}, not ${port}`, `${path}.port`)];
}

/** If two nodes match both sides of the peer, each would wait for the other's BFD. */
function bfdBothPassive(path: string, peer: Raw, fabric: Raw): Problem[] {
  const [here, there] = [localChooser(peer), chooser(peer.peerSelector)];
  if (record(peer.bfd).passive !== true || !here || !there) return [];
  const [one, other] = entries(fabric.nodes).flatMap(([name, node]) => (here(name, node) && there(node) ? [name] : []));
  if (other === undefined) return [];
  const message = `nodes ${one} and ${other} would each wait for the other to send a BFD packet`;
  return [Problem.of('both-passive', message, `${path}.bfd.passive`)];
}

/**
 * One session per remote address and port on a node: of two peers for the same session, it is not clear which applies.
 */
function duplicatePeers(peers: [string, Raw][], nodes: [string, Raw][]): Problem[] {
  const all = peers.flatMap(([name, peer]) => {
    const remote = rawAddress(peer.address) ?? (typeof peer.interface === 'string' ? peer.interface : undefined);
    const port = String(peer.port ?? 'default');
    return remote ? [{ name, peer, remote: `${remote} ${port}`, field: peer.address ? 'address' : 'interface' }] : [];
  });
  const byRemote = new Map<string, typeof all>();
  for (const item of all) byRemote.set(item.remote, [...(byRemote.get(item.remote) ?? []), item]);
  return [...byRemote.values()].flatMap((same) => {
    const byNode = new Map<string, string>();
    const choosing: (typeof same)[number][] = [];
    return same.flatMap((item, i) => {
      const { node, nodeSelector } = item.peer;
      const isChoosing = isPresent(nodeSelector);
      if (!isChoosing && isPresent(node) && typeof node !== 'string') return [];
      const key = isPresent(node) ? String(node) : EVERY;
      const first = isChoosing
        ? same.slice(0, i).find(({ peer }) => meet(peer, item.peer, nodes))?.name
        : (byNode.get(key) ??
          byNode.get(EVERY) ??
          (key === EVERY ? byNode.values().next().value : undefined) ??
          choosing.find(({ peer }) => meet(peer, item.peer, nodes))?.name);
      if (isChoosing) choosing.push(item);
      else if (!byNode.has(key)) byNode.set(key, item.name);
      if (first === undefined) return [];
      const [remote] = item.remote.split(' ');
      const message = `peer ${first} already defines a session ${item.field === 'interface' ? 'on' : 'with'} ${remote}`;
      return [Problem.of('duplicate-peer', message, `peers.${item.name}.${item.field}`)];
    });
  });
}

/** Stands for a peer of every node; no node name is empty. */
const EVERY = '';

/** Whether some node has both peers. Selectors are evaluated on labels; unknown or invalid values are skipped. */
function meet(a: Raw, b: Raw, nodes: [string, Raw][]): boolean {
  const [one, other] = [a, b].map(localChooser);
  if (!one || !other) return false;
  if (!isPresent(a.nodeSelector) && !isPresent(b.nodeSelector))
    return !isPresent(a.node) || !isPresent(b.node) || a.node === b.node;
  return nodes.some(([name, node]) => one(name, node) && other(name, node));
}
