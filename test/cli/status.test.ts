import { describe as describeFleet } from '../../lib/cli/command/status';
import { table } from '../../lib/cli/table';
import type { AgentStatus } from '../../lib/control/status';
import { NOTHING } from '../../lib/control/transaction';

const agent = (more: Partial<AgentStatus> = {}): AgentStatus => ({
  schemaVersion: 1,
  version: '0',
  node: 'n1',
  fabric: 'lab',
  asNumber: 67111,
  startedAt: '2026-01-01T00:00:00.000Z',
  transaction: { ...NOTHING, active: { release: `sha256:${'ab'.repeat(32)}`, activation: 3 }, returnsInMs: null },
  service: 'full',
  sessions: [
    {
      key: 'k',
      kind: 'mesh',
      origin: 'nodeToNodeMesh',
      remoteNode: 'n2',
      localAddress: '10.0.0.1',
      remoteAddress: '10.0.0.2',
      port: 179,
      localAs: 67111,
      remoteAs: 67111,
      isInside: true,
      isRetiring: false,
      state: 'Active',
      since: '2026-01-01T00:00:01.123Z',
      lastError: { at: '', text: 'Connection refused' },
      routes: { ipv4: { received: 5, accepted: 4, advertised: 2, endOfRib: true } },
    },
  ],
  kernel: {
    wanted: 4,
    installed: 4,
    failed: [],
    waiting: [],
    workloads: 1,
    differences: { missing: 0, extra: 0, different: 0 },
    beside: [],
    duplicates: [],
  },
  ...more,
});

describe('peerform status', () => {
  test('shows nodes and sessions, and who does not answer', () => {
    expect(
      describeFleet([
        { node: 'n1', status: agent() },
        { node: 'n2', error: 'unix:///x: nobody listens' },
      ]),
    ).toBe(
      [
        'NODE  AS     RELEASE       ACTIVATION  KERNEL  STATE',
        'n1    67111  abababababab  3           4/4     confirmed',
        'n2                                             no answer: unix:///x: nobody listens',
        '',
        'NODE  NEIGHBOUR    AS     WHY             STATE   SINCE                 ROUTES IN  OUT  LAST ERROR',
        'n1    n2 10.0.0.2  67111  nodeToNodeMesh  Active  2026-01-01T00:00:01Z  4          2    Connection refused',
        '',
      ].join('\n'),
    );
  });

  test.each<[string, Partial<AgentStatus['transaction']>, string]>([
    ['awaits confirmation', { returnsInMs: 4200 }, 'returns in 5 s unless confirmed'],
    [
      'went back',
      { returned: { release: 'x', activation: 4, reason: 'no confirmation came in time' } },
      'returned: no confirmation came in time',
    ],
    ['runs nothing', { active: null }, 'no release'],
  ])('says of a node that it %s', (_, transaction, text) => {
    const status = agent();
    expect(
      describeFleet([{ node: 'n1', status: { ...status, transaction: { ...status.transaction, ...transaction } } }]),
    ).toContain(text);
  });
});

test('a table puts columns under their headings and leaves no trailing blanks', () => {
  expect(
    table(
      ['A', 'LONG'],
      [
        ['wide one', ''],
        ['x', 'y'],
      ],
    ),
  ).toBe('A         LONG\nwide one\nx         y');
});
