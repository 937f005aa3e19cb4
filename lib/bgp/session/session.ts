import type { Family } from '../wire/family';
import { KEEPALIVE } from '../wire/keepalive';
import { describeNotification, isNotification, notification, shutdown, unwrapHardReset } from '../wire/notification';
import { CEASE, ERROR, OPEN_ERROR } from '../wire/notification-codes';
import { REFRESH, type RouteRefresh } from '../wire/route-refresh';
import type { NotificationContent, UpdateVerdict } from '../wire/verdict';
import { COLUMNS, type Cost, changeOf, downReason, isAcceptable } from './change';
import { type ConnectionProgress, SETTLED, type Settlement, settle } from './collision';
import { type AsPair, keysOf, permits, type SessionConfig, samePair } from './config';
import { Connection, type ConnectionOwner, type Counters, type TransitionCause } from './connection';
import { afterUp, Damping, FULL, LIGHT } from './damping';
import { EnhancedRefresh } from './enhanced-refresh';
import { blame, type FaultReason, Faults, faultKindOf, type SessionFault } from './fault';
import type { FsmState } from './fsm';
import {
  forGood,
  isReconfigured,
  restartsGracefully,
  retains,
  retainsInSilence,
  StaleRoutes,
} from './graceful-restart';
import { idleHoldTime, isDeliberate, isTooMany, TOO_MANY_IDLE_HOLD } from './idle-hold';
import { KeyChoice } from './key-choice';
import { type Negotiated, negotiate, sameAgreement } from './negotiation';
import { PairChoice } from './pair-choice';
import {
  type ChangeCounts,
  type DownBy,
  describeNegotiated,
  type LastEnd,
  type SessionCounts,
  type SessionSnapshot,
  type SpeakerSessionSummary,
} from './status';
import {
  backedOff,
  jittered,
  NEXT_KEY,
  SECOND,
  STABLE_TIME,
  type Timer,
  type TimerQueue,
  WAIT_FOR_DIALLER,
} from './timers';

/** What a session needs of the speaker. */
export interface SessionHost {
  readonly agenda: TimerQueue;
  /** Milliseconds. */
  readonly now: number;
  readonly restarting: boolean;
  /** Routes advertised before a restart are still forwarded. */
  readonly keepsForwarding: boolean;
  random(): number;
  /** `key`: name of the secret to sign with; null: none. */
  dial(session: BgpSession, connection: Connection, key: string | null): number;
  send(id: number, bytes: Uint8Array): void;
  close(id: number): void;
  /** Whether its neighbour, which has sent a valid OPEN, is admitted. */
  admits(session: BgpSession): boolean;
  /** The state of a session changed, or an event is to be reported. `reason`: of a local fault, if known. */
  tell(session: BgpSession, type: SessionNotice, text: string, reason?: FaultReason): void;
  readonly routes: SessionRoutes;
}

/**
 * BFD's verdict on a neighbour. `unknown`: no usable information, such as AdminDown at either end, or not Up so far
 * (RFC 5882 section 3.2). `absent`: nobody watches the neighbour at the moment, and what BFD said before is not
 * believed; but a neighbour that was up and is found down afterwards has failed.
 */
export type BfdVerdict = 'up' | 'down' | 'unknown' | 'absent';

/** Applies events of a session to the routing table. */
export interface SessionRoutes {
  /** The session is Established: starts exchanging routes. */
  up(session: BgpSession, agreed: Negotiated): void;
  /**
   * The session is no longer Established. `retain`: its routes are retained as stale, and with `keepsStale` those that
   * are already stale.
   */
  down(session: BgpSession, retain: boolean, keepsStale: boolean): void;
  /** Routing parameters changed: routes are evaluated again without a reset. */
  retune(session: BgpSession): void;
  sweep(session: BgpSession, family?: Family): void;
  update(session: BgpSession, bytes: Uint8Array, start: number, end: number): UpdateVerdict;
  refresh(session: BgpSession, family: Family, subtype: number): void;
}

/** `up` and `down`: the session is Established, or no longer; `attempt`: a step on the way to Established. */
export type SessionNotice = 'up' | 'down' | 'attempt' | 'error' | 'retained' | 'pair';

/**
 * Minimum seconds for which routes are retained over a reset of our own: the gate of a deploy, which may undo the
 * change, waits for 60 by default.
 */
const OWN_RESET = 90;
/** Minimum seconds between KEEPALIVEs that probe whether the neighbour still has its connection. */
const PROBE = 1;
/** With this many octets in flight TCP itself detects a lost connection, and no probe is needed. */
const MOST_TO_ASK = 4096;

/**
 * One BGP session: an outgoing and an incoming connection, each with its own state machine, of which at most one gets
 * beyond OpenSent (RFC 4271 sections 6.8 and 8.2.1.2). The session's state is that of the more advanced connection.
 */
export class BgpSession implements ConnectionOwner {
  readonly outgoing: Connection;
  readonly incoming: Connection;
  readonly counters: Counters = {
    messagesIn: 0,
    messagesOut: 0,
    updatesIn: 0,
    updatesOut: 0,
    treatedAsWithdraw: 0,
    attributesDiscarded: 0,
  };
  /** Families whose End-of-RIB was received since the session is up. */
  readonly endOfRib = new Set<Family>();
  private readonly notifications = { sent: noCodes(), received: noCodes() };
  private readonly changed: ChangeCounts = { reset: 0, retuned: 0, resetFor: '', retunedFor: '' };
  readonly staleRoutes: StaleRoutes;
  readonly enhancedRefresh: EnhancedRefresh;

  private running = false;
  private bfd: Exclude<BfdVerdict, 'absent'> = 'unknown';
  private isBfdAbsent = false;
  /** It starts as soon as BFD is up. */
  private awaitsBfd = false;
  private readonly choice = new PairChoice();
  private readonly keys = new KeyChoice();
  private state: FsmState = 'Idle';
  private since: number;
  private ups = 0;
  private upSince = 0;
  private readonly faults = new Faults();
  private ended: LastEnd | undefined;
  private openAs: number | undefined;
  /** The current reset is our own: the neighbour's routes remain valid. */
  private keepsRoutes = false;
  /** Connections are closed by us: not an error. */
  private isHalting = false;
  private resumesOwn = false;
  /** No automatic start before this time, milliseconds. */
  private heldIdleUntil = 0;
  /** The reason, for display. */
  private heldIdleFor = '';
  private readonly stable: Timer;
  private readonly damping = new Damping();
  /** When it was last up, or created, milliseconds. */
  private downSince: number;
  private probed = Number.NEGATIVE_INFINITY;
  /** Limits the wait of a connection for the neighbour's choice. */
  private readonly undecided: Timer;

  /** Its identity, whatever its configuration. */
  readonly key: string;

  constructor(
    public config: SessionConfig,
    private readonly host: SessionHost,
  ) {
    this.key = config.key;
    const restart = (connection: Connection) => this.restart(connection);
    this.outgoing = new Connection('dialled', this, restart);
    this.incoming = new Connection('accepted', this, restart);
    this.staleRoutes = new StaleRoutes(host.agenda, (family) => host.routes.sweep(this, family));
    this.enhancedRefresh = new EnhancedRefresh(host.agenda, (family) => host.routes.sweep(this, family));
    this.stable = host.agenda.timer(() => {
      this.outgoing.failures = this.incoming.failures = 0;
    });
    this.undecided = host.agenda.timer(() => this.dumpWaiting());
    this.since = this.downSince = host.now;
  }

  get agenda(): TimerQueue {
    return this.host.agenda;
  }
  get now(): number {
    return this.host.now;
  }
  get restarting(): boolean {
    return this.host.restarting;
  }
  get preserved(): boolean {
    return this.host.keepsForwarding || this.ups > 0;
  }
  random(): number {
    return this.host.random();
  }

  /** The Established connection, if any. */
  get established(): Connection | undefined {
    if (this.outgoing.state === 'Established') return this.outgoing;
    return this.incoming.state === 'Established' ? this.incoming : undefined;
  }

  /** Whether it is up, is connecting, or will as soon as BFD is up. */
  get isRunning(): boolean {
    return this.running || this.awaitsBfd;
  }

  /** Nothing is in progress: no connection, no retained routes, and no idle hold. */
  get isQuiet(): boolean {
    const isConnected = this.outgoing.id !== undefined || this.incoming.id !== undefined;
    return !isConnected && !this.staleRoutes.active && this.heldIdleUntil <= this.now;
  }

  /** Seconds without a session and without retained routes; 0 if it has either. */
  get idleFor(): number {
    return this.established || this.staleRoutes.active ? 0 : (this.now - this.downSince) / SECOND;
  }

  /** Of an unnamed neighbour: it has sent a valid OPEN on its last connection, or some of its state is retained. */
  get hasPlace(): boolean {
    return this.incoming.agreed !== undefined || this.staleRoutes.active || this.isHeldIdle;
  }

  /** The prefix limit keeps it down. */
  get isHeldIdle(): boolean {
    return this.heldIdleUntil > this.now;
  }

  /** Starts to connect and listen, unless the configuration keeps it down. */
  start(): void {
    if (this.running || downReason(this.config) !== undefined) return;
    this.awaitsBfd = this.isHeldByBfd;
    if (this.awaitsBfd) return;
    this.running = true;
    this.heldIdleUntil = 0;
    this.incoming.handle('ManualStartPassive');
    const { dial } = this.config;
    // The neighbour's next attempt may be seconds away, and meanwhile traffic follows routes from before the restart.
    const isUrgent = this.restarting && this.ups === 0;
    if (dial === 'first' || (dial === 'wait' && isUrgent)) this.outgoing.handle('ManualStart');
    else if (dial === 'wait') this.outgoing.handle('ManualStartPassive');
  }

  /**
   * Closes it with this NOTIFICATION; only {@link start} restarts it. Without one the connections are just closed (a
   * graceful restart of ours). `why`: for local display.
   */
  stop(content?: NotificationContent, why?: string): void {
    this.running = this.awaitsBfd = false;
    this.halt(content && ((connection) => forGood(content, connection.agreed)), why);
    this.staleRoutes.end();
  }

  /** Applies a new configuration for the same key; see COLUMNS in change.ts for what stays up. */
  configure(config: SessionConfig): void {
    const before = this.config;
    const current = this.established?.current;
    const { cost, fields, words } = changeOf(before, config, current);
    const wasDown = downReason(before);
    const isDown = downReason(config);
    // An outside neighbour does not reconnect by itself after a reset for an AS number that is no longer permitted: do
    // not wait for it.
    const isForGood = !config.inside && current !== undefined && !hasRemoteAs(config, current);
    this.config = config;
    if (fields.some((field) => COLUMNS[field].cost === 'reset')) this.faults.settle();
    if (!samePair(before.acceptable[0], config.acceptable[0])) this.faults.forgetNumbers();
    if (fields.includes('acceptable')) this.choice.prefer(config.acceptable, cost === 'reset' ? undefined : current);
    const resets =
      cost === 'reset' ||
      (before.yields && !config.yields && this.isOutOfStep()) ||
      (!this.established && (fields.includes('dial') || fields.includes('authentication') || this.hasSaidOther()));
    this.noteChange(resets ? 'reset' : cost, resets && cost !== 'reset' ? AGREEMENT : words);
    if (isDown !== undefined && this.isRunning) this.stop(shutdown(CEASE.administrativeShutdown, isDown));
    if (resets && this.running) {
      const ends = notification(ERROR.cease, CEASE.otherConfigurationChange);
      this.keepsRoutes = !isForGood && !fields.some((field) => COLUMNS[field].forgets);
      this.running = false;
      // We keep forwarding meanwhile: the neighbour should as well, if it supports that and reconnects.
      this.halt(({ agreed }) => {
        if (isForGood) return forGood(ends, agreed);
        return retainsInSilence(agreed) ? undefined : ends;
      });
      this.keepsRoutes = false;
    }
    if (fields.some((field) => COLUMNS[field].isLimit)) this.endIdleHold();
    if (cost !== 'none') this.host.routes.retune(this); // a lower limit may close it
    if (resets || wasDown !== undefined) this.start();
    if (!config.bfd) this.bfd = 'unknown';
    if (!config.bfd) this.isBfdAbsent = false;
    this.heedBfd();
  }

  /**
   * BFD's verdict on the neighbour changed. `outlives`: it is independent of the control plane at both ends (RFC 5882
   * section 4.3). `why`: for display.
   */
  bfdSays(verdict: BfdVerdict, outlives: boolean, why: string): void {
    const before = this.bfd;
    if (!this.config.bfd) return;
    this.isBfdAbsent = verdict === 'absent';
    if (verdict !== 'absent') this.bfd = verdict;
    // Only a neighbour that was up has failed: an end without BFD is not down.
    if (before === 'up' && verdict === 'down') this.pathFailed(outlives, why);
    this.heedBfd();
  }

  /** BFD detected a failure: routes through the neighbour are removed at once, even with graceful restart. */
  private pathFailed(outlives: boolean, why: string): void {
    const { established } = this;
    const content = notification(ERROR.cease, CEASE.bfdDown);
    if (established)
      established.handle('AutomaticStop', { notification: forGood(content, established.agreed), text: why });
    else if (this.staleRoutes.active && outlives) {
      // It is not just restarting, as BFD would continue (RFC 5882 section 4.3.2).
      this.host.tell(this, 'error', `BFD is down: the neighbour's routes are no longer retained (${why})`);
      this.staleRoutes.end();
    }
  }

  /** In strict mode a session is not started while BFD is not up; an established one stays. */
  private heedBfd(): void {
    if (this.awaitsBfd) this.start();
    else if (this.running && this.isHeldByBfd && !this.established) {
      this.running = false;
      this.halt();
      this.awaitsBfd = true;
    }
  }

  private get isHeldByBfd(): boolean {
    return this.config.bfd?.strict === true && (this.bfd !== 'up' || this.isBfdAbsent);
  }

  /** A new configuration, of the session or of the speaker as a whole, is about to have this cost. */
  noteChange(cost: Cost, words: string): void {
    if (!this.established || cost === 'none') return;
    const { changed } = this;
    if (cost === 'reset') {
      changed.reset++;
      changed.resetFor = words;
    } else {
      changed.retuned++;
      changed.retunedFor = words;
    }
  }

  /** Whether an attempt has sent an AS number or identifier that is no longer wanted. */
  private hasSaidOther(): boolean {
    return [this.outgoing, this.incoming].some(
      ({ isTalking, said }) => isTalking && said && !isAcceptable(this.config, said),
    );
  }

  /** Whether the configuration and the neighbour's OPEN would lead to another agreement. */
  private isOutOfStep(): boolean {
    const { agreed, open } = this.established ?? {};
    if (!agreed || !open) return false;
    const now = negotiate(this.config, agreed.pair, open, agreed.localId);
    return isNotification(now) || !sameAgreement(now, agreed);
  }

  /**
   * Offers a connection from the neighbour; returns the NOTIFICATION that refuses it, or undefined if it was accepted.
   */
  offer(id: number): NotificationContent | undefined {
    const { incoming, established } = this;
    if (!this.running) return notification(ERROR.cease, CEASE.connectionRejected);
    if (established) {
      if (this.isReplaced(established)) {
        established.handle('TcpConnectionFails', { text: 'the neighbour restarted' });
      } else {
        this.probe(established);
        if (established === incoming) return notification(ERROR.cease, CEASE.connectionCollision);
      }
    }
    // By dialling again, the neighbour has abandoned a connection on which it sent nothing, or did not proceed.
    const hasGone = incoming.state !== 'OpenConfirm' || this.now - incoming.since > SETTLED * SECOND;
    if (incoming.id !== undefined && hasGone)
      incoming.handle('TcpConnectionFails', { text: 'the neighbour connected again' });
    if (incoming.state !== 'Active')
      return notification(
        ERROR.cease,
        incoming.state === 'Idle' ? CEASE.connectionRejected : CEASE.connectionCollision,
      );
    // The neighbour's OPEN decides between several pairs.
    const locals = new Set(
      this.config.acceptable.map(({ localAs, localId, remoteId }) =>
        remoteId === undefined ? `${localAs}` : `${localAs} ${localId}`,
      ),
    );
    incoming.key = this.config.authentication ?? null;
    incoming.accept(id, locals.size > 1);
    return undefined;
  }

  /** Why an incoming connection was refused, for display. */
  get refusal(): string {
    const pause = this.incoming.idleHold.deadline - this.now;
    return this.running && Number.isFinite(pause) && !this.isHeldIdle
      ? `it flapped too often; it may come up again in ${Math.ceil(pause / SECOND)} s`
      : `it is ${this.incoming.state}`;
  }

  /**
   * RFC 4724 section 5: a neighbour that restarts gracefully may reconnect before we noticed its end. One that does so
   * repeatedly has to wait until we notice.
   */
  private isReplaced({ agreed }: Connection): boolean {
    return restartsGracefully(agreed!) && this.now - this.upSince > SETTLED * SECOND && this.damping.spares(this.now);
  }

  /** If the neighbour has lost this connection, its response will show that. */
  private probe(connection: Connection): void {
    if (this.now - this.probed < PROBE * SECOND || connection.outstanding >= MOST_TO_ASK) return;
    this.probed = this.now;
    connection.send(KEEPALIVE);
  }

  /** End-of-RIB of a family was received (RFC 4724 section 2). */
  sawEndOfRib(family: Family): void {
    this.endOfRib.add(family);
    this.staleRoutes.endOfRib(family);
  }

  get counts(): SessionCounts {
    const { counters, notifications, changed } = this;
    return { established: this.ups, counters, notifications, changed };
  }

  get standing(): SpeakerSessionSummary {
    return { state: this.state, pair: this.established?.agreed?.pair ?? this.pairs[0] };
  }

  status(now: number): SessionSnapshot {
    const { config, established } = this;
    const agreed = established?.agreed;
    const downBy = this.downBy(now);
    const lastError = blame(this.faults.list())?.cause;
    return {
      key: config.key,
      name: config.name,
      reason: config.reason,
      localAddress: String(config.localAddress),
      remoteAddress: String(config.remoteAddress),
      port: config.port,
      state: this.state,
      since: this.since,
      uptime: established ? now - this.upSince : 0,
      established: this.ups,
      ...(downBy && { down: this.downText(downBy, now), downBy }),
      ...(config.template !== undefined && { template: config.template }),
      retiring: config.retiring ?? false,
      ...(lastError && { lastError }),
      faults: this.faults.list(),
      ...(this.faults.lastNotification && { lastNotification: this.faults.lastNotification }),
      ...(this.ended && { ended: this.ended }),
      ...(this.openAs !== undefined && { openAs: this.openAs }),
      counters: { ...this.counters },
      pair: agreed?.pair ?? this.pairs[0],
      localId: agreed?.localId ?? config.routerId,
      ...(agreed && established && { negotiated: describeNegotiated(established.kind, agreed, this.endOfRib) }),
      retaining: this.staleRoutes.active,
    };
  }

  // Called by its connections.

  /** The acceptable pairs, in the order of trying. */
  get pairs(): readonly AsPair[] {
    return this.choice.order(this.config.acceptable);
  }

  dial(connection: Connection): number {
    // The previous attempt was abandoned without any report from the network.
    if (connection.state === 'Connect')
      this.faults.add({ ...this.faultOf('silence', 'local', SILENCE), reason: 'silence' });
    connection.key = this.keys.take(keysOf(this.config));
    return this.host.dial(this, connection, connection.key);
  }
  send(id: number, bytes: Uint8Array): void {
    this.host.send(id, bytes);
  }
  close(_: Connection, id: number): void {
    this.host.close(id);
  }
  update(bytes: Uint8Array, start: number, end: number): UpdateVerdict {
    return this.host.routes.update(this, bytes, start, end);
  }
  refresh({ family, subtype }: RouteRefresh): void {
    const known = Object.values<number>(REFRESH).includes(subtype);
    if (family && known && this.established?.agreed?.context.families.has(family))
      this.host.routes.refresh(this, family, subtype);
  }
  connectRetrySeconds(connection: Connection): number {
    const { dial, connectRetryTime, otherAuthentications = [] } = this.config;
    if (dial === 'wait' && connection.state === 'Idle') return WAIT_FOR_DIALLER;
    return otherAuthentications.length > 0 ? NEXT_KEY : backedOff(connectRetryTime, connection.failures);
  }

  get isAdmitted(): boolean {
    return this.host.admits(this);
  }

  settleCollision(connection: Connection, agreed: Negotiated): Settlement {
    const other = this.otherThan(connection);
    const { localAs, remoteAs } = agreed.pair;
    const ends = { localId: agreed.localId, remoteId: agreed.peerRouterId, localAs, remoteAs };
    const settled = settle(connection.kind, this.standingOf(other), ends);
    if (settled === 'waits') this.undecided.start(this.upSince + SETTLED * SECOND + 1);
    else if (settled === 'stays' && other.state === 'OpenConfirm') other.handle('OpenCollisionDump');
    return settled;
  }

  chosen(connection: Connection): void {
    const other = this.otherThan(connection);
    // If the other one closes, this one continues: see `moved`.
    (this.standingOf(other) === 'proven' ? connection : other).handle('OpenCollisionDump');
  }

  proved(connection: Connection): void {
    if (this.otherThan(connection).isWaiting) this.dumpWaiting();
  }

  moved(connection: Connection, from: FsmState, cause: TransitionCause): void {
    for (const direction of ['sent', 'received'] as const) this.tally(direction, cause[direction]);
    if (cause.event !== 'ManualStop') this.note(connection, from, cause);
    this.openAs = connection.open?.as ?? this.openAs;
    if (isDeliberate(cause.received)) connection.failures = 0;
    const hasEnded = this.damp(connection, from, cause);
    const isRefusal = this.running && this.fallBack(connection, cause);
    if (connection.state === 'Established') this.cameUp(connection);
    if (from === 'Established') this.wentDown(connection, cause);
    this.standDown();
    if (connection.state === 'Idle') this.rest(connection, from, cause, isRefusal);
    if (from === 'Established') this.otherThan(connection).resume();
    if (hasEnded && connection.state === 'Active' && this.damping.pause(this.now) > 0) connection.handle('ManualStop');
    this.tellState();
  }

  private tally(direction: 'sent' | 'received', content: NotificationContent | undefined): void {
    const counts = this.notifications[direction];
    if (content) counts[content.code < counts.length ? content.code : 0]++;
  }

  private standingOf({ state, isProven }: Connection): ConnectionProgress {
    if (state === 'OpenConfirm') return 'confirming';
    if (state !== 'Established') return 'opening';
    return isProven || this.now - this.upSince > SETTLED * SECOND ? 'proven' : 'established';
  }

  private dumpWaiting(): void {
    for (const connection of [this.outgoing, this.incoming])
      if (connection.isWaiting) connection.handle('OpenCollisionDump');
  }

  /**
   * Counts the end of a session, or of an accepted connection; our own attempts do not count. Returns whether it was an
   * accepted one.
   */
  private damp(connection: Connection, from: FsmState, { event }: TransitionCause): boolean {
    const isOpened = from === 'OpenSent' || from === 'OpenConfirm' || from === 'Established';
    const hasEnded = (connection.state === 'Idle' || connection.state === 'Active') && (isOpened || from === 'Active');
    if (!this.running || event === 'ManualStop' || !hasEnded) return false;
    if (from === 'Established') this.damping.count(this.now, afterUp(this.now - this.upSince));
    else if (connection !== this.incoming) return false;
    else this.damping.count(this.now, connection.open && event !== 'OpenCollisionDump' ? FULL : LIGHT);
    return connection === this.incoming;
  }

  private otherThan(connection: Connection): Connection {
    return connection === this.outgoing ? this.incoming : this.outgoing;
  }

  private cameUp(connection: Connection): void {
    this.ups++;
    this.upSince = this.now;
    // What BFD said before was about an earlier session.
    if (this.isBfdAbsent) this.bfd = 'unknown';
    this.faults.settle();
    this.endOfRib.clear();
    this.stable.start(this.now + STABLE_TIME * SECOND);
    const agreed = connection.agreed!;
    this.choice.prefer(this.config.acceptable, agreed.pair);
    this.host.routes.up(this, agreed);
    this.staleRoutes.resume(this.now, agreed, this.resumesOwn);
    this.resumesOwn = false;
  }

  private wentDown(connection: Connection, cause: TransitionCause): void {
    this.stable.stop();
    this.downSince = this.now;
    this.ended = endOf(this.now, cause);
    let keepsStale = false;
    const agreed = connection.agreed!;
    this.keys.after(keysOf(this.config), isReconfigured(cause) ? connection.key : undefined);
    if (isReconfigured(cause) && !this.config.leavesMore) this.choice.passOver(this.config.acceptable, agreed.pair);
    // While AS numbers change at both ends, a neighbour that reports a configuration change is about to change its own.
    const isMoving = this.running && isReconfigured(cause) && this.config.acceptable.length > 1;
    const isOurs = this.keepsRoutes || isMoving;
    const isPlanned = isOurs || isReconfigured(cause);
    const retain = isOurs || (this.running && retains(agreed, cause));
    if (retain) {
      this.resumesOwn = isOurs;
      const seconds = agreed.gracefulRestart?.restartTime ?? 0;
      keepsStale = this.staleRoutes.begin(
        this.now,
        isOurs ? Math.max(seconds, agreed.holdTime, OWN_RESET) : seconds,
        isPlanned,
      );
      this.host.tell(this, 'retained', `retaining routes for ${this.config.name} to come back`);
    } else this.staleRoutes.end();
    this.host.routes.down(this, retain, keepsStale || this.enhancedRefresh.active);
    this.enhancedRefresh.forget();
    if (retain && !isOurs)
      for (const family of agreed.context.families)
        if (!agreed.gracefulRestart!.families.has(family)) this.host.routes.sweep(this, family);
    const other = this.otherThan(connection);
    if (isTooMany(cause.sent)) {
      const seconds = this.config.maxPrefixRestart ?? TOO_MANY_IDLE_HOLD;
      this.heldIdleUntil =
        seconds === 0 ? Number.POSITIVE_INFINITY : this.now + jittered(seconds, this.random()) * SECOND;
      this.heldIdleFor = cause.text ?? '';
      other.handle('ManualStop');
    }
    const isListening = other.id === undefined && (other.state === 'Active' || other.state === 'Connect');
    if (isListening && this.damping.pause(this.now) > 0) other.handle('ManualStop');
    if (this.running && other.state === 'Idle' && !other.idleHold.running)
      this.rest(other, 'Established', cause, false);
  }

  /** RFC 4271 section 8.2.2: while one connection is Established (or about to be) no other is attempted. */
  private standDown(): void {
    const { outgoing, incoming } = this;
    const idles = outgoing.state === 'Active' && incoming.state === 'OpenConfirm';
    const isNeedless =
      incoming.state === 'Established' && (outgoing.state === 'Active' || outgoing.state === 'Connect');
    if (idles || isNeedless) outgoing.handle('ManualStop');
  }

  /** Idle: schedules the next start (DampPeerOscillations, RFC 4271 section 8.1.1). */
  private rest(connection: Connection, from: FsmState, cause: TransitionCause, isRefusal: boolean): void {
    if (!this.running || (connection === this.outgoing && this.config.dial === 'never')) return;
    const damped = this.damping.pause(this.now);
    const pause =
      connection === this.incoming ? damped : idleHoldTime(connection.failures, from, cause, damped, this.config);
    if (isRefusal || pause <= 0) this.restart(connection);
    else connection.idleHold.start(Math.max(this.heldIdleUntil, this.now + jittered(pause, this.random()) * SECOND));
  }

  /** The idle hold has expired. */
  private restart(connection: Connection): void {
    if (!this.running || connection.state !== 'Idle') return;
    if (this.heldIdleUntil > this.now)
      connection.idleHold.start(this.heldIdleUntil); // the hold belonged to an earlier attempt
    else if (connection === this.incoming) connection.handle('AutomaticStartPassive');
    else this.redial();
  }

  private downBy(now: number): DownBy | undefined {
    const { adminDown, blocked, awaitsNeighbour } = this.config;
    if (adminDown !== undefined) return 'admin-down';
    if (blocked !== undefined) return 'secret';
    if (awaitsNeighbour !== undefined) return 'awaits-neighbour';
    if (this.heldIdleUntil > now) return 'prefix-limit';
    return this.awaitsBfd ? 'awaits-bfd' : undefined;
  }

  private downText(by: DownBy, now: number): string {
    return downReason(this.config) ?? (by === 'prefix-limit' ? this.idleHoldText(now) : AWAITS_BFD);
  }

  private idleHoldText(now: number): string {
    const seconds = Math.ceil((this.heldIdleUntil - now) / SECOND);
    const until = Number.isFinite(seconds)
      ? `retrying in ${seconds} s`
      : 'waiting for `peerform reset` or another limit';
    return `${this.heldIdleFor}: ${until}`;
  }

  /** A limit that it exceeded may have changed. */
  endIdleHold(): void {
    if (this.heldIdleUntil <= this.now) return;
    this.heldIdleUntil = 0;
    for (const connection of [this.outgoing, this.incoming]) {
      connection.idleHold.stop();
      this.restart(connection);
    }
  }

  private redial(): void {
    const { outgoing, incoming, config } = this;
    if (config.dial === 'never' || incoming.state === 'Established') return;
    if (incoming.state === 'OpenConfirm') outgoing.idleHold.start(this.now + WAIT_FOR_DIALLER * SECOND);
    else outgoing.handle(config.dial === 'first' ? 'AutomaticStart' : 'AutomaticStartPassive');
  }

  /**
   * The neighbour refuses our AS number, or we refuse its: tries the next pair at once, until all were tried. Returns
   * whether to continue at once.
   */
  private fallBack(connection: Connection, cause: TransitionCause): boolean {
    const said = cause.received ?? cause.sent;
    const { acceptable } = this.config;
    if (said?.code !== ERROR.open || said.subcode !== OPEN_ERROR.badPeerAs) return false;
    const goesOn = this.choice.next(acceptable, cause.sent && connection.open?.as);
    if (acceptable.length > 1) {
      const [{ localAs, remoteAs }] = this.pairs;
      this.host.tell(this, 'pair', `AS numbers rejected; trying local AS ${localAs}, remote AS ${remoteAs} next`);
    }
    return goesOn;
  }

  private halt(content?: (connection: Connection) => NotificationContent | undefined, why?: string): void {
    const { established, outgoing, incoming } = this;
    this.isHalting = true;
    for (const connection of established === outgoing ? [incoming, outgoing] : [outgoing, incoming]) {
      connection.idleHold.stop();
      const says = content?.(connection);
      if (says && connection.isTalking) this.recordNotification('sent', says, why);
      connection.handle(says ? 'ManualStop' : 'TcpConnectionFails', says && { notification: says });
      if (connection.state !== 'Idle') connection.handle('ManualStop'); // OpenSent falls back to Active when its connection fails
    }
    this.isHalting = false;
  }

  private note(connection: Connection, from: FsmState, { event, sent, received, text, fault }: TransitionCause): void {
    const isAside = this.established !== undefined && this.established !== connection && from !== 'Established';
    if (isAside || event === 'OpenCollisionDump') return;
    if (sent) this.recordNotification('sent', sent, text ?? this.numberAmiss(connection, 'sent', sent));
    else if (received)
      this.recordNotification('received', received, this.numberAmiss(connection, 'received', received));
    else if (event === 'TcpConnectionFails' && !this.isHalting) {
      const wasMade = from !== 'Connect' && from !== 'Active';
      const kind = wasMade ? 'echo' : fault === 'silence' ? 'silence' : 'network';
      this.record({
        ...this.faultOf(kind, 'local', text ?? 'the connection was closed'),
        ...(fault && { reason: fault }),
      });
    }
  }

  /** Whose AS number is wrong, if any. */
  private numberAmiss(
    { open, said }: Connection,
    direction: 'sent' | 'received',
    { code, subcode }: NotificationContent,
  ): string | undefined {
    if (code !== ERROR.open || subcode !== OPEN_ERROR.badPeerAs) return undefined;
    if (direction === 'received') return said && `it does not expect this node in AS ${said.localAs}`;
    const expected = new Set(
      this.config.acceptable.map(({ localAs, remoteAs, anyExternal }) =>
        anyExternal ? `any other than ${localAs}` : `${remoteAs}`,
      ),
    );
    return open && `it is in AS ${open.as}, not ${[...expected].join(' or ')}`;
  }

  private recordNotification(direction: 'sent' | 'received', content: NotificationContent, why?: string): void {
    const { code, subcode } = content;
    const text = describeNotification(content) + (why ? ` (${why})` : '');
    this.record({ ...this.faultOf(faultKindOf(content), direction, text), code, subcode });
  }

  private record(fault: SessionFault): void {
    this.faults.add(fault);
    const { direction, text, reason } = fault;
    this.host.tell(this, 'error', direction === 'local' ? text : `NOTIFICATION ${direction}: ${text}`, reason);
  }

  private faultOf(kind: SessionFault['kind'], direction: SessionFault['direction'], text: string): SessionFault {
    return { kind, at: this.now, direction, text };
  }

  private tellState(): void {
    const connections = [this.outgoing.state, this.incoming.state];
    const state = SHOWN.find((shown) => connections.includes(shown))!;
    if (state === this.state) return;
    const before = this.state;
    this.state = state;
    this.since = this.now;
    const news = state === 'Established' ? 'up' : before === 'Established' ? 'down' : 'attempt';
    this.host.tell(this, news, `${before} -> ${state}`);
  }
}

const hasRemoteAs = ({ acceptable }: SessionConfig, { localAs, remoteAs }: AsPair): boolean =>
  acceptable.some((pair) => permits({ ...pair, localAs }, { localAs, remoteAs }));

/** A counter for each known error code, and for code 0. */
const noCodes = (): number[] => Array(Math.max(...Object.values(ERROR)) + 1).fill(0);

const AWAITS_BFD = 'waiting for BFD to come up';
const SILENCE = 'the neighbour does not respond';
/** The words for a reset because both ends would now agree on other parameters. */
const AGREEMENT = 'what was negotiated';

function endOf(at: number, { received }: TransitionCause): LastEnd {
  if (!received) return { at };
  const { code, subcode } = unwrapHardReset(received);
  return { at, received: { code, subcode } };
}

/** The more advanced of two connections counts; at equal progress dialling ranks above listening. */
const SHOWN: readonly FsmState[] = ['Established', 'OpenConfirm', 'OpenSent', 'Connect', 'Active', 'Idle'];
