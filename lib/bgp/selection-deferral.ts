import type { InitialUpdate, SpeakerPeer } from './peer';
import { restartOf } from './session/negotiation';
import { SECOND, type Timer, type TimerQueue } from './session/timers';

/**
 * Seconds after a restart that a neighbour may take to come up; routes are chosen without one that is not there then.
 */
const SILENCE_LIMIT = 15;

/** Seconds in which a neighbour tells nothing new, after which it has told all: not every one says End-of-RIB. */
const QUIET_TIME = 10;

/** The longest that no route is chosen, in seconds, however long the neighbours go on. */
const LONGEST = 120;

/**
 * Prefixes that a neighbour must add to those it has told, as a share of them, to be still at its initial update: a
 * full table never stands still, so that mere silence would not come.
 */
const SHARE = 0.01;

/** What a deferral needs of its speaker. */
interface DeferralHost {
  readonly agenda: TimerQueue;
  /** Milliseconds. */
  readonly now: number;
  readonly peers: Iterable<SpeakerPeer>;
  /** Whether neighbours may come that nobody knows yet. */
  readonly awaitsUnnamed: boolean;
  /** Not all neighbours are known yet, and more will be soon. */
  readonly isConfiguring: boolean;
  /** Routes may be chosen from now on, or what the kernel kept is no longer needed. */
  over(): void;
}

/**
 * The restarting side of a graceful restart (RFC 4724 section 4.1). A neighbour has told all when it has said
 * End-of-RIB for each family, or has told nothing new for the quiet time. That counts from its first UPDATE, or from
 * when it came up where none comes: a speaker tells what it has as soon as a session is Established, and one that needs
 * longer since it restarts itself says so (Restart State bit). For such a one no quiet time counts.
 *
 * - {@link active}: no route is selected or advertised until all that came up in time have sent all; anyone who
 * restarts
 *   itself is not waited for, or two would wait for each other.
 * - {@link keeps}: what is in the kernel since before the restart stays, until all have told all, those that
 *   restart or are away included, or the time is over.
 */
export class SelectionDeferral {
  active: boolean;
  keeps: boolean;
  private patientUntil = 0;
  private chooseAt = 0;
  private keptUntil = 0;
  private timer: Timer | undefined;

  /** `seconds`: how long routes are kept at most; absent: nothing outlived a restart, and nothing is put off. */
  constructor(
    private readonly seconds: number | undefined,
    private readonly host: DeferralHost,
  ) {
    this.active = this.keeps = seconds !== undefined;
  }

  /** The speaker has its first configuration; `restartTime`: seconds that routes are kept, where that says so. */
  begin(restartTime = this.seconds): void {
    if (restartTime === undefined || !this.keeps) return;
    const within = (seconds: number) => this.host.now + Math.min(seconds, restartTime) * SECOND;
    this.patientUntil = within(SILENCE_LIMIT);
    this.chooseAt = within(LONGEST);
    this.keptUntil = within(restartTime);
    this.timer = this.host.agenda.timer(() => this.consider());
    this.timer.start(this.patientUntil);
  }

  /** A session is up: its neighbour begins to tell. */
  up(peer: SpeakerPeer): void {
    if (!this.keeps) return;
    const { now } = this.host;
    peer.initialUpdate = { since: now, above: -1, isInTime: now <= this.patientUntil };
    this.consider();
  }

  /** An UPDATE came of one that has not told all; `prefixes`: how many it has told by now. */
  heard(initialUpdate: InitialUpdate, prefixes: number): void {
    if (prefixes <= initialUpdate.above) return;
    initialUpdate.since = this.host.now;
    initialUpdate.above = prefixes * (1 + SHARE);
  }

  /** Ends what nobody is left to be waited for with. */
  consider(): void {
    if (!this.timer || !this.keeps || this.host.isConfiguring) return;
    const { now, peers, awaitsUnnamed } = this.host;
    let [isChosen, isKept] = [true, awaitsUnnamed];
    let next = now < this.patientUntil ? this.patientUntil : this.active ? this.chooseAt : this.keptUntil;
    for (const peer of peers) {
      const { session, connection } = peer;
      if (!connection) {
        // One that is kept down on purpose does not come.
        if (session.config.adminDown === undefined) isKept = true;
        if (session.isRunning && now < this.patientUntil) isChosen = false;
        continue;
      }
      const quietAt = quietTimeOf(peer);
      if (quietAt <= now) peer.initialUpdate = undefined;
      else isKept = true;
      if (quietAt <= now || quietAt === Number.POSITIVE_INFINITY) continue;
      next = Math.min(next, quietAt);
      if (peer.initialUpdate!.isInTime) isChosen = false;
    }
    const wasActive = this.active;
    this.active &&= !isChosen && now < this.chooseAt;
    this.keeps = (this.active || isKept) && now < this.keptUntil;
    if (this.keeps) this.timer.start(Math.min(next, this.keptUntil));
    else this.timer.stop();
    if (wasActive !== this.active || !this.keeps) this.host.over();
  }
}

/**
 * When a neighbour that is up has told all should it stay quiet, milliseconds; -Infinity: it has, Infinity: it says so
 * itself.
 */
function quietTimeOf({ session, connection, initialUpdate }: SpeakerPeer): number {
  const { context } = connection!.agreed!;
  if (!initialUpdate || [...context.families].every((family) => session.endOfRib.has(family)))
    return Number.NEGATIVE_INFINITY;
  return restartOf(connection!.open!)?.restarted ? Number.POSITIVE_INFINITY : initialUpdate.since + QUIET_TIME * SECOND;
}
