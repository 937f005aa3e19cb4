import { mayMakeNamespaces } from '../../../lib/lab/user-namespace';
import type { FabricSpec } from '../../../lib/model/fabric';
import { WAYS, type Way } from '../support/etcd';

/**
 * Over which ways the deploys of a campaign go: all of them over each in `npm run test:long`; in `npm test` each over
 * one that is drawn.
 */
export const CAMPAIGN_WAYS: readonly (readonly [title: string, ways: readonly Way[]])[] = process.env.PEERFORM_REPORT
  ? WAYS.map((way) => [`over ${way}`, [way]])
  : [[`over ${WAYS.join(' or ')}`, WAYS]];

type Nodes = NonNullable<FabricSpec['nodes']>;

/** `describe` where namespaces can be made on the machine itself: workloads are entered by their names. */
export const describeCampaign = mayMakeNamespaces() ? describe : describe.skip;

/** Nodes n1, n2 and so on, of both families. */
export const nodesOf = (count: number): Nodes =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `n${i + 1}`,
      { ipv4Address: `10.0.0.${i + 1}`, ipv6Address: `fd00:10::${i + 1}` },
    ]),
  );

/** A full mesh, with every default. */
export const meshOf = (count: number): FabricSpec => ({ name: 'campaign', nodes: nodesOf(count) });

/** The same sessions as the mesh gives, each by a peer of its own. */
export function explicitly(mesh: FabricSpec, more: Partial<Peer> = {}): FabricSpec {
  const nodes = Object.entries(mesh.nodes ?? {});
  const peers = nodes.flatMap(([name], i) =>
    nodes
      .slice(i + 1)
      .flatMap(([other, { ipv4Address, ipv6Address }]) =>
        [ipv4Address, ipv6Address].flatMap((address, j) =>
          address === undefined
            ? []
            : [
                [
                  `${name}-${other}-${['v4', 'v6'][j]}`,
                  { node: name, address, asNumber: mesh.asNumber ?? 64512, ...more },
                ],
              ],
        ),
      ),
  );
  return { ...mesh, nodeToNodeMesh: false, peers: Object.fromEntries(peers) as NonNullable<FabricSpec['peers']> };
}
type Peer = NonNullable<FabricSpec['peers']>[string];

/** The explicit mesh with a filter on every session that gives routes this preference. */
export const filtered = (mesh: FabricSpec, localPreference: number): FabricSpec => ({
  ...explicitly(mesh, { filters: ['inside'] }),
  filters: {
    inside: { import: [{ action: 'accept', set: { localPreference } }], export: [{ action: 'accept' }] },
  },
});

/** All other nodes are clients of these, which reflect. */
export const reflected = (mesh: FabricSpec, ...reflectors: string[]): FabricSpec => ({
  ...mesh,
  routeReflectors: { reflectors: { reflectors } },
});

/** Every node has a router id of its own, of one network or another. */
export const renumbered = (spec: FabricSpec, network: number): FabricSpec => ({
  ...spec,
  nodes: Object.fromEntries(
    Object.entries(spec.nodes ?? {}).map(([name, node], i) => [
      name,
      { ...node, routerId: `192.0.${network}.${i + 1}` },
    ]),
  ),
});

/** Two nodes in a rack, each rack with an AS number of its own. */
export function racked(mesh: FabricSpec): FabricSpec {
  const nodes = Object.entries(mesh.nodes ?? {}).map(
    ([name, node], i) => [name, { ...node, rack: `r${(i >> 1) + 1}` }] as const,
  );
  const racks = [...new Set(nodes.map(([, { rack }]) => rack))];
  return {
    ...mesh,
    nodes: Object.fromEntries(nodes),
    racks: Object.fromEntries(racks.map((rack, i) => [rack, { asNumber: 65001 + i }])),
  };
}

/** The same with one cluster id, so that the reflectors take nothing from one another that came from a client. */
export const clustered = (mesh: FabricSpec, ...reflectors: string[]): FabricSpec => ({
  ...mesh,
  routeReflectors: { reflectors: { reflectors, clusterId: '10.0.0.250' } },
});
