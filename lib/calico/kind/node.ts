import { address, asNumber, list, network, rule, text } from '../check';
import { checkOf, each, group, taken, told, undecided, unrelated } from '../row';

export const NO_TUNNEL = 'a fabric does not route through tunnels';
export const NO_WIREGUARD = 'a fabric does not encrypt the traffic between nodes';

/** Fields of `Node`. */
export const NODE = {
  bgp: group(
    {
      asNumber: taken('`asNumber`', asNumber),
      ipv4Address: taken('`ipv4Address`', network({ family: 'ipv4', masked: false })),
      ipv6Address: taken('`ipv6Address`', network({ family: 'ipv6', masked: false })),
      ipv4IPIPTunnelAddr: told(NO_TUNNEL, address('ipv4')),
      routeReflectorClusterID: taken('`routeReflectorClusterId`', address('ipv4')),
    },
    {
      rules: [rule('', 'bgp is empty', (bgp) => Object.values(bgp).every((it) => it === null || it === ''))],
    },
  ),
  ipv4VXLANTunnelAddr: told(NO_TUNNEL),
  ipv6VXLANTunnelAddr: told(NO_TUNNEL),
  vxlanTunnelMACAddr: told(NO_TUNNEL),
  vxlanTunnelMACAddrV6: told(NO_TUNNEL),
  wireguard: group(
    { interfaceIPv4Address: undecided(NO_WIREGUARD), interfaceIPv6Address: undecided(NO_WIREGUARD) },
    { open: true },
  ),
  orchRefs: each({
    nodeName: unrelated('the orchestrator', text()),
    orchestrator: unrelated('the orchestrator', { required: text() }),
  }),
  addresses: unrelated(
    'policy: the addresses of the host',
    list(() => []),
  ),
  interfaces: unrelated(
    'policy: the interfaces of the host',
    list(() => []),
  ),
};

/** Checks a v3 `Node`. */
export const nodeSpec = checkOf(NODE, { open: true });
