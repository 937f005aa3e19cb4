import { toCanonical } from '../bgp/rib/table/canonical';
import { SEGMENT } from '../bgp/wire/path-attributes';
import type { Fabric } from '../model/fabric';
import { Prefix } from '../model/prefix';
import { sure } from '../model/problem';
import type { OutsideRoutes, OutsideSession, SentRoutes } from '../topology/outside-routes';
import type { Session } from '../topology/session';
import { neighbourNames, type OutsideEnd, outsideEnds } from './outside-ends';
import type { RouteChanges } from './route-changes';
import { routesOf } from './words';

/** Where nothing is known of what neighbours outside send: a made-up route of each, by which policies can be told that let it through. */
interface StandIns {
  readonly outside: OutsideRoutes;
  /** Says of made-up prefixes what they stand for, and of neighbours their names; no gate is predicted from what is made up. */
  readonly named: (changes: RouteChanges) => RouteChanges;
  /** What people call the neighbour at an address. */
  readonly nameOf: (address: string) => string;
}

/** Neighbours that have a made-up route. Of more, those stand for all whose policies differ, so that nodes stay alike and time is short. */
const MOST = 32;
/** Neighbours of the same policies that have one, where not all do. */
const MOST_ALIKE = 2;

/** Undefined: no neighbour outside has a session before the change. */
export function standInsFor(before: Fabric, after: Fabric): StandIns | undefined {
  const [was, is] = [before, after].map((fabric) => outsideEnds(fabric)),
    ends = [...was, ...is];
  if (was.length === 0) return undefined;
  const all = new Set(ends.map(addressOf)),
    shown = all.size <= MOST ? all : chosen(was, is),
    prefixes = new MadeUp([before, after]),
    nameOf = neighbourNames(ends);
  const routes: Record<string, SentRoutes> = {},
    senders = new Map<string, string>(),
    sessions = new Map<string, OutsideSession>();
  for (const { node, session } of ends) {
    const address = addressOf({ session });
    if (!shown.has(address)) continue;
    sessions.set(`${node} ${address}`, {
      ...{ node, localAddress: session.localAddress.toString(), remoteAddress: address },
      ...{ routerId: 0, routes: address },
    });
    if (routes[address]) continue;
    const prefix = prefixes.next(session);
    senders.set(prefix, nameOf(address));
    routes[address] = {
      received: 0,
      sets: [{ attributes: attributesOf(session), nextHop: address, prefixes: [prefix] }],
    };
  }
  const left = all.size - shown.size;
  return {
    outside: { sessions: [...sessions.values()], routes, unknown: {} },
    named: (changes) => naming(changes, senders, nameOf, left),
    nameOf,
  };
}

const addressOf = ({ session }: Pick<OutsideEnd, 'session'>): string => session.remoteAddress.toString();

/** Of many neighbours, some of each kind of session, those that change first. */
function chosen(was: readonly OutsideEnd[], is: readonly OutsideEnd[]): Set<string> {
  const [old, now] = [was, is].map(
    (ends) => new Map(ends.map((end) => [addressOf(end), kindOf(end.session)] as const)),
  );
  const isChanged = (address: string) => Number(old.get(address) !== now.get(address));
  const addresses = [...new Set([...now.keys(), ...old.keys()])].sort((a, b) => isChanged(b) - isChanged(a)),
    taken = new Map<string, number>(),
    found = addresses.filter((address) => {
      const kind = `${old.get(address)} ${now.get(address)}`,
        number = (taken.get(kind) ?? 0) + 1;
      taken.set(kind, number);
      return number <= MOST_ALIKE;
    });
  return new Set(found.slice(0, MOST));
}

/** What decides which routes go over a session. */
const kindOf = ({ localAs, remoteAs, remoteAddress, role, importPolicy, exportPolicy }: Session): string =>
  JSON.stringify([localAs.value === remoteAs.value, remoteAddress.family, role, importPolicy, exportPolicy]);

function attributesOf({ localAs, remoteAs }: Session): string {
  const isInternal = localAs.value === remoteAs.value,
    asPath = isInternal ? [] : [{ type: SEGMENT.sequence, members: [remoteAs.value] }];
  const octets = toCanonical({ origin: 0, asPath, ...(isInternal && { localPref: 100 }) });
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('');
}

/** Prefixes of a usual length that no filter names: of networks in use, so that lists of what does not belong on the Internet let them through. */
class MadeUp {
  private readonly used = { ipv4: 0, ipv6: 0 };
  private readonly networks: Readonly<Record<'ipv4' | 'ipv6', Prefix>>;

  constructor(fabrics: readonly Fabric[]) {
    const named = fabrics.flatMap(({ filters }) =>
      Object.values(filters).flatMap((filter) =>
        [...filter.import, ...filter.export].flatMap(({ prefix }) => prefix ?? []),
      ),
    );
    const free = (networks: readonly string[]) => {
      const all = networks.map((text) => sure(Prefix.parse(text)));
      return (
        all.find(
          (network) => !named.some((one) => network.contains(one) || (one.length > 3 && one.contains(network))),
        ) ?? all[0]
      );
    };
    this.networks = { ipv4: free(IPV4), ipv6: free(IPV6) };
  }

  next({ remoteAddress: { family } }: Session): string {
    const i = this.used[family]++,
      [first, second] = this.networks[family].address.bytes;
    return family === 'ipv4'
      ? `${first}.0.${i}.0/24`
      : `${((first << 8) | second).toString(16)}:${i.toString(16)}::/48`;
  }
}

const IPV4 = ['11.0.0.0/8', '21.0.0.0/8', '26.0.0.0/8', '55.0.0.0/8', '73.0.0.0/8', '133.0.0.0/8'];
const IPV6 = ['2a00::/16', '2600::/16', '2400::/16', '2800::/16', '2c00::/16'];

function naming(
  found: RouteChanges,
  /** By the made-up prefix. */
  senders: ReadonlyMap<string, string>,
  nameOf: (address: string) => string,
  left: number,
): RouteChanges {
  const changes = found.changes.map((change) => {
    const prefixes = new Set(change.prefixes.map((prefix) => labelOf(senders.get(prefix)) ?? prefix)),
      sentBy = new Set(change.prefixes.flatMap((prefix) => senders.get(prefix) ?? [])),
      { neighbour } = change,
      name = neighbour === undefined ? undefined : nameOf(neighbour);
    return {
      ...change,
      prefixes: [...prefixes],
      ...(sentBy.size === prefixes.size && { sentBy: [...sentBy] }),
      ...(name !== undefined && name !== neighbour && { name }),
    };
  });
  const told = changes.length > 0 ? [madeUp(left)] : [];
  return { ...found, changes, refused: [], prefixes: 0, gaps: [...found.gaps, ...told] };
}

const labelOf = (sender: string | undefined): string | undefined => sender && routesOf(sender);

const madeUp = (left: number): string =>
  `what outside neighbours send is not known here: one made-up route of each stands for all of its routes${left > 0 ? `; ${left} neighbours are left out, as others are like them` : ''}. Rules for particular prefixes, communities or AS paths may give other results; a plan and --via use the real routes`;
