import { App, TerraformStack } from 'cdktf';
import { Fabric, Filter, GlobalPeer, Node } from 'peerform';

const LAB = process.env.PEERFORM_LAB ?? '/run/peerform/lab/dual-stack';

const app = new App();
const stack = new TerraformStack(app, 'dual-stack');
const fabric = new Fabric(stack, 'fabric', { name: 'dual-stack', edition: 2, asNumber: 64512 });

// A node with two addresses has two sessions with every other node: IPv4 routes over IPv4, IPv6 routes over IPv6.
for (const number of [1, 2, 3])
  new Node(fabric, `node${number}`, {
    name: `node${number}`,
    endpoint: `unix://${LAB}/node${number}/agent.sock`,
    ipv4Address: `10.0.0.${number}`,
    ipv6Address: `fd00:10::${number}`,
  });

new Filter(fabric, 'uplink', {
  name: 'uplink',
  // A rule without a prefix applies to both families.
  import: [{ action: 'accept' }],
  export: [{ source: 'workload', action: 'accept' }],
});

// The top-of-rack switch has one session for both families, over IPv6.
new GlobalPeer(fabric, 'tor', {
  name: 'tor',
  address: '2001:db8::1',
  asNumber: 65000,
  families: ['ipv4', 'ipv6'],
  filters: ['uplink'],
});

app.synth();
