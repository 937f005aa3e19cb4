import { decodePacket, encodePacket, type State } from '../../lib/bfd/packet';
import { type BfdEffect, BfdSession, type Profile } from '../../lib/bfd/session';

/** A packet on its way. */
interface Flight {
  readonly at: number;
  readonly to: number;
  readonly octets: Uint8Array;
}

/** One that was sent. */
export interface Sent {
  readonly at: number;
  readonly by: number;
  readonly poll: boolean;
  readonly final: boolean;
  readonly state: State;
}

/** Two sessions over a link that delays, and may lose, what they send; on a clock of its own, in milliseconds. */
export class Pair {
  now = 0;
  readonly sent: Sent[] = [];
  readonly changes: { readonly at: number; readonly of: number; readonly to: State; readonly diagnostic: number }[] =
    [];
  readonly sessions: readonly [BfdSession, BfdSession];
  /** Whether a packet gets through; and after how long. */
  passes: (by: number) => boolean = () => true;
  /**
   * Whether a packet may overtake another. On a link none does, and BFD cannot tell which of two was sent first (RFC
   * 5880 has no sequence numbers without authentication).
   */
  overtakes = false;
  private readonly arrived: [number, number] = [0, 0];
  private readonly flights: Flight[] = [];

  constructor(
    profiles: readonly [Profile, Profile],
    chance: () => number,
    private readonly delay: () => number = () => 1,
  ) {
    this.sessions = [new BfdSession(profiles[0], 11, chance, 0), new BfdSession(profiles[1], 22, chance, 0)];
  }

  get states(): State[] {
    return this.sessions.map(({ state }) => state);
  }

  /** Something that is done to one of them now. */
  act(who: 0 | 1, what: (session: BfdSession, now: number) => readonly BfdEffect[]): void {
    this.carryOut(who, what(this.sessions[who], this.now));
  }

  run(until: number): void {
    for (;;) {
      this.flights.sort((a, b) => a.at - b.at);
      const [flight] = this.flights;
      const wakes = this.sessions.map(({ wakeAt }) => wakeAt);
      const at = Math.min(flight?.at ?? Number.POSITIVE_INFINITY, ...wakes);
      if (at > until) break;
      this.now = Math.max(this.now, at);
      // What came is given first, as who drives a session promises.
      if (flight && flight.at <= this.now) {
        this.flights.shift();
        const packet = decodePacket(flight.octets);
        if (typeof packet === 'string') throw new Error(packet);
        this.carryOut(flight.to, this.sessions[flight.to].receive(packet, this.now));
      } else
        for (const who of [0, 1]) if (wakes[who] <= this.now) this.carryOut(who, this.sessions[who].tick(this.now));
    }
    this.now = until;
  }

  private carryOut(who: number, effects: readonly BfdEffect[]): void {
    for (const effect of effects)
      if (effect.kind === 'state')
        this.changes.push({ at: this.now, of: who, to: effect.to, diagnostic: effect.diagnostic });
      else {
        const { poll, final, state } = effect.packet;
        this.sent.push({ at: this.now, by: who, poll, final, state });
        if (this.passes(who)) {
          const at = Math.max(this.now + this.delay(), this.overtakes ? 0 : this.arrived[who as 0 | 1]);
          this.arrived[who as 0 | 1] = at;
          this.flights.push({ at, to: 1 - who, octets: encodePacket(effect.packet) });
        }
      }
  }
}

/** Numbers from 0 to 1 by a seed. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
