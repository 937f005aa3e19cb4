import type { InitialUpdate, SpeakerPeer } from './peer';
import { restartOf } from './session/negotiation';
import { SECOND, type Timer, type TimerQueue } from './session/timers';

/** Seconds after a restart that a neighbour has to come up; after that, selection does not wait for it. */
const SILENCE_LIMIT = 15;

/**
 * Seconds without a new route after which a neighbour's initial update counts as complete: not every one sends
 * End-of-RIB.
 */
const QUIET_TIME = 10;

/** Maximum deferral of selection in seconds, even if neighbours keep sending. */
const LONGEST = 120;

/**
 * Share of its prefixes that a neighbour must add to be considered still in its initial update: a full table changes
 * constantly, so there would never be silence.
 */
const SHARE = 0.01;

/** The part of the speaker that a deferral uses. */
interface DeferralHost {
  readonly agenda: TimerQueue;
  /** Milliseconds. */
  readonly now: number;
  readonly peers: Iterable<SpeakerPeer>;
  /** Whether unnamed neighbours may still connect. */
  readonly awaitsUnnamed: boolean;
  /** More neighbours are about to be configured. */
  readonly isConfiguring: boolean;
  /** Selection may begin, or routes retained by the kernel are no longer needed. */
  over(): void;
}

/**
 * The restarting side of a graceful restart (RFC 4724 section 4.1). A neighbour's initial update is complete when it
 * has sent End-of-RIB for each family, or nothing new for the quiet time. The quiet time starts with its first UPDATE,
 * or when the session comes up if there is none: a speaker sends its routes as soon as a session is Established, and
 * one that takes longer because it is restarting itself indicates that (Restart State bit). No quiet time applies to
 * such a neighbour.
 * - {@link active}: no route is selected or advertised until all neighbours that came up in time are complete. One that
 *   is restarting itself is not waited for, otherwise two would wait for each other.
 * - {@link keeps}: routes in the kernel from before the restart stay until all neighbours are complete, including those
 *   that are restarting or down, or until the time limit.
 */
export class SelectionDeferral {
  active: boolean;
  keeps: boolean;
  private patientUntil = 0;
  private chooseAt = 0;
  private keptUntil = 0;
  private timer: Timer | undefined;

  /**
   * `seconds`: maximum time for which routes are kept; absent if nothing survived a restart, and nothing is deferred.
   */
  constructor(
    private readonly seconds: number | undefined,
    private readonly host: DeferralHost,
  ) {
    this.active = this.keeps = seconds !== undefined;
  }

  /**
   * The first configuration has been applied; `restartTime`: seconds for which routes are kept, if it specifies that.
   */
  begin(restartTime = this.seconds): void {
    if (restartTime === undefined || !this.keeps) return;
    const within = (seconds: number) => this.host.now + Math.min(seconds, restartTime) * SECOND;
    this.patientUntil = within(SILENCE_LIMIT);
    this.chooseAt = within(LONGEST);
    this.keptUntil = within(restartTime);
    this.timer = this.host.agenda.timer(() => this.consider());
    this.timer.start(this.patientUntil);
  }

  /** A session was established: its neighbour begins its initial update. */
  up(peer: SpeakerPeer): void {
    if (!this.keeps) return;
    const { now } = this.host;
    peer.initialUpdate = { since: now, above: -1, isInTime: now <= this.patientUntil };
    this.consider();
  }

  /** An UPDATE arrived during an initial update; `prefixes`: number received so far. */
  heard(initialUpdate: InitialUpdate, prefixes: number): void {
    if (prefixes <= initialUpdate.above) return;
    initialUpdate.since = this.host.now;
    initialUpdate.above = prefixes * (1 + SHARE);
  }

  /** Ends the deferral, or the retention of kernel routes, if it no longer waits for any neighbour. */
  consider(): void {
    if (!this.timer || !this.keeps || this.host.isConfiguring) return;
    const { now, peers, awaitsUnnamed } = this.host;
    let [isChosen, isKept] = [true, awaitsUnnamed];
    let next = now < this.patientUntil ? this.patientUntil : this.active ? this.chooseAt : this.keptUntil;
    for (const peer of peers) {
      const { session, connection } = peer;
      if (!connection) {
        // One that is administratively down will not come up.
        if (session.config.adminDown === undefined) isKept = true;
        const isExpected = session.isRunning || session.config.awaitsNeighbour !== undefined;
        if (isExpected && now < this.patientUntil) isChosen = false;
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
 * When an established neighbour's quiet time ends, milliseconds; -Infinity: complete, Infinity: it must send
 * End-of-RIB.
 */
function quietTimeOf({ session, connection, initialUpdate }: SpeakerPeer): number {
  const { context } = connection!.agreed!;
  if (!initialUpdate || [...context.families].every((family) => session.endOfRib.has(family)))
    return Number.NEGATIVE_INFINITY;
  return restartOf(connection!.open!)?.restarted ? Number.POSITIVE_INFINITY : initialUpdate.since + QUIET_TIME * SECOND;
}
