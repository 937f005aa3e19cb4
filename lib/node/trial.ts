import {
  type Demand,
  demandsOf,
  type Former,
  formerOf,
  type GatedSession,
  type Trial,
  type Wanted,
} from '../control/demand';
import { familyOfText, IpAddress } from '../model/address';
import type { Fabric } from '../model/fabric';
import { Prefix } from '../model/prefix';
import { neighboursOf } from '../topology/derive';
import { isMeantBy, linkOfEnd, onLink, placed } from '../topology/link-end';
import { readSessionKey, type Session, sessionKey } from '../topology/session';
import { changeOfSession } from './change';
import { endsOf, type SessionEnd } from './ends';
import type { HeldFabric } from './held';
import { sessionsWith } from './local-as';

/** A session as reported by an agent. */
interface Standing extends Pick<GatedSession, 'key' | 'origin' | 'remoteAddress'> {
  readonly isInside: boolean;
  readonly isRetiring: boolean;
  readonly state: string;
}

/** State of a node before it activates a release. */
interface Departure {
  /** The running release. */
  readonly held?: HeldFabric;
  readonly sessions: readonly Standing[];
  /** If the running release is itself on trial: its demands still apply. */
  readonly trial?: Trial;
}

/** What the gate demands of the release that a node activates. `at`: now, ISO 8601, UTC. */
export function trialOf({ held, sessions, trial }: Departure, after: HeldFabric, node: string, at: string): Trial {
  const known = trial ? formerOf(trial) : [];
  const now = sessions.filter(({ isInside, isRetiring }) => !isInside && !isRetiring).map(formerLink);
  const before = [...known, ...now.filter(({ key }) => !known.some((link) => link.key === key))];
  const wanted = linksOf(after, node);
  const guests = [...guestsOf(before, after.fabric, node), ...onPatterns(before, after, node)];
  const named = new Set(wanted.map(({ key }) => key));
  // Of the links of a pattern those that had a session must have one again; where none had, any one.
  const isMetByGuests = ({ remoteAddress }: Wanted) => guests.some((guest) => isOf(guest.remoteAddress, remoteAddress));
  return {
    at,
    isFirst: trial ? trial.isFirst : isNewHere(held?.fabric, after.fabric, node),
    demands: demandsOf(
      [...before, ...downOnPatterns(before, wanted)],
      [...wanted.filter((link) => !isMetByGuests(link)), ...guests.filter(({ key }) => !named.has(key))],
      resetBy(held, after, node),
    ),
  };
}

/** Whether an end is that of one of several links for which the end of a pattern stands. */
const isOf = (end: string, pattern: string): boolean => end !== pattern && isMeantBy(end, pattern);

/**
 * The sessions that were up on links that patterns of the new release have. A link that has a peer of its own there
 * has another session, with a neighbour that may be a node, and is no longer the pattern's.
 */
function onPatterns(before: readonly Former[], { fabric, localAs }: HeldFabric, node: string): Wanted[] {
  const up = before.filter(({ isUp }) => isUp);
  const links = up.flatMap(({ remoteAddress }) => linkOfEnd(remoteAddress) ?? []);
  return placed(sessionsWith(fabric, node, localAs), [...new Set(links)], (session) => session).flatMap(
    ({ of: session, link }) => {
      const key = link !== undefined && onLink(session, link).key;
      const [origin, expectsDown] = [session.origin, needNotBeUp(session)];
      return up.filter((one) => one.key === key).map(({ isUp: _, ...one }) => ({ ...one, origin, expectsDown }));
    },
  );
}

/** The sessions of patterns on whose links there was none that was up. */
const downOnPatterns = (before: readonly Former[], wanted: readonly Wanted[]): Former[] =>
  wanted
    .filter(({ remoteAddress: pattern }) => before.some(({ remoteAddress }) => isOf(remoteAddress, pattern)))
    .map(({ expectsDown: _, ...link }) => ({ ...link, isUp: false }));

/** What a change demands if nothing but the fabrics is known: each existing session counts as Established. */
export const demandsAt = (before: HeldFabric, after: HeldFabric, node: string): Demand[] =>
  demandsOf(
    linksOf(before, node)
      .filter(({ expectsDown }) => !expectsDown)
      .map((link) => ({ ...link, isUp: true })),
    linksOf(after, node),
    resetBy(before, after, node),
  );

const linksOf = ({ fabric, localAs }: HeldFabric, node: string): Wanted[] =>
  sessionsWith(fabric, node, localAs)
    .filter(({ isInside }) => !isInside)
    .map((session) => ({
      ...{ key: session.key, origin: session.origin, remoteAddress: String(session.remoteAddress) },
      ...{ family: session.remoteAddress.family, expectsDown: needNotBeUp(session) },
    }));

const formerLink = ({ key, origin, remoteAddress, state }: Standing): Former => ({
  ...{ key, origin, remoteAddress, isUp: state === 'Established' },
  family: familyOfText(remoteAddress),
});

/** Whether its entry says that the session need not come up. */
export const needNotBeUp = ({ expectsDown, adminDown }: Session): boolean =>
  expectsDown === true || adminDown !== undefined;

/** Dynamic neighbours that were up and that the new release accepts too. */
const guestsOf = (before: readonly Former[], fabric: Fabric, node: string): Wanted[] =>
  neighboursOf(fabric, node).flatMap(({ range, session }) =>
    before
      .filter((link) => link.isUp && isGuestOf(link, range, session))
      .map(({ isUp: _, ...link }) => ({ ...link, origin: session.origin, expectsDown: needNotBeUp(session) })),
  );

function isGuestOf(
  { key, remoteAddress }: Pick<GatedSession, 'key' | 'remoteAddress'>,
  range: Prefix,
  { localAddress, port }: Pick<Session, 'localAddress' | 'port'>,
): boolean {
  const address = IpAddress.parse(remoteAddress);
  return (
    address instanceof IpAddress &&
    range.contains(Prefix.host(address)) &&
    key === sessionKey(localAddress, address, port)
  );
}

/** Whether the change of release resets the session with a key, decided as in the speaker. */
function resetBy(before: HeldFabric | undefined, after: HeldFabric, node: string): (key: string) => boolean {
  if (!before) return () => true;
  const changed = changeBy(before, after, node);
  return (key) => changed(key)?.change === 'reset';
}

/** Why the session with a key may be reset, if that is not certain. */
export function mayResetAt(before: HeldFabric, after: HeldFabric, node: string): (key: string) => string | undefined {
  const changed = changeBy(before, after, node);
  return (key) => {
    const { otherwise, reason } = changed(key) ?? {};
    return otherwise === undefined ? undefined : reason;
  };
}

/** What the change of release does to the session with a key; one that is in a single release is reset. */
function changeBy(
  before: HeldFabric,
  after: HeldFabric,
  node: string,
): (key: string) => ReturnType<typeof changeOfSession> {
  // Most nodes in most changes have no session in both releases that must be checked.
  let ends: readonly (readonly SessionEnd[])[] | undefined;
  const of = (ends: readonly SessionEnd[], key: string) => {
    const found = ends.find(({ config }) => config.key === key) ?? guestOf(ends, key) ?? patternOf(ends, key);
    return new Map(found && [['', found]]);
  };
  return (key) => {
    ends ??= [before, after].map(({ fabric, localAs }) => endsOf(fabric, node, localAs));
    const [was, is] = [of(ends[0], key), of(ends[1], key)];
    return was.size === 0 || is.size === 0 ? { change: 'reset', reason: '' } : changeOfSession(was, is);
  };
}

/** The session of a template for the neighbour with this key. */
function guestOf(ends: readonly SessionEnd[], key: string): SessionEnd | undefined {
  const { remote } = readSessionKey(key);
  const end = ends.find(({ range, config }) => range && isGuestOf({ key, remoteAddress: remote }, range, config));
  const remoteAddress = end && IpAddress.parse(remote);
  if (!(remoteAddress instanceof IpAddress)) return undefined;
  const { template: _, ...config } = end!.config;
  return { ...end!, config: { ...config, key, remoteAddress } };
}

/** The session of a pattern on the link of another session. */
function patternOf(ends: readonly SessionEnd[], key: string): SessionEnd | undefined {
  const { local, remote, port } = readSessionKey(key);
  const end = ends.find(({ config }) => String(config.port) === port && isOf(remote, String(config.remoteAddress)));
  const [localAddress, remoteAddress] = [local, remote].map(IpAddress.ofLink);
  return end && { ...end, config: { ...end.config, key, localAddress, remoteAddress, interface: linkOfEnd(remote) } };
}

/**
 * Whether the node had nothing of this fabric before: no fabric, or one that has no other node in common with this one.
 */
function isNewHere(before: Fabric | undefined, after: Fabric, node: string): boolean {
  if (!before) return true;
  if (before.name === after.name) return false;
  return !Object.keys(before.nodes).some((name) => name !== node && after.nodes[name]);
}
