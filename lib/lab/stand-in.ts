import type { FabricSpec } from '../model/fabric';
import { secretName } from './keys';
import type { LabMachine } from './lab-plan';

/**
 * The fabric of an agent that acts as an outside machine. It announces the host behind it and accepts everything. An
 * agent has one AS number and one port: sessions that expect others stay down.
 */
export function standInFabric(machine: LabMachine): FabricSpec {
  const [first] = machine.sessions;
  return {
    name: 'outside',
    asNumber: first?.localAs.value,
    nodeToNodeMesh: false,
    listenPort: first?.localPort,
    nodes: {
      [machine.name]: {
        ipv4Address: machine.addresses.ipv4?.toString(),
        ipv6Address: machine.addresses.ipv6?.toString(),
        workloadInterfaces: ['lan*'],
      },
    },
    peers: Object.fromEntries(
      machine.sessions.map((session, i) => [
        `p${i + 1}`,
        {
          node: machine.name,
          ...(session.interface === undefined
            ? {
                address: session.remoteAddress.toString(),
                ...(session.isCabled && { localAddress: session.localAddress.toString() }),
                multihop: !session.isCabled,
              }
            : { interface: session.interface }),
          port: session.remotePort,
          asNumber: session.remoteAs.value,
          families: [...session.families],
          filters: ['everything'],
          nextHop: 'self',
          ...(session.ttlSecurity !== undefined && { ttlSecurity: session.ttlSecurity }),
          ...(session.password && { password: `secret:${secretName(session.password)}` }),
          holdTime: session.holdTime,
          ...(session.bfd && { bfd: session.bfd }),
        },
      ]),
    ),
    filters: { everything: { import: [{ action: 'accept' }], export: [{ action: 'accept' }] } },
  };
}
