import type { SpeakerPeer } from './peer';
import { describeIneligibility } from './rib/adj-rib-in/ineligibility';
import type { RefusedRoutes, Rib } from './rib/rib';
import { SECOND, type Timer, type TimerQueue } from './session/timers';

/** The part of the owner that the notes use. */
interface RefusalHost {
  readonly agenda: TimerQueue;
  /** The time of the input being handled, milliseconds. */
  readonly now: number;
}

/** Seconds for which ineligible routes are counted before the first report, and between reports. */
const FIRST_PAUSE = 1;
const PAUSE = 60;

/** Reports ineligible routes as a count, for each neighbour and reason only at intervals, however many there are. */
export class RefusalNotes {
  /** By neighbour number and reason: the count, and when it may be reported. */
  private readonly waiting = new Map<
    string,
    { readonly id: number; refusal: RefusedRoutes | undefined; due: number }
  >();
  private timer: Timer | undefined;

  constructor(
    private readonly host: RefusalHost,
    private readonly peers: () => Iterable<SpeakerPeer>,
    private readonly tell: (peer: SpeakerPeer, text: string) => void,
  ) {}

  /** Collects what the table has recorded. */
  take(rib: Rib): void {
    for (const [id, refusals] of rib.takeRefusals()) for (const refusal of refusals) this.note(id, refusal);
    this.arm();
  }

  private note(id: number, refusal: RefusedRoutes): void {
    const key = `${id} ${refusal.why}`;
    const known = this.waiting.get(key);
    if (!known) this.waiting.set(key, { id, refusal, due: this.host.now + FIRST_PAUSE * SECOND });
    else known.refusal = known.refusal ? { ...known.refusal, count: known.refusal.count + refusal.count } : refusal;
  }

  private arm(): void {
    if (this.waiting.size === 0) return;
    this.timer ??= this.host.agenda.timer(() => this.run());
    this.timer.start(Math.min(...[...this.waiting.values()].map(({ due }) => due)));
  }

  private run(): void {
    const { now } = this.host;
    const peers = new Map([...this.peers()].map((peer) => [peer.ribId, peer]));
    for (const [key, entry] of this.waiting) {
      if (entry.due > now) continue;
      const { refusal } = entry;
      const peer = peers.get(entry.id);
      if (!refusal || !peer) {
        this.waiting.delete(key);
        continue;
      }
      this.tell(peer, textOf(refusal));
      entry.refusal = undefined;
      entry.due = now + PAUSE * SECOND;
    }
    this.arm();
  }
}

function textOf({ why, count, prefix, nextHop }: RefusedRoutes): string {
  const routes = count === 1 ? `the route ${prefix} is` : `${count} routes, the first ${prefix}, are`;
  return `${routes} not used: ${describeIneligibility(why)}${nextHop ? `: ${nextHop}` : ''}`;
}
