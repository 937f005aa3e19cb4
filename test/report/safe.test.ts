import { findingsOf } from '../../lib/preview/fields/fabric';
import { fabricOf, reportFor } from './changes';
import { ALL, at, base, nodes, peers, rules, tor } from './lab';

const verdictOf = (before: object, after: object) => reportFor(before, after).verdict;

describe('a change is not called safe, and does not say that no node loses a path,', () => {
  const reflected = (more: object) => ({
    ...{ name: 'lab', nodes: { n1: at(1), n2: at(2), n3: at(3), n4: at(4) }, nodeToNodeMesh: false },
    peers: {
      all: { nodeSelector: 'all()', address: '10.0.0.4', ...more },
      isp: { node: 'n1', address: '192.0.2.1', asNumber: 65001, filters: ['all'] },
    },
    filters: { all: ALL },
  });
  const dynamic = (prefix: string, more: object = {}) =>
    peers({ clients: { node: 'n2', prefix, asNumber: 65200, filters: ['all'], ...more } });
  const over6 = (more: object) =>
    peers(
      { isp: { address: 'fd00::9', families: ['ipv4', 'ipv6'], ...more } },
      nodes({ n1: { ipv6Address: 'fd00::1' } }),
    );
  const shared = (own: object) => {
    const advertise = [{ prefix: '10.244.0.0/16' }];
    return nodes({ n1: { advertise: [{ ...advertise[0], ...own }] }, n2: { advertise } });
  };

  test.each<[string, object, object, RegExp]>([
    ['of a next hop that a border node no longer sets', peers({ inner: { nextHop: 'self' } }), base, /next hop/],
    ['of one that it keeps', base, peers({ inner: { nextHop: 'keep' } }), /next hop/],
    ['of the next hop of reflectors', reflected({}), reflected({ nextHop: 'self' }), /next hop/],
    ['of the next hop that a switch is told', base, tor({ nextHop: 'keep' }), /next hop/],
    ['of a gateway', base, peers({ isp: { reachableBy: '10.0.0.254' } }), /changes the route by which nodes reach/],
    [
      'of the port where neighbours connect by themselves',
      peers({ isp: { passive: true } }),
      { ...peers({ isp: { passive: true } }), listenPort: 1790 },
      /requires peers\.isp to connect to port 1790 instead of 179/,
    ],
    ['of a session that is only waited for', base, peers({ isp: { passive: true } }), /leaves it to the neighbour/],
    [
      'of memory of a neighbour',
      base,
      peers({ isp: { maxRouteMemory: 10 } }),
      /may close sessions, as it allows 10 MB/,
    ],
    ['of memory of a switch', base, tor({ maxRouteMemory: 10 }), /may close sessions, as it allows 10 MB/],
    ['of a limit of a switch', base, tor({ maxPrefixes: 1 }), /may close sessions, as it allows 1 prefix from/],
    [
      'of a limit between nodes',
      reflected({}),
      reflected({ maxPrefixes: 5 }),
      /may close sessions, as it allows 5 pref/,
    ],
    [
      'of next hops that a filter sets',
      base,
      rules({ import: [{ action: 'accept', set: { nextHop: '198.51.100.1' } }] }),
      /may leave routes without a reachable next hop, and moves traffic \(filters\.all\.import\)/,
    ],
    [
      'of a table of the kernel',
      base,
      nodes({ n1: { kernelTable: 100 } }),
      /kernel table 100, which the kernel uses only where a rule looks it up \(nodes\.n1\.kernelTable\)/,
    ],
    ['of the table before', { ...base, kernelTable: 100 }, base, /leaves no route in kernel table 100 \(kernelTable\)/],
    ['of the time to restart in', base, { ...base, restartTime: 1 }, /retain routes for only 1 second while an agent/],
    ['of that of a neighbour', base, peers({ isp: { restartTime: 10 } }), /retain routes for only 10 seconds while/],
    ['of that of the mesh', base, { ...base, meshRestartTime: 5 }, /retain routes for only 5 seconds while/],
    [
      'of a long wait',
      base,
      peers({ isp: { connectRetryTime: 3600 } }),
      /wait up to 3600 seconds until the node connects/,
    ],
    [
      'of what is one hop away from now on',
      peers({ isp: { multihop: true } }),
      base,
      /Requires 192\.0\.2\.1 to be changed as well; .*no longer uses routes of an external neighbour whose next hop/,
    ],
    ['of several hops', base, peers({ isp: { multihop: true } }), /^Requires 192\.0\.2\.1 to be changed as well/],
    ['of a role', base, peers({ isp: { role: 'customer' } }), /^Requires 192\.0\.2\.1 to be changed as well/],
    [
      'of fewer hops',
      peers({ isp: { ttlSecurity: 3 } }),
      peers({ isp: { ttlSecurity: 1 } }),
      /^Requires 192\.0\.2\.1 to be changed as well/,
    ],
    [
      'of a prefix that is advertised no more',
      nodes({ n1: { advertise: [{ prefix: '10.9.0.0/16' }] } }),
      base,
      /each other\.$/,
    ],
    ['of AS sets', base, peers({ isp: { rejectAsSets: true } }), /not known here/],
    ['of the own AS number in paths', peers({ isp: { allowOwnAs: 1 } }), base, /not known here/],
    ['of paths side by side', base, { ...base, multipath: 4 }, /up to 4 equal-cost paths instead of 1/],
    [
      'of traffic to what nobody has',
      nodes({ n1: { advertise: [{ prefix: '10.9.0.0/16' }] } }),
      nodes({ n1: { advertise: [{ prefix: '10.9.0.0/16', blackhole: false }] } }),
      /no longer drops traffic/,
    ],
    ['of the addresses that nodes listen on', base, { ...base, bindMode: 'nodeAddress' }, /own addresses alone/],
    [
      'of fewer neighbours',
      dynamic('10.7.0.0/16'),
      dynamic('10.7.0.0/16', { maxNeighbours: 2 }),
      /turn neighbours away/,
    ],
    ['of fewer that may connect', dynamic('10.7.0.0/16'), dynamic('10.7.0.0/24'), /ends sessions with neighbours of/],
    ['of more that may connect', dynamic('10.7.0.0/24'), dynamic('10.7.0.0/16'), /admits neighbours from/],
    [
      'of an AS number that a node may have kept towards a neighbour',
      base,
      peers({ isp: { localAsNumber: 64512 } }),
      /ends the use of an earlier AS number towards the neighbour, if a node has kept one \(peers\.isp\)/,
    ],
    ['of the edition, by which switches hear of more', base, { ...base, edition: 1 }, /not known here/],
    [
      'of neighbours of a prefix that are shut down',
      dynamic('10.7.0.0/16'),
      dynamic('10.7.0.0/16', { adminDown: 'off' }),
      /^Takes routes of clients from n1, n2, n3, n4; .*shuts down 1 session; closes the sessions with all neighbours of the prefix \(peers\.clients\.adminDown\);/,
    ],
    [
      'of a limit after which sessions stay down',
      base,
      peers({ isp: { maxPrefixesRestart: 0 } }),
      /leaves a session that exceeds a limit down \(peers\.isp\.maxPrefixesRestart\)/,
    ],
    ['of no hold time', base, { ...base, holdTime: 0 }, /no longer detects that a neighbour is dead \(holdTime\)/],
    [
      'of no hold time of a neighbour',
      base,
      peers({ isp: { holdTime: 0 } }),
      /no longer detects that a neighbour is dead \(peers\.isp\.holdTime\)/,
    ],
    [
      'of a lower metric',
      { ...base, kernelMetric: 100 },
      { ...base, kernelMetric: 50 },
      /prefers BGP to other kernel routes with metrics from 50 to 100 \(kernelMetric\)/,
    ],
    [
      'of a higher metric of a node',
      { ...base, kernelMetric: 100 },
      { ...nodes({ n1: { kernelMetric: 300 } }), kernelMetric: 100 },
      /prefers other kernel routes with metrics from 100 to 300 to BGP \(nodes\.n1\.kernelMetric\)/,
    ],
    [
      'of IPv4 routes with IPv6 next hops',
      over6({ extendedNextHop: true }),
      over6({}),
      /no longer exchanges IPv4 routes with IPv6 next hops \(peers\.isp\.extendedNextHop\)/,
    ],
    ['of the name', base, { ...base, name: 'other' }, /renames the fabric from lab to other/],
    ['of neighbours that come by themselves and go', dynamic('10.7.0.0/16'), base, /not known here/],
    ['of graceful restart', base, { ...base, gracefulRestart: false }, /drop the routes of a node whenever/],
    [
      'of neighbours that nobody knows',
      base,
      peers(
        { new: { node: 'n3', address: '192.0.2.7', asNumber: 65007, filters: ['in'] } },
        {
          ...base,
          filters: { ...base.filters, in: { import: [{ action: 'accept' }], export: [{ action: 'reject' }] } },
        },
      ),
      /adds 192\.0\.2\.7, whose routes are not known/,
    ],
    [
      'of workloads within an aggregate that two nodes have',
      shared({}),
      shared({ moreSpecifics: 'suppress' }),
      /No longer originates workloads of n1 within 10\.244\.0\.0\/16/,
    ],
    [
      'of a shared aggregate that one node gives up',
      shared({}),
      nodes({ n2: { advertise: [{ prefix: '10.244.0.0/16' }] } }),
      /^Leaves 10\.244\.0\.0\/16 to other nodes that originate it;/,
    ],
  ])('%s', (_, before, after, line) => {
    const verdict = verdictOf(before, after);
    expect(verdict.line).toMatch(line);
    expect(verdict.level).not.toBe('safe');
  });

  test('and says what holds: a session that stays down, BFD, and who may use several hops', () => {
    const text = (before: object, after: object) => JSON.stringify(reportFor(before, after).sections);
    const isp = (more: object) => peers({ isp: more });
    expect(text(isp({}), isp({ maxPrefixes: 10 }))).toContain('comes up again after maxPrefixesRestart');
    for (const more of [{ maxPrefixes: 10 }, { maxRouteMemory: 10 }]) {
      const stays = text(isp({ maxPrefixesRestart: 0 }), isp({ maxPrefixesRestart: 0, ...more }));
      expect(stays).toContain('stays down until it is reset (peerform reset)');
      expect(stays).not.toContain('comes up again');
    }
    expect(text(isp({ bfd: {} }), isp({ bfd: {}, holdTime: 0 }))).not.toContain('is dead');
    expect(text(isp({ multihop: true }), isp({}))).toContain('no longer uses routes of an external neighbour');
    const inner = verdictOf(peers({ inner: { multihop: true } }), base);
    expect(inner).toMatchObject({ level: 'safe', line: 'Changes no session; no node loses a path.' });
  });

  test('of communities of workloads that outside neighbours hear', () => {
    const tagged = (...communities: string[]) => ({
      ...base,
      communities: { mark: '64512:7' },
      prefixAdvertisements: [{ prefix: '10.244.0.0/16', communities: ['64512:1', ...communities] }],
    });
    const changed = reportFor(tagged(), tagged('mark'));
    expect(changed.verdict).toMatchObject({
      level: 'look',
      line: expect.stringMatching(/^Changes routes advertised to/),
    });
    const named = { ...tagged('mark'), communities: { mark: '64512:8' } };
    expect(verdictOf(tagged('mark'), named).level).toBe('look');
    const text =
      'advertised with other attributes: workloads of n1, n2, n3, n4 within 10.244.0.0/16 to isp by n1 (community +64512:7)';
    expect(changed.neighbours.flatMap(({ changes }) => changes)).toContainEqual(
      expect.objectContaining({ fate: 're-tagged', text, besideFate: text }),
    );
  });

  test('of a rack that goes out of service as a whole', () => {
    const { level, line } = verdictOf(base, nodes({ r1: { drain: true }, r2: { drain: true } }));
    expect(level).not.toBe('safe');
    expect(line).toMatch(/no longer advertises workloads of r1, r2 to 192\.0\.2\.9;/);
    expect(line).not.toContain('no other node loses a path');
  });

  test('of traffic that a more specific prefix of another node takes', () => {
    const own = { n2: { advertise: [{ prefix: '10.9.0.0/16' }] } };
    const report = reportFor(nodes(own), nodes({ ...own, n3: { advertise: [{ prefix: '10.9.1.0/24' }] } }));
    const text = '10.9.1.0/24 at n1, n4 (from n2, which has the less specific 10.9.0.0/16, to n3)';
    expect(report.neighbours.flatMap(({ changes }) => changes)).toContainEqual(
      expect.objectContaining({ fate: 'moved', text: `moved: ${text}`, besideFate: text }),
    );
  });

  test('of routes that a neighbour rejects as its own AS number is put in their path', () => {
    const { level, line } = verdictOf(
      base,
      rules({ export: [{ action: 'accept', set: { prependAsNumbers: [65001] } }] }),
    );
    expect(level).toBe('look');
    expect(line).toMatch(/^Advertises workloads of [^;]* to isp in vain, as its own AS number is in the path/);
  });
});

describe('two nodes that only wait for each other', () => {
  const fabric = (more: object = {}) => ({
    ...{ name: 'lab', nodes: { n1: at(1), n2: at(2) }, nodeToNodeMesh: false },
    peers: {
      a: { node: 'n1', address: '10.0.0.2', reversePeering: 'manual', passive: true, ...more },
      b: { node: 'n2', address: '10.0.0.1', reversePeering: 'manual', ...more },
    },
  });

  test('are cut off from each other, where a state has it', async () => {
    const { readAccepted } = await import('../../lib/model/read');
    const { previewOf } = await import('../../lib/preview/preview');
    const waiting = readAccepted(fabric({ passive: true })).fabric!;
    const preview = previewOf(readAccepted(fabric()).fabric!, waiting);
    expect(preview).toMatchObject({ isDisruptive: true, about: expect.stringMatching(/^Cuts off n1, n2/) });
  });
});

describe('a change is called safe', () => {
  const both = (more: object) => peers({ isp: more }, nodes({ n1: { ipv6Address: 'fd00::1' } }));
  const many = [
    { prefix: '10.1.0.0/16', action: 'reject' },
    { prefix: '10.2.0.0/16', action: 'reject' },
    { action: 'accept' },
  ];
  test.each<[string, object, object]>([
    ['of the log level', base, { ...base, logLevel: 'debug' }],
    ['of where an agent is reached', base, nodes({ n1: { endpoint: 'unix:///run/peerform/agent.sock' } })],
    ['of timers that the next connection takes', base, { ...base, connectRetryTime: 9, restartTime: 90 }],
    ['of the keepalive time', base, peers({ isp: { keepaliveTime: 5 } })],
    ['of a warning', base, peers({ isp: { maxPrefixesWarning: 80 } })],
    ['of a higher limit', base, peers({ isp: { maxPrefixes: 3_000_000, maxRouteMemory: 900 } })],
    ['of what a deploy expects', base, peers({ isp: { expect: 'down' } })],
    ['of a label that no selector asks for', base, nodes({ n4: { labels: { role: 'edge', colour: 'red' } } })],
    ['of a filter that nobody names', base, { ...base, filters: { ...base.filters, spare: { import: many } } }],
    ['of the name of a filter', base, peers({ isp: { filters: ['spare'] } })],
    [
      'of the order of rules that make no difference',
      rules({ import: many }),
      rules({ import: [many[1], many[0], many[2]] }),
    ],
    [
      'of a rule that does what the default does',
      rules({ import: [many[0], many[2]] }),
      rules({ import: [many[0], many[2], { action: 'reject' }] }),
    ],
    [
      'of values that are the default',
      rules({ import: [{ prefix: '10.0.0.0/8', action: 'accept' }] }),
      rules({ import: [{ prefix: '10.0.0.0/8', ge: 8, le: 32, action: 'accept', set: { addCommunities: [] } }] }),
    ],
    [
      'of a rule that an earlier one shadows',
      rules({ import: [many[0], many[2]] }),
      rules({ import: [many[0], { prefix: '10.1.7.0/24', action: 'accept' }, many[2]] }),
    ],
    ['of a filter that is named twice', base, peers({ isp: { filters: ['all', 'all'] } })],
    [
      'of rules that another filter of the session shadows',
      peers({ isp: { filters: ['all', 'spare'] } }),
      {
        ...peers({ isp: { filters: ['all', 'spare'] } }),
        filters: { all: ALL, spare: { import: many, export: many } },
      },
    ],
    ['of options with their default', base, peers({ isp: { allowOwnAs: 0, rejectAsSets: false, families: ['ipv4'] } })],
    ['of one path, which is the default', base, { ...base, multipath: 1 }],
    ["of a table of the kernel that is the fabric's anyway", base, nodes({ n1: { kernelTable: 254 } })],
    ['of the order of families', both({ families: ['ipv4', 'ipv6'] }), both({ families: ['ipv6', 'ipv4'] })],
    [
      'of how nodes connect to those who connect by themselves anyway',
      peers({ clients: { node: 'n2', prefix: '10.7.0.0/16', asNumber: 65200 } }),
      peers({ clients: { node: 'n2', prefix: '10.7.0.0/16', asNumber: 65200, passive: true, connectRetryTime: 900 } }),
    ],
    ['of a name of a community that nobody uses', base, { ...base, communities: { spare: '64512:9' } }],
    ['that adds a node', base, { ...base, nodes: { ...base.nodes, n5: at(5) } }],
    ['that adds a node to a rack', base, { ...base, nodes: { ...base.nodes, r3: at(13, { rack: 'a' }) } }],
  ])('%s', (_, before, after) => {
    const verdict = verdictOf(before, after);
    expect(verdict).toMatchObject({ level: 'safe', line: expect.stringMatching(/no node loses a path\.$/) });
  });
});

test('rules that do the same in another order or form are no noise of fields, and local preference 100 is what none means', () => {
  const many = (...octets: number[]) =>
    rules({
      import: [...octets.map((octet) => ({ prefix: `10.${octet}.0.0/16`, action: 'reject' })), { action: 'accept' }],
    });
  expect(reportFor(many(1, 2), many(2, 1)).objects).toEqual([
    {
      ...{ path: 'filters.all', change: 'changed' },
      fields: [{ field: 'import', before: 'the same rules', after: 'in another order' }],
    },
  ]);
  expect(reportFor(many(1, 2), many(1, 2, 1)).objects).toEqual([
    {
      ...{ path: 'filters.all', change: 'changed' },
      fields: [{ field: 'import', before: 'the same rules', after: 'written differently' }],
    },
  ]);
  const preferring = rules({ import: [{ action: 'accept', set: { localPreference: 100 } }] });
  const { neighbours } = reportFor(base, preferring);
  expect(neighbours).toEqual([]);
});

describe('what nodes would have of each other', () => {
  const advertising = (octet: number, more: object = {}) =>
    at(octet, { advertise: [{ prefix: `198.51.${octet}.0/24`, ...more }] });

  test('is cut where a policy between them takes a prefix that one of them advertises', () => {
    const joined = (imports: object) => ({
      ...{ name: 'lab', edition: 2, nodeToNodeMesh: false },
      nodes: { n1: advertising(1, {}), n2: { ...advertising(2), labels: { role: 'b' } } },
      peers: { all: { node: 'n1', peerSelector: "role == 'b'", reversePeering: 'mirror', filters: ['all'] } },
      filters: { all: { ...ALL, import: [{ ...imports, action: 'accept' }] } },
    });
    const verdict = verdictOf(joined({}), joined({ communities: ['1:1'] }));
    expect(verdict).toMatchObject({ level: 'cuts', line: expect.stringMatching(/^Takes away the last path to 198/) });
    expect(verdict.line).not.toMatch(/keep their paths/);
  });

  test.each<[string, object, object]>([
    ['a community', { communities: ['no-export'] }, {}],
    ['the number of the other rack', {}, { set: { prependAsNumbers: [65011] } }],
  ])('is not promised where their switches are advertised %s', (_, own, set) => {
    const racks = (route: object, rule: object) => ({
      ...{ name: 'lab', edition: 2 },
      nodes: { n1: { ...advertising(1, route), rack: 'a' }, n2: { ...advertising(2), rack: 'b' } },
      racks: {
        a: { asNumber: 65010, topOfRack: [{ ipv4Address: '10.0.0.254', asNumber: 65100, filters: ['all'] }] },
        b: { asNumber: 65011, topOfRack: [{ ipv4Address: '10.0.0.253', asNumber: 65100 }] },
      },
      filters: { all: { ...ALL, export: [{ action: 'accept', ...rule }] } },
    });
    const { level, line, sentences } = verdictOf(racks({}, {}), racks(own, set));
    expect([level, line]).toEqual(['look', expect.stringMatching(/through outside neighbours is to be checked/)]);
    expect(sentences.join(' ')).toMatch(/0 of 2 nodes lose a path to each other, as far as is known here/);
  });
});

test('a change that does nothing is safe: conditions that always hold, defaults, and other names of the same', () => {
  const isp = { import: [{ action: 'accept' }], export: [{ action: 'accept', source: 'workload' }] };
  const own = { ...base, filters: { ...base.filters, all: isp } };
  const imports = (more: object) => ({ ...base, filters: { ...own.filters, all: { ...isp, import: [more] } } });
  const tagged = (communities: object, ...names: string[]) => ({
    ...{ ...base, communities },
    prefixAdvertisements: [{ prefix: '10.244.0.0/16', communities: names }],
  });
  for (const [before, after] of [
    [own, imports({ action: 'accept', peerType: 'ebgp' })],
    [own, imports({ action: 'accept', source: 'bgp' })],
    [own, imports({ action: 'accept', prefix: '0.0.0.0/0' })],
    [base, nodes({ n1: { workloadTables: [254] } })],
    [tagged({ one: '64512:7' }, 'one'), tagged({ two: '64512:7' }, 'two')],
    [tagged({ one: '64512:7' }, 'one'), tagged({}, '64512:7')],
  ]) {
    expect(verdictOf(before, after)).toMatchObject({
      level: 'safe',
      line: expect.stringMatching(/no node loses a path/),
    });
    expect(verdictOf(after, before).level).toBe('safe');
  }
});

test('but not where it does something', () => {
  const shared = (rule: object, more: object = {}) => ({
    ...peers({ inner: { filters: ['all'], ...more } }, nodes({ n2: { ipv6Address: 'fd00::2' } })),
    filters: { ...base.filters, all: { import: [rule], export: [{ action: 'reject' }] } },
  });
  const [accept, external] = [{ action: 'accept' }, { action: 'accept', peerType: 'ebgp' }];
  const four = { action: 'accept', prefix: '0.0.0.0/0' };
  const dual = { families: ['ipv4', 'ipv6'] };
  for (const [before, after] of [
    [shared(accept), shared(external)], // one of its neighbours is internal
    [shared(accept, dual), shared(four, dual)],
    [nodes({ n1: { workloadTables: [254] } }), nodes({ n1: { workloadTables: [254, 100] } })],
  ])
    expect(verdictOf(before, after).level).not.toBe('safe');
});

test('nor where nodes may keep an AS number, which makes another kind of neighbour', () => {
  const [before, after] = [base, rules({ import: [{ action: 'accept', peerType: 'ebgp' }] })].map(fabricOf);
  expect(findingsOf(before, after)).toEqual([]);
  expect(findingsOf(before, after, true)).toMatchObject([{ path: 'filters.all.import', kind: 'by routes' }]);
});
