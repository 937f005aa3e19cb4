import { connectionFailure } from '../../../lib/bgp/net/failure';
import { describeNotification, notification } from '../../../lib/bgp/wire/notification';
import { CAUSES, isFine } from '../../../lib/cli/why/causes';
import { sessionFindings } from '../../../lib/cli/why/session-causes';
import type { BfdSessionStatus } from '../../../lib/control/bfd-status';
import type { SessionError, SessionStatus } from '../../../lib/control/status';
import { KERNEL, STATUS } from '../../control/answers';

const P = '203.0.113.0/24';
const at = '2026-01-01T00:00:00.000Z';
const session = (more: Partial<SessionStatus> = {}): SessionStatus => ({
  key: 'k',
  kind: 'global',
  origin: 'peers.tor',
  localAddress: '10.0.0.1',
  remoteAddress: '10.0.0.3',
  port: 179,
  localAs: 64512,
  remoteAs: 65000,
  isInside: false,
  isRetiring: false,
  state: 'Active',
  since: at,
  routes: {},
  ...more,
});
const node = { ...STATUS, node: 'n1', kernel: KERNEL };
const causes = (more: Partial<SessionStatus>, of: Partial<typeof node> = {}) =>
  sessionFindings({ ...node, ...of }, session(more)).map(({ cause }) => cause);

/** An error as an agent tells it, as one of 0.1 does, and as one of before: by its words alone. */
const failed = (error: Omit<SessionError, 'at'>): Partial<SessionStatus>[] => {
  const lastError = { at, text: `${error.direction}: ${error.text}` };
  const { reason: _, ...older } = error;
  return [
    { lastError: { at, text: 'whatever the words are' }, errors: [{ at, ...error, is: 'cause' }] },
    { lastError, errors: [{ at, ...older }] },
    { lastError },
  ];
};
const said = (direction: 'sent' | 'received', code: number, subcode: number, why = '') =>
  failed({ kind: 'said', direction, text: describeNotification(notification(code, subcode)) + why, code, subcode });
const network = (code: string) =>
  failed({ kind: 'network', direction: 'local', ...connectionFailure({ code } as NodeJS.ErrnoException) });
const local = (kind: SessionError['kind'], text: string, reason?: SessionError['reason']) =>
  failed({ kind, direction: 'local', text, ...(reason && { reason }) });

const linkDown: SessionError = { at, kind: 'ours', direction: 'local', text: 'link eth1 is down' };

describe('a session that is down', () => {
  test.each<[string, Partial<SessionStatus>[]]>([
    ['wrong-as', said('sent', 2, 2, ' (it is in AS 65099, not 65000)')],
    ['wrong-as', said('received', 2, 2)],
    ['open', said('received', 2, 7)],
    ['open', said('received', 2, 6)],
    ['malformed', said('sent', 3, 11)],
    ['malformed', said('sent', 1, 2)],
    ['hold-timer', said('sent', 4, 0)],
    ['hold-timer', said('sent', 8, 0)],
    ['their-limit', said('received', 6, 1)],
    ['shutdown', said('received', 6, 2)],
    ['bfd-down', said('received', 6, 10)],
    ['bfd-down', said('sent', 6, 10, ' (control detection time expired)')],
    ['unknown', said('received', 6, 3)],
    ['unknown', said('received', 6, 5)],
    ['refused', network('ECONNREFUSED')],
    ['unreachable', network('EHOSTUNREACH')],
    ['unreachable', network('ENETUNREACH')],
    ['silence', network('ETIMEDOUT')],
    ['own-address', network('EADDRNOTAVAIL')],
    ['own-address', local('ours', 'no interface of this machine has 10.0.0.1', 'own-address')],
    [
      'key',
      local(
        'key',
        'packets signed with another key arrive: the key of this session may differ (the kernel counts X)',
        'signature',
      ),
    ],
    [
      'key',
      local(
        'key',
        'unsigned packets arrive: the neighbour may have no key for this node, or nothing listens there',
        'signature',
      ),
    ],
    [
      'key',
      local('key', 'signed packets arrive: the neighbour may have a key, and this session has none', 'signature'),
    ],
    ['ttl', local('key', 'packets with too low a TTL arrive: the neighbour may not have TTL security', 'ttl')],
    ['down', local('echo', 'the connection was closed')],
    ['own-address', [{ lastError: { at, text: 'local: link eth1 is down' }, errors: [linkDown] }]],
    ['secret', [{ down: 'x', downBy: 'secret' }]],
    ['prefix-limit', [{ down: 'x', downBy: 'prefix-limit' }]],
    ['admin-down', [{ down: 'a secret maintenance', downBy: 'admin-down' }]],
    ['awaits-bfd', [{ down: 'x', downBy: 'awaits-bfd' }]],
    ['secret', [{ down: 'the secret file:/x cannot be read: there is no such file' }]],
    ['prefix-limit', [{ down: 'more than 2 prefixes: retrying in 291 s' }]],
    ['admin-down', [{ down: 'maintenance', isAdminDown: true }]],
    ['kept-down', [{ down: 'it comes and goes: retrying in 5 s' }]],
    ['retiring', [{ isRetiring: true }]],
    ['down', [{}]],
  ])('is for %s', (cause, sessions) => {
    for (const one of sessions) expect(causes(one)).toEqual([cause]);
  });

  test('has two causes where something else came after the first', () => {
    const text = 'sent: OPEN Message Error: Bad Peer AS; now: signed packets arrive: the neighbour may have a key';
    expect(causes({ lastError: { at, text } })).toEqual(['wrong-as', 'key']);
  });

  test('is what the network says since, before a hold timer that expired for it', () => {
    const text = 'sent: Hold Timer Expired; now: no route to the neighbour';
    expect(causes({ lastError: { at, text } })).toEqual(['unreachable', 'hold-timer']);
  });

  test('is what an agent of now says it is, whatever its words are', () => {
    const error = { at, kind: 'network', direction: 'local', text: 'no route to the neighbour' } as const;
    const errors: SessionError[] = [
      { at, kind: 'said', direction: 'sent', text: 'x', code: 4, subcode: 0, is: 'cause' },
      { ...error, reason: 'refused', is: 'since' },
    ];
    expect(causes({ errors })).toEqual(['refused', 'hold-timer']);
    expect(causes({ errors: [{ ...error, is: 'cause' }] })).toEqual(['down']);
  });

  test('is told beside a release on trial', () => {
    const transaction = { ...node.transaction, returnsInMs: 5 };
    expect(causes({}, { transaction })).toEqual(['down', 'gate']);
  });
});

describe('a session that is up', () => {
  const up = { state: 'Established' as const };
  test.each<[string, Partial<SessionStatus>, Partial<typeof node>]>([
    ['gate', { ...up, unmet: 'the neighbour is in AS 1, not 2' }, {}],
    ['drain', up, { service: 'none' }],
    ['filtered', { ...up, routes: { ipv4: { received: 5, accepted: 3, advertised: 0, endOfRib: true } } }, {}],
    [
      'martian',
      { ...up, routes: { ipv4: { received: 5, accepted: 3, martians: 2, advertised: 0, endOfRib: true } } },
      {},
    ],
    [
      'next-hop',
      { ...up, routes: { ipv6: { received: 0, accepted: 0, advertised: 0, endOfRib: true, withheld: 'x' } } },
      {},
    ],
    ['not-negotiated', { ...up, notCarried: ['ipv6'] }, {}],
    ['learned-default', { ...up, learnedDefault: 'a default route' }, {}],
    ['not-negotiated', { ...up, noExtendedNextHop: ['ipv4'] }, {}],
  ])('has for %s what is amiss', (cause, more, of) => expect(causes(more, of)).toEqual([cause, 'up']));

  test('has nothing amiss', () => expect(causes(up)).toEqual(['up']));

  test('names the rules that rejected routes, with counts', () => {
    const routes = { ipv4: { received: 5, accepted: 3, advertised: 0, endOfRib: true } };
    const rules = [
      { filter: 'in', number: 1, action: 'reject' as const, routes: 2 },
      { filter: 'in', number: 2, action: 'accept' as const, routes: 3 },
    ];
    const [{ text }] = sessionFindings(node, session({ ...up, routes }), {
      matches: { key: 'k', import: { rules, unmatched: 0 } },
    });
    expect(text).toBe('2 of 5 ipv4 routes are not accepted: filter in: rule 1 reject 2, rule 2 accept 3; no rule: 0');
  });

  test('names the true reason of each route that is not accepted, and counts by it', () => {
    const routes = { ipv4: { received: 6, accepted: 1, advertised: 0, endOfRib: true } };
    const route = (code?: string, reason?: string) => ({
      prefix: P,
      isBest: false,
      from: 'x',
      asPath: '',
      code,
      reason,
    });
    const received = [
      route('as-loop', 'the AS number of this node is in AS_PATH'),
      route('as-loop', 'the AS number of this node is in AS_PATH'),
      route('next-hop', 'the next hop is unreachable'),
      route('policy', 'rule 1 of filter in'),
      route('policy', 'rule 2 of filter in'),
      route('AS_PATH length', 'another is better: AS_PATH length'),
    ];
    expect(
      sessionFindings(node, session({ ...up, routes }), { received }).map(({ cause, text }) => [cause, text]),
    ).toEqual([
      ['filtered', '2 of 6 ipv4 routes are rejected by import policy'],
      ['own-as', '2 of 6 ipv4 routes are not used: the AS number of this node is in AS_PATH'],
      ['next-hop', '1 of 6 ipv4 routes are not used: the next hop is unreachable'],
      ['up', expect.any(String)],
    ]);
  });

  test('has nothing amiss where all that is not accepted went through this AS', () => {
    const routes = { ipv4: { received: 1, accepted: 0, advertised: 0, endOfRib: true } };
    const received = [{ prefix: P, isBest: false, from: 'x', asPath: '', code: 'as-loop', reason: 'loop' }];
    const findings = sessionFindings(node, session({ ...up, routes }), { received });
    expect(findings.map(({ cause }) => cause)).toEqual(['own-as', 'up']);
    expect(findings.every(isFine)).toBe(true);
  });
});

test('a neighbouring node whose agent does not answer comes first', () => {
  const mesh = session({ remoteNode: 'n2', isInside: true });
  expect(sessionFindings(node, mesh, { silence: 'nobody listens' })).toMatchObject([
    { cause: 'no-answer', where: 'n2', text: 'nobody listens' },
    { cause: 'down' },
  ]);
});

describe('BFD', () => {
  const found = (more: Partial<SessionStatus>, problem?: string) =>
    sessionFindings({ ...node, ...(problem !== undefined && { bfd: { problem } }) }, session(more)).map(
      ({ cause, text }) => `${cause}: ${text}`,
    );
  const waiting = { state: 'Idle', down: 'waiting for BFD to come up', downBy: 'awaits-bfd' as const } as const;

  test('is what a session waits for, with what BFD knows', () => {
    const bfd = { isStrict: true, state: 'Down', since: at, diagnostic: 0, downs: 0 } as const;
    expect(found({ ...waiting, bfd })).toEqual([
      'awaits-bfd: waiting for BFD to come up; BFD Down since 2026-01-01T00:00:00Z; the neighbour sends no BFD packets; the session waits for it',
    ]);
  });

  test('is not watching where this node has stopped it, which a neighbour may take for a failure', () => {
    const stopped = { problem: 'connect ENOENT', stopped: at };
    const bfd = { trouble: 'the BFD process does not respond' };
    const closed = {
      at,
      kind: 'ended',
      direction: 'received',
      is: 'cause',
      code: 6,
      subcode: 0,
      text: 'Cease',
    } as const;
    const findings = sessionFindings({ ...node, bfd: stopped }, session({ state: 'Active', errors: [closed], bfd }));
    expect(findings.map(({ cause, text }) => `${cause}: ${text}`)).toEqual([
      "bfd-stopped: this node's BFD process was stopped permanently at 2026-01-01T00:00:00Z: most outside neighbours close their session then",
      'down: received: Cease',
    ]);
  });

  test('is not watching where its process does not respond', () => {
    const bfd = { isStrict: true, trouble: 'the BFD process does not respond' } as const;
    expect(found({ ...waiting, bfd }, 'connect ENOENT')[0]).toBe('bfd-process: connect ENOENT');
    expect(found({ state: 'Established', bfd }, 'connect ENOENT')).toEqual([
      'bfd-process: connect ENOENT',
      expect.stringMatching(/^up: /),
    ]);
  });

  test('that goes on after its removal is reported, whether the session is up or not, and is no fault', () => {
    const lingering = [{ localAddress: session({}).localAddress, remoteAddress: session({}).remoteAddress }];
    for (const state of ['Established', 'Active'] as const) {
      const findings = sessionFindings({ ...node, bfd: { lingering } }, session({ state, since: at }));
      const [found] = findings.filter(({ cause }) => cause === 'bfd-lingers');
      expect(found.text).toBe('BFD is no longer in the release, and goes on until the neighbour ends it');
      expect(isFine(found)).toBe(true);
      const other = { bfd: { lingering: [{ ...lingering[0], remoteAddress: '192.0.2.99' }] } };
      expect(sessionFindings({ ...node, ...other }, session({ state, since: at }))).toHaveLength(findings.length - 1);
    }
  });

  test.each(['Established', 'Idle'] as const)(
    'that goes on at the other port shows where the neighbour sends, and is not to be removed, in %s',
    (state) => {
      const { key, localAddress, remoteAddress } = session({});
      const found = (bfd: BfdSessionStatus, port?: number) => {
        const one = { localAddress, remoteAddress, ...(port !== undefined && { port, sessions: [key] }) };
        const more = state === 'Idle' ? waiting : { state };
        return sessionFindings({ ...node, bfd: { lingering: [one] } }, session({ ...more, bfd }))
          .map(({ cause }) => cause)
          .filter((cause) => cause.startsWith('bfd-'));
      };
      const discarding = { reason: 'wrong-port', got: 3784, wanted: 4784 };
      expect(found({ state: 'Down', discarding, isRefused: true }, 3784)).toEqual(['bfd-port']);
      expect(found({ state: 'Up' }, 3784)).toEqual(['bfd-lingers-beside']);
      expect(found({ state: 'Up' })).toEqual([]); // of an agent of the previous version, perhaps from before the release
    },
  );

  test('that goes on over a link without addresses is that of the session there', () => {
    const one = {
      localAddress: 'fe80::1',
      remoteAddress: 'fe80::2',
      interface: 'eth0',
      port: 3784,
      sessions: ['eth0'],
    };
    const causes = (key: string) =>
      sessionFindings({ ...node, bfd: { lingering: [one] } }, session({ key, state: 'Established', since: at })).map(
        ({ cause }) => cause,
      );
    expect(causes('eth0')).toEqual(['bfd-lingers', 'up']);
    expect(causes('eth1')).toEqual(['up']);
  });

  test('is not watching a neighbour that is up and sends none, unless that has shut it down', () => {
    const down = {
      state: 'Down',
      since: at,
      diagnostic: 3,
      reason: 'the neighbour signalled that the session is down',
    };
    expect(found({ state: 'Established', bfd: { ...down, state: 'Down' } })[0]).toMatch(/^bfd-not-up: BFD Down since/);
    const remote = { state: 'AdminDown', diagnostic: 7 } as const;
    expect(found({ state: 'Established', bfd: { ...down, state: 'Down', remote } })).toEqual([
      'bfd-admin-down: the neighbour has shut BFD down administratively',
      expect.stringMatching(/^up: /),
    ]);
    expect(
      sessionFindings(
        node,
        session({ state: 'Established', since: at, bfd: { ...down, state: 'Down', remote } }),
      ).every(isFine),
    ).toBe(true);
  });

  describe('is not up, and why is told apart:', () => {
    const bfd: NonNullable<SessionStatus['bfd']> = { state: 'Down', since: at, diagnostic: 0, downs: 0 };
    const remote = (state: 'AdminDown' | 'Down' | 'Init') => ({ remote: { state, diagnostic: 0 } });
    const CASES: readonly [string, Partial<typeof bfd>, string][] = [
      ['no packet at all', {}, 'bfd-not-up'],
      ['a neighbour without BFD', { isRefused: true }, 'bfd-refused'],
      ['a port that somebody else has', { isDeaf: true, trouble: 'UDP port 3784 is taken' }, 'bfd-deaf'],
      ['authentication', { discarding: { reason: 'authentication' } }, 'bfd-authentication'],
      ['too low a TTL', { discarding: { reason: 'ttl', got: 63, wanted: 254 } }, 'bfd-ttl'],
      ['a TTL that is not that of a link', { discarding: { reason: 'ttl', got: 64, wanted: 255 } }, 'bfd-ttl-link'],
      ['the other port', { discarding: { reason: 'wrong-port', got: 4784, wanted: 3784 } }, 'bfd-port'],
      ['the wrong interface', { discarding: { reason: 'wrong-interface', interface: 'cali1' } }, 'bfd-interface'],
      ['malformed packets', { discarding: { reason: 'version' } }, 'bfd-malformed'],
      ['a neighbour in Init', remote('Init'), 'bfd-loss'],
      ['a neighbour that does not hear this node', { state: 'Init', ...remote('Down') }, 'bfd-unheard'],
      ['a neighbour that has shut it down', remote('AdminDown'), 'bfd-admin-down'],
    ];
    const causesOf = (more: Partial<SessionStatus>) =>
      sessionFindings(node, session(more)).map(({ cause }) => String(cause));

    test.each(CASES)('%s', (_, more, cause) => {
      expect(causesOf({ state: 'Established', bfd: { ...bfd, ...more } })).toEqual([cause, 'up']);
      const specific = cause === 'bfd-not-up' ? [] : [cause];
      expect(causesOf({ ...waiting, bfd: { ...bfd, ...more } })).toEqual([...specific, 'awaits-bfd']);
      const lastError = {
        direction: 'sent',
        code: 6,
        subcode: 10,
        text: 'Cease/BFD Down',
        is: 'cause',
        at,
        kind: 'ended',
      } as const;
      expect(causesOf({ state: 'Active', errors: [lastError], bfd: { ...bfd, ...more } })).toEqual([
        'bfd-down',
        ...specific,
      ]);
    });

    test('each with a next step of its own', () => {
      const fixes = CASES.map(([, , cause]) => CAUSES[cause as keyof typeof CAUSES].fix);
      expect(new Set(fixes).size).toBe(CASES.length);
    });

    test.each([
      ['authentication', { reason: 'authentication' }, 'authenticates its packets, which is not supported'],
      ['ttl', { reason: 'ttl', got: 63, wanted: 254 }, 'arrive with a TTL of 63, which must be at least 254'],
      [
        'port',
        { reason: 'wrong-port', got: 4784, wanted: 3784 },
        'sends to UDP port 4784 (several hops), this node expects 3784 (on the link)',
      ],
      [
        'interface',
        { reason: 'wrong-interface', interface: 'cali1' },
        'arrive at cali1, where it is not directly connected',
      ],
      ['malformed', { reason: 'version' }, 'are discarded: version'],
    ] as const)('%s, with the values', (_, discarding, text) => {
      expect(found({ state: 'Established', bfd: { ...bfd, discarding } })[0]).toContain(text);
    });

    test('what the neighbour says counts for more than packets that somebody else may have sent', () => {
      const forged = { ...bfd, ...remote('AdminDown'), discarding: { reason: 'authentication' } };
      expect(causesOf({ state: 'Established', bfd: forged })).toEqual(['bfd-admin-down', 'up']);
    });
  });
});

test.each([
  ['privilege', 'link-privilege', 'CAP_NET_RAW'],
  ['no-link-local', 'link-ipv6', 'sysctls that the text names'],
  ['mtu', 'link-mtu', '1280'],
  ['no-carrier', 'link-carrier', 'cable'],
  ['link-down', 'link-down', 'ip link set'],
  ['no-interface', 'link-missing', 'interface of the entry'],
  ['no-match', 'link-missing', 'interface of the entry'],
  ['duplicate-address', 'link-duplicate', 'dadfailed'],
  ['default-route', 'link-default-route', 'accept_ra_defrtr'],
  ['socket', 'link-socket', 'journalctl'],
  ['unadvertised', 'link-unadvertised', 'router advertisements'],
  ['silent', 'awaits-neighbour', 'router advertisements'],
  [undefined, 'awaits-neighbour', 'router advertisements'],
] as const)(
  'a session without a neighbour for the reason %s has the cause %s, and how to fix it',
  (reason, cause, fix) => {
    const down = { state: 'Idle', down: 'whatever the words are', downBy: 'awaits-neighbour' } as const;
    expect(causes({ ...down, ...(reason && { linkHindrance: reason }) })).toEqual([cause]);
    expect(CAUSES[cause].fix).toContain(fix);
  },
);

test.each([
  [
    'Established',
    ['link-shared', 'up'],
    'refused on the link: fe80::b (advertises itself), fe80::c (connects without advertising itself); its neighbour is fe80::a',
  ],
  [
    'Idle',
    ['down', 'link-shared'],
    'fe80::a is tried; also on the link: fe80::b (waits for its turn), fe80::c (connects without advertising itself)',
  ],
] as const)('a session that is %s names the other stations on its link', (state, wanted, text) => {
  const otherStations = [
    { address: 'fe80::b', advertises: true },
    { address: 'fe80::c', advertises: false },
  ];
  const findings = sessionFindings(node, session({ state, linkLocal: 'fe80::a', otherStations }));
  expect(findings.map(({ cause }) => cause)).toEqual(wanted);
  expect(findings.find(({ cause }) => cause === 'link-shared')!.text).toBe(text);
});

test.each([
  [3, undefined, 'fe80::2 (advertises itself); its neighbour is fe80::a'],
  [10, undefined, 'fe80::7 (advertises itself) and 2 more; its neighbour is fe80::a'],
  [32, { count: 5, isLeast: false }, 'fe80::7 (advertises itself) and 29 more; its neighbour is fe80::a'],
  [32, { count: 96, isLeast: true }, 'fe80::7 (advertises itself) and at least 120 more; its neighbour is fe80::a'],
] as const)('of %d stations on a link and more the first eight are named', (count, moreStations, end) => {
  const otherStations = Array.from({ length: count }, (_, i) => ({ address: `fe80::${i}`, advertises: true }));
  const more = moreStations && { moreStations };
  const findings = sessionFindings(
    node,
    session({ state: 'Established', linkLocal: 'fe80::a', otherStations, ...more }),
  );
  expect(findings.find(({ cause }) => cause === 'link-shared')!.text.endsWith(end)).toBe(true);
});
