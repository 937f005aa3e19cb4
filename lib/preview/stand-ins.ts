import { toCanonical } from '../bgp/rib/table/canonical';
import { SEGMENT } from '../bgp/wire/path-attributes';
import { ADDRESS_FAMILIES } from '../model/address';
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
import { MadeUp, ruledPrefixes } from './made-up-prefixes';
import { neighbourNames, type OutsideEnd, outsideEnds } from './outside-ends';
import type { RouteChanges } from './route-changes';
import { routesOf } from './words';
import { selectsNothing } from './workload-routes';

/**
 * Where nothing is known of what neighbours outside send, nor of workloads: made-up routes of each, by which policies
 * can be told that let them through.
 */
interface StandIns {
  readonly outside: OutsideRoutes;
  /**
   * Says of made-up prefixes what they stand for, and of neighbours their names; no gate is predicted from what is made
   * up.
   */
  readonly named: (changes: RouteChanges, isSteered: boolean) => RouteChanges;
  /** What people call the neighbour at an address. */
  readonly nameOf: (address: string) => string;
}

/**
 * Neighbours that have a made-up route. Of more, those stand for all whose policies differ, so that nodes stay alike
 * and time is short.
 */
const MOST = 32;
/** Neighbours of the same policies that have one, where not all do. */
const MOST_ALIKE = 2;

/** Undefined: no neighbour outside has a session before the change. */
export function standInsFor(before: Fabric, after: Fabric): StandIns | undefined {
  const [was, is] = [before, after].map((fabric) => outsideEnds(fabric));
  const ends = [...was, ...is];
  if (was.length === 0) return undefined;
  const all = new Set(ends.map(addressOf));
  const shown = all.size <= MOST ? all : chosen(was, is);
  const prefixes = new MadeUp([before, after]);
  const nameOf = neighbourNames(ends);
  const routes: Record<string, SentRoutes> = {};
  const labels = new Map<string, Label>();
  const advertised = advertisedIn([before, after]);
  const ruled = ruledPrefixes(before, after, 'import').filter(({ prefix }) => !advertised.has(prefix));
  const sessions = new Map<string, OutsideSession>();
  for (const { node, session } of ends) {
    const address = addressOf({ session });
    if (!shown.has(address)) continue;
    sessions.set(`${node} ${address}`, {
      ...{ node, localAddress: session.localAddress.toString(), remoteAddress: address },
      ...{ routerId: 0, routes: address },
    });
    if (routes[address]) continue;
    const { family } = session.remoteAddress;
    const prefix = prefixes.next(family);
    const named = ruled.filter((one) => one.prefix.includes(':') === (family === 'ipv6'));
    labels.set(prefix, { text: routesOf(nameOf(address)), sender: nameOf(address), isAnyOf: 'routes' });
    for (const { prefix: one, within } of named)
      labels.set(one, { text: one === within ? one : `routes within ${within}`, partOf: 'routes' });
    const sent = [prefix, ...named.map((one) => one.prefix)];
    routes[address] = {
      received: 0,
      sets: [{ attributes: attributesOf(session), nextHop: address, prefixes: sent }],
    };
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

/** What nodes advertise is no made-up prefix. */
const advertisedIn = (fabrics: readonly Fabric[]): ReadonlySet<string> =>
  new Set(
    fabrics.flatMap(({ nodes }) =>
      Object.values(nodes).flatMap(({ advertise }) => advertise.map(({ prefix }) => String(prefix))),
    ),
  );

/** What a made-up prefix stands for. */
interface Label {
  readonly text: string;
  /** The neighbour outside for all of whose routes it stands. */
  readonly sender?: string;
  /** It is one of those that another made-up prefix stands for: it counts where that one does not. */
  readonly partOf?: 'routes' | 'workloads';
  readonly isAnyOf?: 'routes' | 'workloads';
}

/** Workloads of all nodes, the same at each: any, and those within prefixes that export rules name. */
function workloadsOf(before: Fabric, after: Fabric, prefixes: MadeUp, isFree: (prefix: string) => boolean) {
  const any = ADDRESS_FAMILIES.map(
    (family) => [prefixes.next(family), { text: 'workloads', isAnyOf: 'workloads' }] as const,
  );
  const labels = new Map<string, Label>(any);
  for (const { prefix, within } of ruledPrefixes(before, after, 'export'))
    if (isFree(prefix))
      labels.set(prefix, { text: prefix === within ? prefix : `routes within ${within}`, partOf: 'workloads' });
  // What is selected now; of nodes that are new, what will be.
  const workloads = [after, before].flatMap((fabric) =>
    Object.keys(fabric.nodes).flatMap((name): [string, WorkloadRoutes][] => {
      if (selectsNothing(fabric, name)) return [];
      const [pattern] = fabric.nodes[name].workloadInterfaces;
      const link = pattern?.replaceAll('*', '0');
      const routes = [...labels.keys()].map(
        (prefix): WorkloadRoute => (link === undefined ? [prefix] : [prefix, link]),
      );
      return [[name, { number: routes.length, routes }]];
    }),
  );
  return { labels, workloads: named(workloads) };
}

const addressOf = ({ session }: Pick<OutsideEnd, 'session'>): string => session.remoteAddress.toString();

/** Of many neighbours, some of each kind of session, those that change first. */
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

/** What decides which routes go over a session. */
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
  /** By the made-up prefix. */
  labels: ReadonlyMap<string, Label>,
  nameOf: (address: string) => string,
  left: number,
  isSteered: boolean,
): RouteChanges {
  const changes = found.changes.flatMap((change) => {
    const meant = labelsOf(change.prefixes, labels);
    const isOwn = ({ isAnyOf, partOf }: Label) => (isAnyOf ?? partOf) === 'workloads';
    const prefixes = new Set(meant.map(({ text }) => text));
    const sentBy = new Set(meant.flatMap(({ sender = [] }) => sender));
    const { neighbour } = change;
    const name = neighbour === undefined ? undefined : nameOf(neighbour);
    // All nodes have the same made-up workloads: who loses them tells nothing of real ones.
    if (change.effect === 'lost' && meant.every(isOwn)) return [];
    return {
      ...change,
      prefixes: [...prefixes],
      ...(sentBy.size === prefixes.size && { sentBy: [...sentBy] }),
      ...(name !== undefined && name !== neighbour && { name }),
    };
  });
  const labelled = (all: readonly string[] = []) => [...new Set(labelsOf(all, labels).map(({ text }) => text))];
  const [dropped, originated] = [labelled(found.dropped), labelled(found.originated)];
  const told = changes.length > 0 || isSteered ? [madeUp(left)] : [];
  return {
    ...found,
    ...(dropped.length > 0 && { dropped }),
    ...(originated.length > 0 && { originated }),
    changes,
    refused: [],
    prefixes: 0,
    gaps: [...found.gaps, ...told],
  };
}

/** What prefixes stand for: of all of a kind and some of them, all. */
function labelsOf(prefixes: readonly string[], labels: ReadonlyMap<string, Label>): Label[] {
  const all = prefixes.map((prefix) => labels.get(prefix) ?? { text: prefix });
  const whole = new Set(all.map(({ isAnyOf }) => isAnyOf));
  return all.filter(({ partOf }) => partOf === undefined || !whole.has(partOf));
}

const madeUp = (left: number): string =>
  `which routes outside neighbours send, and which workloads nodes have, is not known here: made-up routes stand for them${left > 0 ? `; ${left} neighbours are left out, as others are like them` : ''}. Rules that ask for more than a prefix, such as communities or AS paths, may give other results; a plan and --via use the real routes`;
