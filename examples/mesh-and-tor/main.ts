import { App, TerraformStack } from 'cdktf';
import { Fabric, Filter, GlobalPeer, Node } from 'peerform';

const LAB = process.env.PEERFORM_LAB ?? '/run/peerform/lab/mesh-and-tor';

const app = new App();
const stack = new TerraformStack(app, 'mesh-and-tor');
const fabric = new Fabric(stack, 'fabric', { name: 'mesh-and-tor', edition: 2, asNumber: 64512 });

for (const number of [1, 2, 3])
  new Node(fabric, `node${number}`, {
    name: `node${number}`,
    endpoint: `unix://${LAB}/node${number}/agent.sock`,
    ipv4Address: `10.0.0.${number}`,
  });

// An eBGP session accepts and advertises nothing unless a filter permits it (RFC 8212).
new Filter(fabric, 'uplink', {
  name: 'uplink',
  import: [{ prefix: '203.0.113.0/24', action: 'accept' }],
  // Only what runs here: a node must not offer the switch a path to other nodes.
  export: [{ source: 'workload', action: 'accept' }],
});

// The top-of-rack switch; every node peers with it.
new GlobalPeer(fabric, 'tor', { name: 'tor', address: '192.0.2.1', asNumber: 65000, filters: ['uplink'] });

app.synth();
