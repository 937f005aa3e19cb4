import { describeStatus } from '../../lib/cli/command/status';
import { table } from '../../lib/cli/table';
import type { BfdSessionStatus, LingeringBfd } from '../../lib/control/bfd-status';
import type { AgentStatus } from '../../lib/control/status';
import { INITIAL_STATE } from '../../lib/control/transaction';
import { KERNEL } from '../control/answers';

const agent = (more: Partial<AgentStatus> = {}): AgentStatus => ({
  schemaVersion: 1,
  version: '0',
  node: 'n1',
  fabric: 'lab',
  asNumber: 67111,
  startedAt: '2026-01-01T00:00:00.000Z',
  transaction: {
    ...INITIAL_STATE,
    owner: 'alice',
    active: { release: `sha256:${'ab'.repeat(32)}`, activation: 3, fabric: 'lab', owner: 'alice' },
    returnsInMs: null,
  },
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
  kernel: { ...KERNEL, wanted: 4, installed: 4, workloads: 1 },
  ...more,
});

describe('peerform status', () => {
  test('shows nodes and sessions, and who does not answer', () => {
    expect(
      describeStatus([
        { node: 'n1', status: agent() },
        { node: 'n2', error: 'unix:///x: nobody listens' },
      ]),
    ).toBe(
      [
        '1 of 2 nodes respond, 0 of 1 sessions up, 5 routes received, 1 of them not accepted, 4 of 4 in the kernel',
        '  n2: no status: unix:///x: nobody listens',
        '  n1: session with n2 10.0.0.2 (nodeToNodeMesh) is Active: Connection refused',
        '  n1: 1 of 5 routes from n2 10.0.0.2 (nodeToNodeMesh) are not accepted',
        '',
        'NODE  AS     RELEASE       ACTIVATION  KERNEL  STATE',
        'n1    67111  abababababab  3           4/4     confirmed, 1 of 1 sessions down',
        'n2                                             no status: unix:///x: nobody listens',
        '',
        'NODE  NEIGHBOUR    AS     WHY             STATE   SINCE                 ROUTES IN  OUT  LAST ERROR',
        'n1    n2 10.0.0.2  67111  nodeToNodeMesh  Active  2026-01-01T00:00:01Z  4 of 5     2    Connection refused',
        '',
      ].join('\n'),
    );
  });

  test.each<[string, Partial<AgentStatus['sessions'][number]>, string]>([
    ['a session is down that the release counts on', {}, 'confirmed, 1 of 1 sessions down'],
    ['it is up', { state: 'Established' }, 'confirmed'],
    ['it is meant to be down', { expectsDown: true }, 'confirmed'],
    ['it ends with the deploy', { isRetiring: true }, 'confirmed'],
    ['its neighbour comes and goes as it likes', { isUnnamed: true }, 'confirmed'],
  ])('says beside confirmed what is amiss where %s', (_, more, state) => {
    const [session] = agent().sessions;
    const text = describeStatus([{ node: 'n1', status: agent({ sessions: [{ ...session, ...more }] }) }]);
    expect(text).toMatch(new RegExp(`^n1 .* 4/4 +${state}$`, 'm'));
  });

  test('names sessions that are up and not watched among the problems, unless no BFD process responds', () => {
    const [session] = agent().sessions;
    const sessions = [{ ...session, state: 'Established' as const, bfd: { state: 'Down' as const } }];
    const text = 'n1: session with n2 10.0.0.2 (nodeToNodeMesh) is not watched: BFD is Down';
    expect(describeStatus([{ node: 'n1', status: agent({ sessions }) }])).toContain(`\n  ${text}\n`);
    const bfd = { problem: 'it hangs' };
    expect(describeStatus([{ node: 'n1', status: agent({ sessions, bfd }) }])).not.toContain('is not watched');
  });

  test('lists BFD sessions that go on until their neighbours end them', () => {
    const bfd = {
      version: '1',
      isRealTime: true,
      lingering: [{ localAddress: '10.0.0.1', remoteAddress: '10.0.0.9' }],
    };
    expect(describeStatus([{ node: 'n1', status: agent({ bfd }) }])).toContain(
      'n1: BFD with 10.0.0.9 (from 10.0.0.1) is no longer in the release, and goes on until the neighbour ends it: remove it there',
    );
    expect(describeStatus([{ node: 'n1', status: agent() }])).not.toContain('goes on until');
  });

  test('does not have BFD removed at a neighbour with which the release has it', () => {
    const [{ key, localAddress, remoteAddress }] = agent().sessions;
    const told = (more: Partial<LingeringBfd>, bfd: BfdSessionStatus) => {
      const sessions = agent().sessions.map((one, i) => (i === 0 ? { ...one, bfd } : one));
      const lingering = [{ localAddress, remoteAddress, ...more }];
      const text = describeStatus([{ node: 'n1', status: agent({ sessions, bfd: { lingering } }) }]);
      return text.split('\n').filter((each) => each.startsWith('n1: BFD with'));
    };
    const moved = { port: 3784, sessions: [key] };
    const discarding = { reason: 'wrong-port', got: 3784, wanted: 4784 };
    const who = `n1: BFD with ${remoteAddress} (from ${localAddress})`;
    expect(told(moved, { state: 'Down', discarding })).toEqual([
      `${who} is not up: the neighbour sends to UDP port 3784 (on the link), this node expects 4784 (several hops): set multihop of bfd to what the neighbour has, or change the neighbour`,
    ]);
    expect(told(moved, { state: 'Up' })).toEqual([
      `${who} at UDP port 3784 is no longer in the release, which has it at the other port: remove this one at the neighbour`,
    ]);
    expect(told(moved, { state: 'Init' })).toEqual([]);
    expect(told({}, { state: 'Up' })).toEqual([]); // an agent of the previous version
    expect(told({ sessions: ['other'] }, { state: 'Up' })).toEqual([
      `${who} is no longer in the release, and goes on until the neighbour ends it: remove it there`,
    ]);
  });

  test('counts the routes that the kernel does not have as wanted', () => {
    const { kernel } = agent();
    expect(describeStatus([{ node: 'n1', status: agent({ kernel: { ...kernel, wanted: 6 } }) }])).toContain(
      'confirmed, 1 of 1 sessions down, 2 of 6 routes not in the kernel',
    );
  });

  test('tells how many routes of a node are held back', () => {
    const status = agent();
    const kernel = { ...status.kernel, installed: 4, wanted: 4, withheld: { routes: 2, examples: [] } };
    expect(describeStatus([{ node: 'n1', status: { ...status, kernel } }])).toContain('4/4, 2 held back');
  });

  test('says of a session that is up what of its routes is not used for being martians', () => {
    const [session] = agent().sessions;
    const routes = { ipv4: { received: 5, accepted: 2, advertised: 2, martians: 3, endOfRib: true } };
    const status = agent({ sessions: [{ ...session, state: 'Established', routes }] });
    expect(describeStatus([{ node: 'n1', status }])).toMatch(/Established .* 2 of 5 +2 +martians not used: 3\n$/);
  });

  test('counts routes that the neighbour only sends back apart, as no problem', () => {
    const [session] = agent().sessions;
    const of = (accepted: number) => ({ ipv4: { received: 5, accepted, advertised: 2, looped: 3, endOfRib: true } });
    const told = (accepted: number) =>
      describeStatus([
        { node: 'n1', status: agent({ sessions: [{ ...session, state: 'Established', routes: of(accepted) }] }) },
      ]);
    expect(told(2)).toContain('5 routes received, 3 looped, 4 of 4');
    expect(told(2)).not.toContain('not accepted');
    expect(told(2)).toMatch(/Established .* 2, 3 looped +2 *\n$/);
    expect(told(1)).toContain('n1: 1 of 5 routes from n2 10.0.0.2 (nodeToNodeMesh) are not accepted');
    expect(told(1)).toMatch(/Established .* 1 of 5, 3 looped +2 *\n$/);
  });

  test.each<[string, Partial<AgentStatus['transaction']>, string]>([
    ['awaits confirmation', { returnsInMs: 4200 }, 'rolls back in 5 s unless confirmed'],
    [
      'went back',
      { returned: { release: 'x', activation: 4, reason: 'no confirmation came in time' } },
      'rolled back: no confirmation came in time',
    ],
    ['runs nothing', { active: null }, 'no release'],
    [
      'runs nothing, as its first release went back',
      { active: null, returned: { release: 'x', activation: 1, reason: 'no confirmation came in time' } },
      'no release, rolled back: no confirmation came in time',
    ],
  ])('says of a node that it %s', (_, transaction, text) => {
    const status = agent();
    expect(
      describeStatus([{ node: 'n1', status: { ...status, transaction: { ...status.transaction, ...transaction } } }]),
    ).toContain(text);
  });
});

test('a fleet with many problems names the first of them, and says how many more there are', () => {
  const answers = Array.from({ length: 23 }, (_, i) => ({ node: `n${i}`, error: 'gone' }));
  const text = describeStatus(answers);
  expect(text.split('\n').slice(20, 23)).toEqual(['  n19: no status: gone', '  and 3 more', '']);
});

test('a reason that nodes share is told once', () => {
  const reason = 'the wave was not healthy: node n1: the session with 192.0.2.1 is Connect';
  const back = (why: string) => ({ ...agent().transaction, returned: { release: 'x', activation: 4, reason: why } });
  const text = describeStatus(
    [reason, reason, 'another', reason].map((why, i) => ({
      node: `n${i + 1}`,
      status: agent({ node: `n${i + 1}`, transaction: back(why), sessions: [] }),
    })),
  );
  expect(text.match(/rolled back: .*?(?=,|$)/gm)).toEqual([
    expect.stringContaining(reason),
    expect.stringContaining('as on n1'),
    expect.stringContaining('another'),
    expect.stringContaining('as on n1'),
  ]);
});

describe('a table on a screen', () => {
  const show = (columns: number) =>
    table(
      ['NAME', 'ADDRESS', 'WHAT IS SAID OF IT'],
      [
        ['n1', '2001:db8::1', 'nothing'],
        ['n2', '2001:db8::2', 'that it has been away for a while, and why'],
        ['n3', '2001:db8::3', ''],
      ],
      { columns, hasColour: false },
    ).split('\n');

  test('is one as on none, where it is wide enough', () => {
    expect(show(61)).toEqual([
      'NAME  ADDRESS      WHAT IS SAID OF IT',
      'n1    2001:db8::1  nothing',
      'n2    2001:db8::2  that it has been away for a while, and why',
      'n3    2001:db8::3',
    ]);
  });

  test('wraps what is long, under its heading', () => {
    expect(show(52)).toEqual([
      'NAME  ADDRESS      WHAT IS SAID OF IT',
      'n1    2001:db8::1  nothing',
      'n2    2001:db8::2  that it has been away for a',
      '                   while, and why',
      'n3    2001:db8::3',
    ]);
  });

  test('has its last columns below the first where they have no room, and no line for nothing', () => {
    expect(show(40)).toEqual([
      'NAME  ADDRESS',
      '    WHAT IS SAID OF IT',
      'n1    2001:db8::1',
      '    nothing',
      'n2    2001:db8::2',
      '    that it has been away for a while,',
      '    and why',
      'n3    2001:db8::3',
    ]);
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
