import { reportFor } from './changes';
import { ALL, at, base, nodes, peers, rules, uplink } from './lab';

const textsOf = (before: object, after: object): string[] =>
  reportFor(before, after).neighbours.flatMap(({ changes }) => changes.map(({ text }) => text));

describe('of routes that nobody knows here a report names', () => {
  const range = '100.64.0.0/10';
  /** Two providers that may both send prefixes of a range; n1 has one, n2 the other. */
  const providers = (imports: object[], exports: object[]) => ({
    ...base,
    peers: {
      isp: { ...base.peers.isp, filters: ['one'] },
      other: { node: 'n2', address: '192.0.2.5', asNumber: 65002, filters: ['two'] },
    },
    filters: {
      one: { import: imports, export: exports },
      two: { import: [{ prefix: range, action: 'accept' }], export: [{ action: 'reject' }] },
    },
  });
  const [accepted, nothing] = [[{ prefix: range, action: 'accept' }], [{ action: 'reject' }]];

  test('what one provider would get from the other, though both may send the range', () => {
    expect(textsOf(providers(accepted, nothing), providers(accepted, accepted))).toContain(
      `leaked: routes of other within ${range} to isp by n1 (received from other)`,
    );
    expect(reportFor(providers(accepted, nothing), providers(accepted, accepted)).verdict.line).toMatch(
      /^Leaks routes of other within 100\.64\.0\.0\/10 from other to isp;/,
    );
  });

  test('what is lost with one provider, though the other may send the range, too', () => {
    const part = [{ prefix: '100.65.0.0/16', action: 'accept' }];
    const { verdict, losses } = reportFor(providers(accepted, nothing), providers(part, nothing));
    expect(verdict.line).toMatch(/^Takes routes of isp within 100\.64\.0\.0\/10 from n1, n2, n3, n4;/);
    expect(losses?.permanent).toBeGreaterThan(0);
  });

  test('what is lost with an address family of a session', () => {
    const dual = nodes(
      Object.fromEntries(Object.keys(base.nodes).map((name, i) => [name, { ipv6Address: `fd00::${i}1` }])),
    );
    const both = (...families: string[]) => peers({ isp: { families } }, dual);
    const { verdict, losses } = reportFor(both('ipv4', 'ipv6'), both('ipv4'));
    expect(verdict.line).toMatch(
      /takes routes of isp from n1, n2, n3, n4; no longer advertises workloads of n1, n2, n3, n4/,
    );
    expect(verdict.sentences[2]).toMatch(
      /^5 of \d+ simulated prefixes are missing permanently at 4 of 6 nodes and 1 outside neighbour\./,
    );
    expect(losses?.permanent).toBeGreaterThan(0);
    expect(reportFor(both('ipv4'), both('ipv4', 'ipv6')).verdict.line).toMatch(/^Requires 192\.0\.2\.1 to be changed/);
  });

  test('kernel routes that nodes select by their prefixes from now on, or no longer', () => {
    const selecting = nodes({ n1: { workloadPrefixes: ['10.77.0.0/16'] } });
    expect(reportFor(base, selecting).verdict.line).toMatch(/^Originates workloads of n1 within 10\.77\.0\.0\/16;/);
    const { verdict } = reportFor(selecting, base);
    expect(verdict.line).toMatch(/^No longer originates workloads of n1 within 10\.77\.0\.0\/16;/);
    expect(verdict.sentences[2]).toMatch(/^0 of /);
  });
});

test('what nodes no longer originate is not missing, but is said not to be originated', () => {
  const own = (more: object) => nodes({ n1: { advertise: [{ prefix: '10.9.0.0/16', ...more }] } });
  for (const [before, after] of [
    [own({}), own({ moreSpecifics: 'suppress' })],
    [base, { ...base, ignoredInterfaces: ['cali*'] }],
    [own({}), base],
  ] as const) {
    const { verdict, losses } = reportFor(before, after);
    expect(verdict).toMatchObject({ level: 'look', line: expect.stringMatching(/^No longer originates /) });
    expect(verdict.sentences[2]).toMatch(/^0 of \d+ simulated prefixes are missing/);
    expect(losses?.permanent ?? 0).toBe(0);
  }
});

test('a prefix that a policy between nodes takes away is missing where it is cut', () => {
  const alike = (imports: object[]) => ({
    ...{ name: 'lab', edition: 2, nodeToNodeMesh: false },
    nodes: {
      n1: at(1, { labels: { r: 'a' }, advertise: [{ prefix: '198.51.1.0/24' }] }),
      n2: at(2, { labels: { r: 'a' }, advertise: [{ prefix: '198.51.2.0/24' }] }),
    },
    peers: { all: { nodeSelector: "r == 'a'", peerSelector: "r == 'a'", filters: ['f'] } },
    filters: { f: { import: imports } },
  });
  const [accept, reject] = [{ action: 'accept' }, { prefix: '198.51.1.0/24', action: 'reject' }];
  const { level, sentences } = reportFor(alike([accept]), alike([reject, accept])).verdict;
  expect(level).toBe('cuts');
  expect(sentences.slice(1)).toEqual([
    '1 of 2 nodes loses a path, 0 of 2 lose every path.',
    '1 of 4 simulated prefixes is missing permanently at 1 of 2 nodes.',
  ]);
});

test('nodes that swap prefixes move the traffic to both', () => {
  const swapped = (one: number, other: number) => ({
    ...base,
    nodes: {
      ...base.nodes,
      n2: at(2, { advertise: [{ prefix: `198.51.${one}.0/24` }] }),
      n3: at(3, { advertise: [{ prefix: `198.51.${other}.0/24` }] }),
    },
    peers: { isp: base.peers.isp },
  });
  expect(textsOf(swapped(1, 2), swapped(2, 1))).toEqual(
    expect.arrayContaining([
      'moved: 198.51.1.0/24 at n1, n4 (from n2 to n3)',
      'moved: 198.51.2.0/24 at n1, n4 (from n3 to n2)',
    ]),
  );
});

test('a node under another name is another one: its sessions are reset', () => {
  const { n4, ...others } = base.nodes;
  const { verdict } = reportFor(base, { ...base, nodes: { ...others, n9: n4 } });
  expect(verdict.line).toMatch(
    /^Replaces n4 with n9 at the same address, where the agent must run under the new name; .*resets 3 sessions \(another node\)/,
  );
  expect(verdict.sentences[0]).toBe('3 of 11 sessions reset; 8 of 11 stay as they are.');
});

test('sessions of neighbours that two prefixes have in common stay', () => {
  const dynamic = (prefix: string) => peers({ clients: { node: 'n2', prefix, asNumber: 65200, filters: ['all'] } });
  for (const [before, after, what] of [
    ['10.7.0.0/24', '10.7.0.0/16', 'admits neighbours from 10.7.0.0/16'],
    ['10.7.0.0/16', '10.7.0.0/24', 'ends sessions with neighbours of 10.7.0.0/16 that are not in 10.7.0.0/24'],
  ]) {
    const { line } = reportFor(dynamic(before), dynamic(after)).verdict;
    expect(line).toMatch(/^Changes 1 session without a reset \(prefix of neighbours\); /);
    expect(line).toContain(`; ${what} (peers.clients.prefix)`);
    expect(line).not.toMatch(/adds|removes/);
  }
});

test('what a neighbour must change is named', () => {
  const asked = (before: object, after: object) => reportFor(before, after).sections.flatMap(({ lines }) => lines);
  const isp = (more: object) => peers({ isp: more });
  for (const [before, after, must] of [
    [isp({}), isp({ role: 'customer' }), 'announce no role, or the role provider (RFC 9234)'],
    [isp({ role: 'peer' }), isp({}), 'not require a role (strict mode of RFC 9234)'],
    [isp({}), isp({ multihop: true }), 'allow several hops (multihop), unless it is on a link of the node'],
    [isp({ multihop: true }), isp({}), 'be on a link of the node'],
    [isp({}), isp({ ttlSecurity: 1 }), 'send with TTL 255 (RFC 5082), and be at most 1 hop away'],
    [isp({ ttlSecurity: 3 }), isp({ ttlSecurity: 2 }), 'be at most 2 hops away'],
    [isp({ ttlSecurity: 3 }), isp({}), 'stop using TTL security'],
  ] as const)
    expect(asked(before, after)).toContain(`192.0.2.1 must ${must}: its session with n1`);
  const clients = (asNumber: number) => peers({ clients: { node: 'n2', prefix: '10.7.0.0/24', asNumber } });
  expect(asked(clients(65200), clients(65201))).toContain(
    'each neighbour from 10.7.0.0/24 must be in AS 65201 instead of 65200: its session with n2',
  );
  const { line } = reportFor(clients(65200), clients(65201)).verdict;
  expect(line).toMatch(/neighbours from 10\.7\.0\.0\/24 may withdraw.*whether they support graceful restart/);
  expect(line).not.toMatch(/10\.7\.0\.0(?!\/24)/);
  const accepted = peers({ clients: { node: 'n2', prefix: '10.7.0.0/24', asNumber: 65200, filters: ['all'] } });
  expect(reportFor(base, accepted).verdict.line).toContain(
    'adds neighbours from 10.7.0.0/24, whose routes are not known here',
  );
  const every = (asNumber: number) => peers({ all: { address: '192.0.2.7', asNumber } });
  expect(asked(every(65300), every(65301)).join('\n')).toMatch(
    /192\.0\.2\.7 must be in AS 65301 instead of 65300: its sessions with n1, n2/,
  );
  expect(asked(isp({ ttlSecurity: 2 }), isp({ ttlSecurity: 3 })).join()).not.toContain(' must ');
  expect(asked(rules({}), rules({ import: ALL.export })).join()).not.toContain(' must ');
});

test('a session that is shut down or enabled is not called reset', () => {
  const [up, down] = [peers({ isp: {} }), peers({ isp: { adminDown: 'maintenance' } })];
  const [shut, enabled] = [reportFor(up, down), reportFor(down, up)];
  expect(shut.verdict.line).toMatch(/; shuts down 1 session\.$/);
  expect(shut.verdict.sentences[0]).toMatch(/^1 of \d+ sessions shut down;/);
  expect(shut.sections[0].lines).toEqual(['1 shut down (ipv4): n1 with 192.0.2.1']);
  expect(enabled.verdict.line).toMatch(/enables 1 session; no node loses a path\.$/);
  expect(enabled.verdict.sentences[0]).toMatch(/^1 of \d+ sessions enabled;/);
  for (const report of [shut, enabled]) expect(JSON.stringify(report.verdict)).not.toContain('reset');
});

test('a limit closes no session with synthetic routes', () => {
  const { losses, sections } = reportFor(base, peers({ isp: { maxPrefixes: 1 } }));
  expect(losses?.permanent ?? 0).toBe(0);
  expect(sections[0].lines).toEqual(['1 changed without a reset (ipv4, prefix limit): n1 with 192.0.2.1']);
});

describe('rules that no route of a session can match', () => {
  test.each([
    ['of the other type of neighbour', {}, [{ action: 'accept', peerType: 'ibgp' }]],
    ['of another address family', {}, [{ action: 'accept', prefix: '::/0' }]],
    ['after one that rejects the whole family', {}, [{ action: 'reject', prefix: '0.0.0.0/0' }, ...ALL.import]],
    ['after one that rejects all neighbours of this type', {}, [{ action: 'reject', peerType: 'ebgp' }, ...ALL.import]],
  ])('cut off as much as one that rejects all: %s', (_, more, imports) => {
    const { level, line } = reportFor(uplink(more), uplink(more, imports)).verdict;
    expect(level).toBe('cuts');
    expect(line).toMatch(/^Cuts off e1, w1 from the outside, which needs allow_disruption; rejects all routes of up;/);
  });

  test('cut off in one family only, and nobody by other rules', () => {
    const both = { families: ['ipv4', 'ipv6'] };
    const dual = { nodes: { e1: at(1, { ipv6Address: 'fd00::1' }), w1: at(2, { ipv6Address: 'fd00::2' }) } };
    const only = (prefix: string) => uplink(both, [{ action: 'accept', prefix }], dual);
    const { level, line } = reportFor(uplink(both, ALL.import, dual), only('::/0')).verdict;
    expect([level, line]).toEqual(['look', expect.stringMatching(/^Takes paths in one address family from /)]);
    for (const rule of [{ peerType: 'ebgp' }, { prefix: '0.0.0.0/0' }])
      expect(reportFor(uplink(), uplink({}, [{ action: 'accept', ...rule }])).verdict.line).toMatch(
        /^Changes 1 session/,
      );
  });
});

describe('of a provider whose session changes between eBGP and iBGP', () => {
  test('the node at the session still gets the routes, and others do not', () => {
    const { verdict, losses, neighbours } = reportFor(uplink(), uplink({ asNumber: 64512 }));
    const texts = neighbours.flatMap(({ changes }) => changes.map(({ text }) => text));
    expect(verdict.line).toMatch(/^Cuts off w1 from the outside/);
    expect(texts.filter((text) => text.startsWith('lost'))).toEqual(['lost: routes of up at w1']);
    expect(losses?.permanent).toBe(1);
  });

  test('all get them if it becomes an eBGP session', () => {
    const { line } = reportFor(uplink({ asNumber: 64512 }), uplink()).verdict;
    expect(line).not.toMatch(/takes|cuts/i);
  });
});

describe('a prefix that a provider sends and a node begins to advertise', () => {
  const rule = (le?: number) => [
    { action: 'accept', prefix: le === 0 ? '0.0.0.0/0' : '198.51.100.0/24', ...(le === 0 && { le }) },
  ];
  const own = (name: string, prefix: string) => ({
    nodes: { e1: at(1), w1: at(2), ...{ [name]: at(name === 'e1' ? 1 : 2, { advertise: [{ prefix }] }) } },
  });

  test.each([
    ['w1', '198.51.100.0/24', undefined, ['at e1 (from up to w1)', 'at w1 (from e1 to itself)']],
    ['e1', '198.51.100.0/24', undefined, ['at e1 (from up to itself)']],
    ['w1', '0.0.0.0/0', 0, ['at e1 (from up to w1)', 'at w1 (from e1 to itself)']],
  ] as const)('moves traffic to %s: %s', (name, prefix, le, moved) => {
    const [before, after] = [uplink({}, rule(le)), uplink({}, rule(le), own(name, prefix))];
    const texts = textsOf(before, after);
    expect(
      reportFor(before, after)
        .sections.flatMap(({ lines }) => lines)
        .concat(texts),
    ).toEqual(expect.arrayContaining(moved.map((text) => `moved: ${prefix} ${text}`)));
    expect(reportFor(before, after).verdict.line).toContain(`riginates ${prefix}, to which traffic moves`);
  });

  test('moves nothing if it is only rejected, and is no leak between providers', () => {
    const no = [{ action: 'reject', prefix: '198.51.100.0/24' }, ...ALL.import];
    const first = reportFor(uplink({}, no), uplink({}, no, own('w1', '198.51.100.0/24')));
    expect(first.verdict.line).toMatch(/^Originates 198\.51\.100\.0\/24; /);
    const two = (whole: object) => {
      const one = uplink({}, rule(), whole);
      return { ...one, peers: { ...one.peers, other: { ...one.peers.up, address: '192.0.2.5', asNumber: 65002 } } };
    };
    expect(reportFor(two({}), two(own('w1', '198.51.100.0/24'))).verdict.line).not.toMatch(/leaks/i);
  });
});

describe('a default route that an export rule names', () => {
  const [own, workload] = [[{ action: 'accept', prefix: '10.1.0.0/16' }], [{ action: 'accept', source: 'workload' }]];
  const defaults = [{ action: 'accept', prefix: '0.0.0.0/0', le: 0 }];
  const served = (up: object[], cust: object[]) => ({
    ...uplink(),
    peers: { ...uplink().peers, cust: { node: 'w1', address: '192.0.2.9', asNumber: 65009, filters: ['cust'] } },
    filters: { up: { import: ALL.import, export: up }, cust: { import: [{ action: 'reject' }], export: cust } },
  });

  test('is no workload that could leak to others', () => {
    const { line } = reportFor(served(own, defaults), served(workload, defaults)).verdict;
    expect(line).toMatch(/; advertises workloads of e1 to up;/);
    expect(line).not.toMatch(/leaks|0\.0\.0\.0/i);
  });

  test('is what neighbours get of it, and get no more', () => {
    expect(reportFor(served(own, own), served(own, defaults)).verdict.line).toMatch(
      /^Leaks 0\.0\.0\.0\/0 from up to cust;/,
    );
    const { line } = reportFor(served(own, defaults), served(own, own)).verdict;
    expect(line).toMatch(/no longer advertises 0\.0\.0\.0\/0 to cust;/i);
  });
});

describe('of neighbours that a prefix admits', () => {
  const admitting = (imports: object[], exports: object[], prefix = '10.9.0.0/24') => ({
    ...uplink(),
    peers: { ...uplink().peers, dyn: { nodeSelector: 'all()', prefix, asNumber: 65100, filters: ['dyn'] } },
    filters: { up: { import: ALL.import, export: exports }, dyn: { import: imports, export: exports } },
  });
  const [none, own] = [[{ action: 'reject' }], [{ action: 'accept', source: 'workload' }]];

  test('a report names what leaks to and from them', () => {
    expect(reportFor(admitting(none, own), admitting(none, ALL.export)).verdict.line).toMatch(
      /^Leaks routes of up to dyn;/,
    );
    expect(reportFor(admitting(ALL.import, own), admitting(ALL.import, ALL.export)).verdict.line).toMatch(
      /^Leaks routes of up to dyn; leaks routes of dyn to up;/,
    );
  });

  test('a report names what they no longer send and get', () => {
    const line = (imports: object[], exports: object[]) =>
      reportFor(admitting(ALL.import, own), admitting(imports, exports)).verdict.line;
    const other = [{ action: 'accept', prefix: '203.0.113.0/24' }];
    expect(line(other, own)).toMatch(/^Takes routes of dyn from e1, w1;/);
    expect(line(ALL.import, other)).toMatch(
      /^No longer advertises workloads of e1 to up; no longer advertises workloads of e1, w1 to dyn;/,
    );
  });

  test('nothing is lost where the prefix only grows', () => {
    const { line } = reportFor(admitting(ALL.import, own), admitting(ALL.import, own, '10.9.0.0/16')).verdict;
    expect(line).not.toMatch(/takes|no longer|leaks/i);
  });
});

describe('of what a neighbour gets from several nodes', () => {
  const own = (...names: string[]) =>
    Object.fromEntries(
      ['e1', 'e2'].map((name, i) => [
        name,
        at(i + 1, names.includes(name) ? { advertise: [{ prefix: '198.51.100.0/24' }] } : {}),
      ]),
    );
  const filters = {
    up: { import: ALL.import, export: [{ action: 'accept', source: 'workload' }] },
    mon: { import: [{ action: 'reject' }], export: ALL.export },
  };
  const peer = (node: object, address: string, filter: string, asNumber = 65001) => ({
    ...node,
    ...{ address, asNumber, filters: [filter] },
  });
  const spec = (nodes: object, up: string, more = {}) => ({
    ...{ name: 'lab', edition: 2, filters, nodes },
    peers: { up: peer({ node: up }, '192.0.2.1', 'up'), mon: peer({}, '192.0.2.9', 'mon', 64512), ...more },
  });
  const line = (before: object, after: object) => reportFor(before, after).verdict.line;

  test('a report says that another node still advertises it', () => {
    expect(line(spec(own('e1', 'e2'), 'e1'), spec(own('e2'), 'e1'))).toMatch(
      /advertises 198\.51\.100\.0\/24 to mon by e2 instead of e1; no longer advertises 198\.51\.100\.0\/24 to up;/,
    );
  });

  test('a report names nothing as both withdrawn and advertised, and no leak, where a neighbour moves', () => {
    const [before, after] = [spec(own('e1'), 'e1'), spec(own('e1'), 'e2')];
    expect(line(before, after)).not.toMatch(
      /no longer advertises routes of up to mon|leaks|; advertises routes of up to mon;/i,
    );
    expect(line(before, after)).toMatch(/advertises .*routes of up to mon by e2 instead of e1/i);
  });

  test('a report names for each neighbour what it no longer gets, not more', () => {
    const gone = { ...spec(own(), 'e1'), peers: { mon: spec(own(), 'e1').peers.mon } };
    expect(line(spec(own('e1'), 'e1'), gone)).not.toMatch(/routes of up to up/);
  });
});

test('routes of usual lengths are not missing where a rule rejects longer ones', () => {
  for (const imports of [
    [{ action: 'accept', prefix: '0.0.0.0/0', le: 24 }],
    [{ action: 'reject', prefix: '0.0.0.0/0', ge: 25 }, ...ALL.import],
  ]) {
    const { losses, verdict } = reportFor(uplink(), uplink({}, imports));
    expect(losses?.permanent ?? 0).toBe(0);
    expect(verdict.sentences[2]).toMatch(/^0 of /);
  }
});

test('the default route and short prefixes are named where a rule of lengths takes them', () => {
  const all = { prefix: '0.0.0.0/0' };
  const line = (before: object[], after: object[]) => reportFor(uplink({}, before), uplink({}, after)).verdict.line;
  expect(line(ALL.import, [{ action: 'reject', ...all, le: 7 }, ...ALL.import])).toMatch(
    /^Takes 0\.0\.0\.0\/0, routes within 0\.0\.0\.0\/0 up to \/7, [^;]* from e1, w1;/,
  );
  expect(line([{ action: 'accept', ...all, le: 24 }], [{ action: 'accept', ...all, ge: 8, le: 24 }])).toMatch(
    /^Takes 0\.0\.0\.0\/0 from e1, w1;/,
  );
  expect(line([{ action: 'accept', ...all, le: 24 }], [{ action: 'accept', ...all, le: 25 }])).not.toMatch(/takes/i);
});

test('rules that may match no route of the only provider are said to take all, perhaps', () => {
  for (const rule of [{ asPathBeginsWith: [65002] }, { nextHop: '10.99.0.0/16' }, { communities: ['65001:1'] }])
    expect(reportFor(uplink(), uplink({}, [{ action: 'accept', ...rule }])).verdict.line).toMatch(
      /^Takes routes of up from e1, w1, which may leave them without any route from outside;/,
    );
  const some = [{ action: 'accept', prefix: '203.0.113.0/24' }];
  expect(reportFor(uplink(), uplink({}, some)).verdict.line).toMatch(/^Takes routes of up from e1, w1;/);
});
