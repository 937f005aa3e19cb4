import { queryObjects } from 'node:v8';
import { type Input, Speaker } from '../../lib/bgp/speaker';
import { KEEPALIVE } from '../../lib/bgp/wire/keepalive';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import { announce, openOf, withdraw } from './script';
import { routerId, sessionTo } from './simulation';

/* Neighbours that come, tell of routes and go, each with addresses, prefixes and next hops that nobody had before. */

const HERE = '10.0.0.1';
/** Two neighbours each. */
const ROUNDS = 500;
/** Tables are as large as a round needs by then. */
const WARM = 100;
/** Objects that may be left of all of these neighbours, each of which brings twenty routes. */
const MOST = 100;

/** What is in use when nothing that is not needed is left: objects of any kind, and octets of typed arrays. */
function memory(): { readonly objects: number; readonly arrays: number } {
  // Collects garbage first. Node.js has it from 20.13 on.
  const objects = Number(queryObjects?.(Object) ?? 0);
  return { objects, arrays: process.memoryUsage().arrayBuffers };
}

/** A speaker whose questions are answered and whose routes are taken at once, and that keeps no book of it. */
class Running {
  readonly speaker = new Speaker({ seed: 1, asksNextHops: true });
  now = 0;
  private connection = -1;

  give(input: Input): void {
    for (const effect of this.speaker.handle(input, this.now)) {
      if (effect.kind === 'nextHops')
        this.give({
          kind: 'nextHops',
          changes: effect.ask.map((address) => ({ address, state: { reachable: true, metric: 0, onLink: true } })),
        });
      else if (effect.kind === 'send')
        this.give({ kind: 'written', connection: effect.connection, octets: effect.bytes.length });
    }
  }

  /** Lets time go by. */
  pass(seconds: number): void {
    for (let i = 0; i < 4; i++) {
      this.now += (seconds * 1000) / 4;
      this.give({ kind: 'timer' });
      this.give({ kind: 'timer' });
    }
  }

  /** A neighbour comes, says this, and breaks the connection. */
  visit(remote: string, ...said: readonly Uint8Array[]): void {
    this.connection += 2;
    const { connection } = this;
    this.give({ kind: 'accepted', connection, local: HERE, remote });
    for (const bytes of [openOf(remote, {}, HERE), KEEPALIVE, ...said]) this.give({ kind: 'bytes', connection, bytes });
    expect(this.speaker.session(`${HERE} ${remote} 179`)?.status(this.now).state).toBe('Established');
    this.pass(1);
    this.give({ kind: 'closed', connection });
  }
}

test.each([
  ['configured', true],
  ['unnamed', false],
])(
  'what the speaker holds is as much as before when %s neighbours have come and gone a thousand times',
  (_, isNamed) => {
    const running = new Running();
    const range = sure(Prefix.parse('10.0.0.0/8'));
    const { remoteAddress: __, dial: ___, ...rest } = sessionTo(HERE, '10.0.0.2');
    const template = { ...rest, key: `${HERE} ${range} 179`, range, limit: 4 };
    const configure = (...remotes: string[]) =>
      running.give({
        kind: 'configure',
        routing: { routerId: routerId(HERE) },
        sessions: remotes.map((remote) => sessionTo(HERE, remote, { dial: 'never' })),
        ...(!isNamed && { templates: [template] }),
      });
    configure();
    let warm: ReturnType<typeof memory> | undefined;
    for (let round = 0; round < WARM + ROUNDS; round++) {
      const remotes = [0, 1].map((n) => `10.${1 + n}.${round >> 8}.${round & 255}`);
      if (isNamed) configure(...remotes);
      for (const [n, remote] of remotes.entries()) {
        const prefixes = Array.from({ length: 20 }, (_unused, i) => `30.${round >> 8}.${round & 255}.${8 * i + n}/32`);
        const hop = `10.${3 + n}.${round >> 8}.${round & 255}`;
        running.visit(
          remote,
          announce(remote, prefixes),
          announce(hop, prefixes.slice(5)),
          withdraw(prefixes.slice(10)),
        );
      }
      if (isNamed) configure();
      running.pass(600); // what is remembered of neighbours that are gone is forgotten
      if (round !== WARM && round !== WARM + ROUNDS - 1) continue;
      expect(running.speaker.rib.size).toMatchObject({ prefixes: 0, paths: 0, attributeSets: 0, nextHops: 0 });
      expect(running.speaker.status(running.now)).toEqual([]);
      const held = memory();
      if (warm) {
        expect(held.objects - warm.objects).toBeLessThan(MOST);
        expect(held.arrays - warm.arrays).toBeLessThan(4096);
      }
      warm ??= held;
    }
  },
);
