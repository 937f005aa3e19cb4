import { App, TerraformStack } from 'cdktf';
import { Fabric, Node, RouteReflectors } from 'peerform';

const LAB = process.env.PEERFORM_LAB ?? '/run/peerform/lab/redundant-reflectors';

const app = new App();
const stack = new TerraformStack(app, 'redundant-reflectors');
const fabric = new Fabric(stack, 'fabric', { name: 'redundant-reflectors', edition: 2 });

// The first two nodes are reflectors, marked by a label. To add a reflector, label another node.
for (const number of [1, 2, 3, 4, 5])
  new Node(fabric, `node${number}`, {
    name: `node${number}`,
    endpoint: `unix://${LAB}/node${number}/agent.sock`,
    ipv4Address: `10.0.0.${number}`,
    ...(number <= 2 && { labels: { role: 'reflector' } }),
  });

// All other nodes are clients. They leave the mesh and peer with both reflectors, which peer with each other.
new RouteReflectors(fabric, 'reflectors', { name: 'main', reflectorSelector: "role == 'reflector'" });

app.synth();
