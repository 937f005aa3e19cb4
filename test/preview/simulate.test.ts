import fc from 'fast-check';
import { toCanonical } from '../../lib/bgp/rib/table/canonical';
import { SEGMENT } from '../../lib/bgp/wire/path-attributes';
import { ADDRESS_FAMILIES } from '../../lib/model/address';
import type { Fabric, FabricSpec } from '../../lib/model/fabric';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import { readFabric } from '../../lib/model/read';
import { type Outage, simulate } from '../../lib/preview/simulate';
import { atRest } from '../../lib/topology/deploy-state';
import { nodesByAddress } from '../../lib/topology/derive';
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
const ALL: FabricSpec['filters'] = { all: { import: [{ action: 'accept' }], export: [{ action: 'accept' }] } };
const told = ({ node, origin, to }: Outage) => `${node} ${origin} ${to === undefined ? 'permanently' : 'for a while'}`;

describe('a change that is played', () => {
  test('tells which node hears no more of whom, and that nothing was missing before the end', () => {
    const { prefixes, gaps } = simulate(fabric(), fabric({ nodeToNodeMesh: false }));
    expect(prefixes).toBe(3);
    expect(new Set(gaps.map(({ during }) => during))).toEqual(new Set(['finalise']));
    expect(gaps.map(told).sort()).toEqual(
      ['n1 n2', 'n1 n3', 'n2 n1', 'n2 n3', 'n3 n1', 'n3 n2'].map((pair) => `${pair} permanently`),
    );
  });

  test('from a mesh to reflecting neighbours outside loses nothing at any time', () => {
    const peers = { tor: { address: '192.0.2.1', asNumber: 64512 } };
    expect(simulate(fabric({ peers }), fabric({ peers, nodeToNodeMesh: false }))).toEqual({
      ...{ prefixes: 4, madeUp: 4, gaps: [] },
    });
  });

  test('that shuts a neighbour outside down loses what it sent, and nodes out of service are heard of no more', () => {
    const tor = (more: object) =>
      fabric({ filters: ALL, peers: { tor: { address: '192.0.2.1', asNumber: 65001, filters: ['all'], ...more } } });
    const { gaps } = simulate(tor({}), tor({ adminDown: 'maintenance' }));
    expect(
      gaps
        .filter(({ node }) => node.startsWith('n'))
        .map(told)
        .sort(),
    ).toEqual(['n1', 'n2', 'n3'].map((node) => `${node} 192.0.2.1 permanently`));
    const drained = simulate(fabric(), fabric({ nodes: { ...NODES, n3: { ...NODES.n3, drain: true } } }));
    expect(drained.gaps.map(told).sort()).toEqual(['n1 n3 permanently', 'n2 n3 permanently']);
  });

  test('is judged by what neighbours outside really send, with its path and communities', () => {
    const through = (...rules: object[]) =>
      fabric({
        filters: { f: { import: [...rules, { action: 'accept' as const }] as never } },
        peers: { rack: { node: 'n1', address: '192.0.2.1', asNumber: 65001, filters: ['f'] } },
      });
    const set = (prefix: string, members: number[], communities: number[]) => ({
      attributes: Buffer.from(
        toCanonical({ origin: 0, asPath: [{ type: SEGMENT.sequence, members }], communities }),
      ).toString('hex'),
      nextHop: '192.0.2.1',
      prefixes: [prefix],
    });
    const sets = [
      set('203.0.113.0/24', [65001, 65009], []),
      set('198.51.100.0/24', [65001], [(65000 << 16) | 7]),
      set('198.18.0.0/15', [65001], []),
    ];
    const outside = {
      sessions: [{ node: 'n1', localAddress: '10.0.0.1', remoteAddress: '192.0.2.1', routerId: 9, routes: 'rack' }],
      routes: { rack: { received: 3, sets } },
      unknown: {},
    };
    const missing = (rule: object) =>
      simulate(through(), through(rule), [], {}, outside)
        .gaps.map(({ node, prefix, origin, during, to }) => [node, prefix, origin, during, to])
        .sort();
    const gone = (prefix: string) => ['n1', 'n2', 'n3'].map((node) => [node, prefix, '192.0.2.1', 'wave 1', undefined]);
    expect(missing({ asPathContains: [65009], action: 'reject' })).toEqual(gone('203.0.113.0/24'));
    expect(missing({ communities: ['65000:7'], action: 'reject' })).toEqual(gone('198.51.100.0/24'));
    expect(missing({ prefix: '10.0.0.0/8', action: 'reject' })).toEqual([]);
  });

  test.each([
    ['with a name', { up1: { interface: 'eth1' }, up2: { interface: 'eth2' } }],
    ['of a pattern', { up: { interface: 'eth*' } }],
    ['of a pattern, one of them with a name', { up: { interface: 'eth*' }, up1: { interface: 'eth1' } }],
  ])('loses with a cable nothing that comes over links %s as well', (_what, links) => {
    const nodes = Object.fromEntries(
      [1, 2].map((n) => {
        const ipv4Address = `10.0.0.${n}`;
        return [`n${n}`, { ipv4Address, asNumber: 65000 + n, advertise: [{ prefix: `${ipv4Address}/32` }] }];
      }),
    );
    const up = Object.entries(links).map(([name, link]) => [
      name,
      { ...link, peerType: 'external' as const, filters: ['uplink'] },
    ]);
    const uplink = { import: [{ action: 'accept' as const }], export: [{ source: 'workload', action: 'accept' }] };
    const cable = { node: 'n1', interface: 'eth3', peerNode: 'n2', peerInterface: 'eth3' };
    const joined = (peers: object) =>
      fabric({
        ...{ nodeToNodeMesh: false, nodes, filters: { uplink } as never },
        peers: { ...Object.fromEntries(up), ...peers },
      });
    const sends = (...prefixes: string[]) => {
      const members = [65101, 65102];
      const attributes = toCanonical({ origin: 0, asPath: [{ type: SEGMENT.sequence, members }] });
      return {
        received: 1,
        sets: [{ attributes: Buffer.from(attributes).toString('hex'), nextHop: 'fe80::1', prefixes }],
      };
    };
    const outside = {
      sessions: ['n1', 'n2'].flatMap((node) =>
        ['eth1', 'eth2'].map((link) => ({
          ...{ node, localAddress: `${node}/local%${link}`, remoteAddress: `${node}%${link}` },
          ...{ routerId: 9, routes: node },
        })),
      ),
      routes: { n1: sends('10.0.0.2/32', '203.0.113.0/24'), n2: sends('10.0.0.1/32', '203.0.113.0/24') },
      unknown: {},
    };
    const origins = { n1: [sure(Prefix.parse('10.0.0.1/32'))], n2: [sure(Prefix.parse('10.0.0.2/32'))] };
    const removed = simulate(joined({ cable }), joined({}), [], origins, outside);
    expect([removed.madeUp, removed.gaps.filter(({ node }) => node.length === 2).map(told)]).toEqual([0, []]);
    const added = simulate(joined({}), joined({ cable }), [], origins, outside);
    expect([added.madeUp, added.gaps.map(told)]).toEqual([0, []]);
  });

  test('begins with the AS numbers that nodes keep towards neighbours outside', () => {
    const kept = Object.fromEntries(
      ['n1', 'n2', 'n3'].map((name, i) => [name, { [`10.0.0.${i + 1} 192.0.2.1 179`]: 64512 }]),
    );
    const to = (filters: string[]) =>
      fabric({
        asNumber: 67111,
        filters: { f: { import: [{ action: 'accept' }], export: [{ action: 'accept' }] } },
        peers: { tor: { address: '192.0.2.1', asNumber: 64512, filters } },
      });
    // As an internal neighbour it needs no filters, as an external one it does.
    expect(simulate(to([]), to([])).prefixes).toBe(3);
    expect(simulate(to([]), to([]), [], {}, undefined, kept)).toMatchObject({ prefixes: 4, gaps: [] });
    const { gaps } = simulate(to([]), to(['f']), [], {}, undefined, kept);
    expect(gaps.filter(({ to: end }) => end === undefined)).toEqual([]);
  });

  test('is judged by what filters do with each prefix', () => {
    const filters = { f: { import: [{ prefix: '10.65.0.0/16', action: 'accept' as const }] } };
    const peers = { p: { node: 'n1', address: '10.0.0.2', asNumber: 64512, filters: ['f'] } };
    const origins = { n2: [sure(Prefix.parse('10.65.2.0/24')), sure(Prefix.parse('10.66.2.0/24'))] };
    const { gaps } = simulate(fabric(), fabric({ filters, peers }), [], origins);
    expect(gaps.map(({ node, prefix, during, to }) => [node, prefix, during, to])).toEqual([
      ['n1', '10.66.2.0/24', 'wave 1', undefined],
    ]);
  });

  test('that has sessions wait for BFD loses nothing where it comes, stays or goes', () => {
    const strict = fabric({ meshBfd: { strict: true } });
    const waves = [['n1'], ['n2'], ['n3']];
    for (const [before, after] of [
      [fabric(), strict],
      [strict, strict],
      [strict, fabric()],
    ])
      expect(simulate(before, after, waves).gaps).toEqual([]);
  });

  test('that resets a session which waits for BFD brings it up again when both ends have it', () => {
    const to = (holdTime: number, strict: boolean) => fabric({ holdTime, meshBfd: { strict } });
    const { gaps } = simulate(to(90, true), to(30, true));
    for (const { from, to: until = Number.POSITIVE_INFINITY } of gaps) expect(until - from).toBeLessThan(30_000);
    const peers = { tor: { address: '192.0.2.1', asNumber: 65001, filters: ['all'], bfd: { strict: true } } };
    const { gaps: added } = simulate(fabric({ filters: ALL }), fabric({ filters: ALL, peers }));
    expect(added).toEqual([]);
    expect(simulate(fabric({ filters: ALL, peers }), fabric({ filters: ALL, peers }))).toMatchObject({ prefixes: 4 });
  });

  test('in waves names the wave in which something is missing', () => {
    const peers = { tight: { address: '10.0.0.1', asNumber: 64512, ttlSecurity: 1 } };
    const filters = { shut: { import: [{ action: 'reject' as const }] } };
    const shut = { ...peers, tight: { address: '10.0.0.1', asNumber: 64512, filters: ['shut'] } };
    const { gaps } = simulate(fabric(), fabric({ peers: shut, filters }), [['n3'], ['n1', 'n2']]);
    expect(gaps.map((gap) => [gap.during, told(gap)]).slice(0, 2)).toEqual([
      ['wave 1', 'n3 n1 permanently'],
      ['wave 2', 'n2 n1 permanently'],
    ]);
  });

  test('leaves out nodes that come or go', () => {
    const { n3: _, ...two } = NODES!;
    expect(simulate(fabric(), fabric({ nodes: two })).gaps).toEqual([]);
    expect(simulate(fabric({ nodes: two }), fabric()).gaps).toEqual([]);
  });
});

describe('other router ids of any nodes, in any waves', () => {
  const shapes: Partial<FabricSpec>[] = [
    {},
    { asNumber: 67111 },
    { nodeToNodeMesh: false, routeReflectors: { all: { reflectors: ['n1', 'n2'] } } },
    { nodeToNodeMesh: false, routeReflectors: { all: { reflectors: ['n1', 'n2'], clusterId: '9.9.9.9' } } },
    { nodeToNodeMesh: false, peers: { tor: { address: '192.0.2.1', asNumber: 64512 } } },
    { peers: { tor: { address: '192.0.2.1', asNumber: 65001, filters: ['all'] } }, filters: ALL },
  ];
  test.each(shapes)('lose nothing at any moment: %j', (shape) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 15 }), fc.nat(15), fc.boolean(), (renamed, first, isMoved) => {
        const names = ['n1', 'n2', 'n3', 'n4'];
        const nodes = Object.fromEntries(
          names.map((name, i) => [name, { ipv4Address: `10.0.0.${i + 1}`, ipv6Address: `fd00::${i + 1}` }]),
        );
        const others = Object.fromEntries(
          names.map((name, i) => [
            name,
            { ...nodes[name], ...((renamed >> i) & 1 && { routerId: `192.0.2.${100 + i}` }) },
          ]),
        );
        const before = fabric({ ...shape, nodes });
        // Together with other AS numbers it is one move.
        const after = fabric({ ...shape, nodes: others, ...(isMoved && !shape.peers && { asNumber: 65123 }) });
        const wave = names.filter((_, i) => (first >> i) & 1);
        expect(simulate(before, after, wave.length > 0 ? [wave] : []).gaps).toEqual([]);
      }),
      { numRuns: 6 },
    );
  });
});

test('two clients that take each other’s router id hear of one another again once both have moved', () => {
  const [n1, n2, n3, n4] = [1, 2, 3, 4].map((n) => ({ ipv4Address: `10.0.0.${n}` }));
  const shape = { nodeToNodeMesh: false, routeReflectors: { all: { reflectors: ['n1', 'n2'] } } };
  const to = (three: string, four: string) =>
    fabric({ ...shape, nodes: { n1, n2, n3: { ...n3, routerId: three }, n4: { ...n4, routerId: four } } });
  const { gaps } = simulate(to('192.0.2.3', '192.0.2.4'), to('192.0.2.4', '192.0.2.3'), [['n3']]);
  expect(gaps.map(told).sort()).toEqual(['n3 n4 for a while', 'n4 n3 for a while']);
});

test('the simulated network hears of just those routes that the rules of BGP let through', () => {
  fc.assert(
    fc.property(smallFabrics, (random) => {
      const owners = nodesByAddress(random);
      // Neighbours outside may do anything: without them.
      const inside = Object.entries(random.peers).filter(
        ([, { address, interface: link }]) =>
          link === undefined && (address === undefined || owners.has(address.toString())),
      );
      const racks = Object.entries(random.racks).map(([name, rack]) => [name, { ...rack, topOfRack: [] }]);
      const whole: Fabric = { ...random, peers: Object.fromEntries(inside), racks: Object.fromEntries(racks) };
      const names = Object.keys(whole.nodes);
      const origins = Object.fromEntries(
        names.map((name, i) => [
          name,
          [`10.9.0.${i}/32`, ...(whole.nodes[name].ipv6Address ? [`fd65::${i}/128`] : [])].map((text) =>
            sure(Prefix.parse(text)),
          ),
        ]),
      );
      // All that is heard is lost when every session goes.
      const { gaps } = simulate(
        whole,
        { ...whole, nodeToNodeMesh: false, peers: {}, routeReflectors: {} },
        [],
        origins,
      );
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
