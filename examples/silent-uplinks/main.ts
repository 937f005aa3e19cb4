import { App, TerraformStack } from 'cdktf';
import { Fabric, Filter, Node, NodePeer } from 'peerform';

const LAB = process.env.PEERFORM_LAB ?? '/run/peerform/lab/silent-uplinks';

const app = new App();
const stack = new TerraformStack(app, 'silent-uplinks');
const fabric = new Fabric(stack, 'fabric', {
  name: 'silent-uplinks',
  nodeToNodeMesh: false, // hosts reach each other through the switches
  multipath: 2, // use both uplinks at once
});

new Filter(fabric, 'uplink', {
  name: 'uplink',
  import: [{ action: 'accept' }],
  export: [{ source: 'workload', action: 'accept' }],
});

// One profile for all uplinks: a packet every 300 ms each way, and a switch is gone when three in a row are missing.
const bfd = { transmitInterval: 300, receiveInterval: 300, detectMultiplier: 3 };

for (const number of [1, 2]) {
  const name = `host${number}`;
  const ipv4Address = `10.255.0.${number}`;
  new Node(fabric, name, {
    name,
    endpoint: `unix://${LAB}/${name}/agent.sock`,
    asNumber: 65000 + number,
    ipv4Address,
    advertise: [{ prefix: `${ipv4Address}/32`, blackhole: false }],
  });
  // Two switches, each at the other end of a cable.
  for (const tor of [1, 2]) {
    const first = 4 * number + 2 * tor;
    new NodePeer(fabric, `${name}-tor${tor}`, {
      name: `${name}-tor${tor}`,
      node: name,
      asNumber: 65100 + tor,
      address: `192.0.2.${first}`,
      localAddress: `192.0.2.${first + 1}`,
      filters: ['uplink'],
      bfd,
    });
  }
}

app.synth();
