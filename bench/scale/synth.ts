/**
 * The app that the bench synthesises: a fabric of so many nodes with two route reflectors.
 * `node synth.js NODES FOLDER-OF-SOCKETS OUT [PEERS]`
 */
import { App, TerraformStack } from 'cdktf';
import { Fabric, Node, NodePeer, RouteReflectors } from 'peerform';
import { addressOf, nameOf, socketOf } from './topology';

const [nodes, sockets, outdir, peers] = [
  Number(process.argv[2]),
  process.argv[3],
  process.argv[4],
  Number(process.argv[5] ?? 0),
];
const app = new App({ outdir });
const stack = new TerraformStack(app, 'scale');
const fabric = new Fabric(stack, 'fabric', { name: 'scale', nodeToNodeMesh: false });
for (let i = 0; i < nodes; i++)
  new Node(fabric, nameOf(i), {
    name: nameOf(i),
    endpoint: `unix://${socketOf(sockets, i)}`,
    ipv4Address: addressOf(i),
  });
new RouteReflectors(fabric, 'reflectors', { name: 'reflectors', reflectors: [0, 1].map(nameOf) });
// What a team changes between one deploy and the next.
for (let i = 0; i < peers; i++)
  new NodePeer(fabric, `tor${i}`, { name: `tor${i}`, node: nameOf(i), address: `192.0.2.${i + 1}`, asNumber: 65000 });
app.synth();
