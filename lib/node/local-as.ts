import type { Running } from '../control/transaction';
import { AsNumber } from '../model/as-number';
import type { Fabric } from '../model/fabric';
import type { Peer } from '../model/peer';
import { sure } from '../model/problem';
import { eachSessionOf, sessionsOf } from '../topology/derive';
import { mayShareLink } from '../topology/link-end';
import { readOrigin } from '../topology/origin';
import type { Session } from '../topology/session';

/** Local AS numbers that sessions of a node keep, by session key. */
export type LocalAs = NonNullable<Running['localAs']>;

/** The same by node, as reported by the agents. */
export type KeptLocalAs = Readonly<Record<string, LocalAs>>;

/** The sessions of a node, with the local AS number that some outside neighbours keep (RFC 7705). */
export function sessionsWith(fabric: Fabric, name: string, localAs: LocalAs = {}): readonly Session[] {
  const sessions = derived(fabric, name);
  if (Object.keys(localAs).length === 0) return sessions;
  // Whether a neighbour is external, and so the default policy, depends on the AS number that it sees.
  const kept = new Map(
    [...new Set(Object.values(localAs))].flatMap((as) =>
      sessionsOf(underAs(fabric, name, as), name)
        .filter(({ key }) => localAs[key] === as)
        .map((session) => [session.key, session] as const),
    ),
  );
  return sessions.map((session) => (session.isInside ? session : (kept.get(session.key) ?? session)));
}

/**
 * Sessions of the last node requested for a fabric: an agent asks for its own repeatedly, and a reflector of 5,000
 * nodes has as many.
 */
const last = new WeakMap<Fabric, { readonly name: string; readonly sessions: readonly Session[] }>();

const derived = (fabric: Fabric, name: string): readonly Session[] => {
  const known = last.get(fabric);
  return known?.name === name ? known.sessions : remembered(fabric, name, sessionsOf(fabric, name));
};

function remembered(fabric: Fabric, name: string, sessions: readonly Session[]): readonly Session[] {
  last.set(fabric, { name, sessions });
  return sessions;
}

/** Derives the sessions of a node ahead of use, lazily, so that the caller can yield in between. */
export function* deriving(fabric: Fabric, name: string): Generator<Session> {
  const sessions: Session[] = [];
  for (const session of eachSessionOf(fabric, name)) {
    sessions.push(session);
    yield session;
  }
  remembered(fabric, name, sessions);
}

const underAs = (fabric: Fabric, name: string, as: number): Fabric => {
  const asNumber = sure(AsNumber.parse(as));
  return { ...fabric, nodes: { ...fabric.nodes, [name]: { ...fabric.nodes[name], asNumber } } };
};

/**
 * Which sessions keep their local AS number when a node changes release: those with outside neighbours whose own entry
 * gives the same AS numbers. They do not know about the change and would reject the new number.
 */
export function localAsAfter(
  before: { readonly fabric: Fabric; readonly localAs?: LocalAs } | undefined,
  after: Fabric,
  name: string,
): LocalAs {
  if (!before) return {};
  const outside = sessionsWith(before.fabric, name, before.localAs).filter(({ isInside }) => !isInside);
  const had = new Map(outside.map((session) => [session.key, session]));
  return Object.fromEntries(
    sessionsWith(after, name).flatMap((session): [string, number][] => {
      const old = session.isInside
        ? undefined
        : (had.get(session.key) ?? outside.find((one) => mayShareLink(one, session)));
      const isKept =
        old && !old.localAs.equals(session.localAs) && saysSameAsNumbers([before.fabric, old], [after, session]);
      return isKept ? [[session.key, old.localAs.value]] : [];
    }),
  );
}

type Entered = readonly [fabric: Fabric, session: Session];

/** Whether the neighbour's own entry gives the same AS numbers, whatever else it says and whatever its name is. */
export const saysSameAsNumbers = (one: Entered, other: Entered): boolean => asNumbersIn(one) === asNumbersIn(other);

function asNumbersIn([{ peers, racks }, { origin, remoteAddress, interface: link }]: Entered): string {
  const entry = readOrigin(origin);
  if (entry?.map === 'peers') return textOf(peers[entry.name]);
  if (entry?.map !== 'racks') return origin;
  const { asNumber, topOfRack } = racks[entry.name];
  const top = topOfRack.find(({ ipv4Address, ipv6Address, interface: uplink }) =>
    link === undefined ? [ipv4Address, ipv6Address].some((address) => address?.equals(remoteAddress)) : uplink === link,
  );
  return `${asNumber} ${textOf(top!)}`;
}

const textOf = ({
  asNumber,
  peerType,
  localAsNumber,
}: Pick<Peer, 'asNumber' | 'localAsNumber'> & Partial<Pick<Peer, 'peerType'>>): string =>
  `${asNumber ?? peerType} ${localAsNumber}`;
