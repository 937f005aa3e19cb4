import type { FabricSpec, PeerSpec } from '../../lib/index';

/** What the compiler must refuse; each line fails the type check once it no longer does. */
const REFUSED: unknown[] = [
  // @ts-expect-error: an AS number is a number or a text
  { name: 'lab', asNumber: {} } satisfies FabricSpec,
  // @ts-expect-error: an address is a text
  { address: 7, asNumber: 1 } satisfies PeerSpec,
  // @ts-expect-error: a side of a peer is made automatically, or not
  { address: '10.0.0.1', reversePeering: 'sometimes' } satisfies PeerSpec,
  // @ts-expect-error: there is no such field
  { address: '10.0.0.1', asNumber: 1, colour: 'red' } satisfies PeerSpec,
];

test('the types of the language refuse what the schema refuses', () => {
  const accepted: FabricSpec = { name: 'lab', asNumber: '1.1575', nodes: { n1: { ipv4Address: '10.0.0.1' } } };
  expect([accepted.name, REFUSED.length]).toEqual(['lab', 4]);
});
