import type { SessionConfig } from '../../lib/bgp/session/config';
import { type Effect, type Input, Speaker } from '../../lib/bgp/speaker';
import { IpAddress } from '../../lib/model/address';
import { Prefix } from '../../lib/model/prefix';
import { sessionTo } from './simulation';

type Routes = Extract<Effect, { kind: 'routes' }>;

const prefix = (number: number) =>
  Prefix.of(IpAddress.fromBytes(Uint8Array.of(20, number >> 16, number >> 8, number)), 32);

class Running {
  readonly speaker: Speaker;
  private now = 0;

  constructor(restartingFor?: number) {
    this.speaker = new Speaker({ seed: 1, ...(restartingFor !== undefined && { restartingFor }) });
  }

  give(input: Input): Routes[] {
    return this.speaker.handle(input, this.now).filter((effect) => effect.kind === 'routes');
  }

  configure(sessions: readonly SessionConfig[] = []): void {
    this.give({ kind: 'configure', routing: { routerId: 1 }, sessions });
    this.turn();
  }

  originate(count: number): void {
    for (let i = 0; i < count; i++) this.give({ kind: 'originate', prefix: prefix(i) });
  }

  turn(): Routes[] {
    return this.give({ kind: 'timer' });
  }

  pass(seconds: number): Routes[] {
    this.now += seconds * 1000;
    return this.turn();
  }
}

const shape = (all: readonly Routes[]) => all.map(({ changes, more }) => [changes.length, more]);

describe('best routes', () => {
  test('leave in turns, so that keepalives get through between them', () => {
    const running = new Running();
    running.configure();
    running.originate(25_000);
    expect([running.turn(), running.turn(), running.turn(), running.turn()].map(shape)).toEqual([
      [[10_000, true]],
      [[10_000, true]],
      [[5_000, false]],
      [],
    ]);
  });

  test('leave with the latest that is known of a prefix, and not at all where they came and went', () => {
    const running = new Running();
    running.configure();
    running.originate(3);
    running.give({ kind: 'withdraw', prefix: prefix(1) });
    const [{ changes }] = running.turn();
    expect(changes.map(String)).toEqual([`${prefix(0)} local`, `${prefix(2)} local`]);
  });

  test('leave again when somebody who knows none asks, who is answered also where there is none', () => {
    const running = new Running();
    expect(running.give({ kind: 'resendRoutes' })).toEqual([]); // before the first configuration there is no table
    running.configure();
    running.give({ kind: 'resendRoutes' });
    expect(shape(running.turn())).toEqual([[0, false]]);
    running.originate(2);
    expect(shape(running.turn())).toEqual([[2, false]]);
    running.give({ kind: 'resendRoutes' });
    expect(shape(running.turn())).toEqual([[2, false]]);
    expect(running.turn()).toEqual([]);
  });

  test('stay while selection is deferred after a restart, and the end of that is told also without one', () => {
    const running = new Running(60);
    running.configure([sessionTo('10.0.0.1', '10.0.0.2')]); // which does not come up
    running.give({ kind: 'resendRoutes' });
    expect(running.turn()).toEqual([]);
    expect(shape(running.pass(16))).toEqual([[0, false]]);
    expect(running.speaker.restarting).toBe(false);
  });
});
