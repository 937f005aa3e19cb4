import { IpAddress } from '../model/address';
import { isLike, isPattern, mayMeet } from '../model/interface-pattern';
import { type Session, sessionKey } from './session';

/** The two ends of a link without addresses, seen from a node: names that stand for link-local addresses. */
export const linkEnds = (node: string, link: string): { readonly local: IpAddress; readonly remote: IpAddress } => ({
  local: IpAddress.ofLink(`${node}/local%${link}`),
  remote: IpAddress.ofLink(`${node}%${link}`),
});

/** The node and the link of an end; undefined if the text is not the name of one. */
function readEnd(text: string): { readonly node: string; readonly link: string } | undefined {
  const at = text.lastIndexOf('%');
  return at < 0 ? undefined : { node: text.slice(0, at), link: text.slice(at + 1) };
}

/** The link of an end; undefined of an address. */
export const linkOfEnd = (end: string): string | undefined => readEnd(end)?.link;

/**
 * Whether the interface of a session is a pattern. Where only the fabric is known it stands for all links that match;
 * the node has one session for each instead.
 */
export const isOfPattern = ({ interface: link }: Pick<Session, 'interface'>): boolean =>
  link !== undefined && isPattern(link);

/** Whether an end is meant by the end of a session in the fabric: it is the same, or its link matches the pattern. */
export function isMeantBy(end: string, inFabric: string): boolean {
  if (end === inFabric) return true;
  const [one, other] = [readEnd(end), readEnd(inFabric)];
  return (
    one !== undefined &&
    other !== undefined &&
    one.node === other.node &&
    !isPattern(one.link) &&
    isLike(one.link, other.link)
  );
}

/** The session in the fabric that has this end: that of a link with a name before that of a pattern. */
export const endMeant = (sessions: readonly Session[], end: string): Session | undefined => {
  const isRemote = (is: (inFabric: string) => boolean) =>
    sessions.find(({ remoteAddress }) => is(remoteAddress.toString()));
  return isRemote((inFabric) => inFabric === end) ?? isRemote((inFabric) => isMeantBy(end, inFabric));
};

/** Whether two sessions of a node, of two releases, may be on the same link: both name it, or have a pattern for it. */
export const mayShareLink = (
  { interface: one, port, remoteNode }: Pick<Session, 'interface' | 'port' | 'remoteNode'>,
  other: Pick<Session, 'interface' | 'port' | 'remoteNode'>,
): boolean =>
  one !== undefined &&
  other.interface !== undefined &&
  port === other.port &&
  remoteNode === other.remoteNode &&
  mayMeet(one, other.interface);

/** The session of a pattern on one of its links. It is the same as if the link were named. */
export function onLink(session: Session, link: string): Session {
  const { node } = readEnd(session.remoteAddress.toString())!;
  const { local, remote } = linkEnds(node, link);
  return {
    ...session,
    ...{ key: sessionKey(local, remote, session.port), localAddress: local, remoteAddress: remote, interface: link },
  };
}

/** A session of a node on its own links. */
interface PlacedSession<Of> {
  readonly of: Of;
  /** Unset: as in the fabric. */
  readonly link?: string;
}

/**
 * Puts the sessions of patterns on these links, which are those that are up: one for each that matches, or as it is if
 * none does. A link has one neighbour, so of several sessions on it one exists: one that stays before a retiring one,
 * and one with a name before one with a pattern.
 */
export function placed<Of>(
  all: readonly Of[],
  links: readonly string[],
  read: (one: Of) => Pick<Session, 'interface' | 'port'> & { readonly isRetiring?: boolean },
): PlacedSession<Of>[] {
  const taken = new Set<string>();
  const chosen = new Map<Of, readonly PlacedSession<Of>[]>();
  const rank = (one: Of) => (read(one).isRetiring ? 2 : 0) + (isOfPattern(read(one)) ? 1 : 0);
  const onLinks = all.filter((one) => read(one).interface !== undefined);
  for (const one of [...onLinks].sort((a, b) => rank(a) - rank(b))) {
    const { interface: name = '', port, isRetiring = false } = read(one);
    const take = (link: string) => !taken.has(`${link} ${port}`) && taken.add(`${link} ${port}`) !== undefined;
    if (!isPattern(name)) chosen.set(one, take(name) ? [{ of: one }] : []);
    else {
      const mine = links.filter((link) => link !== LOOPBACK && isLike(link, name) && take(link));
      const isAlone = mine.length === 0 && !isRetiring;
      chosen.set(one, isAlone ? [{ of: one }] : mine.map((link) => ({ of: one, link })));
    }
  }
  return all.flatMap((one) => chosen.get(one) ?? [{ of: one }]);
}

const LOOPBACK = 'lo';
