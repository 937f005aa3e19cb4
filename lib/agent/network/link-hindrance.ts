import type { LinkHindrance } from '../../control/status';

/** Why a link cannot carry a session without addresses. */
export interface Hindrance {
  readonly code: LinkHindrance;
  readonly text: string;
}

/** What is said of each; `detail`: what the system said. */
const TEXTS: Record<LinkHindrance, (link: string, detail: string) => string> = {
  'no-interface': (link) => `there is no interface ${link}`,
  'no-match': (pattern) => `no interface that is up matches ${pattern}`,
  'link-down': (link) => `link ${link} is down`,
  'no-carrier': (link) => `link ${link} has no carrier`,
  'no-link-local': (link) =>
    `link ${link} has no link-local address: enable IPv6 on it (net/ipv6/conf/${link}/disable_ipv6 and addr_gen_mode are 0)`,
  mtu: (link, mtu) =>
    `link ${link} has an MTU of ${mtu}, and IPv6 needs at least 1280 (RFC 8200): the system has removed it`,
  'duplicate-address': (link) =>
    `the link-local address of ${link} cannot be used yet: duplicate address detection is in progress, or has found another machine with it`,
  'default-route': (_, detail) => detail,
  privilege: () =>
    'the agent may not send router solicitations: grant it CAP_NET_RAW (systemd: AmbientCapabilities=CAP_NET_RAW and CapabilityBoundingSet=CAP_NET_RAW in a drop-in of its unit)',
  socket: (_, detail) => detail,
  unadvertised: (_, station) =>
    `${station} has connected, and does not advertise itself on the link (router advertisement, RFC 4861)`,
  silent: () => 'no neighbour has advertised itself on the link yet (router advertisement, RFC 4861)',
};

export const hindrance = (code: LinkHindrance, link: string, detail = ''): Hindrance => ({
  ...{ code, text: TEXTS[code](link, detail) },
});
