import { App, TerraformStack } from 'cdktf';
import { Fabric, Filter, Node, NodePeer } from 'peerform';

const LAB = process.env.PEERFORM_LAB ?? '/run/peerform/lab/bgp-to-the-host';

const app = new App();
const stack = new TerraformStack(app, 'bgp-to-the-host');
const fabric = new Fabric(stack, 'fabric', {
  name: 'bgp-to-the-host',
  nodeToNodeMesh: false, // hosts reach each other through the switches
  multipath: 2, // use both uplinks at once
  holdTime: 9, // detects within 9 s a failure that leaves the link up
});

// Accept everything that the switches know. Advertise only what runs here, so that no host becomes transit.
new Filter(fabric, 'uplink', {
  name: 'uplink',
  import: [{ action: 'accept' }],
  export: [{ source: 'workload', action: 'accept' }],
});

for (const number of [1, 2]) {
  const name = `host${number}`;
  // Where services listen, and how others know the host: addresses of the loopback interface, not of a link.
  const [ipv4Address, ipv6Address] = [`10.255.0.${number}`, `fd00:255::${number}`];
  new Node(fabric, name, {
    name,
    endpoint: `unix://${LAB}/${name}/agent.sock`,
    asNumber: 65000 + number,
    ...{ ipv4Address, ipv6Address },
    advertise: [
      { prefix: `${ipv4Address}/32`, blackhole: false },
      { prefix: `${ipv6Address}/128`, blackhole: false },
    ],
  });
  // Two switches, each at the other end of a cable that has a /31 and a /127 and nothing else.
  for (const tor of [1, 2]) {
    const uplink = { node: name, asNumber: 65100 + tor, filters: ['uplink'] };
    const first = 4 * number + 2 * tor;
    new NodePeer(fabric, `${name}-tor${tor}-ipv4`, {
      ...{ name: `${name}-tor${tor}-ipv4`, ...uplink },
      address: `192.0.2.${first}`,
      localAddress: `192.0.2.${first + 1}`,
    });
    new NodePeer(fabric, `${name}-tor${tor}-ipv6`, {
      ...{ name: `${name}-tor${tor}-ipv6`, ...uplink },
      address: `2001:db8:${tor}:${number}::a`,
      localAddress: `2001:db8:${tor}:${number}::b`,
    });
  }
}

app.synth();
