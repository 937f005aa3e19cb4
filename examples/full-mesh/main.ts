import { App, TerraformStack } from 'cdktf';
import { Fabric, Node } from 'peerform';

const LAB = process.env.PEERFORM_LAB ?? '/run/peerform/lab/full-mesh';

const app = new App();
const stack = new TerraformStack(app, 'full-mesh');

// One AS and the node-to-node mesh are the defaults of a fabric.
const fabric = new Fabric(stack, 'fabric', { name: 'full-mesh', edition: 2 });

for (const number of [1, 2, 3, 4])
  new Node(fabric, `node${number}`, {
    name: `node${number}`,
    endpoint: `unix://${LAB}/node${number}/agent.sock`,
    ipv4Address: `10.0.0.${number}`,
  });

app.synth();
