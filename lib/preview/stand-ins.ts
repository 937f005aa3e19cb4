import { toCanonical } from '../bgp/rib/table/canonical';
import { SEGMENT } from '../bgp/wire/path-attributes';
import { ADDRESS_FAMILIES, type AddressFamily, familyOfText, IpAddress } from '../model/address';
import type { Fabric } from '../model/fabric';
import { named } from '../model/named';
import type {
  OutsideRoutes,
  OutsideSession,
  SentRoutes,
  WorkloadRoute,
  WorkloadRoutes,
} from '../topology/outside-routes';
import type { Session } from '../topology/session';
import { MadeUp, type NamedRange, namedDefaults, namedRanges } from './made-up-prefixes';
import { OTHER_FAMILY } from './neighbour';
import { neighbourNames, type OutsideEnd, outsideEnds } from './outside-ends';
import type { MadeUpWorkloads, RouteChanges } from './route-changes';
import { unnamedEnds } from './unnamed-ends';
import { ofNodes, routesOf, WORKLOADS } from './words';
import { isSelectedByPrefix, selectsNothing } from './workload-routes';

/**
 * Synthetic routes of outside neighbours and workloads about which nothing is known, which show what policies accept.
 */
interface StandIns {
  readonly outside: OutsideRoutes;
  /** Labels synthetic prefixes and neighbours. No gate failure is predicted from synthetic prefixes. */
  readonly named: (changes: RouteChanges, isSteered: boolean) => RouteChanges;
  /** Display name of the neighbour at an address. */
  readonly nameOf: (address: string) => string;
}

/**
 * Maximum number of neighbours with a synthetic route. Above it, neighbours with distinct policies represent all, so
 * that nodes stay equivalent and time is short.
 */
const MOST = 32;
/** Maximum number of neighbours with the same policies that get one, if not all do. */
const MOST_ALIKE = 2;

/** Undefined if there is no outside neighbour. */
export function standInsFor(before: Fabric, after: Fabric): StandIns | undefined {
  const named = [before, after].map((fabric) => outsideEnds(fabric));
  const unnamed = unnamedEnds([before, after], named.flat());
  const [was, is] = named.map((ends, i) => [...ends, ...unnamed[i]]);
  const ends = [...was, ...is];
  if (ends.length === 0) return undefined;
  const all = new Set(ends.map(addressOf));
  const shown = all.size <= MOST ? all : chosen(was, is);
  const prefixes = new MadeUp([before, after]);
  const nameOf = neighbourNames(ends);
  const routes: Record<string, SentRoutes> = {};
  const labels = new Map<string, Label>();
  const advertised = advertisedIn([before, after]);
  const taken = takenOver(before, after);
  const ranges = namedRanges(before, after, 'import');
  const defaults = namedDefaults(before, after).filter(({ prefix }) =>
    ranges.every((range) => range.prefix !== prefix),
  );
  const ruled = [...ranges, ...defaults].filter(({ prefix }) => !advertised.has(prefix) || taken.has(prefix));
  for (const { prefix, text } of ruled.filter(({ prefix }) => !taken.has(prefix)))
    labels.set(prefix, { text: prefix === text ? prefix : `routes within ${text}`, partOf: 'routes' });
  const families = familiesOf(ends);
  const within = ownRanges(ruled, [...shown], (prefix) => !labels.has(prefix) && !advertised.has(prefix));
  const sessions = new Map<string, OutsideSession>();
  for (const { node, session } of ends) {
    const address = addressOf({ session });
    if (!shown.has(address)) continue;
    sessions.set(`${node} ${address}`, {
      ...{ node, localAddress: session.localAddress.toString(), remoteAddress: address },
      ...{ routerId: 0, routes: address },
    });
    if (routes[address]) continue;
    const name = nameOf(address);
    const sets = [...families.get(address)!].map((family) => {
      const prefix = prefixes.next(family);
      labels.set(prefix, { text: routesOf(name), sender: name, isAnyOf: 'routes' });
      const shared = ruled.flatMap((one) => (familyOfText(one.prefix) === family ? one.prefix : []));
      const alone = within(address).filter((one) => familyOfText(one.prefix) === family);
      for (const { prefix: one, text } of alone)
        labels.set(one, { text: `${routesOf(name)} within ${text}`, partOf: 'routes', partBy: name });
      return {
        attributes: attributesOf(session),
        nextHop: String(nextHopOf(session, family)),
        prefixes: [prefix, ...shared, ...alone.map((one) => one.prefix)],
      };
    });
    routes[address] = { received: 0, sets };
  }
  const own = workloadsOf(before, after, prefixes, (prefix) => !labels.has(prefix) && !advertised.has(prefix));
  for (const [prefix, label] of own.labels) labels.set(prefix, label);
  const left = all.size - shown.size;
  return {
    outside: { sessions: [...sessions.values()], routes, workloads: own.workloads, unknown: {} },
    named: (changes, isSteered) => naming(changes, labels, nameOf, left, isSteered),
    nameOf,
  };
}

/** The next hop that a neighbour sends. Over a link without addresses that is its link-local address (RFC 8950). */
const nextHopOf = ({ remoteAddress, interface: link }: Session, family: AddressFamily): IpAddress =>
  link !== undefined
    ? IpAddress.fromBytes(remoteAddress.bytes)
    : remoteAddress.family === family
      ? remoteAddress
      : OTHER_FAMILY[family];

/** The families in which an outside neighbour may send routes, by its address. */
function familiesOf(ends: readonly OutsideEnd[]): ReadonlyMap<string, ReadonlySet<AddressFamily>> {
  const found = new Map<string, Set<AddressFamily>>();
  for (const { session } of ends) {
    const known = found.get(addressOf({ session })) ?? new Set();
    for (const family of session.families) known.add(family);
    found.set(addressOf({ session }), known);
  }
  return found;
}

/** Maximum number of separate synthetic prefixes of neighbours within ranges. */
const MOST_WITHIN = 64;

/**
 * Synthetic prefixes within ranges that one neighbour alone sends, besides those that all send: what all send shows
 * which neighbour is preferred, and what one sends shows where it goes and who loses it. Ranges that change come first.
 */
function ownRanges(
  ranges: readonly NamedRange[],
  addresses: readonly string[],
  isFree: (prefix: string) => boolean,
): (address: string) => readonly { readonly prefix: string; readonly text: string }[] {
  const taken = new Set(ranges.map(({ prefix }) => prefix));
  const found = ranges.slice(0, Math.floor(MOST_WITHIN / addresses.length)).flatMap(({ text, several }) => {
    const [, ...own] = several(addresses.length + 1) ?? [];
    if (!own.every((prefix) => isFree(prefix) && !taken.has(prefix))) return [];
    for (const prefix of own) taken.add(prefix);
    return own.length > 0 ? [{ text, own }] : [];
  });
  return (address) => found.map(({ text, own }) => ({ text, prefix: own[addresses.indexOf(address)] }));
}

/**
 * Prefixes that rules name already and that other nodes advertise than before: neighbours most likely send them, and
 * traffic moves between the two.
 */
function takenOver(before: Fabric, after: Fabric): ReadonlySet<string> {
  const [was, is] = [before, after].map(
    ({ nodes }) =>
      (prefix: string) =>
        Object.keys(nodes)
          .filter((name) => nodes[name].advertise.some((one) => String(one.prefix) === prefix))
          .sort()
          .join(),
  );
  const advertised = advertisedIn([before, after]);
  return new Set(
    namedRanges(before, before, 'import').flatMap(({ prefix }) =>
      advertised.has(prefix) && was(prefix) !== is(prefix) ? prefix : [],
    ),
  );
}

/** What nodes advertise is not used as a synthetic prefix. */
const advertisedIn = (fabrics: readonly Fabric[]): ReadonlySet<string> =>
  new Set(
    fabrics.flatMap(({ nodes }) =>
      Object.values(nodes).flatMap(({ advertise }) => advertise.map(({ prefix }) => String(prefix))),
    ),
  );

/** What a synthetic prefix represents. */
interface Label {
  readonly text: string;
  /** The outside neighbour whose routes it represents. */
  readonly sender?: string;
  /** The node whose workload it is. Unset: common to all nodes. */
  readonly node?: string;
  /** It is one of those that another synthetic prefix represents: it does not count where that one does. */
  readonly partOf?: 'routes' | 'workloads';
  /** The outside neighbour that alone sends it, of those that another synthetic prefix of it represents. */
  readonly partBy?: string;
  readonly isAnyOf?: 'routes' | 'workloads';
}

/** Maximum number of separate synthetic workloads of nodes: more would be too many classes of prefixes. */
const MOST_OWN = 500;

/**
 * Workloads of all nodes: an arbitrary one, and some within named ranges. With few nodes each has separate ones, so
 * that it is known who loses whose.
 */
function workloadsOf(before: Fabric, after: Fabric, prefixes: MadeUp, isFree: (prefix: string) => boolean) {
  const all = [...new Set([after, before].flatMap(({ nodes }) => Object.keys(nodes)))];
  const ranges = namedRanges(before, after, 'export');
  const isOwn = all.length * (ADDRESS_FAMILIES.length + ranges.length) <= MOST_OWN;
  const labels = new Map<string, Label>();
  const byNode = new Map<string, string[]>(all.map((name) => [name, []]));
  const give = (label: Label, own: readonly string[]) => {
    const free = own.filter(isFree);
    for (const [i, name] of all.entries()) {
      const prefix = own.length === 1 ? free[0] : own[i];
      if (prefix === undefined || !isFree(prefix)) continue;
      labels.set(prefix, own.length === 1 ? label : { ...label, node: name });
      byNode.get(name)!.push(prefix);
    }
  };
  for (const family of ADDRESS_FAMILIES)
    give(
      { text: WORKLOADS, isAnyOf: 'workloads' },
      (isOwn ? all : all.slice(0, 1)).map(() => prefixes.next(family)),
    );
  for (const { prefix, text, several } of ranges)
    give({ text: prefix === text ? prefix : `${WORKLOADS} within ${text}`, partOf: 'workloads' }, [
      ...((isOwn ? several(all.length) : undefined) ?? [prefix]),
    ]);
  const known = new Map<string, WorkloadRoute>();
  const routeOf = (prefix: string, link: string | undefined): WorkloadRoute => {
    const route = known.get(`${prefix} ${link}`) ?? (link === undefined ? [prefix] : [prefix, link]);
    known.set(`${prefix} ${link}`, route);
    return route;
  };
  // What is selected now; for new nodes, what will be.
  const workloads = [after, before].flatMap((fabric) =>
    Object.keys(fabric.nodes).flatMap((name): [string, WorkloadRoutes][] => {
      if (selectsNothing(fabric, name)) return [];
      const [pattern] = fabric.nodes[name].workloadInterfaces;
      const link = pattern?.replaceAll('*', '0');
      const routes = byNode.get(name)!.map((text) => {
        const isByPrefix = [before, after].some((one) => isSelectedByPrefix(one, name, text));
        return routeOf(text, isByPrefix ? undefined : link);
      });
      return [[name, { number: routes.length, routes }]];
    }),
  );
  return { labels, workloads: named(workloads) };
}

const addressOf = ({ session }: Pick<OutsideEnd, 'session'>): string => session.remoteAddress.toString();

/** A sample of many neighbours, with some of each kind of session, those that change first. */
function chosen(was: readonly OutsideEnd[], is: readonly OutsideEnd[]): Set<string> {
  const [old, now] = [was, is].map(
    (ends) => new Map(ends.map((end) => [addressOf(end), kindOf(end.session)] as const)),
  );
  const isChanged = (address: string) => Number(old.get(address) !== now.get(address));
  const addresses = [...new Set([...now.keys(), ...old.keys()])].sort((a, b) => isChanged(b) - isChanged(a));
  const taken = new Map<string, number>();
  const found = addresses.filter((address) => {
    const kind = `${old.get(address)} ${now.get(address)}`;
    const number = (taken.get(kind) ?? 0) + 1;
    taken.set(kind, number);
    return number <= MOST_ALIKE;
  });
  return new Set(found.slice(0, MOST));
}

/** What determines the routes that go over a session. */
const kindOf = ({ localAs, remoteAs, remoteAddress, role, importPolicy, exportPolicy }: Session): string =>
  JSON.stringify([localAs.value === remoteAs.value, remoteAddress.family, role, importPolicy, exportPolicy]);

function attributesOf({ localAs, remoteAs }: Session): string {
  const isInternal = localAs.value === remoteAs.value;
  const asPath = isInternal ? [] : [{ type: SEGMENT.sequence, members: [remoteAs.value] }];
  const octets = toCanonical({ origin: 0, asPath, ...(isInternal && { localPref: 100 }) });
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('');
}

function naming(
  found: RouteChanges,
  /** By synthetic prefix. */
  labels: ReadonlyMap<string, Label>,
  nameOf: (address: string) => string,
  left: number,
  isSteered: boolean,
): RouteChanges {
  const nodesOf = ownersIn(labels);
  const changes = found.changes.flatMap((change) => {
    const meant = labelsOf(change.prefixes, labels);
    const isOwn = ({ isAnyOf, partOf }: Label) => (isAnyOf ?? partOf) === 'workloads';
    const prefixes = textsOf(meant, nodesOf);
    const workloads = workloadsAmong(meant, nodesOf);
    const sentBy = new Set(meant.flatMap(({ sender = [] }) => sender));
    const { neighbour } = change;
    const name = neighbour === undefined ? undefined : nameOf(neighbour);
    const from = change.from === undefined ? undefined : nameOf(change.from);
    // If all nodes share synthetic workloads, who loses them says nothing about real ones; and those of a drained node
    // are reported with the node.
    if (change.effect === 'lost' && meant.every((one) => isOwn(one) && (change.outOfService || one.node === undefined)))
      return [];
    return {
      ...change,
      prefixes,
      ...(sentBy.size === prefixes.length && { sentBy: [...sentBy] }),
      ...(workloads.length > 0 && { workloads }),
      ...(from !== undefined && { from }),
      ...(name !== undefined && name !== neighbour && { name }),
    };
  });
  const lost = new Set(
    found.changes.flatMap(({ effect, outOfService, prefixes }) => (effect === 'lost' && !outOfService ? prefixes : [])),
  );
  const sent = [...labels].flatMap(([prefix, { isAnyOf, partOf }]) => ((isAnyOf ?? partOf) === 'routes' ? prefix : []));
  const mayTakeAll = sent.length > 0 && sent.every((prefix) => lost.has(prefix));
  const labelled = (all: readonly string[] = []) => textsOf(labelsOf(all, labels), nodesOf);
  // If all nodes share synthetic workloads, the real ones are still separate.
  const isShared = (prefix: string) => {
    const { isAnyOf, partOf } = labels.get(prefix) ?? {};
    return (isAnyOf ?? partOf) === 'workloads';
  };
  const dropped = labelled([...(found.dropped ?? []), ...(found.ceded ?? []).filter(isShared)]);
  const ceded = labelled(found.ceded?.filter((prefix) => !isShared(prefix)));
  const originated = labelled(found.originated);
  const told = changes.length > 0 || isSteered ? [madeUp(left)] : [];
  const { ceded: _, ...rest } = found;
  return {
    ...rest,
    ...(ceded.length > 0 && { ceded }),
    ...(dropped.length > 0 && { dropped }),
    ...(originated.length > 0 && { originated }),
    ...(mayTakeAll && { mayTakeAll }),
    changes,
    // A gate looks at real routes only. Between waves, real neighbours may act differently from the synthetic ones.
    refused: found.refused.flatMap((one) => {
      const prefixes = one.prefixes.filter((prefix) => !labels.has(prefix) && lost.has(prefix));
      return prefixes.length > 0 ? [{ ...one, prefixes }] : [];
    }),
    prefixes: 0,
    gaps: [...found.gaps, ...told],
  };
}

/** What prefixes represent; all of a kind include some of them. */
function labelsOf(prefixes: readonly string[], labels: ReadonlyMap<string, Label>): Label[] {
  const all = prefixes.map((prefix): Label => labels.get(prefix) ?? { text: prefix });
  const whole = new Set(all.flatMap(({ isAnyOf, node, sender }) => [`${isAnyOf} ${node}`, `${isAnyOf} ${sender}`]));
  return all.filter(({ partOf, node, partBy = node }) => partOf === undefined || !whole.has(`${partOf} ${partBy}`));
}

/** Nodes that have a workload with this label, by text. */
function ownersIn(labels: ReadonlyMap<string, Label>): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { text, node } of labels.values())
    if (node !== undefined) found.set(text, (found.get(text) ?? new Set<string>()).add(node));
  return found;
}

/** Each text once, real prefixes first; workloads of some nodes with their names. */
function textsOf(meant: readonly Label[], nodesOf: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const found = new Map<string, Set<string>>();
  for (const { text, node } of [...meant].sort((a, b) => Number(isMadeUp(a)) - Number(isMadeUp(b)))) {
    const nodes = found.get(text) ?? new Set<string>();
    found.set(text, node === undefined ? nodes : nodes.add(node));
  }
  return [...found].map(([text, nodes]) => workloadsText(text, [...nodes], nodesOf));
}

const isMadeUp = ({ isAnyOf, partOf }: Label): boolean => (isAnyOf ?? partOf) !== undefined;

function workloadsText(
  label: string,
  nodes: readonly string[],
  nodesOf: ReadonlyMap<string, ReadonlySet<string>>,
): string {
  const all = nodesOf.get(label);
  if (!all || nodes.length === 0 || nodes.length === all.size) return label;
  return ofNodes(
    label,
    [...all].filter((name) => nodes.includes(name)),
  );
}

function workloadsAmong(meant: readonly Label[], nodesOf: ReadonlyMap<string, ReadonlySet<string>>): MadeUpWorkloads[] {
  const found = new Map<string, string[]>();
  for (const { text, node } of meant) if (node !== undefined) found.set(text, [...(found.get(text) ?? []), node]);
  return [...found].map(([label, all]) => {
    const nodes = [...new Set(all)];
    return {
      text: workloadsText(label, nodes, nodesOf),
      label,
      nodes,
      isAll: nodes.length === nodesOf.get(label)!.size,
    };
  });
}

const madeUp = (left: number): string =>
  `which routes outside neighbours send, and which workloads nodes have, is not known here: made-up routes stand for them${left > 0 ? `; ${left} neighbours are left out, as others are like them` : ''}. Rules that ask for more than a prefix, such as communities or AS paths, may give other results; a plan and --via use the real routes`;
