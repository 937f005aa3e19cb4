import { App, TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { Fabric, GlobalPeer, Node, NodePeer } from 'peerform';

/** Where the agents listen: a lab on one machine gives each node a folder. */
const LAB = process.env.PEERFORM_LAB ?? '/run/peerform/lab/quickstart';

class Quickstart extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);

    const fabric = new Fabric(this, 'fabric', {
      name: 'quickstart',
      // The default AS number (calicoctl config set asNumber 67111).
      asNumber: 67111,
      // The node-to-node mesh (calicoctl config set nodeToNodeMesh on): write false to switch it off.
      nodeToNodeMesh: true,
    });

    for (const number of [1, 2, 3])
      new Node(fabric, `node${number}`, {
        name: `node${number}`,
        endpoint: `unix://${LAB}/node${number}/agent.sock`,
        ipv4Address: `10.0.0.${number}`,
        ipv6Address: `fd00:10::${number}`,
      });

    // A global peer: every node peers with it.
    new GlobalPeer(fabric, 'tor', { name: 'tor', address: '192.20.30.40', asNumber: 67111 });

    // A node-specific peer: node1 alone peers with it.
    new NodePeer(fabric, 'node1-tor', { name: 'node1-tor', node: 'node1', address: 'aa:bb::ff', asNumber: 67111 });

    new TerraformOutput(this, 'release', { value: fabric.release });
  }
}

const app = new App();
new Quickstart(app, 'quickstart');
app.synth();
