import { App, TerraformStack } from 'cdktf';
import { Fabric, Node, RouteReflectors } from 'peerform';

const LAB = process.env.PEERFORM_LAB ?? '/run/peerform/lab/redundant-reflectors';

const app = new App();
const stack = new TerraformStack(app, 'redundant-reflectors');
const fabric = new Fabric(stack, 'fabric', { name: 'redundant-reflectors' });

// The first two nodes reflect: a label says so, and one more label makes one more reflector.
for (const number of [1, 2, 3, 4, 5])
  new Node(fabric, `node${number}`, {
    name: `node${number}`,
    endpoint: `unix://${LAB}/node${number}/agent.sock`,
    ipv4Address: `10.0.0.${number}`,
    ...(number <= 2 && { labels: { role: 'reflector' } }),
  });

// Clients are all other nodes. They leave the mesh and peer with both reflectors, which peer with one another.
new RouteReflectors(fabric, 'reflectors', { name: 'main', reflectorSelector: "role == 'reflector'" });

app.synth();
