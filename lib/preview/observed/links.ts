import type { Observation, ObservedSession } from '../../control/observed';
import { type AddressFamily, familyOfText } from '../../model/address';
import { readSessionKey } from '../../topology/session';
import { GRAVEST_FIRST, type SessionChange } from '../../topology/session-change';

/** One end of a session, as its node noted it. */
export interface ObservedEnd extends ObservedSession {
  readonly node: string;
}

/** A session as both ends saw it, or the one that is a node's. */
export interface ObservedLink {
  /** By names, as {@link pairOf} has it. */
  readonly pair: string;
  /** Names of nodes, or a node and the address or prefix of a neighbour outside. */
  readonly between: readonly [string, string];
  /** What configurations did to it, the gravest that either end says; absent: nothing. */
  readonly change?: SessionChange;
  readonly reason: string;
  /** How often configurations of its ends reset it, all together. */
  readonly resets: number;
  readonly ends: readonly ObservedEnd[];
}

/** Neighbours outside are named by their addresses, or by the prefix that they come from. */
export const isAddress = (name: string): boolean => /^[\d.]+(\/\d+)?$|:/.test(name);

/** What a session is told apart by where it is predicted and where it is observed: nodes come first. */
export const pairOf = (a: string, b: string, family: AddressFamily): string => {
  const [one, other] = isAddress(a) === isAddress(b) ? [a, b].sort() : isAddress(a) ? [b, a] : [a, b];
  return `${one} - ${other} (${family})`;
};

/**
 * The sessions to which something happened, by what their nodes noted; `places`: addresses of nodes that are those of
 * neighbours outside in one of the releases.
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

/** Ends of one session have the same two addresses, and the port where it was reached. */
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
