import * as fc from 'fast-check';
import type { Fabric } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';

const node = fc.record({
  octet: fc.integer({ min: 1, max: 6 }),
  six: fc.boolean(),
  as: fc.constantFrom(undefined, 65001, 65002),
});

const draft = fc.record({
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
});
type Draft = typeof draft extends fc.Arbitrary<infer T> ? T : never;

function build({ mesh, as, hold, port, nodes, peers }: Draft): Fabric | undefined {
  const names = nodes.map(({ octet }) => `n${octet}`);
  return readFabric({
    name: 'lab',
    asNumber: as,
    nodeToNodeMesh: mesh,
    holdTime: hold,
    listenPort: port,
    nodes: Object.fromEntries(
      nodes.map(({ octet, six, as: own }) => [
        `n${octet}`,
        {
          ipv4Address: `10.0.0.${octet}`,
          ...(six && { ipv6Address: `fd00::${octet}` }),
          ...(own && { asNumber: own }),
        },
      ]),
    ),
    peers: Object.fromEntries(
      peers.map(({ node: i, octet, filter, port: to }) => [
        `p${octet}`,
        {
          ...(i !== undefined && { node: names[i % names.length] }),
          ...(to !== undefined && { port: to }),
          address: `10.0.0.${octet}`,
          asNumber: nodes.find((n) => n.octet === octet)?.as ?? as,
          filters: filter ? ['f'] : [],
        },
      ]),
    ),
    filters: { f: { export: [{ prefix: '10.9.0.0/16', action: 'accept' }] } },
  }).fabric;
}

/** Small fabrics of nodes n1 to n6, in one AS or several, with and without a mesh, dual stack, and peers inside and outside. */
export const smallFabrics: fc.Arbitrary<Fabric> = draft
  .map(build)
  .filter((fabric) => fabric !== undefined) as fc.Arbitrary<Fabric>;
