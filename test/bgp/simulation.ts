import type { SessionConfig } from '../../lib/bgp/session/config';
import { IpAddress } from '../../lib/model/address';
import { sure } from '../../lib/model/problem';

export { Simulation } from '../../lib/preview/simulator';

const ip = (text: string) => sure(IpAddress.parse(text));

/** A session between two addresses; what is not said is as in a mesh of one AS. */
export function sessionTo(local: string, remote: string, more: Partial<SessionConfig> = {}): SessionConfig {
  const localAddress = ip(local);
  const remoteAddress = ip(remote);
  return {
    key: `${local} ${remote} 179`,
    name: remote,
    reason: 'nodeToNodeMesh',
    localAddress,
    remoteAddress,
    port: 179,
    acceptable: [{ localAs: 64512, remoteAs: 64512 }],
    routerId: routerId(local),
    families: [localAddress.family === 'ipv4' ? 'ipv4 unicast' : 'ipv6 unicast'],
    dial: localAddress.compare(remoteAddress) > 0 ? 'first' : 'wait',
    holdTime: 90,
    keepaliveTime: 30,
    connectRetryTime: 5,
    multihop: false,
    inside: true,
    importPolicy: { rules: [], otherwise: 'accept' },
    exportPolicy: { rules: [], otherwise: 'accept' },
    nextHop: 'auto',
    routeReflectorClient: false,
    allowOwnAs: 0,
    localAddresses: { [localAddress.family]: localAddress },
    ...more,
  };
}

/** The last four octets of an address as a BGP identifier. */
export const routerId = (address: string): number => new DataView(ip(address).bytes.slice(-4).buffer).getUint32(0);
