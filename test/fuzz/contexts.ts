import type { WireContext } from '../../lib/bgp/wire/context';
import type { Family } from '../../lib/bgp/wire/family';

const FAMILIES: readonly (readonly Family[])[] = [
  ['ipv4 unicast', 'ipv6 unicast'],
  ['ipv4 unicast'],
  ['ipv6 unicast'],
  ['ipv4 unicast', 'ipv6 unicast'],
];

/** AS numbers of both ends: what is external has two. */
export const LOCAL_AS = 64512;
export const PEER_AS = 65001;

/**
 * All sessions there can be, as far as the codec sees them, by the bits of an octet. Both ways alike, so that what was
 * read can be written.
 */
export const CONTEXTS: readonly WireContext[] = Array.from({ length: 128 }, (_, bits) => {
  const internal = (bits & 1) !== 0;
  const families = new Set(FAMILIES[(bits >> 2) & 3]);
  const paths: ReadonlySet<Family> = (bits & 16) !== 0 ? families : new Set();
  return {
    session: internal ? 'ibgp' : 'ebgp',
    as4: (bits & 2) === 0,
    families,
    addPathReceive: paths,
    addPathSend: paths,
    extendedMessage: (bits & 32) !== 0,
    extendedNextHop: (bits & 64) !== 0 ? families : new Set(),
    localAs: LOCAL_AS,
    peerAs: internal ? LOCAL_AS : PEER_AS,
  };
});

/** The session that the first octet of an input stands for. */
export const contextOf = (octet: number | undefined): WireContext => CONTEXTS[(octet ?? 0) & 127];
