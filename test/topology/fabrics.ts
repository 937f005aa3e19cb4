import fc from 'fast-check';
import type { Fabric, FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';

const node = fc.record({
  octet: fc.integer({ min: 1, max: 6 }),
  six: fc.boolean(),
  four: fc.constantFrom(true, true, true, false),
  id: fc.constantFrom(undefined, undefined, undefined, 1, 2),
  as: fc.constantFrom(undefined, undefined, 65001, 65002),
  rack: fc.constantFrom(undefined, undefined, 'a', 'b'),
  role: fc.constantFrom('', '', 'edge', 'hub'),
  cluster: fc.constantFrom(undefined, undefined, undefined, '1.1.1.1', '2.2.2.2'),
});

const draft = fc.record({
  edition: fc.constantFrom(1, 2),
  mesh: fc.boolean(),
  as: fc.constantFrom(64512, 67111),
  hold: fc.constantFrom(90, 9),
  port: fc.constantFrom(179, 1179),
  nodes: fc.uniqueArray(node, { selector: ({ octet }) => octet, minLength: 1, maxLength: 6 }),
  peers: fc.uniqueArray(
    fc.record({
      node: fc.constantFrom(undefined, 0, 1),
      octet: fc.integer({ min: 1, max: 7 }),
      filter: fc.boolean(),
      port: fc.constantFrom(undefined, 1790),
    }),
    { selector: ({ octet }) => octet, maxLength: 3 },
  ),
  hubs: fc.constantFrom('none', 'none', 'names', 'selectors', 'cluster'),
  hubPeer: fc.boolean(),
  tops: fc.constantFrom('none', 'address', 'link', 'links'),
  uplink: fc.constantFrom(undefined, undefined, 'external' as const, 'internal' as const, 65100),
});
type Draft = typeof draft extends fc.Arbitrary<infer T> ? T : never;

function build({ edition, mesh, as, hold, port, nodes, peers, ...more }: Draft): Fabric | undefined {
  const names = nodes.map(({ octet }) => `n${octet}`);
  const hubs = names.slice(0, 2);
  const asOf = (octet: number) => {
    const its = nodes.find((one) => one.octet === octet);
    return its?.as ?? (its?.rack === 'a' ? 65001 : its?.rack === 'b' ? 65003 : as);
  };
  return readFabric({
    name: 'lab',
    edition,
    asNumber: as,
    nodeToNodeMesh: mesh,
    holdTime: hold,
    listenPort: port,
    nodes: Object.fromEntries(
      nodes.map(({ octet, six, four, id, as: own, rack, role, cluster }) => [
        `n${octet}`,
        {
          ...(four && { ipv4Address: `10.0.0.${octet}` }),
          ...((six || !four) && { ipv6Address: `fd00::${octet}` }),
          ...(id && { routerId: `192.0.${id}.${octet}` }),
          ...(own && { asNumber: own }),
          ...(rack && { rack }),
          ...(cluster && { routeReflectorClusterId: cluster }),
          labels: { role },
        },
      ]),
    ),
    racks: { a: { asNumber: 65001 }, b: { asNumber: 65003, topOfRack: TOPS[more.tops] } },
    routeReflectors: REFLECTORS[more.hubs](hubs),
    peers: Object.fromEntries([
      ...(more.uplink === undefined
        ? []
        : [
            [
              'uplink',
              {
                interface: 'eth1',
                ...(typeof more.uplink === 'number' ? { asNumber: more.uplink } : { peerType: more.uplink }),
                filters: ['f'],
              },
            ],
          ]),
      ...(more.hubPeer ? [['hub', { nodeSelector: "role == 'edge'", peerSelector: "role == 'hub'" }]] : []),
      ...peers.map(({ node: i, octet, filter, port: to }) => [
        `p${octet}`,
        {
          ...(i !== undefined && { node: names[i % names.length] }),
          ...(to !== undefined && { port: to }),
          address: `10.0.0.${octet}`,
          asNumber: asOf(octet),
          filters: filter ? ['f'] : [],
        },
      ]),
    ]),
    filters: { f: { export: [{ prefix: '10.9.0.0/16', action: 'accept' }] } },
  }).fabric;
}

const TOPS = {
  none: [],
  address: [{ ipv4Address: '10.0.1.1', asNumber: 65100 }],
  link: [{ interface: 'eth2', peerType: 'external' as const }],
  links: [{ interface: 'swp*' }, { interface: 'eth2', asNumber: 65101 }],
};

const REFLECTORS: Record<Draft['hubs'], (hubs: string[]) => FabricSpec['routeReflectors']> = {
  none: () => ({}),
  names: (reflectors) => ({ all: { reflectors } }),
  selectors: () => ({ some: { reflectorSelector: "role == 'hub'", clientSelector: "role == 'edge'" } }),
  cluster: (reflectors) => ({ all: { reflectors, clusterId: '9.9.9.9' } }),
};

/**
 * Small fabrics of nodes n1 to n6, in one AS or several, with and without a mesh, dual stack, racks, reflectors, and
 * peers inside, outside, by selector and over links without addresses.
 */
export const smallFabrics: fc.Arbitrary<Fabric> = draft
  .map(build)
  .filter((fabric) => fabric !== undefined) as fc.Arbitrary<Fabric>;
