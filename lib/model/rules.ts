import { ADDRESS_FAMILIES, type AddressFamily, IpAddress } from './address';
import { AsNumber } from './as-number';
import { DEFAULT_AS_NUMBER } from './defaults';
import { Problem } from './problem';
import { routerIdOf } from './router-id';

/**
 * Rules that look at more than one field. They read the raw input, leaf by leaf, and pass over what is absent, unknown or
 * broken by itself (the schema speaks of that), so that one mistake never hides another.
 */
export function crossProblems(spec: unknown): Problem[] {
  const fabric = record(spec),
    nodes = entries(fabric.nodes),
    peers = entries(fabric.peers);
  const owners = ownersOf(nodes);
  return [
    ...timers(fabric, ''),
    ...nodes.flatMap(([name, node]) => nodeProblems(`nodes.${name}`, node)),
    ...duplicateAddresses(nodes),
    ...duplicateRouterIds(nodes),
    ...peers.flatMap(([name, peer]) => peerProblems(`peers.${name}`, peer, fabric, owners)),
    ...duplicatePeers(peers),
  ];
}

type Raw = Record<string, unknown>;

const ADDRESS_FIELDS: Record<AddressFamily, string> = { ipv4: 'ipv4Address', ipv6: 'ipv6Address' };

function record(value: unknown): Raw {
  return typeof value === 'object' && value !== null ? (value as Raw) : {};
}
const entries = (value: unknown): [string, Raw][] =>
  Object.entries(record(value))
    .filter(([, inner]) => typeof inner === 'object' && inner !== null)
    .map(([name, inner]) => [name, record(inner)]);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const addressOf = (value: unknown): IpAddress | undefined => {
  const address = IpAddress.parse(value);
  return address instanceof IpAddress ? address : undefined;
};
const isSet = (value: unknown) => value !== undefined && value !== null;

function nodeProblems(path: string, node: Raw): Problem[] {
  const given = ADDRESS_FAMILIES.filter((family) => isSet(node[ADDRESS_FIELDS[family]]));
  if (given.length === 0) return [Problem.of('node-address', 'the node has no address', path)];
  return [
    ...given.flatMap((family) => {
      const field = ADDRESS_FIELDS[family],
        address = addressOf(node[field]),
        at = `${path}.${field}`;
      if (!address) return [];
      if (address.family !== family) return [Problem.of('address-family', `${address} is no ${family} address`, at)];
      return address.isHost ? [] : [Problem.of('address', `${address} cannot be the address of a node`, at)];
    }),
    ...routerIdProblems(path, node),
  ];
}

function routerIdProblems(path: string, node: Raw): Problem[] {
  const id = addressOf(node.routerId);
  if (!id || (id.family === 'ipv4' && !id.isUnspecified)) return [];
  return [Problem.of('router-id', `${id} is no router id`, `${path}.routerId`)];
}

/** Every value after the first that stands for the same thing. `key` undefined: cannot be judged. */
function repeated<T>(items: readonly T[], key: (item: T) => string | undefined): { item: T; first: T }[] {
  const seen = new Map<string, T>();
  return items.flatMap((item) => {
    const k = key(item);
    if (k === undefined) return [];
    const first = seen.get(k);
    if (first === undefined) seen.set(k, item);
    return first === undefined ? [] : [{ item, first }];
  });
}

function duplicateAddresses(nodes: [string, Raw][]): Problem[] {
  const all = nodes.flatMap(([name, node]) =>
    Object.values(ADDRESS_FIELDS).map((field) => ({ name, field, address: addressOf(node[field]) })),
  );
  return repeated(all, ({ address }) => address?.toString()).map(({ item, first }) =>
    Problem.of(
      'duplicate-address',
      `${item.address} is also the address of node ${first.name}`,
      `nodes.${item.name}.${item.field}`,
    ),
  );
}

function duplicateRouterIds(nodes: [string, Raw][]): Problem[] {
  const ids = nodes.map(([name, node]) => ({
    name,
    isGiven: isSet(node.routerId),
    id: routerIdOf(name, addressOf(node.routerId), addressOf(node.ipv4Address)),
    isKnown: typeof (node.routerId ?? node.ipv4Address ?? '') === 'string',
  }));
  // Two nodes with one IPv4 address are told of by the rule above; only a router id of somebody's choosing or making is new here.
  return repeated(ids, ({ id, isKnown }) => (isKnown ? id.toString() : undefined))
    .filter(
      ({ item, first }) =>
        item.isGiven || first.isGiven || !addressOf(record(nodes.find(([n]) => n === item.name)?.[1]).ipv4Address),
    )
    .map(({ item, first }) =>
      Problem.of(
        'duplicate-router-id',
        `router id ${item.id} is also that of node ${first.name}`,
        `nodes.${item.name}.routerId`,
      ),
    );
}

function peerProblems(path: string, peer: Raw, fabric: Raw, owners: Owners): Problem[] {
  const nodes = record(fabric.nodes),
    filters = record(fabric.filters);
  const address = addressOf(peer.address),
    name = peer.node;
  const problems = [
    ...timers(
      { ...peer, holdTime: peer.holdTime ?? (peer.keepaliveTime === undefined ? undefined : fabric.holdTime) },
      path,
    ),
  ];
  if (address && !address.isHost)
    problems.push(Problem.of('address', `${address} cannot be the address of a peer`, `${path}.address`));
  const local = addressOf(peer.localAddress);
  if (address && local && address.family !== local.family)
    problems.push(Problem.of('address-family', `${local} is not of the family of ${address}`, `${path}.localAddress`));
  list(peer.filters).forEach((filter, i) => {
    if (typeof filter === 'string' && !Object.hasOwn(filters, filter))
      problems.push(Problem.of('unknown-filter', `there is no filter ${filter}`, `${path}.filters.${i}`));
  });
  const owner = address && owners.get(address.toString());
  if (owner) problems.push(...asNumberProblems(path, peer, owner, fabric));
  if (typeof name !== 'string') return problems;
  if (!Object.hasOwn(nodes, name))
    return [...problems, Problem.of('unknown-node', `there is no node ${name}`, `${path}.node`)];
  const node = record(nodes[name]);
  if (owner?.[0] === name)
    problems.push(Problem.of('peer-is-self', `${address} is the address of node ${name} itself`, `${path}.address`));
  const carried = [address?.family, ...list(peer.families)].filter((family): family is AddressFamily =>
    ADDRESS_FAMILIES.includes(family as AddressFamily),
  );
  for (const family of new Set(carried))
    if (!isSet(node[ADDRESS_FIELDS[family]]) && local?.family !== family)
      problems.push(Problem.of('no-common-family', `node ${name} has no ${family} address`, `${path}.node`));
  return problems;
}

type Owners = ReadonlyMap<string, [name: string, node: Raw]>;

/** Which node has an address, by its one spelling. */
const ownersOf = (nodes: [string, Raw][]): Owners =>
  new Map(
    nodes.flatMap((entry) =>
      Object.values(ADDRESS_FIELDS).flatMap((field) => {
        const address = addressOf(entry[1][field]);
        return address ? [[address.toString(), entry] as const] : [];
      }),
    ),
  );

/** A peer that is a node of the fabric has the AS number of that node; another would never come up. */
function asNumberProblems(path: string, peer: Raw, [name, node]: [string, Raw], fabric: Raw): Problem[] {
  const given = AsNumber.parse(peer.asNumber);
  const own = AsNumber.parse(node.asNumber ?? fabric.asNumber ?? DEFAULT_AS_NUMBER);
  if (given instanceof Problem || own instanceof Problem || given.equals(own)) return [];
  return [Problem.of('peer-as-number', `node ${name} has AS number ${own}, not ${given}`, `${path}.asNumber`)];
}

/** One session for one remote address and port on one node: of two peers that would make the same, neither is the obvious one. */
function duplicatePeers(peers: [string, Raw][]): Problem[] {
  const all = peers.map(([name, peer]) => ({
    name,
    node: peer.node,
    remote: addressOf(peer.address),
    port: peer.port ?? 'default',
  }));
  const clash = ({ item, first }: { item: (typeof all)[number]; first: (typeof all)[number] }) =>
    Problem.of('duplicate-peer', `peer ${first.name} already stands for ${item.remote}`, `peers.${item.name}.address`);
  const key = ({ node, remote, port }: (typeof all)[number]) =>
    remote && (node === undefined || node === null || typeof node === 'string')
      ? `${node ?? ''} ${remote} ${String(port)}`
      : undefined;
  const globals = new Map(
    all.filter(({ node }) => !isSet(node)).map((item) => [`${item.remote} ${String(item.port)}`, item]),
  );
  const shadowed = all.flatMap((item) => {
    const first = isSet(item.node) && item.remote ? globals.get(`${item.remote} ${String(item.port)}`) : undefined;
    return first ? [clash({ item, first })] : [];
  });
  return [...repeated(all, key).map(clash), ...shadowed];
}

/** RFC 4271 section 4.2 (hold time) and section 10 (keepalive at most a third of it). */
function timers(holder: Raw, path: string): Problem[] {
  const { holdTime = 90, keepaliveTime } = holder,
    at = (field: string) => (path === '' ? field : `${path}.${field}`);
  if (typeof holdTime !== 'number' || holdTime < 0) return [];
  if (holdTime === 1 || holdTime === 2)
    return [Problem.of('timers', `a hold time of ${holdTime} s is too short`, at('holdTime'))];
  if (typeof keepaliveTime !== 'number' || holdTime === 0 || keepaliveTime * 3 <= holdTime) return [];
  return [
    Problem.of(
      'timers',
      `a keepalive time of ${keepaliveTime} s is more than a third of the hold time of ${holdTime} s`,
      at('keepaliveTime'),
    ),
  ];
}
