import type { z } from 'zod';
import type {
  Computable,
  FabricProps,
  FabricSpec,
  FilterProps,
  FilterSpec,
  GlobalPeerProps,
  NodePeerProps,
  NodeProps,
  NodeSpec,
  PeerGroupProps,
  PeerSpec,
  RackProps,
  RackSpec,
  RouteReflectorsProps,
  RouteReflectorsSpec,
} from '../../lib/index';
import type { fabricSchema } from '../../lib/model/fabric';

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
/** What people write is what the schema takes, neither more nor less. */
const isSame: Same<FabricSpec, z.input<typeof fabricSchema>> = true;

/** What constructs take is what people write, where any value may be one that Terraform computes. */
type Props<Spec> = Readonly<Computable<Spec & { name: string }>>;
type Maps = 'nodes' | 'peers' | 'racks' | 'routeReflectors' | 'filters';
type OfFabric = 'formerNames' | 'unreachable' | 'allowDisruption' | 'secrets' | 'secretsVersion' | 'preventDestroy';
const areSame: [
  Same<NodeProps, Props<NodeSpec>>,
  Same<GlobalPeerProps, Props<Omit<PeerSpec, 'node' | 'nodeSelector'>>>,
  Same<NodePeerProps, Props<PeerSpec & { node: string }>>,
  Same<PeerGroupProps, Props<Omit<PeerSpec, 'node'>>>,
  Same<Omit<RackProps, 'asNumberRange'>, Props<Omit<RackSpec, 'asNumber'> & Partial<RackSpec>>>,
  Same<RouteReflectorsProps, Props<RouteReflectorsSpec>>,
  Same<FilterProps, Props<FilterSpec>>,
  Same<Omit<FabricProps, OfFabric>, Props<Omit<FabricSpec, Maps>>>,
] = [true, true, true, true, true, true, true, true];

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
  expect([accepted.name, REFUSED.length, isSame, areSame.length]).toEqual(['lab', 4, true, 8]);
});
