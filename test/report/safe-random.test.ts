import fc from 'fast-check';
import { readFabric } from '../../lib/model/read';
import { previewOf } from '../../lib/preview/preview';
import { reportOf } from '../../lib/report/report';
import { share } from '../breadth';
import { coming, fabricOf, observed, RealNetwork, specOnLinks, workloads } from '../preview/real-network';

type Spec = typeof specOnLinks extends fc.Arbitrary<infer T> ? T : never;
type Objects = Record<string, Record<string, unknown>>;

/** Changes one entry of a map of a fabric, if it has any. */
const entryOf = (fabric: Spec, map: 'nodes' | 'peers' | 'filters', at: number, more: object) => {
  const entries = Object.entries(fabric[map] as Objects);
  const name = entries[at % Math.max(entries.length, 1)]?.[0];
  return {
    ...fabric,
    [map]: Object.fromEntries(entries.map(([key, one]) => [key, key === name ? { ...one, ...more } : one])),
  };
};
const turned = (fabric: Spec, direction: 'import' | 'export') => ({
  ...fabric,
  filters: Object.fromEntries(
    Object.entries(fabric.filters).map(([name, one]) => [
      name,
      { ...one, [direction]: [...(one[direction] ?? [])].reverse() },
    ]),
  ),
});

/** Adds a rule to every list of rules that there is. */
const extended = (fabric: Spec, direction: 'import' | 'export', rule: object, isFirst = false) => ({
  ...fabric,
  filters: Object.fromEntries(
    Object.entries(fabric.filters).map(([name, one]) => {
      const rules = one[direction] ?? [];
      if (rules.length === 0) return [name, one];
      return [name, { ...one, [direction]: isFirst ? [rule, ...rules] : [...rules, rule] }];
    }),
  ),
});

/** Adds a condition to every rule. */
const narrowed = (fabric: Spec, direction: 'import' | 'export', more: object) => ({
  ...fabric,
  filters: Object.fromEntries(
    Object.entries(fabric.filters).map(([name, one]) => [
      name,
      { ...one, [direction]: (one[direction] ?? []).map((rule) => ({ ...more, ...rule })) },
    ]),
  ),
});

/** A change of one field, mostly: of those that do nothing, and of all that may do something without a reset. */
const change = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.nat(3)).chain(([at, value]) =>
  fc.constantFrom<(fabric: Spec) => object>(
    ...[{ logLevel: 'debug' }, { connectRetryTime: 7 }, { restartTime: 60 }, { gracefulRestart: false }].map(
      (more) => (fabric: Spec) => ({ ...fabric, ...more }),
    ),
    ...[
      { multipath: 2 },
      { bindMode: 'nodeAddress' },
      { listenPort: 1790 },
      { maxRouteMemory: 2000 - value * 500 },
    ].map((more) => (fabric: Spec) => ({ ...fabric, ...more })),
    (fabric) => ({ ...fabric, communities: { spare: '64512:9' } }),
    (fabric) => ({
      ...fabric,
      prefixAdvertisements: [
        { prefix: '10.2.0.0/16', communities: [['no-export', 'no-advertise', '64512:7', '65000:1'][value]] },
      ],
    }),
    (fabric) => ({ ...fabric, ignoredInterfaces: [['tap1', 'eth0'][value % 2]] }),
    (fabric) => ({
      ...fabric,
      nodes: {
        ...fabric.nodes,
        n5: { ipv4Address: '10.0.0.5', ...(value === 1 && { advertise: [{ prefix: '10.2.7.0/24' }] }) },
      },
    }),
    ...[{ labels: { colour: 'red' } }, { workloadInterfaces: ['cali*'] }, { drain: false }, { kernelMetric: 100 }].map(
      (more) => (fabric: Spec) => entryOf(fabric, 'nodes', at, more),
    ),
    (fabric) =>
      entryOf(fabric, 'nodes', at, {
        advertise: [
          {
            prefix: ['10.1.0.0/16', '10.2.0.0/16', '10.2.7.0/24', '10.4.0.0/16'][value],
            ...(value % 2 === 1 && { moreSpecifics: 'suppress' }),
          },
        ],
      }),
    ...[
      { keepaliveTime: 5 },
      { maxPrefixesWarning: 80 },
      { expect: 'down' },
      { nextHop: 'self' },
      { nextHop: 'keep' },
      { passive: true },
      { rejectAsSets: true },
      { allowOwnAs: 2 },
      { maxPrefixes: 1 + value * 1_000_000 },
      { filters: ['a'] },
      { filters: ['b'] },
      { filters: ['a', 'b'] },
      { filters: ['a', 'a'] },
      { localAsNumber: 64512 },
      { role: 'peer' },
      { multihop: true },
      { maxRouteMemory: 300 + 200 * value },
    ].map((more) => (fabric: Spec) => entryOf(fabric, 'peers', at, more)),
    (fabric) => entryOf(fabric, 'nodes', at, { endpoint: `unix:///run/${at}.sock` }),
    (fabric) => ({ ...fabric, edition: 1 }),
    (fabric) => entryOf(fabric, 'nodes', at, { workloadPrefixes: [['10.2.0.0/16', '10.4.0.0/16'][value % 2]] }),
    (fabric) => entryOf(fabric, 'nodes', at, { advertise: [] }),
    ...(['import', 'export'] as const).flatMap((direction) => [
      (fabric: Spec) => extended(fabric, direction, { action: 'reject' }),
      (fabric: Spec) => narrowed(fabric, direction, { peerType: 'ebgp' }),
      (fabric: Spec) => narrowed(fabric, direction, { source: 'bgp' }),
      (fabric: Spec) => extended(fabric, direction, { prefix: '10.2.0.0/16', action: 'accept' }),
      (fabric: Spec) => extended(fabric, direction, { prefix: '10.2.7.0/24', le: 32, action: 'reject' }, true),
    ]),
    (fabric) => turned(fabric, 'import'),
    (fabric) => turned(fabric, 'export'),
    (fabric) => ({ ...fabric, filters: { ...fabric.filters, spare: { import: [{ action: 'reject' }] } } }),
    (fabric) => entryOf(fabric, 'filters', at, { import: [{ action: 'accept', set: { localPreference: 100 } }] }),
    (fabric) =>
      entryOf(fabric, 'filters', at, {
        export: [{ prefix: '10.2.0.0/16', action: 'accept', set: { addCommunities: ['no-export'] } }],
      }),
    (fabric) => ({
      ...fabric,
      peers: {
        ...fabric.peers,
        twice: {
          node: `n${at + 1}`,
          address: '10.0.0.4',
          nextHop: 'self',
          filters: ['b'],
          ...(at === 3 && { address: '10.0.0.1' }),
        },
      },
    }),
    (fabric) => ({
      ...fabric,
      peers: { ...fabric.peers, extra: { node: 'n4', address: '10.0.0.252', asNumber: 65002, filters: ['a'] } },
    }),
  ),
);

test.each([
  ['nothing is known of routes', false],
  ['routes are known', true],
])(
  'where %s, what is called safe takes no route from anybody, and tells outside neighbours nothing else',
  (_, isKnown) => {
    const levels = new Map<string, number>();
    fc.assert(
      fc.property(
        specOnLinks,
        fc.array(change, { minLength: 1, maxLength: 2 }),
        coming,
        workloads,
        (one, changes, from, kernel) => {
          const changed = changes.reduce<object>((all, apply) => apply(all as Spec), one);
          fc.pre(readFabric(changed).problems.length === 0); // a neighbour on a link cannot be several hops away
          const [before, after] = [one, changed].map(fabricOf);
          const was = new RealNetwork(before, from, kernel);
          const heard = isKnown ? was.heard() : undefined;
          const { verdict } = reportOf(previewOf(before, after, { play: false, ...(heard && { outside: heard }) }), {
            before,
            after,
          });
          levels.set(verdict.level, (levels.get(verdict.level) ?? 0) + 1);
          if (verdict.level !== 'safe') return;
          const seen = observed(was, new RealNetwork(after, from, kernel), Object.keys(before.nodes));
          const isOfNew = (line: string) =>
            /^advertised n\d.* 10\./.test(line) && Boolean(after.nodes.n5) && !before.nodes.n5;
          expect(seen.filter((line) => !line.startsWith('gained ') && !isOfNew(line))).toEqual([]);
        },
      ),
      { seed: 3, numRuns: share(150) },
    );
    // It is of use only where it tells one change from another.
    expect(levels.get('safe')).toBeGreaterThan(share(30));
    expect(levels.get('look')).toBeGreaterThan(share(30));
  },
);
