import { App, TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { Fabric, GlobalPeer, Node, NodePeer } from 'peerform';

/** Where the agents listen: a lab on one machine has a folder for each node. */
const LAB = process.env.PEERFORM_LAB ?? '/run/peerform/lab/quickstart';

class Quickstart extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);

    const fabric = new Fabric(this, 'fabric', {
      name: 'quickstart',
      // The edition of the defaults. A newer package does not change them; a newer number here does.
      edition: 2,
      // The default AS number (calicoctl config set asNumber 67111).
      asNumber: 67111,
      // The node-to-node mesh (calicoctl config set nodeToNodeMesh on): set it to false to switch the mesh off.
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

    // A node-specific peer: only node1 peers with it.
    new NodePeer(fabric, 'node1-tor', { name: 'node1-tor', node: 'node1', address: 'aa:bb::ff', asNumber: 67111 });

    new TerraformOutput(this, 'release', { value: fabric.release });
  }
}

const app = new App();
new Quickstart(app, 'quickstart');
app.synth();
