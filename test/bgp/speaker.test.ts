import type { SessionConfig } from '../../lib/bgp/session/config';
import type { Speaker } from '../../lib/bgp/speaker';
import { IpAddress } from '../../lib/model/address';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import { routerId, Simulation, sessionTo } from './simulation';

const A = '10.0.0.1';
const B = '10.0.0.2';
const C = '10.0.0.3';
const SECONDS = 1000;
const prefix = (text: string) => sure(Prefix.parse(text));

function configure(network: Simulation, node: string, local: string, sessions: readonly SessionConfig[]): void {
  network.give(node, { kind: 'configure', routing: { routerId: routerId(local) }, sessions });
}

/** Two speakers with one session between them; `more` is said of both ends. */
function pair(
  more: Partial<SessionConfig> = {},
  moreB: Partial<SessionConfig> = more,
  network = new Simulation(),
): Simulation {
  network.add('a', [A]);
  network.add('b', [B]);
  configure(network, 'a', A, [sessionTo(A, B, more)]);
  configure(network, 'b', B, [sessionTo(B, A, moreB)]);
  return network;
}

const status = (network: Simulation, node: string, index = 0) => network.node(node).speaker.status(network.now)[index];
const stateOf = (network: Simulation, node: string) => status(network, node).state;
const routesOf = (speaker: Speaker): string[] =>
  [...speaker.rib.routes()]
    .filter(({ best }) => best >= 0)
    .map(({ prefix }) => String(prefix))
    .sort();
const texts = (network: Simulation, node: string) =>
  network.node(node).events.map(({ type, text }) => `${type} ${text}`);

const external: Partial<SessionConfig> = { acceptable: [{ localAs: 65001, remoteAs: 65002 }] };
const externalBack: Partial<SessionConfig> = { acceptable: [{ localAs: 65002, remoteAs: 65001 }] };
const graceful: Partial<SessionConfig> = { gracefulRestartTime: 120 };

describe('two speakers', () => {
  test('come up within a second and agree on what they can', () => {
    const network = pair();
    network.run(SECONDS);
    expect(status(network, 'a')).toMatchObject({ state: 'Established', established: 1, pair: { localAs: 64512 } });
    const { negotiated } = status(network, 'b');
    expect(negotiated).toMatchObject({ remoteId: routerId(A), connection: 'dialled', holdTime: 90 });
    expect(negotiated?.capabilities).toEqual([
      'route refresh',
      'enhanced route refresh',
      'four-octet AS',
      'extended message',
    ]);
  });

  test('exchange routes over iBGP and take them back', () => {
    const network = pair();
    network.give('a', { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    network.run(SECONDS);
    network.give('b', { kind: 'originate', prefix: prefix('198.51.100.0/24') });
    network.run(SECONDS);
    for (const node of ['a', 'b'])
      expect(routesOf(network.node(node).speaker)).toEqual(['192.0.2.0/24', '198.51.100.0/24']);
    network.give('a', { kind: 'withdraw', prefix: prefix('192.0.2.0/24') });
    network.run(SECONDS);
    expect(routesOf(network.node('b').speaker)).toEqual(['198.51.100.0/24']);
  });

  test('exchange routes over eBGP, with the AS of the sender and its address as next hop', () => {
    const network = pair(external, externalBack);
    network.give('a', { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    network.run(SECONDS);
    const [route] = network.node('b').speaker.rib.routes();
    expect(route.paths[0].attributes.asPath).toEqual([{ type: 2, members: [65001] }]);
    expect([...route.paths[0].attributes.nextHop!]).toEqual([10, 0, 0, 1]);
  });

  test('carry both families on one session over IPv6', () => {
    const network = new Simulation();
    const both: Partial<SessionConfig> = { families: ['ipv4 unicast', 'ipv6 unicast'] };
    const own = (v4: string, v6: string) => ({
      ...both,
      localAddresses: { ipv4: sessionTo(v4, C).localAddress, ipv6: sessionTo(v6, '::9').localAddress },
      routerId: routerId(v4),
    });
    network.add('a', ['2001:db8::1']);
    network.add('b', ['2001:db8::2']);
    configure(network, 'a', A, [sessionTo('2001:db8::1', '2001:db8::2', own(A, '2001:db8::1'))]);
    configure(network, 'b', B, [sessionTo('2001:db8::2', '2001:db8::1', own(B, '2001:db8::2'))]);
    for (const route of ['192.0.2.0/24', '2001:db8:1::/48'])
      network.give('a', { kind: 'originate', prefix: prefix(route) });
    network.run(SECONDS);
    expect(routesOf(network.node('b').speaker)).toEqual(['192.0.2.0/24', '2001:db8:1::/48']);
  });

  test('say End-of-RIB for each family, and note it', () => {
    const network = pair();
    network.run(SECONDS);
    expect(status(network, 'a').negotiated?.endOfRib).toEqual(['ipv4 unicast']);
    expect(texts(network, 'b')).toContain('end-of-rib all routes of ipv4 unicast were received');
  });

  test('stay up for an hour on keepalives alone', () => {
    const network = pair();
    network.run(3600 * SECONDS);
    expect(status(network, 'a')).toMatchObject({ state: 'Established', established: 1 });
    expect(status(network, 'a').uptime).toBeGreaterThan(3599 * SECONDS);
  });

  test('stay up without hold timer and keepalives when one of them asks for hold time 0', () => {
    const network = pair({ holdTime: 0 }, {});
    network.run(10 * SECONDS);
    const { messagesIn } = status(network, 'a').counters;
    network.run(3600 * SECONDS);
    expect(status(network, 'a')).toMatchObject({ state: 'Established', counters: { messagesIn } });
  });

  test('take the smaller hold time, with keepalives a third of it', () => {
    const network = pair({ holdTime: 9 }, {});
    network.run(SECONDS);
    expect(status(network, 'b').negotiated).toMatchObject({ holdTime: 9, keepaliveTime: 3 });
  });
});

describe('when the other end is gone', () => {
  test('silence for the hold time ends the session with Hold Timer Expired, and it comes back when the neighbour does', () => {
    const network = pair({ holdTime: 9, keepaliveTime: 3 });
    network.run(SECONDS);
    network.loseAll('b');
    network.node('b').reachable = false;
    network.run(8 * SECONDS);
    expect(stateOf(network, 'a')).not.toBe('Idle');
    network.run(2 * SECONDS);
    expect(stateOf(network, 'a')).not.toBe('Established');
    expect(status(network, 'a').lastError?.text).toBeDefined();
    expect(texts(network, 'a')).toContain('error NOTIFICATION sent: Hold Timer Expired');
    network.node('b').reachable = true;
    network.run(60 * SECONDS);
    expect(stateOf(network, 'a')).toBe('Established');
  });

  test('its routes are withdrawn when the connection breaks', () => {
    const network = pair();
    network.give('a', { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    network.run(SECONDS);
    network.breakAll('a');
    expect(routesOf(network.node('b').speaker)).toEqual([]);
    network.run(10 * SECONDS);
    expect(routesOf(network.node('b').speaker)).toEqual(['192.0.2.0/24']);
  });

  test('many routes of one that is gone are withdrawn in turns, with time for others between', () => {
    const network = pair();
    for (let i = 0; i < 50_000; i++)
      network.give('a', { kind: 'originate', prefix: prefix(`${20 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24`) });
    network.run(SECONDS);
    const { speaker } = network.node('b');
    expect(speaker.rib.size.paths).toBe(50_000);
    network.node('a').reachable = false;
    network.breakAll('a');
    const before = network.inputs.length;
    network.run(SECONDS);
    const turns = network.inputs.slice(before).filter(({ node, input }) => node === 'b' && input.kind === 'timer');
    expect(turns.length).toBeGreaterThan(2);
    expect(speaker.rib.size.paths).toBe(0);
  });

  test('attempts to connect become rarer, but never rarer than every 30 seconds', () => {
    const network = pair({ dial: 'first' });
    network.node('b').reachable = false;
    network.run(1200 * SECONDS);
    const attempts = network.inputs
      .filter(({ node, effects }) => node === 'a' && effects.some(({ kind }) => kind === 'connect'))
      .map(({ at }) => at);
    const pauses = attempts.slice(1).map((at, i) => at - attempts[i]);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(3.75 * SECONDS);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(31 * SECONDS);
    expect(pauses.at(-1)).toBeGreaterThan(20 * SECONDS);
  });

  test('a neighbour that sends but no longer reads is dropped by the send hold timer (RFC 9687)', () => {
    const network = pair();
    network.run(SECONDS);
    const [connection] = network.node('a').ends.keys();
    network.loseAll('b');
    network.node('b').reachable = false;
    const keepalive = Uint8Array.of(...new Array<number>(16).fill(255), 0, 19, 4);
    for (let i = 0; i < 23; i++) {
      network.give('a', { kind: 'bytes', connection, bytes: keepalive });
      network.run(20 * SECONDS);
    }
    expect(stateOf(network, 'a')).toBe('Established');
    for (let i = 0; i < 3; i++) {
      network.give('a', { kind: 'bytes', connection, bytes: keepalive });
      network.run(20 * SECONDS);
    }
    expect(texts(network, 'a')).toContain('error NOTIFICATION sent: Send Hold Timer Expired');
  });
});

describe('who dials', () => {
  test('the greater address alone dials where both are there', () => {
    const network = pair();
    network.run(60 * SECONDS);
    const dials = (node: string) =>
      network.inputs.filter((entry) => entry.node === node && entry.effects.some(({ kind }) => kind === 'connect'));
    expect([dials('a').length, dials('b').length]).toEqual([0, 1]);
  });

  test('the smaller dials too if nothing came within a few seconds', () => {
    const network = pair({}, { dial: 'never' });
    network.run(2 * SECONDS);
    expect(stateOf(network, 'a')).toBe('Active');
    network.run(2 * SECONDS);
    expect(status(network, 'a').negotiated?.connection).toBe('dialled');
  });

  test('two that never dial never meet', () => {
    const network = pair({ dial: 'never' });
    network.run(600 * SECONDS);
    expect([stateOf(network, 'a'), stateOf(network, 'b')]).toEqual(['Active', 'Active']);
  });

  test('a connection from a stranger is closed with Connection Rejected and counted', () => {
    const network = pair();
    network.run(SECONDS);
    network.give('a', { kind: 'accepted', connection: 99, local: A, remote: '203.0.113.9' });
    const { effects } = network.inputs.at(-1)!;
    expect(effects.map(({ kind }) => kind)).toEqual(['send', 'close', 'event']);
    const [send] = effects;
    expect(send.kind === 'send' && [...send.bytes.slice(18)]).toEqual([3, 6, 5]);
    expect(network.node('a').speaker.rejected).toBe(1);
  });
});

describe('a local AS that is not the node’s (RFC 7705)', () => {
  const path = (network: Simulation, node: string) => {
    const [route] = network.node(node).speaker.rib.routes();
    return [route.paths[0].attributes.asPath?.flatMap(({ members }) => members), route.best];
  };
  /** b is 65002 and speaks to a as 65099. */
  const told = (more: Partial<SessionConfig>) => {
    const network = pair(
      { acceptable: [{ localAs: 65001, remoteAs: 65099 }] },
      { acceptable: [{ localAs: 65099, remoteAs: 65001 }], nodeAs: 65002, ...more },
    );
    network.run(SECONDS);
    return network;
  };

  test.each([
    [undefined, [65099], [65001]],
    ['import', [65099], [65099, 65001]],
    ['export', [65099, 65002], [65001]],
    ['both', [65099, 65002], [65099, 65001]],
  ] as const)('with localAsPrepend %s goes out as %j and comes in as %j', (localAsPrepend, out, come) => {
    const more = localAsPrepend ? { localAsPrepend } : {};
    const outward = told(more);
    outward.give('b', { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    outward.run(SECONDS);
    expect(path(outward, 'a')).toEqual([[...out], 0]);
    const inward = told(more);
    inward.give('a', { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    inward.run(SECONDS);
    expect(path(inward, 'b')).toEqual([[...come], 0]);
  });

  test('changes how it stands in paths without a reset', () => {
    const network = told({});
    network.give('b', { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    network.run(SECONDS);
    const acceptable = [{ localAs: 65099, remoteAs: 65001 }];
    configure(network, 'b', B, [sessionTo(B, A, { acceptable, nodeAs: 65003, localAsPrepend: 'export' })]);
    network.run(SECONDS);
    expect(path(network, 'a')).toEqual([[65099, 65003], 0]);
    expect(status(network, 'b').established).toBe(1);
  });
});

describe('AS numbers', () => {
  test('a wrong one is refused as Bad Peer AS, and both ends say so', () => {
    const network = pair({}, { acceptable: [{ localAs: 64513, remoteAs: 64512 }] });
    network.run(SECONDS);
    expect(stateOf(network, 'a')).not.toBe('Established');
    expect(texts(network, 'a').join()).toContain('Bad Peer AS');
    expect(texts(network, 'b').join()).toContain('Bad Peer AS');
  });

  test('the dialling side falls back to the next pair at once', () => {
    const moving = [
      { localAs: 65000, remoteAs: 65000 },
      { localAs: 64512, remoteAs: 64512 },
    ];
    const network = pair({}, { acceptable: moving });
    network.run(SECONDS);
    expect(status(network, 'b')).toMatchObject({ state: 'Established', pair: moving[1] });
  });

  test('the passive side chooses by the OPEN it gets', () => {
    const moving = [
      { localAs: 65000, remoteAs: 65000 },
      { localAs: 64512, remoteAs: 64512 },
    ];
    const network = pair({ acceptable: moving, dial: 'never' }, {});
    network.run(SECONDS);
    expect(status(network, 'a')).toMatchObject({ state: 'Established', pair: moving[1] });
  });

  test('a passive side that only changes its own number finds the one its neighbour takes', () => {
    const both = [
      { localAs: 65000, remoteAs: 64513 },
      { localAs: 64512, remoteAs: 64513 },
    ];
    const network = pair({ acceptable: both, dial: 'never' }, { acceptable: [{ localAs: 64513, remoteAs: 64512 }] });
    network.run(30 * SECONDS);
    expect(status(network, 'a')).toMatchObject({ state: 'Established', pair: both[1] });
  });

  describe('and BGP identifiers that change go over with one reset and no route lost, whichever end is activated first', () => {
    const both = { name: 'both', ends: { a: [64512, 65000], b: [64512, 65000] } } as const;
    const one = { a: [64512, 64512], b: [64512, 64512] } as const;
    const SAME = { a: [1, 1], b: [2, 2] } as const;
    const cases: readonly {
      readonly name: string;
      readonly ends: Readonly<Record<'a' | 'b', readonly [number, number]>>;
      readonly ids?: Readonly<Record<'a' | 'b', readonly [number, number]>>;
    }[] = [
      both,
      { name: 'that of the side which dials', ends: { a: [64512, 64512], b: [64512, 65000] } },
      { name: 'that of the side which waits', ends: { a: [64512, 65000], b: [64512, 64512] } },
      { name: 'one AS to two', ends: { a: [64512, 65001], b: [64512, 65002] } },
      { name: 'two AS to one', ends: { a: [65001, 64512], b: [65002, 64512] } },
      { name: 'both, never in one AS', ends: { a: [65001, 65003], b: [65002, 65004] } },
      { name: 'both identifiers', ends: one, ids: { a: [1, 11], b: [2, 12] } },
      { name: 'both identifiers, to each other’s', ends: one, ids: { a: [1, 2], b: [2, 1] } },
      { name: 'the identifier of the side which dials', ends: one, ids: { a: [1, 1], b: [2, 12] } },
      { name: 'the identifier of the side which waits', ends: one, ids: { a: [1, 11], b: [2, 2] } },
      { name: 'all AS numbers and identifiers', ends: both.ends, ids: { a: [1, 11], b: [2, 12] } },
      {
        name: 'the AS number of the side which waits, the identifier of the other',
        ends: { a: [64512, 65000], b: [64512, 64512] },
        ids: { a: [1, 1], b: [2, 12] },
      },
      {
        name: 'the AS number of the side which dials, the identifier of the other',
        ends: { a: [64512, 64512], b: [64512, 65000] },
        ids: { a: [1, 11], b: [2, 2] },
      },
      {
        name: 'identifiers of two ASs',
        ends: { a: [65001, 65001], b: [65002, 65002] },
        ids: { a: [1, 11], b: [2, 12] },
      },
    ];
    const orders = [
      ['a', 'b'],
      ['b', 'a'],
    ] as const;
    test.each(cases.flatMap((one) => orders.map((order) => ({ ...one, order, first: order[0] }))))(
      '$name, $first first',
      ({ ends, ids = SAME, order }) => {
        const local = { a: A, b: B };
        const other = { a: 'b', b: 'a' } as const;
        const pairOf = (node: 'a' | 'b', time: 0 | 1) => ({
          localAs: ends[node][time],
          remoteAs: ends[other[node]][time],
        });
        const identified = (node: 'a' | 'b', time: 0 | 1) => ({
          ...pairOf(node, time),
          ...{ localId: ids[node][time], remoteId: ids[other[node]][time] },
        });
        const network = new Simulation();
        const run = (node: 'a' | 'b', ...times: (0 | 1)[]) => {
          const id = ids[node][times[0]];
          const isRenamed = times.length > 1 && ids[node][0] !== ids[node][1];
          const session = sessionTo(local[node], local[other[node]], {
            ...graceful,
            routerId: id,
            acceptable: times.map((time) => (isRenamed ? identified(node, time) : pairOf(node, time))),
            yields: node === 'a' && times.length > 1,
          });
          network.give(node, { kind: 'configure', routing: { routerId: id }, sessions: [session] });
        };
        const step = (act: () => void) => {
          act();
          const lost: string[] = [];
          for (const ms of [...Array(1000).fill(1), ...Array(20).fill(SECONDS)]) {
            network.run(ms);
            for (const node of ['a', 'b'])
              if (routesOf(network.node(node).speaker).length < ROUTES.length) lost.push(`${node} at ${network.now}`);
          }
          expect(lost).toEqual([]);
        };
        const ROUTES = ['192.0.2.0/24', '198.51.100.0/24'];
        network.add('a', [A]);
        network.add('b', [B]);
        run('a', 0);
        run('b', 0);
        network.give('a', { kind: 'originate', prefix: prefix(ROUTES[0]) });
        network.give('b', { kind: 'originate', prefix: prefix(ROUTES[1]) });
        network.run(100 * SECONDS);
        for (const node of order) step(() => run(node, 0, 1)); // staged
        for (const node of order) expect(status(network, node)).toMatchObject({ established: 1 });
        for (const node of order) step(() => run(node, 1, 0)); // activated
        for (const node of order)
          expect(status(network, node)).toMatchObject({
            state: 'Established',
            established: 2,
            pair: pairOf(node, 1),
            localId: ids[node][1],
            negotiated: { remoteId: ids[other[node]][1] },
          });
        for (const node of order) step(() => run(node, 1)); // final
        for (const node of order) expect(status(network, node)).toMatchObject({ established: 2 });
      },
    );
  });

  test.each([300, 30])('and parameters of both ends change with one reset, in either order: to %d s', (wanted) => {
    for (const order of ['ab', 'ba']) {
      const network = pair(graceful);
      network.run(SECONDS);
      const run = (node: string, holdTime: number, yields: boolean) =>
        node === 'a'
          ? configure(network, 'a', A, [sessionTo(A, B, { ...graceful, holdTime, yields })])
          : configure(network, 'b', B, [sessionTo(B, A, { ...graceful, holdTime })]);
      const most = Math.max(90, wanted);
      run('a', most, true); // staged: the side that waits offers the most of both
      for (const node of order) {
        run(node, node === 'a' ? most : wanted, true);
        network.run(20 * SECONDS);
      }
      run('a', wanted, false);
      network.run(20 * SECONDS);
      for (const node of ['a', 'b'])
        expect(status(network, node)).toMatchObject({ established: 2, negotiated: { holdTime: wanted } });
    }
  });

  test('a path of a node that leaves the AS is told on with the AS number that it will have, before and after it has left', () => {
    const one = { localAs: 64512, remoteAs: 64512 };
    const network = new Simulation();
    for (const [name, address] of Object.entries({ a: A, b: B, c: C })) network.add(name, [address]);
    const between = (local: string, remote: string, ...acceptable: (typeof one)[]) =>
      sessionTo(local, remote, { ...graceful, acceptable });
    configure(network, 'a', A, [between(A, B, one), between(A, C, one)]);
    configure(network, 'b', B, [between(B, A, one)]);
    configure(network, 'c', C, [between(C, A, one)]);
    network.give('b', { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    network.run(20 * SECONDS);
    /** All paths that the third node has for it at some moment of a second. */
    const heard = (): string[] => {
      const seen = new Set<string>();
      for (let i = 0; i < 1000; i++) {
        network.run(1);
        for (const { paths } of network.node('c').speaker.rib.routes())
          seen.add(String(paths[0].attributes.asPath?.flatMap(({ members }) => members)));
      }
      return [...seen];
    };
    expect(heard()).toEqual([]); // what an internal neighbour tells is not told to another
    configure(network, 'c', C, [between(C, A, { localAs: 65002, remoteAs: 65001 }, one)]);
    const apart = (remoteAs: number) => [{ localAs: 65001, remoteAs }, one];
    configure(network, 'a', A, [between(A, B, ...apart(65003)), between(A, C, ...apart(65002))]);
    expect(heard()).toEqual(['65001,65003']);
    expect(network.node('a').speaker.session(`${A} ${B} 179`)!.established?.agreed?.pair).toEqual(one);
    configure(network, 'b', B, [between(B, A, { localAs: 65003, remoteAs: 65001 }, one)]);
    expect(heard()).toEqual(['65001,65003']);
    expect(network.node('a').speaker.session(`${A} ${B} 179`)!.established?.agreed?.pair).toEqual(apart(65003)[0]);
  });

  test('and as before where the move is undone', () => {
    const one = { localAs: 64512, remoteAs: 64512 };
    const apart = { localAs: 65001, remoteAs: 65003 };
    const network = pair({ ...graceful, acceptable: [one] });
    network.give('b', { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    network.run(20 * SECONDS);
    const length = () => {
      network.run(SECONDS);
      const [{ paths }] = network.node('a').speaker.rib.routes();
      return paths[0].attributes.asPath?.flatMap(({ members }) => members) ?? [];
    };
    for (const [acceptable, expected] of [
      [[apart, one], [65003]],
      [[one], []],
    ] as const) {
      configure(network, 'a', A, [sessionTo(A, B, { ...graceful, acceptable })]);
      expect(length()).toEqual(expected);
    }
    expect(status(network, 'a').established).toBe(1);
  });

  test('the end that waits, dialling in the end, tries the AS numbers that the other has gone over to first', () => {
    const pairs = [
      { localAs: 64512, remoteAs: 64512 },
      { localAs: 64513, remoteAs: 64513 },
    ];
    for (const acceptable of [pairs, [...pairs].reverse()]) {
      const network = pair({ ...graceful, acceptable: pairs });
      network.run(SECONDS);
      expect(status(network, 'a').pair).toEqual(pairs[0]);
      configure(network, 'a', A, [sessionTo(A, B, { ...graceful, acceptable })]);
      network.node('a').reachable = false; // the connection that it makes at once comes to nothing
      configure(network, 'b', B, [
        sessionTo(B, A, { ...graceful, acceptable: [...pairs].reverse(), connectRetryTime: 60 }),
      ]);
      network.run(SECONDS);
      network.node('a').reachable = true;
      network.run(9 * SECONDS);
      expect(status(network, 'b')).toMatchObject({ state: 'Established', established: 2, pair: pairs[1] });
    }
  });

  test('one change after another does not make the waiting end refuse the other for having failed too often', () => {
    const network = pair(graceful);
    network.run(SECONDS);
    for (const holdTime of [30, 60, 30, 60, 30, 60]) {
      configure(network, 'b', B, [sessionTo(B, A, { ...graceful, holdTime })]);
      network.run(SECONDS);
      expect(status(network, 'a')).toMatchObject({ state: 'Established', negotiated: { holdTime } });
    }
    expect(texts(network, 'a').join()).not.toContain('Connection Rejected');
  });

  test('a change that only the waiting end makes is carried out when it is final', () => {
    const network = pair(graceful);
    network.run(SECONDS);
    configure(network, 'a', A, [sessionTo(A, B, { ...graceful, holdTime: 30, yields: true })]);
    network.run(20 * SECONDS);
    expect(status(network, 'a')).toMatchObject({ established: 1, negotiated: { holdTime: 90 } });
    configure(network, 'a', A, [sessionTo(A, B, { ...graceful, holdTime: 30 })]);
    network.run(20 * SECONDS);
    expect(status(network, 'b')).toMatchObject({ established: 2, negotiated: { holdTime: 30 } });
  });
});

describe('a new configuration', () => {
  test('leaves a session alone of which only name, reason or who dials changed', () => {
    const network = pair();
    network.run(SECONDS);
    configure(network, 'a', A, [sessionTo(A, B, { name: 'rack1', reason: 'peers.rack1', dial: 'never' })]);
    expect(network.inputs.at(-1)!.effects.filter(({ kind }) => kind === 'send' || kind === 'close')).toEqual([]);
    network.run(100 * SECONDS);
    expect(status(network, 'a')).toMatchObject({ established: 1, name: 'rack1', reason: 'peers.rack1' });
  });

  test('applies a policy without reset, in both directions', () => {
    const network = pair();
    for (const route of ['192.0.2.0/24', '198.51.100.0/24'])
      network.give('a', { kind: 'originate', prefix: prefix(route) });
    network.run(SECONDS);
    const rules = [{ prefix: prefix('192.0.2.0/24'), action: 'reject' as const }];
    configure(network, 'b', B, [sessionTo(B, A, { importPolicy: { rules, otherwise: 'accept' } })]);
    network.run(SECONDS);
    expect(routesOf(network.node('b').speaker)).toEqual(['198.51.100.0/24']);
    configure(network, 'b', B, [sessionTo(B, A)]);
    network.run(SECONDS);
    expect(routesOf(network.node('b').speaker)).toEqual(['192.0.2.0/24', '198.51.100.0/24']);
    configure(network, 'a', A, [sessionTo(A, B, { exportPolicy: { rules: [], otherwise: 'reject' } })]);
    network.run(SECONDS);
    expect(routesOf(network.node('b').speaker)).toEqual([]);
    expect(status(network, 'b')).toMatchObject({ state: 'Established', established: 1 });
  });

  test('closes a session that it leaves out, with Peer De-configured', () => {
    const network = pair();
    network.run(SECONDS);
    configure(network, 'a', A, []);
    network.run(SECONDS);
    expect(texts(network, 'b')).toContain('error NOTIFICATION received: Cease: Peer De-configured');
    expect(network.node('a').speaker.status(network.now)).toEqual([]);
  });

  test('restarts a session of which a parameter changed', () => {
    const network = pair();
    network.run(SECONDS);
    configure(network, 'a', A, [sessionTo(A, B, { holdTime: 30 })]);
    network.run(10 * SECONDS);
    expect(status(network, 'b')).toMatchObject({
      state: 'Established',
      established: 2,
      negotiated: { holdTime: 30, keepaliveTime: 10 },
    });
  });

  test('adds a session while the others stay up', () => {
    const network = pair();
    network.add('c', [C]);
    network.run(SECONDS);
    configure(network, 'c', C, [sessionTo(C, A)]);
    configure(network, 'a', A, [sessionTo(A, B), sessionTo(A, C)]);
    network.run(20 * SECONDS);
    expect(network.node('a').speaker.status(network.now)).toMatchObject([
      { state: 'Established', established: 1 },
      { state: 'Established', established: 1 },
    ]);
  });

  test('keeps a session down that it says to, and tells the neighbour why (RFC 9003)', () => {
    const network = pair();
    network.run(SECONDS);
    configure(network, 'a', A, [sessionTo(A, B, { adminDown: 'maintenance' })]);
    network.run(60 * SECONDS);
    expect(status(network, 'a')).toMatchObject({ state: 'Idle', down: 'maintenance' });
    expect(texts(network, 'b')).toContain(
      'error NOTIFICATION received: Cease: Administrative Shutdown ("maintenance")',
    );
    configure(network, 'a', A, [sessionTo(A, B)]);
    network.run(40 * SECONDS);
    expect(stateOf(network, 'a')).toBe('Established');
  });

  test('a session without its secret stays down and says why', () => {
    const network = pair({ blocked: 'the secret rack1 is missing on this node' });
    network.run(60 * SECONDS);
    expect(status(network, 'a')).toMatchObject({ state: 'Idle', down: 'the secret rack1 is missing on this node' });
  });

  test('another number of paths to use side by side tells routes anew and leaves sessions alone', () => {
    const network = new Simulation();
    for (const [name, address] of [
      ['a', A],
      ['b', B],
      ['c', C],
    ])
      network.add(name, [address]);
    const use = (multipath: number) =>
      network.give('a', {
        kind: 'configure',
        routing: { routerId: routerId(A), multipath },
        sessions: [sessionTo(A, B), sessionTo(A, C)],
      });
    const hops = () =>
      network.inputs
        .splice(0)
        .flatMap(({ node, effects }) => (node === 'a' ? effects : []))
        .flatMap((effect) => (effect.kind === 'routes' ? effect.changes : []))
        .map(({ nextHops }) => String(nextHops));
    use(1);
    configure(network, 'b', B, [sessionTo(B, A)]);
    configure(network, 'c', C, [sessionTo(C, A)]);
    for (const node of ['b', 'c']) network.give(node, { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    network.run(10 * SECONDS);
    expect(hops().at(-1)).toBe(B);
    use(2);
    network.run(SECONDS);
    expect(hops()).toEqual([`${B},${C}`]);
    expect([0, 1].map((i) => status(network, 'a', i).established)).toEqual([1, 1]);
  });

  test('another cluster id is told with what is reflected, and leaves sessions alone', () => {
    const network = new Simulation();
    network.add('a', [A]);
    network.add('b', [B]);
    network.add('c', [C]);
    const reflect = (clusterId?: number) =>
      network.give('b', {
        kind: 'configure',
        routing: { routerId: routerId(B), ...(clusterId !== undefined && { clusterId }) },
        sessions: [A, C].map((other) => sessionTo(B, other, { routeReflectorClient: true })),
      });
    configure(network, 'a', A, [sessionTo(A, B)]);
    configure(network, 'c', C, [sessionTo(C, B)]);
    reflect();
    network.give('a', { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    network.run(10 * SECONDS);
    const clusters = () => [...network.node('c').speaker.rib.routes()][0].paths[0].attributes.clusterList;
    expect(clusters()).toEqual([routerId(B)]);
    reflect(99);
    network.run(SECONDS);
    expect(clusters()).toEqual([99]);
    expect([0, 1].map((index) => status(network, 'b', index).established)).toEqual([1, 1]);
  });

  test('another router id resets sessions, and what stood in the table stays', () => {
    const network = pair(graceful);
    network.give('a', { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    network.give('b', { kind: 'originate', prefix: prefix('198.51.100.0/24') });
    network.run(20 * SECONDS);
    const before = network.inputs.length;
    network.give('a', {
      kind: 'configure',
      routing: { routerId: 7 },
      sessions: [sessionTo(A, B, { ...graceful, routerId: 7 })],
    });
    network.run(20 * SECONDS);
    const gone = network.inputs
      .slice(before)
      .flatMap(({ effects }) => effects.flatMap((effect) => (effect.kind === 'routes' ? effect.changes : [])))
      .filter(({ nextHops }) => nextHops === null);
    expect(gone.map(String)).toEqual([]);
    expect(status(network, 'b')).toMatchObject({ established: 2, negotiated: { remoteId: 7 } });
    for (const node of ['a', 'b'])
      expect(routesOf(network.node(node).speaker)).toEqual(['192.0.2.0/24', '198.51.100.0/24']);
  });
});

describe('two sessions between the same addresses', () => {
  const both = (local: string, remote: string) =>
    [1790, 179].map((port) =>
      sessionTo(local, remote, { ...graceful, key: `${local} ${remote} ${port}`, port, listenPort: port }),
    );

  test('have the connections to their own port each, and what was up stays up', () => {
    const network = new Simulation();
    network.add('a', [A]);
    network.add('b', [B]);
    // The end that waits has dialled: its place for connections that come is free.
    configure(
      network,
      'a',
      A,
      both(A, B)
        .slice(0, 1)
        .map((config) => ({ ...config, dial: 'first' as const })),
    );
    configure(
      network,
      'b',
      B,
      both(B, A)
        .slice(0, 1)
        .map((config) => ({ ...config, dial: 'never' as const })),
    );
    network.run(30 * SECONDS);
    configure(network, 'a', A, both(A, B));
    configure(network, 'b', B, both(B, A));
    network.run(20 * SECONDS);
    for (const node of ['a', 'b'] as const)
      expect(network.node(node).speaker.status(network.now)).toMatchObject([
        { port: 1790, state: 'Established', established: 1 },
        { port: 179, state: 'Established', established: 1 },
      ]);
    configure(network, 'a', A, both(A, B).slice(1));
    configure(network, 'b', B, both(B, A).slice(1));
    network.run(SECONDS);
    expect(status(network, 'a')).toMatchObject({ port: 179, state: 'Established', established: 1 });
  });
});

describe('a key that changes (RFC 2385)', () => {
  type Keys = readonly (string | null)[];
  const keyed = ([own, ...others]: Keys): Partial<SessionConfig> => ({
    ...graceful,
    ...(own !== null && { authentication: own }),
    ...(others.length > 0 && { otherAuthentications: others }),
  });
  const turn = (network: Simulation, node: 'a' | 'b', keys: Keys) => {
    configure(network, node, node === 'a' ? A : B, [
      node === 'a' ? sessionTo(A, B, keyed(keys)) : sessionTo(B, A, keyed(keys)),
    ]);
    network.run(SECONDS);
  };
  const withKey = (key: string | null) => {
    const network = pair(keyed([key]));
    network.give('a', { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    network.run(20 * SECONDS);
    expect(stateOf(network, 'b')).toBe('Established');
    return network;
  };

  for (const [from, to] of [
    ['k1', 'k2'],
    [null, 'k1'],
    ['k1', null],
  ] as const)
    test.each([
      ['the end that dials', ['b', 'a']],
      ['the end that waits', ['a', 'b']],
    ] as const)(`from ${from} to ${to} takes one reset where %s moves first, and keeps the routes`, (_, order) => {
      const network = withKey(from);
      for (const node of ['a', 'b'] as const) turn(network, node, [from, to]);
      const heard: string[][] = [];
      for (const node of order) {
        turn(network, node, [to, from]);
        expect([stateOf(network, 'a'), stateOf(network, 'b')]).toEqual(['Established', 'Established']);
        heard.push(routesOf(network.node('b').speaker));
      }
      expect(network.node('a').speaker.session(`${A} ${B} 179`)!.established?.key).toBe(to);
      for (const node of order) turn(network, node, [to]);
      expect([status(network, 'a').established, status(network, 'b').established]).toEqual([2, 2]);
      expect(heard).toEqual([['192.0.2.0/24'], ['192.0.2.0/24']]);
    });

  test.each([['a', 'b'] as const, ['b', 'a'] as const])(
    'and does so at one end alone goes back in seconds when it does, too: %s',
    (mover, other) => {
      const network = withKey('k1');
      for (const node of ['a', 'b'] as const) turn(network, node, ['k1', 'k2']);
      turn(network, mover, ['k2', 'k1']);
      turn(network, mover, ['k1', 'k2']);
      for (const node of [other, mover]) turn(network, node, ['k1']);
      network.run(5 * SECONDS);
      expect([stateOf(network, 'a'), stateOf(network, 'b')]).toEqual(['Established', 'Established']);
      expect(routesOf(network.node('b').speaker)).toEqual(['192.0.2.0/24']);
    },
  );

  test('finds a neighbour that came back with the other one', () => {
    const network = withKey('k1');
    turn(network, 'b', ['k1', 'k2']);
    network.restart('a', { restartingFor: 60 });
    configure(network, 'a', A, [sessionTo(A, B, keyed(['k2']))]);
    network.give('a', { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    network.run(10 * SECONDS);
    expect(stateOf(network, 'b')).toBe('Established');
    expect(routesOf(network.node('b').speaker)).toEqual(['192.0.2.0/24']);
  });

  test('at a neighbour outside resets at once, and stays down until the neighbour has it', () => {
    const network = withKey('k1');
    turn(network, 'b', ['k2']);
    network.run(30 * SECONDS);
    expect(stateOf(network, 'b')).not.toBe('Established');
    turn(network, 'a', ['k2']);
    network.run(30 * SECONDS);
    expect(stateOf(network, 'b')).toBe('Established');
  });
});

describe('graceful restart (RFC 4724)', () => {
  const up = (latency?: () => number) => {
    const network = pair(graceful, graceful, new Simulation(latency));
    network.give('a', { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    network.give('a', { kind: 'originate', prefix: prefix('198.51.100.0/24') });
    network.run(20 * SECONDS);
    return network;
  };

  test('routes of a neighbour that restarts stay; what it does not repeat goes with its End-of-RIB', () => {
    const network = up();
    network.restart('a', { restartingFor: 5 });
    network.run(100);
    expect(routesOf(network.node('b').speaker)).toEqual(['192.0.2.0/24', '198.51.100.0/24']);
    expect(status(network, 'b').retaining).toBe(true);
    network.give('a', { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    configure(network, 'a', A, [sessionTo(A, B, graceful)]);
    network.run(20 * SECONDS);
    expect(stateOf(network, 'b')).toBe('Established');
    expect(routesOf(network.node('b').speaker)).toEqual(['192.0.2.0/24']);
  });

  test('routes of a neighbour that lost its forwarding state go as soon as it is back', () => {
    const network = up();
    network.restart('a');
    configure(network, 'a', A, [sessionTo(A, B, graceful)]);
    network.run(20 * SECONDS);
    expect(stateOf(network, 'b')).toBe('Established');
    expect(routesOf(network.node('b').speaker)).toEqual([]);
  });

  test('routes of a neighbour that does not come back go when its time is over', () => {
    const network = up();
    network.restart('a');
    network.node('a').reachable = false;
    network.run(119 * SECONDS);
    expect(routesOf(network.node('b').speaker)).toHaveLength(2);
    network.run(2 * SECONDS);
    expect(routesOf(network.node('b').speaker)).toEqual([]);
  });

  test.each([
    ['outside that may not have its AS number any more does not come back: nothing is kept of it', false, 65109, []],
    ['in the fabric comes back, whatever AS number it has', true, 65109, ['192.0.2.0/24']],
    ['outside that is still in its AS comes back', false, 65001, ['192.0.2.0/24']],
  ])('after a reset of our own a neighbour %s', (_, inside, remoteAs, kept) => {
    const network = pair({ ...external, ...graceful, inside }, { ...externalBack, ...graceful, inside });
    network.give('a', { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    network.run(20 * SECONDS);
    const acceptable = [{ localAs: remoteAs === 65001 ? 65009 : 65002, remoteAs }];
    configure(network, 'b', B, [sessionTo(B, A, { ...graceful, inside, acceptable })]);
    network.run(10 * SECONDS);
    expect(stateOf(network, 'b')).not.toBe('Established');
    expect(routesOf(network.node('b').speaker)).toEqual(kept);
    expect(status(network, 'a').retaining).toBe(kept.length > 0);
  });

  test('a shutdown for good is a Hard Reset: nothing is kept over it (RFC 8538)', () => {
    const network = up();
    network.give('a', { kind: 'stop', text: 'bye' });
    network.run(SECONDS);
    expect(routesOf(network.node('b').speaker)).toEqual([]);
    expect(texts(network, 'b').join()).toContain('Administrative Shutdown ("bye")');
  });

  test('a graceful stop says nothing, and its routes are kept', () => {
    const network = up();
    network.give('a', { kind: 'stop', graceful: true });
    network.run(SECONDS);
    expect(routesOf(network.node('b').speaker)).toHaveLength(2);
  });

  test('a graceful stop is no error on the side that stops, be it of a session that is up, that dials, or that waits', () => {
    for (const more of [{}, { dial: 'first' }, { dial: 'never' }] as const)
      for (const isUp of [true, false]) {
        const network = isUp ? up() : new Simulation();
        if (!isUp) {
          network.add('a', [A]);
          configure(network, 'a', A, [sessionTo(A, B, { ...graceful, ...more })]);
          network.run(SECONDS / 10);
        }
        const before = network.node('a').events.length;
        network.give('a', { kind: 'stop', graceful: true });
        expect(
          network
            .node('a')
            .events.slice(before)
            .filter(({ type }) => type === 'error'),
        ).toEqual([]);
        expect(stateOf(network, 'a')).toBe('Idle');
      }
  });

  test('routes are kept over a NOTIFICATION that is no Hard Reset', () => {
    const network = up();
    network.give('a', { kind: 'reset', session: `${A} ${B} 179` });
    expect(routesOf(network.node('a').speaker)).toHaveLength(2);
    network.run(20 * SECONDS);
    expect(stateOf(network, 'a')).toBe('Established');
    expect(routesOf(network.node('b').speaker)).toHaveLength(2);
  });

  test('are kept over a reset of our own for longer than a deploy waits before it takes the change back, whatever the hold time', () => {
    const routed = () => {
      const network = pair({ holdTime: 9, keepaliveTime: 3 });
      network.give('b', { kind: 'originate', prefix: prefix('198.51.100.0/24') });
      network.run(10 * SECONDS);
      const wrong = { holdTime: 9, keepaliveTime: 3, acceptable: [{ localAs: 64999, remoteAs: 64512 }] };
      configure(network, 'a', A, [sessionTo(A, B, wrong)]);
      return network;
    };
    const network = routed();
    network.run(75 * SECONDS);
    expect(stateOf(network, 'a')).not.toBe('Established');
    expect(routesOf(network.node('a').speaker)).toEqual(['198.51.100.0/24']);
    configure(network, 'a', A, [sessionTo(A, B, { holdTime: 9, keepaliveTime: 3 })]);
    network.run(100 * SECONDS);
    expect([stateOf(network, 'a'), routesOf(network.node('a').speaker)]).toEqual(['Established', ['198.51.100.0/24']]);
    const lost = routed();
    lost.run(110 * SECONDS);
    expect(routesOf(lost.node('a').speaker)).toEqual([]);
  });

  test('are kept where a neighbour without graceful restart goes over to the AS number that is accepted beside its own', () => {
    const network = pair(external, externalBack);
    network.give('b', { kind: 'originate', prefix: prefix('198.51.100.0/24') });
    network.run(10 * SECONDS);
    const [was, is] = [65002, 65005].map((remoteAs) => ({ localAs: 65001, remoteAs }));
    configure(network, 'a', A, [sessionTo(A, B, { acceptable: [is, was] })]);
    network.run(5 * SECONDS);
    expect(status(network, 'a')).toMatchObject({ state: 'Established', established: 1, pair: was });
    configure(network, 'b', B, [sessionTo(B, A, { acceptable: [{ localAs: 65005, remoteAs: 65001 }] })]);
    for (let waited = 0; waited < 200; waited++) {
      network.run(100);
      expect(routesOf(network.node('a').speaker)).toEqual(['198.51.100.0/24']);
    }
    expect(status(network, 'a')).toMatchObject({ state: 'Established', established: 2, pair: is });
  });

  test('a restarted speaker chooses and announces only when its neighbours have told all', () => {
    const network = up();
    network.give('b', { kind: 'originate', prefix: prefix('203.0.113.0/24') });
    network.restart('a', { restartingFor: 60 });
    configure(network, 'a', A, [sessionTo(A, B, graceful)]);
    network.give('a', { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    const routesTold = () =>
      network.inputs.some(
        ({ node, effects, at }) => node === 'a' && at >= 20 * SECONDS && effects.some(({ kind }) => kind === 'routes'),
      );
    expect(routesTold()).toBe(false);
    network.run(20 * SECONDS);
    expect(network.node('a').speaker.restarting).toBe(false);
    expect(routesTold()).toBe(true);
    expect(routesOf(network.node('b').speaker)).toEqual(['192.0.2.0/24', '203.0.113.0/24']);
  });

  test('routes that a restarted neighbour has not repeated yet are kept over a reset for its new configuration, which takes a moment', () => {
    const network = up();
    const away = sessionTo(A, C, graceful); // for which the restarted one waits before it tells of its routes
    network.restart('a', { restartingFor: 60 });
    configure(network, 'a', A, [sessionTo(A, B, graceful), away]);
    network.run(10 * SECONDS);
    expect([stateOf(network, 'b'), network.node('a').speaker.restarting]).toEqual(['Established', true]);
    for (const localAs of [64513, 64514]) {
      const pairs = [
        { localAs, remoteAs: 64512 },
        { localAs: 64512, remoteAs: 64512 },
      ];
      const seen = pairs.map((pair) => ({ localAs: pair.remoteAs, remoteAs: pair.localAs }));
      configure(network, 'b', B, [sessionTo(B, A, { ...graceful, acceptable: [seen[1], seen[0]] })]);
      configure(network, 'a', A, [sessionTo(A, B, { ...graceful, acceptable: pairs }), away]);
      network.run(20);
      expect(routesOf(network.node('b').speaker)).toEqual(['192.0.2.0/24', '198.51.100.0/24']);
      network.run(2 * SECONDS);
      expect([stateOf(network, 'b'), status(network, 'b').pair.remoteAs]).toEqual(['Established', localAs]);
      expect(routesOf(network.node('b').speaker)).toEqual(['192.0.2.0/24', '198.51.100.0/24']);
    }
  });

  test('routes of a neighbour that was reset for a new configuration are kept when it restarts before it has repeated them', () => {
    let sent = 0;
    const network = up(() => 2 * ++sent); // no two messages arrive at once
    configure(network, 'b', B, [
      sessionTo(B, A, {
        ...graceful,
        acceptable: [
          { localAs: 64512, remoteAs: 64512 },
          { localAs: 64512, remoteAs: 64513 },
        ],
      }),
    ]);
    const moved = [sessionTo(A, B, { ...graceful, acceptable: [{ localAs: 64513, remoteAs: 64512 }] })];
    configure(network, 'a', A, moved);
    const { established } = status(network, 'b');
    while (status(network, 'b').established === established) network.run(1);
    expect(status(network, 'b').negotiated?.endOfRib).toEqual([]);
    network.restart('a', { restartingFor: 5 });
    network.run(20);
    expect([stateOf(network, 'b'), status(network, 'b').retaining]).not.toContain('Established');
    expect(routesOf(network.node('b').speaker)).toEqual(['192.0.2.0/24', '198.51.100.0/24']);
    network.give('a', { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    configure(network, 'a', A, moved);
    network.run(20 * SECONDS);
    expect(stateOf(network, 'b')).toBe('Established');
    expect(routesOf(network.node('b').speaker)).toEqual(['192.0.2.0/24']);
  });

  test('a restarted speaker dials at once also where it otherwise lets the neighbour dial', () => {
    const network = up();
    network.restart('a', { restartingFor: 60 });
    network.node('a').reachable = false;
    network.run(100);
    network.node('a').reachable = true;
    configure(network, 'a', A, [sessionTo(A, B, graceful)]);
    network.run(10);
    expect(stateOf(network, 'b')).toBe('Established');
  });

  test('a restarted speaker does not wait long for a neighbour that is not there', () => {
    const network = new Simulation();
    network.add('a', [A], { restartingFor: 120 });
    network.give('a', { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    configure(network, 'a', A, [sessionTo(A, B, graceful), sessionTo(A, C, { adminDown: 'later' })]);
    network.run(14 * SECONDS);
    expect(network.node('a').speaker.restarting).toBe(true);
    network.run(2 * SECONDS);
    expect(network.node('a').speaker.restarting).toBe(false);
  });

  test('a neighbour that dies without a word and comes back is not kept waiting for the hold timer', () => {
    const network = up();
    network.loseAll('a');
    network.restart('a', { restartingFor: 5 });
    configure(network, 'a', A, [sessionTo(A, B, graceful)]);
    network.run(20 * SECONDS);
    expect(stateOf(network, 'b')).toBe('Established');
  });
});

describe('limits and malformed input', () => {
  test('too many prefixes end the session with Cease, for five minutes', () => {
    const network = pair({}, { maxPrefixes: 2 });
    for (const i of [1, 2, 3]) network.give('a', { kind: 'originate', prefix: prefix(`192.0.${i}.0/24`) });
    network.run(200 * SECONDS);
    expect(texts(network, 'a')).toContain('error NOTIFICATION received: Cease: Maximum Number of Prefixes Reached');
    expect(status(network, 'b')).toMatchObject({ established: 1, state: 'Idle' });
    expect(routesOf(network.node('b').speaker)).toEqual([]);
    configure(network, 'b', B, [sessionTo(B, A, { maxPrefixes: 3 })]);
    network.run(31 * SECONDS);
    expect(status(network, 'b').state).toBe('Established');
  });

  test('too many prefixes keep the session down as long as it says, or until it is reset', () => {
    const down = (maxPrefixRestart: number, seconds: number) => {
      const network = pair({}, { maxPrefixes: 1, maxPrefixRestart });
      for (const i of [1, 2]) network.give('a', { kind: 'originate', prefix: prefix(`192.0.${i}.0/24`) });
      network.run(2 * SECONDS);
      expect(status(network, 'b')).toMatchObject({ established: 1, state: 'Idle' });
      network.give('a', { kind: 'withdraw', prefix: prefix('192.0.2.0/24') });
      network.run(seconds * SECONDS);
      return network;
    };
    expect(status(down(60, 40), 'b')).toMatchObject({ state: 'Idle', down: expect.stringContaining('retrying in') });
    expect(status(down(60, 100), 'b')).toMatchObject({ state: 'Established', established: 2 });
    const network = down(0, 4000);
    expect(status(network, 'b')).toMatchObject({
      state: 'Idle',
      down: expect.stringContaining('waiting for `peerform reset`'),
    });
    network.give('b', { kind: 'reset', session: `${B} ${A} 179` });
    network.run(40 * SECONDS);
    expect(status(network, 'b')).toMatchObject({ state: 'Established', established: 2 });
    expect(status(network, 'b').down).toBeUndefined();
  });

  test('a limit that comes near is told once', () => {
    const network = pair({}, { maxPrefixes: 10, maxPrefixWarning: 75 });
    const originate = (from: number, to: number) => {
      for (let i = from; i <= to; i++) network.give('a', { kind: 'originate', prefix: prefix(`192.0.${i}.0/24`) });
      network.run(SECONDS);
    };
    const told = () => network.node('b').events.flatMap(({ type, text }) => (type === 'limit' ? text : []));
    originate(1, 7);
    expect(told()).toEqual([]);
    originate(8, 8);
    originate(9, 9);
    expect(told()).toEqual(['8 of at most 10 prefixes received']);
    expect(status(network, 'b').state).toBe('Established');
  });

  test('another warning alone is taken on at once, and told once', () => {
    const network = pair({}, { maxPrefixes: 10 });
    for (let i = 1; i <= 6; i++) network.give('a', { kind: 'originate', prefix: prefix(`192.0.${i}.0/24`) });
    network.run(SECONDS);
    const told = () => network.node('b').events.flatMap(({ type, text }) => (type === 'limit' ? text : []));
    for (const [percent, number] of [
      [75, 0],
      [50, 1],
    ]) {
      configure(network, 'b', B, [sessionTo(B, A, { maxPrefixes: 10, maxPrefixWarning: percent })]);
      network.run(SECONDS);
      expect(told()).toHaveLength(number);
    }
    configure(network, 'b', B, [
      sessionTo(B, A, { maxPrefixes: 10, maxPrefixWarning: 50, exportPolicy: { rules: [], otherwise: 'reject' } }),
    ]);
    network.give('a', { kind: 'originate', prefix: prefix('192.0.7.0/24') });
    network.run(SECONDS);
    expect(told()).toEqual(['6 of at most 10 prefixes received']);
    expect(status(network, 'b')).toMatchObject({ established: 1 });
  });

  test('martians are told once, with how many there are, and not again when they are repeated', () => {
    const network = pair();
    const told = () => network.node('b').events.flatMap(({ type, text }) => (type === 'ineligible' ? text : []));
    network.run(SECONDS);
    for (const text of ['127.0.0.0/8', '192.0.2.0/24']) network.give('a', { kind: 'originate', prefix: prefix(text) });
    for (let i = 1; i <= 99; i++) network.give('a', { kind: 'originate', prefix: prefix(`240.0.${i}.0/24`) });
    network.run(10 * SECONDS);
    const why = 'the prefix is a martian, and no import rule names it (RFC 6890, RFC 7454 6.1.1)';
    const all = `100 routes, the first 127.0.0.0/8, are not used: ${why}`;
    expect(told()).toEqual([all]);
    for (let i = 1; i <= 99; i++)
      network.give('a', { kind: 'originate', prefix: prefix(`240.0.${i}.0/24`), attributes: { med: 5 } });
    network.run(200 * SECONDS);
    expect(told()).toEqual([all]);
    expect(routesOf(network.node('b').speaker)).toEqual(['192.0.2.0/24']);
    network.give('a', { kind: 'originate', prefix: prefix('::1/128') });
    network.give('a', { kind: 'originate', prefix: prefix('240.1.1.0/24') });
    network.run(2 * SECONDS);
    expect(told()).toEqual([all, `the route 240.1.1.0/24 is not used: ${why}`]);
    expect(status(network, 'b')).toMatchObject({ state: 'Established', routes: { 'ipv4 unicast': { martians: 101 } } });
  });

  test('a limit below what is there already ends the session at once', () => {
    const network = pair();
    for (const i of [1, 2, 3]) network.give('a', { kind: 'originate', prefix: prefix(`192.0.${i}.0/24`) });
    network.run(SECONDS);
    configure(network, 'b', B, [sessionTo(B, A, { maxPrefixes: 2 })]);
    network.run(60 * SECONDS);
    expect(texts(network, 'a')).toContain('error NOTIFICATION received: Cease: Maximum Number of Prefixes Reached');
    expect(status(network, 'b')).toMatchObject({ state: 'Idle', established: 1 });
  });

  describe('a refresh between marks (RFC 7313)', () => {
    const mark = (subtype: number) => Uint8Array.of(...new Array<number>(16).fill(255), 0, 23, 5, 0, 1, subtype, 1);
    const begun = (more: Partial<SessionConfig> = {}) => {
      const network = pair(more);
      network.give('a', { kind: 'originate', prefix: prefix('192.0.2.0/24') });
      network.run(SECONDS);
      const [connection] = network.node('b').ends.keys();
      network.give('b', { kind: 'bytes', connection, bytes: mark(1) });
      return { network, connection, paths: () => network.node('b').speaker.rib.size.paths };
    };

    test('that never ends is over after six minutes, and what was not repeated is gone', () => {
      const { network, paths } = begun();
      network.run(355 * SECONDS);
      expect(paths()).toBe(1);
      network.run(10 * SECONDS);
      expect(paths()).toBe(0);
      expect(status(network, 'b')).toMatchObject({ state: 'Established', established: 1 });
    });

    test('that the end of the session cuts off loses nothing where routes are kept over it', () => {
      const { network, paths } = begun({ gracefulRestartTime: 120 });
      network.breakAll('a');
      expect(paths()).toBe(1);
      network.run(30 * SECONDS);
      expect([paths(), status(network, 'b').established]).toEqual([1, 2]);
      network.run(400 * SECONDS);
      expect(paths()).toBe(1);
    });

    test('has an end mark that means nothing without a begin', () => {
      const { network, connection, paths } = begun();
      network.give('b', { kind: 'bytes', connection, bytes: mark(2) });
      expect(paths()).toBe(0);
      network.give('a', { kind: 'originate', prefix: prefix('198.51.100.0/24') });
      network.run(SECONDS);
      network.give('b', { kind: 'bytes', connection, bytes: mark(2) });
      network.run(SECONDS);
      expect(paths()).toBe(1);
    });
  });

  test('a refresh is answered with all routes again', () => {
    const network = pair();
    network.give('a', { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    network.run(SECONDS);
    const before = status(network, 'b').counters.updatesIn;
    network.give('a', {
      kind: 'bytes',
      connection: [...network.node('a').ends.keys()][0],
      bytes: Uint8Array.of(...new Array<number>(16).fill(255), 0, 23, 5, 0, 1, 0, 1),
    });
    network.run(SECONDS);
    expect(status(network, 'b')).toMatchObject({ state: 'Established', established: 1 });
    expect(status(network, 'b').counters.updatesIn).toBeGreaterThan(before);
  });

  test('of a whole table sent again between marks (RFC 7313), what is not repeated goes', () => {
    const network = pair();
    for (const text of ['192.0.2.0/24', '198.51.100.0/24'])
      network.give('a', { kind: 'originate', prefix: prefix(text) });
    network.run(SECONDS);
    const { speaker, ends } = network.node('b');
    const refresh = (subtype: number) => Uint8Array.of(...new Array<number>(16).fill(255), 0, 23, 5, 0, 1, subtype, 1);
    const hear = (bytes: Uint8Array) => network.give('b', { kind: 'bytes', connection: [...ends.keys()][0], bytes });
    hear(refresh(1));
    network.give('a', {
      kind: 'originate',
      prefix: prefix('192.0.2.0/24'),
      attributes: { communities: [1] },
    });
    network.run(SECONDS);
    expect(routesOf(speaker)).toEqual(['192.0.2.0/24', '198.51.100.0/24']);
    hear(refresh(2));
    network.run(SECONDS);
    expect(routesOf(speaker)).toEqual(['192.0.2.0/24']);
  });

  test('a session that is about to end says so with its routes and stays (RFC 8326)', () => {
    const network = pair();
    network.give('a', { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    network.run(SECONDS);
    configure(network, 'a', A, [sessionTo(A, B, { gracefulShutdown: true })]);
    network.run(SECONDS);
    const [{ paths }] = [...network.node('b').speaker.rib.routes()];
    expect(paths[0].attributes).toMatchObject({ communities: [0xffff0000], localPref: 0 });
    expect(status(network, 'a').established).toBe(1);
  });

  test('a broken header is answered with its NOTIFICATION', () => {
    const network = pair();
    network.run(SECONDS);
    network.give('a', {
      kind: 'bytes',
      connection: [...network.node('a').ends.keys()][0],
      bytes: new Uint8Array(19),
    });
    network.run(10);
    expect(texts(network, 'b')).toContain(
      'error NOTIFICATION received: Message Header Error: Connection Not Synchronized',
    );
  });

  test('messages cut into single octets are read all the same', () => {
    const network = new Simulation();
    const a = network.add('a', [A]);
    const b = network.add('b', [B]);
    const give = network.give.bind(network);
    network.give = (name, input) => {
      if (input.kind !== 'bytes') return give(name, input);
      for (const octet of input.bytes) give(name, { ...input, bytes: Uint8Array.of(octet) });
    };
    configure(network, 'a', A, [sessionTo(A, B)]);
    configure(network, 'b', B, [sessionTo(B, A)]);
    network.give('a', { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    network.run(SECONDS);
    expect(routesOf(b)).toEqual(['192.0.2.0/24']);
    expect(a.status(network.now)[0].state).toBe('Established');
  });

  test('a neighbour that takes nothing has a bounded number of messages waiting for it, however small, and hears the latest in the end', () => {
    const network = pair();
    network.run(SECONDS);
    network.node('a').drains = false;
    for (let n = 0; n < 3000; n++) {
      network.give('a', { kind: n % 2 === 0 ? 'originate' : 'withdraw', prefix: prefix(`10.${n >> 9}.0.0/16`) });
      network.give('a', { kind: 'timer' });
    }
    expect(network.node('a').waiting.length).toBeGreaterThan(1000);
    expect(network.node('a').waiting.length).toBeLessThan(1040);
    network.give('a', { kind: 'originate', prefix: prefix('192.0.2.0/24') });
    network.drain('a');
    network.run(SECONDS);
    expect(routesOf(network.node('b').speaker)).toEqual(['192.0.2.0/24']);
  });

  test('a neighbour that takes nothing and connects again and again is sent little to find out whether it is there', () => {
    const network = pair();
    network.run(SECONDS);
    network.node('a').drains = false;
    for (let n = 0; n < 5000; n++)
      network.give('a', { kind: 'accepted', connection: 1_000_001 + 2 * n, local: A, remote: B });
    expect(status(network, 'a').state).toBe('Established');
    expect(network.node('a').waiting.length).toBeLessThan(300);
  });

  test('output waits for a connection that is full, and goes on when it drains', () => {
    const network = pair();
    network.run(SECONDS);
    network.node('a').drains = false;
    const count = 15_000; // each with attributes of its own: an UPDATE of some 60 octets
    for (let i = 0; i < count; i++)
      network.give('a', { kind: 'originate', prefix: prefix(`20.${i >> 8}.${i & 255}.0/24`), attributes: { med: i } });
    network.run(10 * SECONDS);
    const waiting = network
      .node('a')
      .waiting.reduce((sum, input) => sum + (input.kind === 'written' ? input.octets : 0), 0);
    expect(waiting).toBeGreaterThanOrEqual(512 * 1024);
    expect(waiting).toBeLessThan((512 + 64 + 4) * 1024);
    expect(routesOf(network.node('b').speaker).length).toBeLessThan(count);
    network.drain('a');
    network.run(10 * SECONDS);
    expect(routesOf(network.node('b').speaker)).toHaveLength(count);
  });
});

describe('routes that may not be used', () => {
  const TOLD = 'ineligible';
  const singleHop: Partial<SessionConfig> = { ...external, inside: true };

  function offLink(network: Simulation, onLink: boolean) {
    const address = sure(IpAddress.parse('203.0.113.9'));
    network.give('a', { kind: 'nextHops', changes: [{ address, state: { reachable: true, metric: 0, onLink } }] });
  }

  test('are told once in a while with a count, however many there are', () => {
    const exportPolicy: SessionConfig['exportPolicy'] = {
      rules: [{ action: 'accept', set: { nextHop: sure(IpAddress.parse('203.0.113.9')) } }],
      otherwise: 'reject',
    };
    const network = pair(singleHop, { ...externalBack, inside: true, exportPolicy });
    network.run(SECONDS);
    offLink(network, false);
    for (let i = 0; i < 50; i++) network.give('b', { kind: 'originate', prefix: prefix(`10.1.${i}.0/24`) });
    network.run(30 * SECONDS);
    for (let i = 0; i < 30; i++) network.give('b', { kind: 'originate', prefix: prefix(`10.2.${i}.0/24`) });
    network.run(20 * SECONDS);
    const told = () => texts(network, 'a').filter((text) => text.startsWith(TOLD));
    expect(told()).toEqual([
      'ineligible 50 routes, the first 10.1.0.0/24, are not used: the next hop is not on the link to this external neighbour, and the session is not `multihop` (RFC 4271 5.1.3, 6.3 (b)): 203.0.113.9',
    ]);
    network.run(60 * SECONDS);
    expect(told()[1]).toContain('30 routes, the first 10.2.0.0/24, are not used');
    expect(routesOf(network.node('a').speaker)).toEqual([]);
    offLink(network, true);
    network.run(SECONDS);
    expect(routesOf(network.node('a').speaker)).toHaveLength(80);
    network.run(300 * SECONDS);
    expect(told()).toHaveLength(2);
  });
});
