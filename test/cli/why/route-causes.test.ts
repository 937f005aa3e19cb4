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
    ...{ prefix: P, status: status('n1'), routes: [], neighbours: [], others: [], holders: [], unused: [], kept: [] },
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

  test.each<[string, RouteStatus, Partial<AgentStatus['kernel']>]>([
    ['held-back', { ...best, withheld: 'it is an address of this node' }, {}],
    ['kernel', best, { failed: [{ prefix: P, reason: 'EINVAL' }] }],
    ['competing', best, { beside: [{ prefix: P, protocol: 'boot', metric: 50 }] }],
  ])('and is not in the kernel as it should be: %s', (cause, one, kernel) => {
    expect(causes({ routes: [one], status: status('n1', { kernel: { ...KERNEL, ...kernel } }) })[0]).toBe(cause);
  });
});

describe('of an address', () => {
  const best = route({ isBest: true, prefix: '203.0.0.0/16' }),
    shorter = route({ isBest: true, prefix: '0.0.0.0/0' }),
    longer = route({ code: 'policy', reason: 'rejected' });
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

describe('a route that no path came for', () => {
  const refused = { lastError: { at: '', text: 'local: the neighbour refused the connection' } };
  const towards = (more: Partial<RouteStatus>, of: Partial<AgentStatus> = {}): Partial<RouteEvidence> => ({
    neighbours: [{ node: 'n2', towards: [route(more)] }],
    others: [{ node: 'n2', status: status('n2', of) }],
    holders: ['n2'],
  });
  test.each<[string, Partial<RouteEvidence>]>([
    ['not-exported', towards({ code: 'policy', reason: 'it is rejected by export policy: rule 1 of filter out' })],
    ['not-advertised', towards({ code: 'internal-path' })],
    ['next-hop', towards({ code: 'no-next-hop' })],
    ['drain', towards({ code: 'policy' }, { service: 'none' })],
    ['older-agent', { neighbours: [{ node: 'n2', towards: undefined }], holders: ['n2'] }],
    ['no-route', {}],
    ['not-advertised', { holders: ['n3'] }],
    ['filtered', { unused: [{ node: 'n2', route: route({ code: 'policy' }) }] }],
    [
      'refused',
      {
        ...towards({ code: 'down' }),
        status: status('n1', { sessions: [session({ ...refused, remoteNode: 'n2', isInside: true })] }),
      },
    ],
  ])('is for %s', (cause, more) => expect(causes(more)[0]).toBe(cause));

  test('may be one that a neighbour outside would bring whose session is down', () => {
    expect(causes({ status: status('n1', { sessions: [session(refused)] }) })).toEqual(['no-route', 'refused']);
  });

  test('may be one that a node has which does not answer', () => {
    expect(causes({ others: [{ node: 'n2', error: 'it is gone' }] })).toEqual(['no-route', 'no-answer']);
  });

  test('may be one that a neighbour outside does not send', () => {
    const up = status('n1', { sessions: [session({ state: 'Established' })] });
    expect(causes({ status: up })).toEqual(['no-route', 'not-sent']);
  });

  test('is told beside what a deploy did', () => {
    const transaction = { ...STATUS.transaction, returned: { release: 'x', activation: 2, reason: 'the gate failed' } };
    expect(causes({ status: status('n1', { transaction }) })).toEqual(['no-route', 'rolled-back']);
  });

  test.each<[string, Partial<RouteStatus>, Partial<AgentStatus>]>([
    ['drain', { code: 'out-of-service' }, { service: 'none' }],
    ['drain', { code: 'policy' }, { service: 'none' }],
    ['not-exported', { code: 'policy', reason: 'it is rejected by export policy: rule 1 of filter out' }, {}],
    ['not-advertised', { code: 'no-export' }, {}],
    ['refused', { code: 'down' }, {}],
  ])('is for %s of the node that it begins at, which is no neighbour', (cause, more, of) => {
    const tor = session({ ...refused, origin: 'racks.r.topOfRack[0]' }),
      kept = [{ node: 'n9', session: tor, route: route(more) }];
    const findings = found({ kept, holders: ['n9'], others: [{ node: 'n9', status: status('n9', of) }] });
    expect(findings).toMatchObject([{ cause, where: expect.stringContaining('n9') }]);
  });

  test('is not for a node whose neighbours all get it: who is between does not pass it on', () => {
    const kept = [{ node: 'n9', session: session({}), route: route({ isBest: true }) }];
    expect(causes({ kept, holders: ['n9'] })).toEqual(['not-advertised']);
  });

  test('is for a neighbouring node that does not answer, before all else', () => {
    const down = status('n1', { sessions: [session({ ...refused, remoteNode: 'n2', isInside: true })] });
    expect(causes({ status: down, others: [{ node: 'n2', error: 'nobody listens' }] })[0]).toBe('no-answer');
  });

  test('is for the address family where no session carries it, and no session is named then', () => {
    const routes = { ipv4: { received: 0, accepted: 0, advertised: 0, endOfRib: true } },
      sessions = [session({ ...refused, routes }), session({ state: 'Established', routes })];
    expect(causes({ prefix: '2001:db8::/32', status: status('n1', { sessions }) })).toEqual(['no-family', 'no-route']);
  });

  test('may be one that a neighbouring node would pass on if its own session were up', () => {
    const beyond = status('n2', { sessions: [session(refused), session({ remoteNode: 'n1', isInside: true })] }),
      neighbours = [{ node: 'n2', towards: [route({ code: 'no-path' })] }];
    const findings = found({ neighbours, others: [{ node: 'n2', status: beyond }] });
    expect(findings).toMatchObject([{ cause: 'no-route' }, { cause: 'refused', where: expect.stringContaining('n2') }]);
  });

  test('does not count what goes over a session that is down twice', () => {
    const down = status('n1', { sessions: [session({ remoteNode: 'n2', isInside: true })] });
    expect(causes({ ...towards({ code: 'down' }), status: down })[0]).toBe('down');
  });
});

test('every cause leads to a heading of docs/troubleshooting.md, where it has one', () => {
  const page = readFileSync(join(__dirname, '../../../docs/troubleshooting.md'), 'utf8'),
    anchors = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}_\- ]/gu, '')
        .replaceAll(' ', '-'),
    );
  const entries = Object.values(CAUSES).flatMap((one) => ('entry' in one ? [one.entry] : []));
  expect(entries.filter((entry) => !anchors.includes(entry))).toEqual([]);
});
