import fc from 'fast-check';
import type { Fabric, FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';

type Json = { [field: string]: Json } | string | number | boolean | readonly string[] | undefined;

/** One of these values, or none. */
type Some = <T>(...values: T[]) => fc.Arbitrary<T | undefined>;
const someOf =
  (absent: number, present: number): Some =>
  <T>(...values: T[]) =>
    fc.oneof(
      { weight: absent, arbitrary: fc.constant(undefined) },
      { weight: present, arbitrary: fc.constantFrom(...values) },
    );

const KEYS = ['env:ONE', 'secret:two'];

/** What a session with a neighbour can have: every field. */
const optionsOf = (some: Some) =>
  fc.record({
    filters: some(['f'], ['g'], ['f', 'g']),
    password: some(...KEYS),
    families: some(['ipv4'], ['ipv6', 'ipv4'], ['ipv4', 'ipv6']),
    nextHop: some('self', 'keep', 'auto'),
    passive: some(true),
    multihop: some(true),
    ttlSecurity: some(1, 2),
    role: some('peer', 'provider'),
    maxPrefixes: some(1000, 2000),
    maxPrefixesWarning: some(50, 75),
    maxPrefixesRestart: some(0, 60),
    maxRouteMemory: some(10, 20),
    allowOwnAs: some(1),
    rejectAsSets: some(true, false),
    addPath: some('receive', 'send', 'both'),
    extendedNextHop: some(true, false),
    holdTime: some(9, 60, 120),
    keepaliveTime: some(3),
    connectRetryTime: some(2, 20),
    restartTime: some(30, 60),
    adminDown: some('maintenance', 'later'),
    localAsNumber: some(65077),
    localAsPrepend: some('import', 'both'),
  });

const nodeOf = (some: Some, n: number) =>
  fc.record({
    ipv4Address: fc.constantFrom(`10.0.0.${n}`, `10.0.0.${n}`, `10.0.0.${n}`, `10.0.1.${n}`, undefined),
    ipv6Address: fc.constantFrom(`fd00::${n}`, undefined, `fd00:1::${n}`),
    asNumber: some(65001, 65002),
    routerId: some(`192.0.0.${n}`, `192.0.1.${n}`),
    labels: fc.record({ role: fc.constantFrom('', 'edge', 'hub') }),
    rack: fc.constantFrom(undefined, undefined, 'a'),
    routeReflectorClusterId: fc.constantFrom(undefined, undefined, undefined, '1.1.1.1', '2.2.2.2'),
  });

function draftOf(some: Some) {
  const node = (n: number) => nodeOf(some, n);
  const options = optionsOf(some);
  return fc.record({
    name: fc.constant('lab'),
    edition: fc.constantFrom(1, 2),
    asNumber: fc.constantFrom(64512, 67111),
    nodeToNodeMesh: fc.constantFrom(true, true, true, false),
    meshPassword: fc.constantFrom(undefined, undefined, ...KEYS),
    meshRestartTime: some(30),
    listenPort: fc.constantFrom(179, 179, 1179),
    holdTime: fc.constantFrom(90, 30, 9),
    connectRetryTime: some(2),
    bindMode: some('nodeAddress'),
    gracefulRestart: some(false),
    restartTime: some(60),
    multipath: some(1, 4),
    maxRouteMemory: some(100),
    kernelMetric: some(100),
    nodes: fc.record({ n1: node(1), n2: node(2), n3: fc.option(node(3), { nil: undefined, freq: 4 }) }),
    peers: fc.record({
      tor: fc.option(
        options.chain((more) =>
          fc.record({
            ...fixed(more),
            address: fc.constantFrom('10.0.9.9', '10.0.9.9', '10.0.9.8'),
            asNumber: fc.constantFrom(64512, 65100, 67111),
            port: some(1790),
            localAddress: some('10.0.0.1'),
            node: fc.constantFrom(undefined, 'n1'),
          }),
        ),
        { nil: undefined },
      ),
      pair: fc.option(
        options.chain((more) =>
          fc.record({
            ...fixed(more),
            node: fc.constant('n1'),
            address: fc.constantFrom('10.0.0.2', 'fd00::2'),
            reversePeering: some('mirror', 'manual'),
          }),
        ),
        { nil: undefined },
      ),
      hub: fc.option(
        options.map((more) => ({ ...more, nodeSelector: "role == 'edge'", peerSelector: "role == 'hub'" })),
        { nil: undefined, freq: 2 },
      ),
    }),
    racks: fc.record({
      a: fc.record({
        asNumber: fc.constantFrom(65010, 65011),
        topOfRack: fc.option(
          options.map(({ passive: _, ...more }) => [{ ...more, ipv4Address: '10.0.9.1', asNumber: 65200 }]),
          { nil: undefined },
        ),
      }),
    }),
    routeReflectors: fc.record({
      all: fc.option(
        fc.record({
          reflectors: fc.constantFrom(['n1'], ['n2'], ['n1', 'n2']),
          clusterId: some('9.9.9.9', '8.8.8.8'),
          password: some(...KEYS),
          maxRouteMemory: some(10),
        }),
        { nil: undefined, freq: 1 },
      ),
    }),
    filters: fc.record({
      f: fc.constantFrom(
        { import: [{ prefix: '10.9.0.0/16', action: 'accept' }] },
        { export: [{ prefix: '10.8.0.0/16', action: 'accept' }] },
      ),
      g: fc.constantFrom({ import: [{ action: 'accept' }] }, { export: [{ action: 'reject' }] }),
    }),
  });
}

const BFD: readonly Json[] = [{}, { transmitInterval: 100 }, { strict: true }, { multihop: true, detectMultiplier: 5 }];

/** What each kind of session has of BFD: drawn apart from the rest, which may be anything beside it. */
const bfdOf = (some: Some) =>
  fc.record({ mesh: some(...BFD), tor: some(...BFD), pair: some(...BFD), hub: some(...BFD), reflectors: some(...BFD) });

function withBfd(spec: Json, { mesh, reflectors, ...ofPeers }: { readonly [kind: string]: Json }): Json {
  const { peers, routeReflectors, ...rest } = spec as {
    [field: string]: { [name: string]: { [field: string]: Json } };
  };
  const all = routeReflectors.all && { ...routeReflectors.all, bfd: reflectors };
  return {
    ...rest,
    ...((spec as { nodeToNodeMesh?: boolean }).nodeToNodeMesh && { meshBfd: mesh }),
    peers: Object.fromEntries(
      Object.entries(peers).map(([name, peer]) => [name, peer && { ...peer, bfd: ofPeers[name] }]),
    ),
    routeReflectors: { all },
  } as Json;
}

function fixed<T extends object>(values: T) {
  return Object.fromEntries(Object.entries(values).map(([field, value]) => [field, fc.constant(value)]));
}

/** Of two specs one that has each field of the one or of the other. */
function mixed(one: Json, other: Json, takesOther: () => boolean): Json {
  const isObject = (value: Json): value is { [field: string]: Json } =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject(one) || !isObject(other)) return takesOther() ? other : one;
  return Object.fromEntries(
    [...new Set([...Object.keys(one), ...Object.keys(other)])].map((field) => [
      field,
      mixed(one[field], other[field], takesOther),
    ]),
  );
}

const without = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** The fabric of a spec, without what can't be in it; undefined where the rest is none either. */
function fabricOf(spec: Json): Fabric | undefined {
  const draft = without(spec) as FabricSpec;
  const { nodes = {}, peers = {}, racks = {} } = draft;
  for (const [name, { ipv4Address, ipv6Address }] of Object.entries(nodes))
    if (!ipv4Address && !ipv6Address) delete (nodes as Record<string, unknown>)[name];
  const asOf = (name: string) => nodes[name]?.asNumber ?? racks[nodes[name]?.rack ?? '']?.asNumber ?? draft.asNumber;
  if (peers.tor && peers.tor.node === undefined) delete peers.tor.localAddress; // an address is one node's
  if (peers.pair) peers.pair.asNumber = asOf('n2');
  const { fabric } = readFabric(draft);
  if (fabric) return fabric;
  // Peers are the hardest to have right.
  for (const name of ['pair', 'hub', 'tor']) {
    delete peers[name];
    const reading = readFabric(draft);
    if (reading.fabric) return reading.fabric;
  }
  return undefined;
}

/** A fabric of two or three nodes and the one that it becomes: any field may be another, most are the same. */
export const fabricPairs: fc.Arbitrary<readonly [before: Fabric, after: Fabric]> = fc
  .tuple(
    draftOf(someOf(8, 1)),
    draftOf(someOf(1, 1)),
    fc.array(fc.nat(99), { minLength: 97, maxLength: 97 }),
    fc.constantFrom(3, 3, 6, 12),
    bfdOf(someOf(4, 1)),
    bfdOf(someOf(1, 1)),
    fc.boolean(),
  )
  .map(([one, other, dice, percent, watched, otherwise, isSame]) => {
    let at = 0;
    const before = one as unknown as Json;
    const after = mixed(before, other as unknown as Json, () => dice[at++ % dice.length] < percent);
    return [fabricOf(withBfd(before, watched)), fabricOf(withBfd(after, isSame ? watched : otherwise))];
  })
  .filter((pair): pair is [Fabric, Fabric] => pair.every((fabric) => fabric !== undefined));
