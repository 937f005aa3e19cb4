import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import { routerId, Simulation, sessionTo } from './simulation';

const SECONDS = 1000;
const prefix = (text: string) => sure(Prefix.parse(text));
const A = '10.0.0.1';
const B = '10.0.0.2';
const C = '10.0.0.3';
/** RFC 8326. */
const MARK = 0xffff0000;

/** Three speakers in a row: a is external to b, c internal. */
function row(): Simulation {
  const network = new Simulation();
  const external = [{ localAs: 65001, remoteAs: 65002 }];
  const back = [{ localAs: 65002, remoteAs: 65001 }];
  const internal = [{ localAs: 65002, remoteAs: 65002 }];
  const sessions = {
    a: [sessionTo(A, B, { acceptable: external })],
    b: [sessionTo(B, A, { acceptable: back }), sessionTo(B, C, { acceptable: internal, nextHop: 'self' })],
    c: [sessionTo(C, B, { acceptable: internal })],
  };
  for (const [name, address] of [
    ['a', A],
    ['b', B],
    ['c', C],
  ] as const) {
    network.add(name, [address]);
    network.give(name, {
      kind: 'configure',
      routing: { routerId: routerId(address) },
      sessions: sessions[name],
    });
  }
  for (const [name, route] of [
    ['a', '192.0.2.0/24'],
    ['b', '198.51.100.0/24'],
    ['c', '203.0.113.0/24'],
  ])
    network.give(name, { kind: 'originate', prefix: prefix(route) });
  network.run(10 * SECONDS);
  return network;
}

const seen = (network: Simulation, name: string, route: string) => {
  const [entry] = network.node(name).speaker.rib.routes({ prefix: prefix(route) });
  const { communities = [], localPref = 100 } = entry.paths[entry.best].attributes;
  return { isMarked: communities.includes(MARK), localPref };
};
const PLAIN = { isMarked: false, localPref: 100 };

describe('graceful shutdown on request (RFC 8326)', () => {
  test('of a session marks what goes over it, and makes what comes over it the last choice on this side, too', () => {
    const network = row();
    const leave = (on: boolean) => {
      network.give('b', { kind: 'gracefulShutdown', session: `${B} ${A} 179`, on });
      network.run(SECONDS);
    };
    leave(true);
    for (const route of ['198.51.100.0/24', '203.0.113.0/24']) expect(seen(network, 'a', route).isMarked).toBe(true);
    expect(seen(network, 'b', '192.0.2.0/24')).toEqual({ isMarked: true, localPref: 0 });
    expect(seen(network, 'c', '192.0.2.0/24')).toEqual({ isMarked: true, localPref: 0 });
    expect(seen(network, 'c', '198.51.100.0/24')).toEqual(PLAIN);
    leave(false);
    expect(seen(network, 'a', '198.51.100.0/24').isMarked).toBe(false);
    expect(seen(network, 'c', '192.0.2.0/24')).toEqual(PLAIN);
    expect(
      network
        .node('b')
        .speaker.status(network.now)
        .map(({ established }) => established),
    ).toEqual([1, 1]);
  });

  test('of a session holds over a restart of all with another router id', () => {
    const network = row();
    const use = (id: number) =>
      network.give('b', {
        kind: 'configure',
        routing: { routerId: id },
        sessions: [sessionTo(B, A, { acceptable: [{ localAs: 65002, remoteAs: 65001 }], routerId: id })],
      });
    network.give('b', { kind: 'gracefulShutdown', session: `${B} ${A} 179`, on: true });
    use(7);
    network.run(40 * SECONDS);
    expect(network.node('b').speaker.status(network.now)).toMatchObject([{ state: 'Established' }]);
    expect(seen(network, 'a', '198.51.100.0/24').isMarked).toBe(true);
  });

  test('of all marks every route with internal neighbours, too, and holds for sessions that come later', () => {
    const network = row();
    network.give('b', { kind: 'gracefulShutdown', on: true });
    network.run(SECONDS);
    expect(seen(network, 'a', '198.51.100.0/24').isMarked).toBe(true);
    expect(seen(network, 'c', '198.51.100.0/24')).toEqual({ isMarked: true, localPref: 0 });
    const D = '10.0.0.4';
    network.add('d', [D]);
    network.give('d', {
      kind: 'configure',
      routing: { routerId: routerId(D) },
      sessions: [sessionTo(D, B, { acceptable: [{ localAs: 65002, remoteAs: 65002 }] })],
    });
    const internal = [{ localAs: 65002, remoteAs: 65002 }];
    network.give('b', {
      kind: 'configure',
      routing: { routerId: routerId(B) },
      sessions: [
        sessionTo(B, A, { acceptable: [{ localAs: 65002, remoteAs: 65001 }] }),
        sessionTo(B, C, { acceptable: internal, nextHop: 'self' }),
        sessionTo(B, D, { acceptable: internal }),
      ],
    });
    network.run(10 * SECONDS);
    expect(seen(network, 'd', '198.51.100.0/24')).toEqual({ isMarked: true, localPref: 0 });
    network.give('b', { kind: 'gracefulShutdown', on: false });
    network.run(SECONDS);
    for (const name of ['c', 'd']) expect(seen(network, name, '198.51.100.0/24')).toEqual(PLAIN);
  });
});
