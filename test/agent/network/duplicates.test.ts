import { Duplicates, originators } from '../../../lib/agent/network/duplicates';
import { SEGMENT } from '../../../lib/bgp/wire/path-attributes';
import { IpAddress } from '../../../lib/model/address';
import { Prefix } from '../../../lib/model/prefix';
import { sure } from '../../../lib/model/problem';
import { readFabric } from '../../../lib/model/read';

const ip = (text: string) => sure(IpAddress.parse(text));
const prefix = sure(Prefix.parse('10.65.0.1/32'));
const { fabric } = readFabric({
  name: 'lab',
  nodes: { n1: { ipv4Address: '10.0.0.1' }, n2: { ipv4Address: '10.0.0.2' }, n3: { ipv4Address: '10.0.0.3' } },
});

const PEERS = [
  undefined,
  { inside: true, peerAs: 64512, address: ip('10.0.0.2') },
  { inside: true, peerAs: 65001, address: ip('10.0.0.3') },
  { inside: false, peerAs: 65000, address: ip('10.0.0.254') },
];

/** The originators of a prefix with these paths: number of the neighbour, next hop, AS path. */
const of = (...paths: [number, string, ...number[]][]) =>
  originators(
    {
      paths: paths.map(([peer, nextHop, ...members]) => ({
        peer,
        path: 1,
        stale: false,
        since: 0,
        attributes: {
          origin: 0,
          asPath: members.length > 0 ? [{ type: SEGMENT.sequence, members }] : [],
          nextHop: ip(nextHop).bytes,
        },
      })),
    },
    (number) => PEERS[number],
    fabric!,
  );

describe('who else originates a prefix', () => {
  test('is the node that an internal path without AS numbers leads to, also through a reflector', () => {
    expect(of([0, '0.0.0.0'], [1, '10.0.0.2'])).toEqual(['n2']);
    expect(of([0, '0.0.0.0'], [1, '10.0.0.3'], [2, '10.0.0.3', 65001])).toEqual(['n3']);
    expect(of([0, '0.0.0.0'], [1, '10.0.0.9'])).toEqual(['10.0.0.9']);
  });

  test('is no node that only passes it on, and nobody outside', () => {
    expect(of([0, '0.0.0.0'])).toEqual([]);
    expect(of([1, '10.0.0.2', 65000])).toEqual([]);
    expect(of([2, '10.0.0.3', 65001, 65000])).toEqual([]);
    expect(of([3, '10.0.0.254', 65000])).toEqual([]);
  });
});

test('duplicates are told when they begin, when others join in and when they end', () => {
  const told: string[] = [];
  const duplicates = new Duplicates(({ nodes }) => told.push(nodes.join()));
  duplicates.set(prefix, []);
  for (const nodes of [['n2'], ['n2'], ['n2', 'n3']]) duplicates.set(prefix, nodes);
  expect(duplicates.all()).toEqual([{ prefix, nodes: ['n2', 'n3'] }]);
  duplicates.set(prefix, []);
  expect([told, duplicates.all()]).toEqual([['n2', 'n2,n3', ''], []]);
});
