import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { Fabric, Filter, GlobalPeer, Node } from 'peerform';

/** The machines by name: the endpoint of the agent of each, and its address. */
export const MACHINES: Readonly<Record<string, { endpoint: string; ipv4Address: string }>> = {
  node1: { endpoint: 'ssh://root@node1', ipv4Address: '10.0.0.1' },
  node2: { endpoint: 'ssh://root@node2', ipv4Address: '10.0.0.2' },
  node3: { endpoint: 'ssh://root@node3', ipv4Address: '10.0.0.3' },
};

/** Folder of a lab whose agents stand in for those of the machines: LAB=FOLDER npx cdktf deploy. */
const { LAB } = process.env;

export class Network extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);

    const fabric = new Fabric(this, 'fabric', {
      name: '__NAME__',
      // The edition of the defaults. A newer package does not change them; a newer number here does.
      edition: 2,
      asNumber: 64512,
      // Every node peers with every other node.
      nodeToNodeMesh: true,
    });
    for (const [name, machine] of Object.entries(MACHINES)) {
      const endpoint = LAB ? `unix://${LAB}/${name}/agent.sock` : machine.endpoint;
      new Node(fabric, name, { name, ...machine, endpoint });
    }

    // The router through which all of them reach the outside. Without filters it would exchange no routes (RFC 8212).
    new Filter(fabric, 'uplink', {
      name: 'uplink',
      import: [{ prefix: '0.0.0.0/0', action: 'accept' }],
      export: [{ source: 'workload', action: 'accept' }],
    });
    new GlobalPeer(fabric, 'router', { name: 'router', address: '10.0.0.254', asNumber: 65000, filters: ['uplink'] });
  }
}
