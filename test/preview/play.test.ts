import * as fc from 'fast-check';
import { ADDRESS_FAMILIES } from '../../lib/model/address';
import type { Fabric, FabricSpec } from '../../lib/model/fabric';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import { readFabric } from '../../lib/model/read';
import { type Gap, play } from '../../lib/preview/play';
import { nodesByAddress } from '../../lib/topology/derive';
import { atRest } from '../../lib/topology/moment';
import { Reach } from '../../lib/topology/reach';
import { smallFabrics } from '../topology/fabrics';

const fabric = (spec: Partial<FabricSpec> = {}): Fabric => {
  const reading = readFabric({ name: 'lab', nodes: NODES, ...spec });
  expect(reading.problems.map(String)).toEqual([]);
  return reading.fabric!;
};
const NODES: FabricSpec['nodes'] = {
  n1: { ipv4Address: '10.0.0.1' },
  n2: { ipv4Address: '10.0.0.2' },
  n3: { ipv4Address: '10.0.0.3' },
};
const told = ({ node, origin, to }: Gap) => `${node} ${origin} ${to === undefined ? 'for good' : 'for a while'}`;

describe('a change that is played', () => {
  test('tells which node hears no more of whom, and that nothing was missing before the end', () => {
    const { prefixes, gaps } = play(fabric(), fabric({ nodeToNodeMesh: false }));
    expect(prefixes).toBe(3);
    expect(new Set(gaps.map(({ during }) => during))).toEqual(new Set(['finalise']));
    expect(gaps.map(told).sort()).toEqual(
      ['n1 n2', 'n1 n3', 'n2 n1', 'n2 n3', 'n3 n1', 'n3 n2'].map((pair) => `${pair} for good`),
    );
  });

  test('from a mesh to reflecting neighbours outside loses nothing at any time', () => {
    const peers = { tor: { address: '192.0.2.1', asNumber: 64512 } };
    expect(play(fabric({ peers }), fabric({ peers, nodeToNodeMesh: false }))).toEqual({ prefixes: 4, gaps: [] });
  });

  test('is judged by what filters do with each prefix', () => {
    const filters = { f: { import: [{ prefix: '10.65.0.0/16', action: 'accept' as const }] } };
    const peers = { p: { node: 'n1', address: '10.0.0.2', asNumber: 64512, filters: ['f'] } };
    const origins = { n2: [sure(Prefix.parse('10.65.2.0/24')), sure(Prefix.parse('10.66.2.0/24'))] };
    const { gaps } = play(fabric(), fabric({ filters, peers }), [], origins);
    expect(gaps.map(({ node, prefix, during, to }) => [node, prefix, during, to])).toEqual([
      ['n1', '10.66.2.0/24', 'wave 1', undefined],
    ]);
  });

  test('in waves names the wave in which something is missing', () => {
    const peers = { tight: { address: '10.0.0.1', asNumber: 64512, ttlSecurity: 1 } };
    const filters = { shut: { import: [{ action: 'reject' as const }] } };
    const shut = { ...peers, tight: { address: '10.0.0.1', asNumber: 64512, filters: ['shut'] } };
    const { gaps } = play(fabric(), fabric({ peers: shut, filters }), [['n3'], ['n1', 'n2']]);
    expect(gaps.map((gap) => [gap.during, told(gap)]).slice(0, 2)).toEqual([
      ['wave 1', 'n3 n1 for good'],
      ['wave 2', 'n2 n1 for good'],
    ]);
  });

  test('leaves out nodes that come or go', () => {
    const { n3: _, ...two } = NODES!;
    expect(play(fabric(), fabric({ nodes: two })).gaps).toEqual([]);
    expect(play(fabric({ nodes: two }), fabric()).gaps).toEqual([]);
  });
});

test('the simulated network hears of just those routes that the rules of BGP let through', () => {
  fc.assert(
    fc.property(smallFabrics, (random) => {
      const owners = nodesByAddress(random);
      // Neighbours outside may do anything: without them.
      const inside = Object.entries(random.peers).filter(
        ([, { address }]) => address === undefined || owners.has(address.toString()),
      );
      const racks = Object.entries(random.racks).map(([name, rack]) => [name, { ...rack, topOfRack: [] }]);
      const whole: Fabric = { ...random, peers: Object.fromEntries(inside), racks: Object.fromEntries(racks) },
        names = Object.keys(whole.nodes);
      const origins = Object.fromEntries(
        names.map((name, i) => [
          name,
          [`10.9.0.${i}/32`, ...(whole.nodes[name].ipv6Address ? [`fd65::${i}/128`] : [])].map((text) =>
            sure(Prefix.parse(text)),
          ),
        ]),
      );
      // All that is heard is lost when every session goes.
      const { gaps } = play(whole, { ...whole, nodeToNodeMesh: false, peers: {}, routeReflectors: {} }, [], origins);
      const heard = ADDRESS_FAMILIES.flatMap((family) => {
        const reach = new Reach(atRest(whole), names, family);
        return names.flatMap((origin) => [...reach.from(origin).keys()].map((node) => `${node} ${origin} ${family}`));
      });
      const lost = gaps
        .filter(({ to }) => to === undefined)
        .map(({ node, origin, prefix }) => `${node} ${origin} ${prefix.includes(':') ? 'ipv6' : 'ipv4'}`);
      expect(lost.sort()).toEqual(heard.filter((line) => !line.startsWith(' ')).sort());
    }),
    { numRuns: 50 },
  );
});
