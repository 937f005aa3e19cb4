import { Fabric } from '../../lib/constructs/fabric';
import { Node } from '../../lib/constructs/node';
import { GlobalPeer } from '../../lib/constructs/peer';
import { Rack } from '../../lib/constructs/rack';
import { RouteReflectors } from '../../lib/constructs/route-reflectors';
import { newStack, refusal, synth } from './app';

const endpoint = 'unix:///lab/agent.sock';

test('a profile stands wherever a session is written, and one without a word is one', () => {
  const stack = newStack();
  const fabric = new Fabric(stack, 'fabric', { name: 'lab', meshBfd: {} });
  new Node(fabric, 'n1', { name: 'n1', endpoint, ipv4Address: '10.0.0.1' });
  new GlobalPeer(fabric, 'tor', { name: 'tor', address: '192.0.2.1', asNumber: 65000, bfd: { transmitInterval: 100 } });
  const topOfRack = [{ ipv4Address: '192.0.2.2', bfd: { strict: true } }];
  new Rack(fabric, 'rack', { name: 'a', asNumber: 65001, topOfRack });
  new RouteReflectors(fabric, 'group', { name: 'g', reflectors: ['n1'], bfd: { minimumTtl: 250 } });
  expect(synth(stack).resource.peerform_fabric.lab).toMatchObject({
    mesh_bfd: {},
    peer: { tor: { bfd: { transmit_interval: 100 } } },
    rack: { a: { top_of_rack: [{ bfd: { strict: true } }] } },
    route_reflector: { g: { bfd: { minimum_ttl: 250 } } },
  });
});

test('one that does nothing is refused where it is written', () => {
  const stack = newStack();
  const fabric = new Fabric(stack, 'fabric', { name: 'lab' });
  new Node(fabric, 'n1', { name: 'n1', endpoint, ipv4Address: '10.0.0.1' });
  const bfd = { receiveInterval: 40_000 };
  new GlobalPeer(fabric, 'tor', { name: 'tor', address: '192.0.2.1', asNumber: 65000, bfd });
  expect(refusal(stack)).toEqual([
    expect.stringMatching(/bfd: BFD would detect a failure after 120 s, no sooner than/),
  ]);
});
