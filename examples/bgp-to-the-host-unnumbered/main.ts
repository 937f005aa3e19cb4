import { App, TerraformStack } from 'cdktf';
import { Fabric, Filter, GlobalPeer, Node } from 'peerform';

const LAB = process.env.PEERFORM_LAB ?? '/run/peerform/lab/bgp-to-the-host-unnumbered';

const app = new App();
const stack = new TerraformStack(app, 'bgp-to-the-host-unnumbered');
const fabric = new Fabric(stack, 'fabric', {
  name: 'bgp-to-the-host-unnumbered',
  nodeToNodeMesh: false, // hosts reach each other through the switches
  multipath: 2, // use both uplinks at once
});

// Accept everything that the switches know. Advertise only what runs here, so that no host becomes transit.
new Filter(fabric, 'uplink', {
  name: 'uplink',
  import: [{ action: 'accept' }],
  export: [{ source: 'workload', action: 'accept' }],
});

// The switch at the other end of each uplink of each host, whatever its address and AS number.
new GlobalPeer(fabric, 'uplinks', {
  name: 'uplinks',
  interface: 'eth*',
  peerType: 'external',
  filters: ['uplink'],
});

for (const number of [1, 2]) {
  const name = `host${number}`;
  // The only addresses of a host, on its loopback interface.
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
}

app.synth();
