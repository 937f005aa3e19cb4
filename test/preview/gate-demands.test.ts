import type { Fabric, FabricSpec } from '../../lib/model/fabric';
import { withFormerSecrets } from '../../lib/model/former-secrets';
import type { PeerSpec } from '../../lib/model/peer';
import { asClaimsOf, describeDemand, gateDemandsOf } from '../../lib/preview/gate-demands';
import { describeOtherSide, otherSidesOf, waysOf } from '../../lib/preview/other-side';
import { valid } from '../model/valid';

const NODES = ['n1', 'n2', 'n3'];
const fabric = (spec: Partial<FabricSpec>, names = NODES): Fabric => {
  const nodes = Object.fromEntries(names.map((name) => [name, { ipv4Address: `10.0.0.${name.slice(1)}`, rack: 'a' }]));
  return valid({ name: 'lab', edition: 2, nodes, racks: { a: { asNumber: 65001 } }, ...spec });
};
const rack = (top: object, more: object = {}) =>
  fabric({
    racks: { a: { asNumber: 65001, ...more, topOfRack: [{ ipv4Address: '192.0.2.1', asNumber: 65100, ...top }] } },
  });
const said = (before: Fabric, after: Fabric) => gateDemandsOf(before, after).map(describeDemand);

describe('what a plan says that the gate will ask of neighbours outside', () => {
  test.each<[string, Fabric, Fabric, string[]]>([
    ['nothing where none changes', rack({}), rack({ maxPrefixes: 5 }), []],
    ['nothing of what goes on purpose', rack({}), fabric({}), []],
    ['nothing of what need not come up', rack({}), rack({ asNumber: 65109, expect: 'down' }), []],
    [
      'the replacement of another address, once for all nodes',
      rack({}),
      rack({ ipv4Address: '192.0.2.11' }),
      [
        '192.0.2.11 in place of 192.0.2.1 (racks.a) with n1, n2, n3: must come up; the session it replaces stays up until the commit',
      ],
    ],
    [
      'the same session after its reset',
      rack({}),
      rack({ password: 'file:/k' }),
      ['192.0.2.1 (racks.a) with n1, n2, n3: is reset and must come up again'],
    ],
    [
      'the same session after a reset that a new value of its secret would bring',
      withFormerSecrets(rack({ password: 'secret:k' })),
      rack({ password: 'secret:k', maxPrefixes: 5 }),
      [
        '192.0.2.1 (racks.a) with n1, n2, n3: may be reset, and must then come up again (prefix limit, password if secret:k has a new value)',
      ],
    ],
    [
      'the same session after a reset that it has if the neighbour is in another AS than the one demanded now',
      fabric({ peers: { up: { interface: 'eth1', peerType: 'external' } } }),
      fabric({ peers: { up: { interface: 'eth1', asNumber: 65009 } } }),
      [1, 2, 3].map(
        (i) =>
          `n${i}%eth1 (peers.up) with n${i}: may be reset, and must then come up again (AS number unless the neighbour is in AS 65009)`,
      ),
    ],
    [
      'the same session after a reset that is certain anyway',
      withFormerSecrets(rack({ password: 'secret:k' })),
      rack({ password: 'secret:k', holdTime: 30 }),
      ['192.0.2.1 (racks.a) with n1, n2, n3: is reset and must come up again'],
    ],
    [
      'nothing of secrets that no deploy delivers',
      withFormerSecrets(rack({ password: 'env:K' })),
      rack({ password: 'env:K' }),
      [],
    ],
    ['a new neighbour', fabric({}), rack({}), ['192.0.2.1 (racks.a) with n1, n2, n3: is new and must come up']],
  ])('is %s', (_, before, after, expected) => {
    expect(said(before, after)).toEqual(expected);
  });

  test('is nothing of nodes that are new', () => {
    const spec = { racks: { a: { asNumber: 65001, topOfRack: [{ ipv4Address: '192.0.2.1', asNumber: 65100 }] } } };
    expect(gateDemandsOf(fabric(spec, ['n1']), fabric(spec))).toEqual([]);
  });

  test('knows where a neighbour is to be in another AS than before', () => {
    const isNew = (before: Fabric, after: Fabric) => gateDemandsOf(before, after).map(({ isNewAs }) => isNewAs);
    expect(isNew(rack({}), rack({ asNumber: 65109 }))).toEqual([true]);
    expect(isNew(rack({}), rack({ password: 'file:/k' }))).toEqual([false]);
    expect(isNew(rack({}), rack({ ipv4Address: '192.0.2.11' }))).toEqual([true]);
  });

  test('claims no AS number of a neighbour that may be in any', () => {
    const link = (more: Partial<PeerSpec>) => fabric({ peers: { up: { node: 'n1', interface: 'eth1', ...more } } });
    const any = link({ peerType: 'external' });
    expect(gateDemandsOf(fabric({}), any)).toMatchObject([{ remoteAddress: 'n1%eth1', what: 'new', isNewAs: false }]);
    expect(asClaimsOf(any, NODES)).toEqual([]);
    expect(asClaimsOf(link({ asNumber: 65001 }), NODES)).toMatchObject([{ node: 'n1', remoteAs: 65001 }]);
  });
});

test.each<[string, Fabric, RegExp]>([
  ['an AS number of the neighbour', rack({ asNumber: 65109 }), /both numbers are accepted.*while the wave waits/],
  ['an AS number of this side', rack({}, { asNumber: 65009 }), /set localAsNumber of the entry/],
  ['a key', rack({ password: 'file:/k' }), /a second session, from another entry with the new key/],
])('that %s changes is said with the way to do it', (_, after, way) => {
  const ways = waysOf(otherSidesOf(rack({}), after));
  expect(ways).toHaveLength(1);
  expect(ways[0]).toMatch(way);
});

describe('BFD of a neighbour outside', () => {
  const plain = rack({});
  const watched = (more: object = {}) => rack({ bfd: more });
  const saidOf = (before: Fabric, after: Fabric) => otherSidesOf(before, after).map(describeOtherSide);

  test.each<[string, Fabric, Fabric, RegExp]>([
    [
      'that comes is asked for',
      plain,
      watched(),
      /must run BFD on the link \(UDP port 3784\), here 3 x 300 ms: its sessions with/,
    ],
    [
      'that comes over several hops',
      plain,
      watched({ multihop: true, strict: true }),
      /several hops \(UDP port 4784\), here 3 x 300 ms and strict/,
    ],
    [
      'that comes over several hops, from no further than a TTL shows',
      plain,
      watched({ multihop: true, minimumTtl: 254 }),
      /several hops \(UDP port 4784, with a TTL of at least 254 on arrival\)/,
    ],
    [
      'that takes packets from less far away',
      watched({ multihop: true }),
      watched({ multihop: true, minimumTtl: 254 }),
      /must send BFD packets that arrive with a TTL of at least 254: its sessions with/,
    ],
    ['that goes', watched(), plain, /must stop BFD after the deploy/],
    ['that takes another way', watched(), watched({ multihop: true }), /must run BFD over several hops .* from now on/],
  ])('%s', (_, before, after, said) => {
    expect(saidOf(before, after)).toEqual([expect.stringMatching(said)]);
  });

  test('that is only retuned asks for nothing, as each end takes the slower interval', () => {
    expect(saidOf(watched(), watched({ transmitInterval: 100, detectMultiplier: 5 }))).toEqual([]);
    const [near, far] = [254, 64].map((minimumTtl) => watched({ multihop: true, minimumTtl }));
    expect(saidOf(near, far)).toEqual([]);
  });

  test('keeps the session up whether the neighbour does so or not', () => {
    const all = [...otherSidesOf(plain, watched()), ...otherSidesOf(watched(), plain)];
    expect(all.map(({ staysUp }) => staysUp)).toEqual([true, true]);
    const nearer = [{}, { minimumTtl: 254 }].map((more) => watched({ multihop: true, ...more }));
    expect(otherSidesOf(nearer[0], nearer[1])[0].staysUp).toBeUndefined();
  });
});
