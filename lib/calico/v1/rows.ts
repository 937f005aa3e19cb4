import { as, each, group, type Rows, taken, unrelated } from '../row';

const labels = unrelated('nothing selects it');

/**
 * The fields of calicoctl 1.x, by kind. Unknown fields are rejected, as by calicoctl: a peer with a misspelt AS number
 * field would get another AS number.
 */
export const V1 = {
  bgpPeer: {
    metadata: group({
      scope: taken('a peer of all nodes, or of one'),
      node: as('BGPPeer node'),
      peerIP: as('BGPPeer peerIP'),
      name: unrelated('a v1 peer has no name'),
      labels,
    }),
    spec: group({ asNumber: as('BGPPeer asNumber') }),
  },
  node: {
    metadata: group({ name: taken('its name'), labels: taken('`labels`') }),
    spec: group({
      bgp: group({
        asNumber: as('Node bgp.asNumber'),
        ipv4Address: as('Node bgp.ipv4Address'),
        ipv6Address: as('Node bgp.ipv6Address'),
      }),
      orchRefs: each({ nodeName: as('Node orchRefs[].nodeName'), orchestrator: as('Node orchRefs[].orchestrator') }),
    }),
  },
  ipPool: {
    metadata: group({ cidr: as('IPPool cidr'), labels }),
    spec: group({
      ipip: group({ enabled: as('IPPool ipipMode'), mode: as('IPPool ipipMode') }),
      'nat-outgoing': as('IPPool natOutgoing'),
      disabled: as('IPPool disabled'),
    }),
  },
} satisfies Readonly<Record<string, Rows>>;
