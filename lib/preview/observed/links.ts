import type { Observation, ObservedSession } from '../../control/observed';
import { type AddressFamily, familyOfText } from '../../model/address';
import { readSessionKey } from '../../topology/session';
import { GRAVEST_FIRST, type SessionChange } from '../../topology/session-change';

/** One end of a session, as recorded by its node. */
export interface ObservedEnd extends ObservedSession {
  readonly node: string;
}

/** A session as observed by both ends, or by its only node. */
export interface ObservedLink {
  /** Names as returned by {@link pairOf}. */
  readonly pair: string;
  /** Names of nodes, or a node and the address or prefix of an outside neighbour. */
  readonly between: readonly [string, string];
  /** The most severe change of its configuration reported by either end. Unset: none. */
  readonly change?: SessionChange;
  readonly reason: string;
  /** Total number of resets by configuration of its ends. */
  readonly resets: number;
  readonly ends: readonly ObservedEnd[];
}

/** Outside neighbours are named by address, or by the prefix of dynamic neighbours. */
export const isAddress = (name: string): boolean => /^[\d.]+(\/\d+)?$|:/.test(name);

/** Key that identifies a session in predictions and observations: nodes come first. */
export const pairOf = (a: string, b: string, family: AddressFamily): string => {
  const [one, other] = isAddress(a) === isAddress(b) ? [a, b].sort() : isAddress(a) ? [b, a] : [a, b];
  return `${one} - ${other} (${family})`;
};

/**
 * The sessions that something happened to, as recorded by their nodes. `places`: addresses of nodes that are outside
 * neighbours in one of the releases.
 */
export function observedLinks(
  observations: Iterable<Observation>,
  places: Readonly<Record<string, string>>,
): ObservedLink[] {
  const ends = new Map<string, ObservedEnd[]>();
  for (const { node, sessions } of observations)
    for (const session of sessions) {
      const remoteNode = session.remoteNode ?? placeOf(session, places);
      const end = { ...session, ...(remoteNode !== undefined && { remoteNode }), node };
      const id = linkOf(node, end);
      ends.set(id, [...(ends.get(id) ?? []), end]);
    }
  return [...ends.values()].map(linkBetween);
}

function placeOf({ key }: ObservedSession, places: Readonly<Record<string, string>>): string | undefined {
  const { remote } = readSessionKey(key);
  return Object.hasOwn(places, remote) ? places[remote] : undefined;
}

/** Both ends of a session have the same two addresses, and the same listening port. */
function linkOf(node: string, { key, remoteNode }: ObservedSession): string {
  const { local, remote, port } = readSessionKey(key);
  return remoteNode === undefined ? `${node} ${key}` : `${[local, remote].sort().join(' ')} ${port}`;
}

function linkBetween(ends: readonly ObservedEnd[]): ObservedLink {
  const [{ node, key, remoteNode, range }] = ends;
  const { local, remote } = readSessionKey(key);
  const other = remoteNode ?? range ?? remote;
  const gravest = GRAVEST_FIRST.flatMap((change) => ends.find((end) => end.change === change) ?? [])[0];
  return {
    pair: pairOf(node, other, familyOfText(local)),
    between: [node, other],
    ...(gravest?.change && { change: gravest.change }),
    reason: gravest?.reason ?? '',
    resets: ends.reduce((sum, { resets }) => sum + resets, 0),
    ends,
  };
}
