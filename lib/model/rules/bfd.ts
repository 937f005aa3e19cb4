import { Problem } from '../problem';
import { isPresent, type Owners, type Raw, rawAddress, record } from './raw';

/** On the link, where packets with a TTL below 255 have been forwarded, another minimum would be ignored. */
export const ON_LINK_TTL = 255;

const ttlProblems = (path: string, { multihop, minimumTtl }: Raw): Problem[] =>
  multihop === false && typeof minimumTtl === 'number' && minimumTtl !== ON_LINK_TTL
    ? [
        Problem.of(
          'bfd-ttl',
          `a minimum TTL of ${minimumTtl} is for a neighbour several hops away, and multihop is false: on the link it is always 255 (RFC 5881)`,
          `${path}.minimumTtl`,
        ),
      ]
    : [];

/**
 * BFD that detects a failure no sooner than the hold timer is useless. Each end negotiates its intervals, so the
 * configured one is a lower bound.
 */
export function bfdProblems(path: string, bfd: unknown, { holdTime }: Raw, fabric: Raw): Problem[] {
  if (!isPresent(bfd) || typeof bfd === 'symbol') return [];
  const ttl = ttlProblems(path, record(bfd));
  const { transmitInterval = 300, receiveInterval = 300, detectMultiplier = 3 } = record(bfd);
  const seconds = holdTime ?? fabric.holdTime ?? 90;
  if (![transmitInterval, receiveInterval, detectMultiplier, seconds].every((value) => typeof value === 'number'))
    return ttl;
  const [transmits, receives, packets, hold] = [transmitInterval, receiveInterval, detectMultiplier, seconds].map(
    Number,
  );
  const detection = packets * Math.max(transmits, receives);
  if (hold === 0 || detection < hold * 1000) return ttl;
  return [
    ...ttl,
    Problem.of(
      'bfd',
      `BFD would detect a failure after ${detection / 1000} s, no sooner than the hold time of ${hold} s`,
      path,
    ),
  ];
}

/** Both ends of a session use the same profile: if it is passive, neither starts. */
export const bothWait = (path: string, bfd: unknown): Problem[] =>
  record(bfd).passive === true
    ? [Problem.of('both-passive', 'each end would wait for the first BFD packet of the other', `${path}.passive`)]
    : [];

/**
 * Two peers may be the two ends of one session. BFD that is set on only one of them never comes up, and neither does
 * BFD that is single-hop at one end only.
 */
export function oneSided(peers: readonly [string, Raw][], owners: Owners): Problem[] {
  const inside = peers.flatMap(([name, peer]) => {
    const [other] = owners.get(String(rawAddress(peer.address))) ?? [];
    return other !== undefined && typeof peer.node === 'string' ? [{ name, peer, node: peer.node, other }] : [];
  });
  const ends = new Map(inside.map((end) => [`${end.node} ${end.other}`, end]));
  return inside.flatMap(({ name, peer, node, other }) => {
    const { name: otherName, peer: otherPeer } = ends.get(`${other} ${node}`) ?? {};
    if (!otherPeer || !isPresent(peer.bfd) || [peer.bfd, otherPeer.bfd].some(isUnknown)) return [];
    const [one, two] = [peer.bfd, otherPeer.bfd].map((bfd) => record(bfd).multihop);
    const message = !isPresent(otherPeer.bfd)
      ? `node ${other} would not run it with node ${node}: peer ${otherName}, the other end of the session, has no bfd`
      : one !== two && ![one, two].some(isUnknown)
        ? `multihop of peer ${otherName}, the other end of the session, differs`
        : undefined;
    return message === undefined ? [] : [Problem.of('bfd-ends', message, `peers.${name}.bfd`)];
  });
}

const isUnknown = (value: unknown): boolean => typeof value === 'symbol';
