import type { FabricSpec } from '../../lib/model/fabric';
import { sessionsOf } from '../../lib/topology/derive';
import { valid } from '../model/valid';

const NODES: FabricSpec['nodes'] = { n1: { ipv4Address: '10.0.0.1' }, n2: { ipv4Address: '10.0.0.2' } };
const of = (spec: Partial<FabricSpec>, node = 'n1') =>
  sessionsOf(valid({ name: 'lab', nodes: NODES, ...spec }), node).map(({ bfd }) => bfd);
/** As a peer outside the fabric has it, which is in another AS where nothing else is said. */
const outside = (more: object) =>
  of({ nodeToNodeMesh: false, peers: { tor: { address: '192.0.2.1', asNumber: 65000, ...more } } })[0];
const place = (more: object) => {
  const { multihop, minimumTtl } = outside(more)!;
  return `${multihop ? 'far' : 'on the link'} ${minimumTtl}`;
};

const DEFAULTS = { transmitInterval: 300, receiveInterval: 300, detectMultiplier: 3, passive: false, strict: false };
const FAR = { multihop: true, minimumTtl: 1 };
const ON_LINK = { multihop: false, minimumTtl: 255 };

test('no session has BFD that does not say so', () => {
  expect([...of({}), outside({})]).toEqual([undefined, undefined]);
});

test('a profile of nothing is three times 300 ms', () => {
  expect(outside({ bfd: {} })).toEqual({ ...DEFAULTS, ...ON_LINK });
});

test('both ends have that of the mesh, and of a group of reflectors', () => {
  for (const node of ['n1', 'n2']) {
    expect(of({ meshBfd: { detectMultiplier: 5 } }, node)).toEqual([{ ...DEFAULTS, ...FAR, detectMultiplier: 5 }]);
    const group = { reflectors: ['n1'], bfd: { transmitInterval: 500, multihop: false } };
    expect(of({ routeReflectors: { group } }, node)).toEqual([{ ...DEFAULTS, ...ON_LINK, transmitInterval: 500 }]);
  }
});

test('sessions of a group of reflectors have none of the mesh', () => {
  const group = { reflectors: ['n1'] };
  expect(of({ meshBfd: {}, routeReflectors: { group } })).toEqual([undefined]);
});

test('the other end of a peer that is a node has the same, and does not wait', () => {
  const peers = { pair: { node: 'n1', address: '10.0.0.2', asNumber: 64512, bfd: { passive: true, strict: true } } };
  const both = ['n1', 'n2'].map((node) => of({ nodeToNodeMesh: false, peers }, node)[0]);
  expect(both).toEqual([true, false].map((passive) => ({ ...DEFAULTS, ...FAR, strict: true, passive })));
});

test.each<[string, object, string]>([
  ['an external neighbour is on the link', {}, 'on the link 255'],
  ['one that may be far is', { multihop: true }, 'far 1'],
  ['so is an internal one', { asNumber: 64512 }, 'far 1'],
  ['TTL security says how far at most', { ttlSecurity: 3 }, 'far 253'],
  ['of one hop it says that it is on the link', { ttlSecurity: 1, asNumber: 64512, multihop: true }, 'on the link 255'],
  ['the profile itself comes first', { multihop: true, bfd: { multihop: false } }, 'on the link 255'],
  ['also for an internal one', { asNumber: 64512, bfd: { multihop: false } }, 'on the link 255'],
  ['and for the hops', { multihop: true, ttlSecurity: 5, bfd: { minimumTtl: 60 } }, 'far 60'],
  ['what arrives from the link has 255 whatever is said', { bfd: { minimumTtl: 60 } }, 'on the link 255'],
])('%s', (_, more, expected) => {
  expect(place({ bfd: {}, ...more })).toBe(expected);
});

test('a top-of-rack neighbour is on the link in whatever AS', () => {
  const nodes = { n1: { ipv4Address: '10.0.0.1', rack: 'a' } };
  const tops = [
    { ipv4Address: '192.0.2.1', bfd: {} },
    { ipv4Address: '192.0.2.2', asNumber: 65000, bfd: {} },
    { ipv4Address: '192.0.2.3', multihop: true, bfd: {} },
  ];
  const found = of({ nodes, racks: { a: { asNumber: 65001, topOfRack: tops } } });
  expect(found).toEqual([ON_LINK, ON_LINK, FAR].map((where) => ({ ...DEFAULTS, ...where })));
});
