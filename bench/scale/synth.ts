/**
 * The app that the bench synthesises: a fabric of so many nodes, as a full mesh or with two route reflectors.
 * `node synth.js '{"nodes": 10, "folder": "/tmp/sockets", "out": "/tmp/out"}'`
 */
import { App, TerraformStack } from 'cdktf';
import { Fabric, Node, NodePeer, Rollout, RouteReflectors } from 'peerform';
import { addressOf, labSocket, nameOf, simulatedSocket } from './topology';

/** What is synthesised. */
export interface Wanted {
  readonly nodes: number;
  /** The folder of the agents' sockets, and whether they are those of a lab. */
  readonly folder: string;
  readonly isLab?: boolean;
  readonly out: string;
  /** What a team changes between one deploy and the next. */
  readonly peers?: number;
  readonly isMesh?: boolean;
}

const { nodes, folder, isLab, out, peers = 0, isMesh = false }: Wanted = JSON.parse(process.argv[2]);
const socketOf = isLab ? labSocket : simulatedSocket;
const app = new App({ outdir: out });
const stack = new TerraformStack(app, 'scale');
const fabric = new Fabric(stack, 'fabric', { name: 'scale', nodeToNodeMesh: isMesh });
for (let i = 0; i < nodes; i++)
  new Node(fabric, nameOf(i), {
    name: nameOf(i),
    endpoint: `unix://${socketOf(folder, nameOf(i))}`,
    ipv4Address: addressOf(i),
  });
if (!isMesh) new RouteReflectors(fabric, 'reflectors', { name: 'reflectors', reflectors: [0, 1].map(nameOf) });
for (let i = 0; i < peers; i++)
  new NodePeer(fabric, `tor${i}`, { name: `tor${i}`, node: nameOf(i), address: `192.0.2.${i + 1}`, asNumber: 65000 });
// The agents of a lab start and come up on the cores that everything else uses, too: 300 s were not enough for 200.
if (isLab) new Rollout(fabric, 'rollout', { waves: [], gateWithin: Math.max(300, 6 * nodes) });
app.synth();
