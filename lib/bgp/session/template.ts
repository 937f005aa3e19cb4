import type { IpAddress } from '../../model/address';
import { Prefix } from '../../model/prefix';
import type { SessionConfig } from './config';
import type { BgpSession } from './session';

/**
 * Accepts unnamed neighbours from a prefix (mostly clients of a route reflector): each gets its own session when it
 * connects; this node never dials them. A session configured for an address takes precedence over any template.
 */
export interface SessionTemplate extends Omit<SessionConfig, 'remoteAddress' | 'dial' | 'template'> {
  /** `local range port`: its identity. */
  readonly key: string;
  /** Addresses of the neighbours: of the family of {@link localAddress}. */
  readonly range: Prefix;
  /** Maximum number of neighbours at once, at least 1. */
  readonly limit: number;
}

/**
 * Seconds that an unnamed neighbour has to come up; after that it gives way to the next one if the template is full.
 */
const GIVES_WAY = 5;
/** Maximum number of neighbours that may be connecting at once, without a place, when the limit is reached. */
export const WAITING = 256;
/** Seconds that each of them has at least: enough for an OPEN to arrive. */
const MOMENT = 0.5;

/** The fields of a session that decide whether it occupies a place. */
type Guest = { readonly session: Pick<BgpSession, 'idleFor' | 'isHeldIdle' | 'hasPlace'> };

/**
 * Finds room for another neighbour in a template with this limit: returns the neighbour to be removed, if any;
 * undefined if there is no room. A neighbour takes a place with a valid OPEN, and keeps it for a while after its
 * session ends. The one without a session for the longest time is removed first, whether it sends nothing, an octet a
 * second, only an OPEN, or keeps reconnecting.
 */
export function roomForPeer<T extends Guest>(all: readonly T[], limit: number): T[] | undefined {
  const waiting = all.filter(({ session }) => !session.hasPlace);
  if (all.length - waiting.length >= limit) return placeFor(all, limit);
  if (all.length < limit) return [];
  const isCrowded = waiting.length >= WAITING;
  const gone = longestIdle(waiting, isCrowded ? MOMENT : GIVES_WAY);
  return gone ? [gone] : isCrowded ? undefined : [];
}

/** The same for a neighbour that is already connecting and now takes a place; `others` are all except that one. */
export function placeFor<T extends Guest>(others: readonly T[], limit: number): T[] | undefined {
  const placed = others.filter(({ session }) => session.hasPlace);
  if (placed.length < limit) return [];
  const gone = longestIdle(placed, GIVES_WAY);
  return gone && [gone];
}

/**
 * The neighbour without a session for the longest time, if that is at least this many seconds. One closed by a prefix
 * limit comes last, because once removed it could connect again at once.
 */
function longestIdle<T extends Guest>(all: readonly T[], seconds: number): T | undefined {
  const isBefore = ({ session: a }: T, { session: b }: T) =>
    a.isHeldIdle === b.isHeldIdle ? a.idleFor > b.idleFor : b.isHeldIdle;
  return all
    .filter(({ session }) => session.idleFor >= seconds)
    .reduce<T | undefined>((first, each) => (first && !isBefore(each, first) ? first : each), undefined);
}

/**
 * The session of one connected neighbour. Its key is that of a session configured for the same address: one can replace
 * the other.
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
