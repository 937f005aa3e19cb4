import { App, TerraformStack } from 'cdktf';
import { Fabric, Node, Rack } from 'peerform';

const LAB = process.env.PEERFORM_LAB ?? '/run/peerform/lab/as-per-rack';

/** Which nodes are in which rack. */
const RACKS = { 'rack-a': [1, 2], 'rack-b': [3, 4] };

const app = new App();
const stack = new TerraformStack(app, 'as-per-rack');
const fabric = new Fabric(stack, 'fabric', { name: 'as-per-rack', edition: 2 });

for (const [rack, numbers] of Object.entries(RACKS)) {
  new Rack(fabric, rack, {
    name: rack,
    // A new rack gets the lowest free number. peerform.lock.json records it permanently; commit that file.
    asNumberRange: { from: 65001, to: 65099 },
    // Two switches per rack: each node has a session with both, and loses no destination when one of them fails.
    topOfRack: [
      { ipv4Address: '192.0.2.1', asNumber: 65100 },
      { ipv4Address: '192.0.2.2', asNumber: 65100 },
    ],
  });
  for (const number of numbers)
    new Node(fabric, `node${number}`, {
      name: `node${number}`,
      endpoint: `unix://${LAB}/node${number}/agent.sock`,
      ipv4Address: `10.0.0.${number}`,
      rack,
    });
}

app.synth();
