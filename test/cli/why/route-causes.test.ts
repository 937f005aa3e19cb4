import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CAUSES, isFine } from '../../../lib/cli/why/causes';
import { routeFindings } from '../../../lib/cli/why/route-causes';
import { decisive, type RouteEvidence } from '../../../lib/cli/why/route-evidence';
import type { AgentStatus, RouteStatus, SessionStatus } from '../../../lib/control/status';
import { KERNEL, STATUS } from '../../control/answers';

const P = '203.0.113.0/24';
const status = (node: string, more: Partial<AgentStatus> = {}): AgentStatus => ({
  ...STATUS,
  node,
  kernel: KERNEL,
  sessions: [],
  ...more,
});
const route = (more: Partial<RouteStatus> = {}): RouteStatus => ({
  prefix: P,
  isBest: false,
  from: '10.0.0.3',
  asPath: '',
  ...more,
});
const session = (more: Partial<SessionStatus>): SessionStatus => ({
  ...{ key: 'k', kind: 'global', origin: 'peers.tor', localAddress: '10.0.0.1', remoteAddress: '10.0.0.3', port: 179 },
  ...{ localAs: 1, remoteAs: 2, isInside: false, isRetiring: false, state: 'Active', since: '', routes: {} },
  ...more,
});
const found = (more: Partial<RouteEvidence>) =>
  routeFindings({
    ...{ prefix: P, status: status('n1'), routes: [], others: [], holders: [], unused: [], told: [], claims: [] },
    ...more,
  });
const causes = (more: Partial<RouteEvidence>) => found(more).map(({ cause }) => cause);

describe('a route that is there', () => {
  const best = route({ isBest: true, nextHop: '10.0.0.3' });
  test('is in use', () => {
    expect(found({ routes: [best] })).toEqual([
      { cause: 'used', where: 'n1', text: 'the path to 203.0.113.0/24 from 10.0.0.3 through 10.0.0.3 is in use' },
    ]);
    expect(found({ routes: [best] }).every(isFine)).toBe(true);
  });

  test('is in use with those that are used beside it, and with no other', () => {
    const beside = route({ from: '10.0.0.4', nextHop: '10.0.0.4', isBeside: true, code: 'router-id' });
    const other = route({ from: '10.0.0.5', code: 'as-path-length' });
    expect(found({ routes: [best, beside, other] }).map(({ text }) => text)).toEqual([
      'the path to 203.0.113.0/24 from 10.0.0.3 through 10.0.0.3 is in use',
      'the path to 203.0.113.0/24 from 10.0.0.4 through 10.0.0.4 is used beside the best path (multipath)',
    ]);
  });

  test.each<[string, RouteStatus, Partial<AgentStatus['kernel']>]>([
    ['held-back', { ...best, withheld: 'it is an address of this node' }, {}],
    ['kernel', best, { failed: [{ prefix: P, reason: 'EINVAL' }] }],
    ['competing', best, { beside: [{ prefix: P, protocol: 'boot', metric: 50 }] }],
  ])('and is not in the kernel as it should be: %s', (cause, one, kernel) => {
    expect(causes({ routes: [one], status: status('n1', { kernel: { ...KERNEL, ...kernel } }) })[0]).toBe(cause);
  });
});

describe('of an address', () => {
  const best = route({ isBest: true, prefix: '203.0.0.0/16' });
  const shorter = route({ isBest: true, prefix: '0.0.0.0/0' });
  const longer = route({ code: 'policy', reason: 'rejected' });
  test('the longest prefix with a path in use counts, and longer ones that are not used are told', () => {
    expect(decisive([longer, best, shorter])).toEqual([longer, best]);
    expect(causes({ routes: [longer, best] })).toEqual(['filtered', 'used']);
    expect(decisive([longer])).toEqual([longer]);
  });
});

describe('a path that is not used', () => {
  test.each<[string, Partial<RouteStatus>]>([
    ['filtered', { code: 'policy', reason: 'it is rejected by import policy (RFC 4271 9.1.1): rule 1 of filter in' }],
    ['filtered', { reason: 'it is rejected by import policy (RFC 4271 9.1.1)' }],
    ['as-loop', { code: 'as-loop' }],
    ['as-loop', { reason: 'the AS number of this node is in AS_PATH (RFC 4271 9.1.2)' }],
    ['martian', { code: 'martian' }],
    ['martian', { reason: 'the prefix is a martian, and no import rule names it (RFC 6890, RFC 7454 6.1.1)' }],
    ['next-hop', { code: 'next-hop' }],
    ['next-hop', { code: 'next-hop-off-link' }],
    ['next-hop', { reason: 'the next hop is unreachable (RFC 4271 9.1.2.1)' }],
    ['ineligible', { code: 'route-leak' }],
    ['ineligible', {}],
  ])('is for %s, as the agent says, or its words where it is older', (cause, more) => {
    expect(causes({ routes: [route(more)] })).toEqual([cause]);
  });
});

/** Nodes with internal sessions between them, each pair told as `a-b`; all are up unless said. */
const world = (pairs: readonly string[], more: Readonly<Record<string, Partial<AgentStatus>>> = {}, as = () => 1) => {
  const names = [...new Set(pairs.flatMap((pair) => pair.split('-')))].sort();
  const between = (node: string, other: string) =>
    session({
      ...{ key: `${node} ${other}`, localAddress: node, remoteAddress: other, remoteNode: other, isInside: true },
      ...{ localAs: as(), remoteAs: as(), origin: 'mesh', state: 'Established' },
    });
  const all = names.map((node) => {
    const others = pairs.map((pair) => pair.split('-')).filter((ends) => ends.includes(node));
    const sessions = others.map(([a, b]) => between(node, a === node ? b : a));
    return { node, status: status(node, { sessions, ...more[node] }) };
  });
  return { status: all[0].status, others: all.slice(1) };
};
/** With this session of a node down for this reason, as its own end has it. */
const down = (one: AgentStatus, remoteNode: string, text: string): Partial<AgentStatus> => ({
  sessions: one.sessions.map((each) =>
    each.remoteNode === remoteNode ? { ...each, state: 'Active', lastError: { at: '', text } } : each,
  ),
});
const told = (of: AgentStatus, remoteNode: string, ...routes: Partial<RouteStatus>[]) => ({
  node: of.node,
  session: of.sessions.find((one) => one.remoteNode === remoteNode)!,
  routes: routes.map(route),
});

describe('a path that only went through this AS before', () => {
  const looped = route({ code: 'as-loop', reason: 'the AS number of this node is in AS_PATH' });
  const { status: n1, others } = world(['n1-n2']);
  const [n2] = others.map((one) => one.status);
  const kept = { others, holders: ['n2'], told: [told(n2, 'n1', { code: 'policy', reason: 'rule 1 of filter out' })] };
  test('is told last: what keeps the others away comes first', () => {
    expect(causes({ ...kept, status: n1, routes: [looped] })).toEqual(['not-exported', 'as-loop']);
  });

  test('is the cause where nobody has another', () => {
    const down = status('n1', { sessions: [session({})] });
    expect(causes({ status: down, routes: [looped] })).toEqual(['as-loop']);
  });

  test('is not, if there is another that is not used for a reason of its own', () => {
    const rejected = route({ code: 'policy', reason: 'rule 1 of filter in' });
    expect(causes({ ...kept, status: n1, routes: [looped, rejected] })).toEqual([
      'filtered',
      'not-exported',
      'as-loop',
    ]);
    expect(causes({ status: status('n1', { sessions: [session({})] }), routes: [rejected] })).toEqual(['filtered']);
  });
});

describe('a route that no path came for', () => {
  const refused = { lastError: { at: '', text: 'local: the neighbour refused the connection' } };
  const direct = (routes: Partial<RouteStatus>, of: Partial<AgentStatus> = {}): Partial<RouteEvidence> => {
    const { status: asked, others } = world(['n1-n2'], { n2: {} });
    const n2 = { ...others[0].status, ...of };
    return { status: asked, others: [{ node: 'n2', status: n2 }], holders: ['n2'], told: [told(n2, 'n1', routes)] };
  };
  test.each<[string, Partial<RouteEvidence>]>([
    ['not-exported', direct({ code: 'policy', reason: 'it is rejected by export policy: rule 1 of filter out' })],
    ['not-advertised', direct({ code: 'internal-path' })],
    ['next-hop', direct({ code: 'no-next-hop' })],
    ['drain', direct({ code: 'policy' }, { service: 'none' })],
    ['drain', direct({ code: 'out-of-service' }, { service: 'none' })],
    ['older-agent', { ...direct({}), told: [{ ...direct({}).told![0], routes: undefined }] }],
    ['no-route', {}],
    ['not-passed-on', { holders: ['n3'] }],
    ['filtered', { unused: [{ node: 'n2', route: route({ code: 'policy' }) }] }],
  ])('is for %s', (cause, more) => expect(causes(more)).toContain(cause));

  test('is for each of the obstacles that alone would keep it away', () => {
    const also = [{ code: 'policy', reason: 'rule 1 of filter out' }];
    const out = { service: 'none' as const };
    expect(causes(direct({ code: 'out-of-service', reason: '', also }, out))).toEqual(['drain', 'not-exported']);
    const rejected = [{ code: 'policy', reason: 'rule 1 of filter out' }];
    const { status: n1, others } = world(['n1-n2']);
    const n2 = { ...others[0].status, ...down(others[0].status, 'n1', 'local: the neighbour refused the connection') };
    const both = { status: n1, others: [{ node: 'n2', status: n2 }], holders: ['n2'] };
    expect(causes({ ...both, told: [told(n2, 'n1', { code: 'down', also: rejected })] })).toEqual([
      'refused',
      'not-exported',
    ]);
  });

  test('is for the filter of each node that has it, and no rule of the protocol is told beside one', () => {
    const { status: n1, others } = world(['n1-n2', 'n1-n3', 'n2-n3']);
    const [n2, n3] = others.map((one) => one.status);
    const policy = { code: 'policy', reason: 'it is rejected by export policy: rule 1 of filter out' };
    const findings = found({
      ...{ status: n1, others, holders: ['n2', 'n3'] },
      told: [told(n2, 'n1', policy), told(n3, 'n1', { code: 'internal-path', reason: 'RFC 4271 9.2', also: [policy] })],
    });
    expect(findings.map(({ cause, where }) => `${cause} ${where.slice(0, 2)}`)).toEqual([
      'not-exported n2',
      'not-exported n3',
    ]);
  });

  test('may be one that a neighbour outside would bring whose session is down', () => {
    expect(causes({ status: status('n1', { sessions: [session(refused)] }) })).toEqual(['no-route', 'refused']);
  });

  test('may be one that a neighbour outside does not send', () => {
    const up = status('n1', { sessions: [session({ state: 'Established' })] });
    expect(causes({ status: up })).toEqual(['no-route', 'not-sent']);
  });

  test.each([{ notCarried: ['ipv4'] }, { noExtendedNextHop: ['ipv4'] }] as const)(
    'may be of a family that the neighbour outside does not negotiate, which it cannot send then: %j',
    (lacking) => {
      const sessions = [session({ state: 'Established', ...lacking })];
      expect(causes({ status: status('n1', { sessions }) })).toEqual(['not-negotiated', 'no-route']);
      const other = [session({ state: 'Established', notCarried: ['ipv6'] })];
      expect(causes({ status: status('n1', { sessions: other }) })).toEqual(['no-route', 'not-sent']);
    },
  );

  test('is told beside what a deploy did', () => {
    const transaction = { ...STATUS.transaction, returned: { release: 'x', activation: 2, reason: 'the gate failed' } };
    const sessions = [session({ isInside: true, state: 'Established' })];
    expect(causes({ status: status('n1', { sessions, transaction }) })).toEqual(['no-route', 'rolled-back']);
  });

  test('is not for a node whose neighbours all get it: who is between does not pass it on', () => {
    const tor = session({ state: 'Established', localAddress: 'n9' });
    const n9 = status('n9', { sessions: [tor] });
    const n1 = status('n1', { sessions: [session({ state: 'Established' })] });
    expect(
      causes({
        ...{ status: n1, others: [{ node: 'n9', status: n9 }], holders: ['n9'] },
        told: [{ node: 'n9', session: tor, routes: [route({ isBest: true })] }],
      }),
    ).toEqual(['not-passed-on', 'not-sent']);
  });

  test('is for the address family where no session carries it, and no session is named then', () => {
    const routes = { ipv4: { received: 0, accepted: 0, advertised: 0, endOfRib: true } };
    const sessions = [session({ ...refused, routes }), session({ state: 'Established', routes })];
    const [first, ...rest] = causes({ prefix: '2001:db8::/32', status: status('n1', { sessions }) });
    expect([first, rest[0]]).toEqual(['no-family', 'no-route']);
    expect(rest).not.toContain('refused');
  });

  test('may be one that a neighbouring node would pass on if its own session were up', () => {
    const n1 = status('n1', { sessions: [session({ remoteNode: 'n2', isInside: true, state: 'Established' })] });
    const beyond = status('n2', { sessions: [session(refused), session({ remoteNode: 'n1', isInside: true })] });
    const findings = found({ status: n1, others: [{ node: 'n2', status: beyond }] });
    expect(findings).toMatchObject([{ cause: 'no-route' }, { cause: 'refused', where: expect.stringContaining('n2') }]);
  });
});

describe('a route that stops somewhere between two nodes', () => {
  const chain = world(['n1-rr1', 'rr1-rr2', 'n9-rr2']);
  const reflectors = new Set(['rr1', 'rr2']);
  const [n9, rr1, rr2] = chain.others.map((one) => one.status);
  test('is for the session that is down there, two reflectors away', () => {
    const cut = { ...rr2, ...down(rr2, 'rr1', 'local: the neighbour refused the connection') };
    const others = [n9, rr1, cut].map((one) => ({ node: one.node, status: one }));
    const findings = found({
      ...{ status: chain.status, others, holders: ['n9', 'rr2'], reflectors },
      told: [told(cut, 'rr1', { code: 'down' })],
    });
    expect(findings).toEqual([
      expect.objectContaining({ cause: 'refused', where: expect.stringMatching(/^rr2: .*rr1/) }),
    ]);
  });

  test('is for the session as the other end has it, where that knows more', () => {
    const cut = { ...rr2, ...down(rr2, 'rr1', 'local: the neighbour does not respond') };
    const other = { ...rr1, ...down(rr1, 'rr2', 'sent: OPEN Message Error: Bad Peer AS') };
    const others = [n9, other, cut].map((one) => ({ node: one.node, status: one }));
    const findings = found({
      ...{ status: chain.status, others, holders: ['n9', 'rr2'], reflectors },
      told: [told(cut, 'rr1', { code: 'down' })],
    });
    expect(findings).toMatchObject([{ cause: 'wrong-as', where: expect.stringMatching(/^rr1/) }, { cause: 'silence' }]);
  });

  test('is told beside a release that is on trial there', () => {
    const transaction = { ...STATUS.transaction, returnsInMs: 5 };
    const tried = { ...rr2, ...down(rr2, 'rr1', 'local: the neighbour refused the connection'), transaction };
    const others = [n9, rr1, tried].map((one) => ({ node: one.node, status: one }));
    const findings = found({
      ...{ status: chain.status, others, holders: ['n9', 'rr2'], reflectors },
      told: [told(tried, 'rr1', { code: 'down' })],
    });
    expect(findings.map(({ cause, where }) => [cause, where.slice(0, 3)])).toEqual([
      ['refused', 'rr2'],
      ['gate', 'rr2'],
    ]);
  });

  test('is for a node between that does not answer', () => {
    const others = [
      { node: 'n9', status: n9 },
      { node: 'rr1', error: 'it is gone' },
      { node: 'rr2', status: rr2 },
    ];
    const findings = found({
      ...{ status: chain.status, others, holders: ['n9', 'rr2'], reflectors },
      told: [told(rr2, 'rr1', { isBest: true })],
    });
    expect(findings[0]).toEqual({ cause: 'no-answer', where: 'rr1', text: 'it is gone' });
  });
});

describe('a node that does not answer', () => {
  const n1 = status('n1', { sessions: [session({ remoteNode: 'n2', isInside: true })] });
  const others = [{ node: 'n2', error: 'nobody listens' }];
  test('comes first where the fabric has it advertise the prefix, and nobody claims that no node has it', () => {
    const findings = found({ status: n1, others, claims: [{ node: 'n2', prefix: P }] });
    expect(findings[0]).toMatchObject({ cause: 'no-answer', where: 'n2', text: expect.stringContaining('advertise') });
    expect(findings.map(({ cause }) => cause)).not.toContain('no-route');
  });

  test('comes first, too, where it advertises what contains the prefix', () => {
    const [first] = found({ status: n1, others, claims: [{ node: 'n2', prefix: '203.0.0.0/16' }] });
    expect(first.text).toContain('203.0.0.0/16, which contains 203.0.113.0/24');
  });

  test('comes first where the session with it is down', () => {
    expect(causes({ status: n1, others })[0]).toBe('no-answer');
  });

  test('comes last where a node has the route that says what keeps it away', () => {
    const { status: asked, others: known } = world(['n1-n2', 'n1-n3', 'n2-n3']);
    const [n2] = known.map((one) => one.status);
    const evidence = {
      ...{ status: asked, others: [known[0], { node: 'n3', error: 'it is gone' }], holders: ['n2'] },
      told: [told(n2, 'n1', { code: 'policy' })],
      reflectors: new Set<string>(),
    };
    expect(causes(evidence)).toEqual(['not-exported', 'no-answer']);
  });

  test('is counted where it is said that no route was found', () => {
    const up = status('n1', { sessions: [session({ isInside: true, state: 'Established' })] });
    const findings = found({ status: up, others: [{ node: 'n7', error: 'it is gone' }] });
    expect(findings.map(({ cause }) => cause)).toEqual(['no-route', 'no-answer']);
    expect(findings[0].text).toContain('1 of 2 nodes gives no status');
  });
});

describe('a node that answers and does not have what the fabric has it advertise', () => {
  test('is said to run something else, or nothing', () => {
    const claims = [{ node: 'n2', prefix: P }];
    const transaction = { ...STATUS.transaction, active: null };
    const others = [{ node: 'n2', status: status('n2', { transaction }) }];
    expect(found({ others, claims })[0]).toMatchObject({ cause: 'not-originated', where: 'n2' });
    expect(found({ others, claims })[0].text).toContain('it runs no release');
    const returned = { release: 'x', activation: 2, reason: 'the gate failed' };
    const back = [{ node: 'n2', status: status('n2', { transaction: { ...STATUS.transaction, returned } }) }];
    expect(found({ others: back, claims })[0].text).toContain('it was rolled back: the gate failed');
  });
});

describe('a stale path', () => {
  const best = route({ isBest: true, isStale: true });
  test.each([
    ['Active', 'session went down', ['stale', 'down', 'used']],
    ['Established', 'up again', ['stale', 'used']],
  ] as const)('is called so, and why its session is down, where it is %s', (state, words, expected) => {
    const findings = found({ routes: [best], status: status('n1', { sessions: [session({ state })] }) });
    expect(findings.map(({ cause }) => cause)).toEqual(expected);
    expect(findings[0].text).toContain(words);
    expect(findings.at(-1)!.text).toContain('stale');
    expect(findings.every(isFine)).toBe(false);
  });
});

test('a path that comes from a stale one of a node before is no better', () => {
  const trail = [{ status: status('rr1'), route: route({ isBest: true, isStale: true, from: '10.0.0.9' }) }];
  expect(found({ routes: [route({ isBest: true })], trail })).toMatchObject([
    { cause: 'stale', where: 'rr1: path from 10.0.0.9' },
    { cause: 'used' },
  ]);
});

test('an address that only a shorter prefix leads to lacks the longer one that the fabric has advertised', () => {
  const best = route({ isBest: true, prefix: '0.0.0.0/0' });
  const others = [{ node: 'n2', error: 'it is gone' }];
  const claims = [{ node: 'n2', prefix: P }];
  const findings = found({ routes: [best], isShorter: true, others, claims });
  expect(findings.map(({ cause }) => cause)).toEqual(expect.arrayContaining(['no-answer', 'used']));
  expect(findings[0].cause).toBe('no-answer');
});

test('what to do says nothing of what is known elsewhere: it stands beside other causes', () => {
  for (const { fix } of Object.values(CAUSES)) expect(fix).not.toMatch(/nothing here|no node has/);
});

test('every cause leads to a heading of docs/troubleshooting.md, where it has one', () => {
  const page = readFileSync(join(__dirname, '../../../docs/troubleshooting.md'), 'utf8');
  const anchors = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-'),
  );
  const entries = Object.values(CAUSES).flatMap((one) => ('entry' in one ? [one.entry] : []));
  expect(entries.filter((entry) => !anchors.includes(entry))).toEqual([]);
});
