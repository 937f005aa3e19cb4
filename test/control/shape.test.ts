import type { Health } from '../../lib/control/health';
import type { Observation } from '../../lib/control/observed';
import type { ErrorBody } from '../../lib/control/protocol';
import { readAs, SHAPES } from '../../lib/control/shape';
import type {
  AgentEvent,
  AgentStatus,
  AgentSummary,
  FibCheck,
  RouteStatus,
  SessionError,
  SessionMatches,
  TrialLosses,
} from '../../lib/control/status';

/** With each field that there may be: a new one does not compile until it has a value here. */
type Full<T> = T extends readonly (infer E)[]
  ? readonly Full<E>[]
  : T extends object
    ? { readonly [K in keyof T]-?: Full<NonNullable<T[K]>> }
    : T;

const TIME = '2026-11-23T08:22:38.000Z';
const step = { release: 'sha256:5', activation: 3 };
const running: Full<NonNullable<AgentSummary['transaction']['active']>> = {
  ...{ ...step, fabric: 'lab', owner: 'ann', isFromFile: true, localAs: {} },
};
const example = { prefix: '10.0.0.0/8', reason: 'no way' };
const rule = { filter: 'all', number: 1, action: 'accept' } as const;

/** `readOutside` and `readWorkloads` read what `outside` and `workloads` have. */
const summary: Full<Omit<AgentSummary, 'outside' | 'workloads'>> = {
  ...{ schemaVersion: 1, protocol: 2, version: '1', node: 'n1', fabric: 'lab', asNumber: 65000, routerId: '10.0.0.1' },
  ...{ startedAt: TIME, service: 'full', isCut: true },
  transaction: {
    ...{ activation: 3, confirmed: running, active: running, staged: running, owner: 'ann', returnsInMs: 7.5 },
    retiring: { ...step, phase: 'draining', behind: ['n2'] },
    ...{ returned: { ...step, reason: 'it failed' }, drained: { by: 'ann', at: TIME }, freed: true },
  } as unknown as Full<AgentSummary['transaction']>,
};

const counts = { received: 1, accepted: 1, advertised: 1, martians: 1, looped: 1, endOfRib: true, withheld: 'none' };
const error: Full<SessionError> = {
  ...{ at: TIME, kind: 'ended', direction: 'sent', text: 'x', reason: 'ttl', is: 'cause', code: 6, subcode: 2 },
};

const kernel: Full<AgentStatus['kernel']> = {
  ...{ wanted: 3, installed: 2, failed: [example], withheld: { routes: 1, examples: [example] } },
  ...{ passedOn: { prefixes: 1, examples: [example] }, movesSlowly: true, workloads: 1 },
  waiting: [{ nextHop: '10.0.0.9', reason: 'unreachable', routes: 1 }],
  ...{ differences: { missing: 1, extra: 1, different: 1 }, lastDifference: TIME, lastDisturbance: 'ip route' },
  beside: [{ prefix: '10.0.0.0/8', protocol: 'bird', metric: 100 }],
  duplicates: [{ prefix: '10.65.0.1/32', nodes: ['n2'] }],
};

const session: Full<AgentStatus['sessions'][number]> = {
  ...{ key: 'k', kind: 'global', origin: 'peers.tor', remoteNode: 'n2', localAddress: 'a', remoteAddress: 'b' },
  ...{ port: 179, localAs: 65000, remoteAs: 65001, linkLocal: 'fe80::1', pattern: 'eth*', isInside: true },
  ...{ otherStations: [{ address: 'fe80::2', advertises: true }], isRetiring: true, state: 'Idle', since: TIME },
  ...{ down: 'x', downBy: 'secret', linkHindrance: 'mtu', learnedDefault: 'x', expectsDown: true, isAdminDown: true },
  ...{ isUnnamed: true, unmet: 'x', notCarried: ['ipv4'], noExtendedNextHop: ['ipv4'], alsoOffered: ['ipv6'] },
  moreStations: { count: 9, isLeast: true },
  ...{ openAs: 65001, ended: { at: TIME, cease: 4 }, lastError: { at: TIME, text: 'x' }, errors: [error] },
  ...{ lastNotification: error, routes: { ipv4: counts, ipv6: counts }, routeMemory: 9 },
  bfd: {
    ...{ state: 'Up', since: TIME, diagnostic: 1, reason: 'x', localDiscriminator: 7 },
    ...{ remote: { state: 'Up', diagnostic: 1, discriminator: 7 }, transmitInterval: 300, detectionTime: 900 },
    ...{ downs: 1, lastDown: TIME, lastDownReason: 'x', trouble: 'x', isDeaf: true, isStrict: true },
    ...{ discarding: { reason: 'x', got: 1, wanted: 255, interface: 'eth0' }, isRefused: true },
  },
};

const status: Full<Omit<AgentStatus, 'outside' | 'workloads'>> = {
  ...{ ...summary, sessions: [session], kernel },
  trial: {
    ...{ at: TIME, isFirst: true },
    demands: [
      {
        ...{ session: 'k', origin: 'peers.tor', remoteAddress: 'b', family: 'ipv4', before: 'up', replaces: 'j' },
        isChanged: true,
      },
    ],
  },
  leftOut: [{ kind: 'refused', what: 'connections', count: 3, last: TIME }],
  routeMemory: { used: 1, limit: 2, ended: 3 },
  bfd: {
    ...{ version: '1', isRealTime: true, problem: 'x', stopped: TIME, discarded: { ttl: 3 } },
    lingering: [{ localAddress: 'a', remoteAddress: 'b', interface: 'eth0', port: 3784, sessions: ['k'] }],
  },
};

const fib: Full<FibCheck> = {
  ...{ node: 'n1', routes: 3, missing: 1, extra: 1, different: 1, since: TIME, tookMs: 3.5, kernel },
  examples: [{ prefix: '10.0.0.0/8', kind: 'missing', by: 'ip route' }],
};

const route: Full<RouteStatus> = {
  ...{ prefix: '10.0.0.0/8', isBest: true, isBeside: true, reason: 'x', code: 'policy', rule, withheld: 'x' },
  ...{ also: [{ code: 'policy', reason: 'x', rule }], from: 'local', nextHop: 'a', asPath: '65000', origin: 'igp' },
  ...{ localPref: 100, med: 1, communities: ['64512:1'], since: TIME, isStale: true },
};

const matched = { rules: [{ ...rule, routes: 4 }], unmatched: 1 };
const matches: Full<SessionMatches[]> = [{ key: 'k', import: matched, export: matched }];
const events: Full<AgentEvent[]> = [
  { sequence: 1, time: TIME, kind: 'session', message: 'x', step: 'stage', activation: 3 },
];
const losses: Full<TrialLosses> = { since: true, count: 1, examples: [{ prefix: '10.0.0.0/8', isOffered: true }] };
const health: Full<Health> = {
  ...{ isRunning: true, losses, faults: [{ message: 'x', remoteNode: 'n2', isNew: true }] },
  listed: [{ message: 'x', maySettle: true }],
};
const observed: Full<Observation[]> = [
  {
    ...{ version: 1, node: 'n1', ...step, kind: 'deploy', began: TIME, lasted: 900, isOver: true, prediction: 'x' },
    steps: { activated: 1, confirmed: 2, finalised: 3, closed: 4, returned: 5 },
    sessions: [
      {
        ...{ key: 'k', remoteNode: 'n2', range: '10.0.0.0/8', isGuest: true, change: 'reset', reason: 'x', resets: 1 },
        ...{ wasUp: true, isUp: true, downs: 2, news: [{ at: 3, isUp: true, why: 'x' }] },
      },
    ],
    losses: [{ prefix: '10.0.0.0/8', at: 4, ms: 12, times: 1, isLost: true }],
    ...{ origins: ['10.65.0.1/32'], withdrawn: [{ prefix: '10.65.0.1/32', at: 3 }], gaps: ['x'] },
    cut: { sessions: 1, losses: 1, origins: 1 },
  },
];

const refusal: Full<ErrorBody> = { error: { code: 'invalid', message: 'no', fields: ['peers.a'] } };

/** An answer of each shape. Routes that neighbours sent are read by `readSent`. */
const ANSWERS: { readonly [K in Exclude<keyof typeof SHAPES, 'any'>]: unknown } = {
  ...{ summary, status, endpoints: { n2: 'unix:///a.sock' }, events, fib, losses, health, observed, holds: true },
  ...{ route, matches, refusal },
};

/** Beyond what there can be, and of other types. */
const BAD = {
  number: [-1e308, 1e308, -1e13, '1', true, {}],
  string: ['x'.repeat(300_000), 1, true, {}],
  boolean: ['true', 1, {}],
} as const;
const BAD_TIMES = ['yesterday', '\u001b[2Jyesterday', '', '2026-13-45T99:99:99.000Z', 1];
/** Numbers that need not be whole; the moments of an observation may also be before its beginning. */
const MS = /(?:Ms|lasted|at|ms|Interval|detectionTime|steps,\w+)$/;

/** All values of an answer, by their paths. */
const leavesOf = (value: unknown, path: readonly string[] = []): [path: readonly string[], value: unknown][] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]))
    : [[path, value]];

/** Not validated, as nobody reads it. */
const UNREAD = /,localAs,/;

function changed(answer: unknown, path: readonly string[], to: unknown): unknown {
  if (path.length === 0) return to;
  const copy = structuredClone(answer) as Record<string, unknown>;
  const at = path.slice(0, -1).reduce((inner, key) => inner[key] as Record<string, unknown>, copy);
  at[path.at(-1)!] = to;
  return copy;
}

describe.each(Object.entries(ANSWERS))('what an agent answers as %s', (name, answer) => {
  const shape = SHAPES[name as keyof typeof SHAPES];
  const leaves = leavesOf(answer).filter(([path]) => !UNREAD.test(path.join()));

  test('is read with all that it may have', () => expect(readAs<unknown>(shape, answer)).toEqual(answer));

  test.each(leaves.map(([path, value]) => [path.join('.') || 'itself', path, value] as const))(
    'is refused if %s is of another type, or is nothing that there can be',
    (_, path, value) => {
      const isTime = value === TIME;
      const kind = typeof value as keyof typeof BAD;
      const isCount = kind === 'number' && !MS.test(path.join());
      const bad: readonly unknown[] = [...(isTime ? BAD_TIMES : BAD[kind]), ...(isCount ? [-1, 0.5, 2 ** 53] : [])];
      const read = bad.filter((to) => {
        try {
          readAs<unknown>(shape, changed(answer, path, to));
          return true;
        } catch {
          return false;
        }
      });
      expect(read).toEqual([]);
    },
  );
});
