import type { IpAddress } from '../../model/address';
import { Prefix } from '../../model/prefix';
import type { SessionConfig } from './config';
import type { BgpSession } from './session';

/**
 * Neighbours that may come from a prefix without being named one by one (clients of a reflector, mostly): each gets a
 * session of its own when it connects, and only it dials. A session that is configured for an address goes before any
 * template.
 */
export interface SessionTemplate extends Omit<SessionConfig, 'remoteAddress' | 'dial' | 'template'> {
  /** `local range port`: what makes it this template. */
  readonly key: string;
  /** Where neighbours may come from: of the family of {@link localAddress}. */
  readonly range: Prefix;
  /** Most neighbours at once, at least 1. */
  readonly limit: number;
}

/**
 * Seconds in which a neighbour that came unnamed has to come up, or it gives way to the next where all places are
 * taken.
 */
const GIVES_WAY = 5;
/**
 * So many may be on their way beyond the places there are, for a moment at least (seconds): enough for an OPEN to
 * arrive.
 */
export const WAITING = 256;
const MOMENT = 0.5;

/** What of a session says whether it has a place. */
type Guest = { readonly session: Pick<BgpSession, 'idleFor' | 'isHeldIdle' | 'hasPlace'> };

/**
 * How one more neighbour finds room among those that came by a template of so many places: who has to go for it, if
 * anybody; undefined: there is no room. A place is taken by a good OPEN, and kept for a while after. Who has been
 * without a session the longest goes first, whether it says nothing, an octet a second, an OPEN and nothing else, or
 * comes and goes.
 */
export function roomForPeer<T extends Guest>(all: readonly T[], limit: number): T[] | undefined {
  const waiting = all.filter(({ session }) => !session.hasPlace);
  if (all.length - waiting.length >= limit) return placeFor(all, limit);
  if (all.length < limit) return [];
  const isCrowded = waiting.length >= WAITING;
  const gone = longestIdle(waiting, isCrowded ? MOMENT : GIVES_WAY);
  return gone ? [gone] : isCrowded ? undefined : [];
}

/** The same for one that is on its way already, and now takes a place; `others` leaves it out. */
export function placeFor<T extends Guest>(others: readonly T[], limit: number): T[] | undefined {
  const placed = others.filter(({ session }) => session.hasPlace);
  if (placed.length < limit) return [];
  const gone = longestIdle(placed, GIVES_WAY);
  return gone && [gone];
}

/**
 * Of those that have had no session for so many seconds. One that a limit of prefixes keeps out comes last, or it would
 * be let in again.
 */
function longestIdle<T extends Guest>(all: readonly T[], seconds: number): T | undefined {
  const isBefore = ({ session: a }: T, { session: b }: T) =>
    a.isHeldIdle === b.isHeldIdle ? a.idleFor > b.idleFor : b.isHeldIdle;
  return all
    .filter(({ session }) => session.idleFor >= seconds)
    .reduce<T | undefined>((first, each) => (first && !isBefore(each, first) ? first : each), undefined);
}

/**
 * The session of one neighbour that came. Its key is that of a session configured for the same address: one can take
 * the other's place.
 */
export function sessionFrom({ range, limit: _, ...session }: SessionTemplate, remoteAddress: IpAddress): SessionConfig {
  const { key: template, name, localAddress, port } = session;
  return {
    ...session,
    key: `${localAddress} ${remoteAddress} ${port}`,
    name: `${name} ${remoteAddress}`,
    remoteAddress,
    dial: 'never',
    template,
  };
}

/** The template for a neighbour that connects to `local`: of several the one with the longest prefix. */
export function templateFor(
  templates: readonly SessionTemplate[],
  local: IpAddress,
  remote: IpAddress,
): SessionTemplate | undefined {
  const host = Prefix.host(remote);
  return templates
    .filter(({ localAddress, range }) => localAddress.equals(local) && range.contains(host))
    .reduce<SessionTemplate | undefined>(
      (best, each) => (best && best.range.length >= each.range.length ? best : each),
      undefined,
    );
}
