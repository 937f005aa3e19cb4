import { FAMILIES, type Family } from '../wire/family';
import { unwrapHardReset } from '../wire/notification';
import { CEASE, ERROR } from '../wire/notification-codes';
import type { NotificationContent } from '../wire/verdict';
import type { TransitionCause } from './connection';
import type { Negotiated } from './negotiation';
import { SECOND, type Timer, type TimerQueue } from './timers';

/** Maximum seconds a restarted neighbour may take to resend its routes (RFC 4724 section 4.2). */
const STALE_TIME = 360;
/** The same for a neighbour without the capability: it may never send End-of-RIB. */
const SILENT_STALE_TIME = 60;

/**
 * Whether the neighbour restarts gracefully: announced by both ends, for at least one family. A mere helper announces
 * none.
 */
export const restartsGracefully = ({ gracefulRestart }: Negotiated): boolean =>
  (gracefulRestart?.families.size ?? 0) > 0;

/** Whether the neighbour's routes are retained after the session ends (RFC 4724 section 4.2, RFC 8538 section 4). */
export function retains(agreed: Negotiated, cause: TransitionCause): boolean {
  if (!restartsGracefully(agreed)) return false;
  const said = cause.sent ?? cause.received;
  if (!said) return cause.event === 'TcpConnectionFails' || cause.event === 'OpenCollisionDump';
  return agreed.gracefulRestart!.notification && unwrapHardReset(said) === said;
}

/**
 * After which kinds of session end the neighbour retains our routes. A mere helper retains them, too (RFC 4724 section
 * 3).
 */
export function retentionAt({ gracefulRestart }: Negotiated): 'nothing' | 'connection-loss' | 'notification' {
  if (!gracefulRestart) return 'nothing';
  return gracefulRestart.notification ? 'notification' : 'connection-loss';
}

/**
 * Whether the neighbour retains our routes if the connection just ends, and drops them on a NOTIFICATION (RFC 4724
 * section 4.2).
 */
export const retainsInSilence = (agreed: Negotiated | undefined): boolean =>
  agreed !== undefined && retentionAt(agreed) === 'connection-loss';

/** Whether a session ended because the neighbour was reconfigured (RFC 4486): it has neither failed nor restarted. */
export function isReconfigured({ received }: Pick<TransitionCause, 'received'>): boolean {
  return received?.code === ERROR.cease && received.subcode === CEASE.otherConfigurationChange;
}

/**
 * A Cease that ends the session permanently, for a neighbour that would otherwise retain our routes: wrapped in a Hard
 * Reset (RFC 8538 section 3.1). Other NOTIFICATIONs are unchanged.
 */
export function forGood(content: NotificationContent, agreed: Negotiated | undefined): NotificationContent {
  if (content.code !== ERROR.cease || !agreed?.gracefulRestart?.notification) return content;
  return { code: ERROR.cease, subcode: 9, data: Uint8Array.of(content.code, content.subcode, ...content.data) };
}

/**
 * The helper side of a graceful restart: how long the stale routes of one neighbour are retained, and when they are
 * removed.
 */
export class StaleRoutes {
  private readonly timer: Timer;
  private awaited = new Set<Family>();
  /**
   * The neighbour has restarted, rather than only been reset for a new configuration, since it last sent all its
   * routes.
   */
  private hasRestarted = false;
  /** The session is down and its routes are retained. */
  active = false;

  /** `sweep` removes stale routes, of one family or of all. */
  constructor(
    agenda: TimerQueue,
    private readonly sweep: (family?: Family) => void,
  ) {
    this.timer = agenda.timer(() => this.end());
  }

  /**
   * Call before routes become stale, when the session goes down. `seconds`: how long the neighbour has to come back.
   * `isPlanned`: it was closed for a new configuration of either end, which may happen before a restarted neighbour has
   * repeated its routes, or just before it restarts. Returns whether routes that are already stale are retained.
   */
  begin(now: number, seconds: number, isPlanned: boolean): boolean {
    // RFC 4724 section 4.2: routes that were already stale are not retained over another restart.
    const keepsStale = isPlanned || !this.hasRestarted;
    if (this.awaited.size > 0 && !keepsStale) this.sweep();
    if (!isPlanned) this.hasRestarted = true;
    this.awaited.clear();
    this.active = true;
    this.timer.start(now + seconds * SECOND);
    return keepsStale;
  }

  /**
   * The session is up again. Families that the neighbour does not preserve, or whose forwarding state it lost, are
   * swept at once; the others at their End-of-RIB. `always`: the reset was ours (a new AS number), so no forwarding
   * state was lost.
   */
  resume(now: number, { gracefulRestart, context }: Negotiated, always: boolean): void {
    if (!this.active) return;
    this.active = false;
    this.awaited = new Set();
    const kept = always ? context.families : gracefulRestart?.forwarding;
    for (const { name } of FAMILIES)
      if (kept?.has(name) && context.families.has(name)) this.awaited.add(name);
      else this.sweep(name);
    if (this.awaited.size === 0) this.settle();
    else this.timer.start(now + (gracefulRestart ? STALE_TIME : SILENT_STALE_TIME) * SECOND);
  }

  /** Whether routes of a family are stale until its End-of-RIB. */
  awaits(family: Family): boolean {
    return this.awaited.has(family);
  }

  /** End-of-RIB of a family: routes that are still stale are removed. */
  endOfRib(family: Family): void {
    if (!this.awaited.delete(family)) return;
    this.sweep(family);
    if (this.awaited.size === 0) this.settle();
  }

  /** Stops retaining. */
  end(): void {
    this.settle();
    if (this.active || this.awaited.size > 0) this.sweep();
    this.active = false;
    this.awaited.clear();
  }

  /** No route is stale any more. */
  private settle(): void {
    this.timer.stop();
    this.hasRestarted = false;
  }
}
