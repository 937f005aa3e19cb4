import { address, asNumber, list, network, object, rule, text } from '../check';
import { isRecord } from '../documents';

/** A `Node` of v3. What is no matter of BGP is not looked at. */
export const nodeSpec = object(
  {
    bgp: object({
      asNumber,
      ipv4Address: network({ family: 'ipv4', masked: false }),
      ipv6Address: network({ family: 'ipv6', masked: false }),
      ipv4IPIPTunnelAddr: address('ipv4'),
      routeReflectorClusterID: address('ipv4'),
    }),
    orchRefs: list(object({ nodeName: text(), orchestrator: { required: text() } })),
  },
  {
    open: true,
    rules: [
      rule(
        'bgp',
        'bgp is empty',
        ({ bgp }) => isRecord(bgp) && Object.values(bgp).every((it) => it === null || it === ''),
      ),
    ],
  },
);
