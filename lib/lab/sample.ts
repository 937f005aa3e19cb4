import { NEWEST_EDITION } from '../model/edition';
import type { FabricSpec } from '../model/fabric';

/** Default fabric of a lab: three nodes in a mesh, with a top-of-rack neighbour. */
export const SAMPLE: FabricSpec = {
  name: 'lab',
  edition: NEWEST_EDITION,
  asNumber: 67111,
  nodes: {
    node1: { ipv4Address: '10.0.0.1', ipv6Address: 'fd00:10::1' },
    node2: { ipv4Address: '10.0.0.2', ipv6Address: 'fd00:10::2' },
    node3: { ipv4Address: '10.0.0.3', ipv6Address: 'fd00:10::3' },
  },
  peers: {
    tor4: { address: '192.20.30.40', asNumber: 67111 },
    tor6: { address: 'aa:bb::ff', asNumber: 67111 },
  },
};
