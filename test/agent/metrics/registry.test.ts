import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { and, labels, written } from '../../../lib/agent/metrics/exposition';
import { Numbers } from '../../../lib/agent/metrics/registry';
import { sampledSessions } from '../../../lib/agent/metrics/session-families';
import type { SessionCounts } from '../../../lib/bgp/session/status';
import type { AgentStatus, SessionStatus } from '../../../lib/control/status';
import { INITIAL_STATE } from '../../../lib/control/transaction';

const session = (n: number, more: Partial<SessionStatus> = {}): SessionStatus => ({
  key: `k${n}`,
  kind: 'global',
  origin: `peers.p${n}`,
  localAddress: '10.0.0.1',
  remoteAddress: `10.0.${n >> 8}.${n & 255}`,
  port: 179,
  localAs: 67111,
  remoteAs: 65000,
  isInside: false,
  isRetiring: false,
  state: 'Established',
  since: '2026-01-01T00:00:01.000Z',
  routes: { ipv4: { received: 5, accepted: 4, advertised: 2, endOfRib: true } },
  ...more,
});
const counts = (more: Partial<SessionCounts> = {}): SessionCounts => ({
  changed: { reset: 0, retuned: 0, resetFor: '', retunedFor: '' },
  established: 3,
  counters: {
    ...{ messagesIn: 70, messagesOut: 60, updatesIn: 7, updatesOut: 6 },
    ...{ treatedAsWithdraw: 1, attributesDiscarded: 0 },
  },
  notifications: { sent: [0, 0, 2, 0, 0, 0, 0, 0, 0], received: [1, 0, 0, 0, 0, 0, 4, 0, 0] },
  ...more,
});
const agent = (sessions: readonly SessionStatus[], more: Partial<AgentStatus> = {}): AgentStatus => ({
  schemaVersion: 1,
  version: '0.2.0',
  node: 'n1',
  fabric: 'lab "one"',
  startedAt: '2026-01-01T00:00:00.000Z',
  transaction: {
    ...INITIAL_STATE,
    owner: 'alice',
    active: { release: `sha256:${'ab'.repeat(32)}`, activation: 3, fabric: 'lab', owner: 'alice' },
    returnsInMs: null,
  },
  service: 'full',
  sessions,
  kernel: {
    ...{ wanted: 4, installed: 3, failed: [], waiting: [], workloads: 1, beside: [], duplicates: [] },
    differences: { missing: 2, extra: 0, different: 0 },
  },
  leftOut: [{ kind: 'refused', what: 'refused connections', count: 9, last: '2026-01-01T00:00:00.000Z' }],
  ...more,
});
const scrape = (sessions: readonly SessionStatus[], most?: number, of: SessionCounts | undefined = counts()) =>
  new Numbers(
    {
      status: () => agent(sessions),
      counts: () => new Map(of ? sessions.map(({ key }) => [key, of]) : []),
      rejected: () => 12,
    },
    most,
  ).text();
const withPromtool = spawnSync('promtool', ['--version']).error ? test.skip : test;
const namesIn = (text: string) => [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);

describe('the numbers of an agent', () => {
  test('still have every name that users of the version before may ask for', async () => {
    const before = JSON.parse(
      readFileSync(join(__dirname, '../../fixtures/metrics/names-0.1.json'), 'utf8'),
    ) as string[];
    expect(namesIn(await scrape([session(1)]))).toEqual(expect.arrayContaining(before));
  });

  test('have each name once, with its type', async () => {
    const names = namesIn(await scrape([session(1)]));
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  test('say of an old name which one to use, and of nothing else that it is old', async () => {
    const text = await scrape([session(1)]);
    const before = JSON.parse(
      readFileSync(join(__dirname, '../../fixtures/metrics/names-0.1.json'), 'utf8'),
    ) as string[];
    const old = [...text.matchAll(/^# HELP (\S+) Deprecated: use (\w+)\./gm)];
    expect(old.map(([, name]) => name).filter((name) => !before.includes(name))).toEqual([]);
    expect(old.map(([, , name]) => name).filter((name) => !namesIn(text).includes(name))).toEqual([]);
    expect(old.map(([, name, now]) => [name, now])).toEqual(
      expect.arrayContaining([
        ['peerform_process_cpu_seconds_total', 'process_cpu_seconds_total'],
        ['peerform_kernel_differences', 'peerform_kernel_differences_total'],
      ]),
    );
  });

  withPromtool('are as Prometheus wants them (promtool check metrics, of the package prometheus)', async () => {
    const text = await scrape([session(1), session(2, { state: 'Idle', isAdminDown: true })]);
    expect(spawnSync('promtool', ['check', 'metrics'], { input: `${text}\n`, encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
  });

  test('are a series for each session: state, routes, flaps, messages, NOTIFICATIONs by error', async () => {
    const whose = 'local_address="10.0.0.1",remote_address="10.0.0.1",port="179",name="p1"';
    const own = (await scrape([session(1)])).split('\n').filter((line) => line.includes(whose));
    expect(own).toEqual([
      `peerform_session_info{${whose},local_as="67111",remote_as="65000",origin="peers.p1",kind="global",inside="false"} 1`,
      `peerform_session_state{${whose}} 6`,
      `peerform_session_up{${whose}} 1`,
      `peerform_session_wanted{${whose}} 1`,
      `peerform_session_state_timestamp_seconds{${whose}} ${Date.parse('2026-01-01T00:00:01Z') / 1000}`,
      `peerform_session_routes_received{${whose},family="ipv4"} 5`,
      `peerform_session_routes_accepted{${whose},family="ipv4"} 4`,
      `peerform_session_routes_advertised{${whose},family="ipv4"} 2`,
      `peerform_session_route_memory_bytes{${whose}} 0`,
      `peerform_session_flaps_total{${whose}} 2`,
      `peerform_session_notifications_total{${whose},direction="received",error="unknown"} 1`,
      `peerform_session_notifications_total{${whose},direction="received",error="cease"} 4`,
      `peerform_session_notifications_total{${whose},direction="sent",error="open"} 2`,
      `peerform_session_updates_total{${whose},direction="received"} 7`,
      `peerform_session_updates_total{${whose},direction="sent"} 6`,
      `peerform_session_messages_total{${whose},direction="received"} 70`,
      `peerform_session_messages_total{${whose},direction="sent"} 60`,
      `peerform_session_malformed_updates_total{${whose},treatment="withdraw"} 1`,
      `peerform_session_malformed_updates_total{${whose},treatment="discard"} 0`,
    ]);
  });

  test('have those of BFD where sessions use it, and none where none does', async () => {
    const watched = session(1, { bfd: { state: 'Up', diagnostic: 0, downs: 2, detectionTime: 900 } });
    const bfd = { version: '1', isRealTime: true, discarded: { version: 3 } };
    const text = await new Numbers({
      status: () => agent([watched, session(2)], { bfd }),
      counts: () => new Map(),
      rejected: () => 0,
      bfdCounts: () => ({ sent: 5, received: 6 }),
    }).text();
    const lines = text.split('\n').filter((line) => line.startsWith('peerform_bfd_'));
    expect(lines.map((line) => line.replace(/local_address.*name="p1",?/, ''))).toEqual([
      'peerform_bfd_process_up 1',
      'peerform_bfd_real_time 1',
      'peerform_bfd_discarded_packets_total{reason="version"} 3',
      'peerform_bfd_session_state{} 3',
      'peerform_bfd_session_detection_time_seconds{} 0.9',
      'peerform_bfd_session_downs_total{} 2',
      'peerform_bfd_session_packets_total{direction="received"} 6',
      'peerform_bfd_session_packets_total{direction="sent"} 5',
    ]);
    expect((await scrape([session(1)])).match(/^peerform_bfd_/gm)).toBeNull();
  });

  test('tell a session that is kept down on purpose from one that is Idle', async () => {
    const text = await scrape([
      session(1, { state: 'Idle', isAdminDown: true, expectsDown: true }),
      session(2, { state: 'Idle' }),
    ]);
    expect(text).toMatch(/^peerform_session_state\{.*name="p1"\} 0$/m);
    expect(text).toMatch(/^peerform_session_state\{.*name="p2"\} 1$/m);
    expect(text).toContain('peerform_sessions{state="Idle"} 2\n');
    expect(text).toContain('peerform_sessions_admin_down 1\n');
    expect(text).toContain('peerform_sessions_wanted 1\n');
    expect(text).toContain('peerform_sessions_missing 1\n');
  });

  test('stay within what is written of them for a thousand neighbours, and count those that have none', async () => {
    const all = Array.from({ length: 1500 }, (_, i) => session(i));
    const text = await scrape(all, 1000);
    const series = text.split('\n').filter((line) => line.startsWith('peerform_session_'));
    expect(series.length).toBe(19_000);
    expect(text).toContain('peerform_sessions_without_series 500\n');
    expect(await scrape(all, 0)).not.toMatch(/^peerform_session_\w+\{/m);
  });

  test('go first to neighbours outside, last to those that came unnamed, in the same order at each scrape', () => {
    const all = [
      session(1, { isUnnamed: true }),
      session(2, { isInside: true }),
      session(3),
      session(4, { isInside: true }),
      session(5),
    ];
    const names = (most: number) => sampledSessions(all, most).map(({ key }) => key);
    expect([names(3), names(4), names(5)]).toEqual([
      ['k3', 'k5', 'k2'],
      ['k3', 'k5', 'k2', 'k4'],
      ['k1', 'k2', 'k3', 'k4', 'k5'],
    ]);
  });
});

describe('the text format', () => {
  test('escapes what would end a label or a line', () => {
    expect(labels({ a: 'x"y\\z\nw' })).toBe('a="x\\"y\\\\z\\nw"');
    expect(and('', 'a="1"', 'b="2"')).toBe('a="1",b="2"');
  });

  test('is a head and a line for each number', () => {
    expect(
      written({
        name: 'n',
        type: 'gauge',
        help: 'What\nit is.',
        samples: [
          ['', 1],
          ['a="b"', 2],
        ],
      }),
    ).toBe('# HELP peerform_n What\\nit is.\n# TYPE peerform_n gauge\npeerform_n 1\npeerform_n{a="b"} 2\n');
  });
});
