import type { Member } from './member';
import { type Agenda, SECOND } from './session/timers';

/** Seconds after a restart that a neighbour may take to come up; one that is not there then is not waited for. */
const PATIENCE = 15;

/**
 * The restarting side of a graceful restart: no route is chosen and none is told until every neighbour that can has said End-of-RIB, or the time is over
 * (RFC 4724 section 4.1).
 */
export class Deferral {
  active: boolean;
  private patientUntil = 0;

  /** `seconds`: what it lasts at most; absent: nothing outlived a restart, and nothing is put off. */
  constructor(
    private readonly seconds: number | undefined,
    private readonly members: () => Iterable<Member>,
    private readonly over: () => void,
  ) {
    this.active = seconds !== undefined;
  }

  /** The speaker has its first configuration. */
  begin(agenda: Agenda, now: number): void {
    if (this.seconds === undefined) return;
    this.patientUntil = now + Math.min(PATIENCE, this.seconds) * SECOND;
    agenda.timer(() => this.consider(this.patientUntil)).start(this.patientUntil);
    agenda.timer(() => this.end()).start(now + this.seconds * SECOND);
  }

  /** Ends it where nobody is left to be waited for. */
  consider(now: number): void {
    if (!this.active) return;
    for (const { session, lane } of this.members()) {
      if (!lane && session.isRunning && now < this.patientUntil) return;
      if (!lane) continue;
      const { gracefulRestart, context } = lane.agreed!;
      if (!gracefulRestart || gracefulRestart.restarted) continue;
      if ([...context.families].some((family) => !session.endOfRib.has(family))) return;
    }
    this.end();
  }

  private end(): void {
    if (!this.active) return;
    this.active = false;
    this.over();
  }
}
