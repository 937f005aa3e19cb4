import fc from 'fast-check';
import type { LocalInterface } from '../../lib/bgp/rib/adj-rib-out/own-next-hop';
import { buildOpen } from '../../lib/bgp/session/negotiation';
import { type Input, Speaker } from '../../lib/bgp/speaker';
import { KEEPALIVE } from '../../lib/bgp/wire/keepalive';
import { encodeNotification, shutdown } from '../../lib/bgp/wire/notification';
import { encodeOpen } from '../../lib/bgp/wire/open';
import { encodeRouteRefresh } from '../../lib/bgp/wire/route-refresh';
import { endOfRib } from '../../lib/bgp/wire/update';
import { IpAddress } from '../../lib/model/address';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import { routerId, sessionTo } from './simulation';

const A = '10.0.0.1';
const B = '10.0.0.2';

/** What a neighbour may say: good messages in any order, and rubbish. */
const theirOpen = (as: number, id: number) =>
  encodeOpen(buildOpen(sessionTo(B, A, { routerId: id, gracefulRestartTime: 60 }), { localAs: as, remoteAs: 64512 }));
const message = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(routerId(B), 1).map((id) => theirOpen(64512, id)) },
  { weight: 6, arbitrary: fc.constant(KEEPALIVE) },
  { weight: 1, arbitrary: fc.constant(theirOpen(65001, 7)) },
  { weight: 2, arbitrary: fc.constant(endOfRib('ipv4 unicast')) },
  { weight: 1, arbitrary: fc.constant(encodeRouteRefresh('ipv4 unicast')) },
  { weight: 1, arbitrary: fc.constant(encodeNotification(shutdown(2, 'bye'))) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 60 }) },
);

/** `which` picks one of the connections there are. */
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('say' as const), which: fc.nat(3), bytes: message }) },
  { weight: 3, arbitrary: fc.constant({ do: 'accept' as const }) },
  { weight: 3, arbitrary: fc.constant({ do: 'greet' as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('open' as const), which: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const), which: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), time: fc.integer({ min: 1, max: 300_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('configure' as const), variant: fc.nat(7) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'originate' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('interfaces' as const), variant: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.constantFrom({ do: 'reset' as const }, { do: 'stop' as const }) },
);

const pairs = [{ localAs: 64512, remoteAs: 64512 }];
const VARIANTS = [
  [sessionTo(A, B, { dial: 'first' })],
  [sessionTo(A, B, { dial: 'first', holdTime: 30 })],
  [sessionTo(A, B, { acceptable: [{ localAs: 65000, remoteAs: 65001 }, ...pairs] })],
  [sessionTo(A, B, { gracefulRestartTime: 60 })],
  [sessionTo(A, B, { adminDown: 'later' })],
  [sessionTo(A, B, { maxPrefixes: 0, exportPolicy: { rules: [], otherwise: 'reject' } })],
  [],
  [
    sessionTo(A, B, {
      acceptable: [{ localAs: 64512, remoteAs: 65001 }],
      families: ['ipv4 unicast', 'ipv6 unicast'],
      inside: false,
    }),
  ],
];

/** The link with nothing but the session's address, with an IPv6 address more, and no link at all. */
const INTERFACES: readonly (readonly LocalInterface[])[] = [[A], [A, '2001:db8::1'], []].map((addresses) => [
  { name: 'eth0', addresses: addresses.map((text) => ({ address: sure(IpAddress.parse(text)), length: 24 })) },
]);

/** A host that keeps book of the connections a speaker should have. */
class Book {
  readonly speaker = new Speaker({ seed: 1 });
  readonly open = new Set<number>();
  readonly connecting = new Set<number>();
  now = 0;
  private accepted = -1;
  private wake = Number.POSITIVE_INFINITY;

  give(input: Input): void {
    if (input.kind === 'timer') this.wake = Number.POSITIVE_INFINITY;
    for (const effect of this.speaker.handle(input, this.now)) {
      if (effect.kind === 'connect') this.connecting.add(effect.connection);
      else if (effect.kind === 'timer') this.wake = effect.at;
      else if (effect.kind === 'send' && !this.open.has(effect.connection))
        throw new Error(`sends over connection ${effect.connection}, which is not there`);
      else if (
        effect.kind === 'close' &&
        !this.open.delete(effect.connection) &&
        !this.connecting.delete(effect.connection)
      )
        throw new Error(`closes connection ${effect.connection}, which is not there`);
    }
    const session = this.speaker.session(`${A} ${B} 179`);
    const both = [session?.outgoing, session?.incoming];
    expect(both.filter((one) => one?.state === 'OpenConfirm' || one?.state === 'Established').length).toBeLessThan(2);
    const held = both.flatMap((one) => one?.id ?? []).sort();
    expect(held).toEqual([...this.open, ...this.connecting].sort());
  }

  pass(time: number): void {
    const until = this.now + time;
    while (this.wake <= until) {
      this.now = Math.max(this.now, this.wake);
      this.give({ kind: 'timer' });
    }
    this.now = until;
  }

  accept(): void {
    this.accepted += 2;
    this.open.add(this.accepted);
    this.give({ kind: 'accepted', connection: this.accepted, local: A, remote: B });
  }

  /** The neighbour connects and does all that it takes to come up. */
  greet(): void {
    this.accept();
    const connection = this.accepted;
    for (const bytes of [theirOpen(64512, routerId(B)), KEEPALIVE])
      if (this.open.has(connection)) this.give({ kind: 'bytes', connection, bytes });
  }
}

describe('whatever happens', () => {
  test('a speaker never throws, holds at most one connection beyond OpenSent, and leaves none behind', () => {
    let established = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const book = new Book();
        const routing = { routerId: routerId(A) };
        book.give({ kind: 'configure', routing, sessions: VARIANTS[0] });
        for (const act of steps) {
          const pick = (from: Set<number>, which: number) => [...from][which % Math.max(1, from.size)];
          if (act.do === 'accept') book.accept();
          else if (act.do === 'greet') book.greet();
          else if (act.do === 'pass') book.pass(act.time);
          else if (act.do === 'configure') book.give({ kind: 'configure', routing, sessions: VARIANTS[act.variant] });
          else if (act.do === 'originate') book.give({ kind: 'originate', prefix: sure(Prefix.parse('192.0.2.0/24')) });
          else if (act.do === 'interfaces') book.give({ kind: 'interfaces', interfaces: INTERFACES[act.variant] });
          else if (act.do === 'reset') book.give({ kind: 'reset', session: `${A} ${B} 179` });
          else if (act.do === 'stop') book.give({ kind: 'stop' });
          else if (act.do === 'open') {
            const connection = pick(book.connecting, act.which);
            if (connection === undefined) continue;
            book.connecting.delete(connection);
            book.open.add(connection);
            book.give({ kind: 'opened', connection });
          } else {
            const from = act.do === 'say' ? book.open : new Set([...book.open, ...book.connecting]);
            const connection = pick(from, act.which);
            if (connection === undefined) continue;
            if (act.do === 'say') book.give({ kind: 'bytes', connection, bytes: act.bytes });
            else {
              book.open.delete(connection);
              const kind = book.connecting.delete(connection) ? ('failed' as const) : ('closed' as const);
              book.give({ kind, connection, reason: 'lost' });
            }
          }
          if (book.speaker.session(`${A} ${B} 179`)?.established) established++;
        }
        book.give({ kind: 'stop' });
        expect([...book.open, ...book.connecting]).toEqual([]);
      }),
      { numRuns: 400 },
    );
    expect(established).toBeGreaterThan(50); // the steps do get that far
  });

  test('the same inputs at the same times give the same effects', () => {
    const run = () => {
      const book = new Book();
      const all: unknown[] = [];
      const give = book.speaker.handle.bind(book.speaker);
      book.speaker.handle = (input, now) => {
        const effects = give(input, now);
        all.push(effects);
        return effects;
      };
      book.give({ kind: 'configure', routing: { routerId: 1 }, sessions: VARIANTS[0] });
      book.pass(500_000);
      return all;
    };
    expect(run()).toEqual(run());
  });
});
