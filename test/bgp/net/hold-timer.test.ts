import * as net from 'node:net';
import { SpeakerHost } from '../../../lib/bgp/net/host';
import { KEEPALIVE } from '../../../lib/bgp/wire/keepalive';
import { Prefix } from '../../../lib/model/prefix';
import { sure } from '../../../lib/model/problem';
import { announce, openOf } from '../script';
import { routerId, sessionTo } from '../simulation';

/*
 * A turn of the event loop that takes longer than the hold time: here the clock goes forward in it. What neighbours
 * said meanwhile lies in the sockets when it is over, and counts.
 */

const HERE = '127.0.0.1';
const THERE = ['127.0.0.2', '127.0.0.3'];
const HOLD = 3;
const LONG = 10_000;

/** Real sockets on a clock that a test moves; `during`: what happens while octets of a neighbour are taken. */
class Running {
  private ahead = 0;
  during: (() => void) | undefined;
  readonly host = new SpeakerHost({
    seed: 1,
    clock: () => performance.now() + this.ahead,
    onInput: (_, { kind }) => {
      const { during } = this;
      if (kind !== 'bytes' || !during) return;
      this.during = undefined;
      during();
    },
  });
  private readonly sockets: net.Socket[] = [];
  private routes = 0;

  async start(): Promise<this> {
    const { host } = this;
    expect(await host.listen([{ address: HERE, port: 0 }])).toEqual([]);
    const [{ port }] = host.listening;
    const timers = { holdTime: HOLD, keepaliveTime: 1 };
    host.configure(
      { routerId: routerId(HERE) },
      THERE.map((remote) => sessionTo(HERE, remote, { ...timers, dial: 'never' })),
    );
    for (const localAddress of THERE) {
      const socket = net.connect({ host: HERE, port, localAddress });
      socket
        .setNoDelay(true)
        .on('error', () => {})
        .resume();
      socket.write(openOf(localAddress, timers, HERE));
      socket.write(KEEPALIVE);
      this.sockets.push(socket);
    }
    await until(() => this.states.every((state) => state === 'Established'));
    return this;
  }

  get states(): string[] {
    return this.host.speaker.status(this.host.now()).map(({ state }) => state);
  }

  /** A turn that takes so long; meanwhile neighbours say that they are there. */
  long(of: readonly number[]): void {
    for (const n of of) this.sockets[n].write(KEEPALIVE);
    this.ahead += LONG;
  }

  /** Work for the routing table: the speaker wakes in this turn of the event loop. */
  wake(): void {
    this.host.give({ kind: 'originate', prefix: sure(Prefix.parse(`10.0.${this.routes++}.0/24`)) });
  }

  /** Something comes from a neighbour. */
  hear(n: number): void {
    this.sockets[n].write(announce(THERE[n], [`10.1.${this.routes++}.0/24`]));
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await this.host.close();
  }
}

const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise((turn) => setImmediate(turn));
};
async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 4000 && !condition(); i++) await new Promise((turn) => setTimeout(turn, 5));
  expect(condition()).toBe(true);
}

describe('a turn of the event loop that takes longer than the hold time', () => {
  let running: Running;
  beforeEach(async () => {
    running = await new Running().start();
  });
  afterEach(() => running.close());

  test('ends no session of neighbours that said in it that they are there, however often it happens', async () => {
    for (let round = 0; round < 20; round++) {
      setImmediate(() => running.long([0, 1]));
      running.wake(); // behind that, with no look at sockets between
      await turns(5);
      expect(running.states).toEqual(['Established', 'Established']);
    }
  });

  test('ends none either where it was taking what another neighbour sent that took so long', async () => {
    for (let round = 0; round < 20; round++) {
      const done = new Promise<void>((resolve) => {
        running.during = () => {
          running.long([0, 1]);
          resolve();
        };
      });
      running.hear(round % 2);
      await done;
      await turns(5);
      expect(running.states).toEqual(['Established', 'Established']);
    }
  });

  test('ends the session of the one that said nothing', async () => {
    setImmediate(() => running.long([1]));
    running.wake();
    await until(() => running.states[0] !== 'Established');
    expect(running.states[1]).toBe('Established');
    expect(running.host.speaker.status(running.host.now())[0].lastError?.text).toContain('Hold Timer Expired');
  });
});
