import type { Family } from '../wire/family';
import { KEEPALIVE } from '../wire/keepalive';
import { describeNotification, isNotification, notification, shutdown } from '../wire/notification';
import { CEASE, ERROR, OPEN_ERROR } from '../wire/notification-codes';
import { REFRESH, type RouteRefresh } from '../wire/route-refresh';
import type { NotificationContent, Verdict } from '../wire/verdict';
import { survivor } from './collision';
import { type AsPair, CHANGE, changedFields, changeOf, keysOf, type SessionConfig } from './config';
import type { State } from './fsm';
import { forGood, isReconfigured, Retention, retains } from './graceful-restart';
import { KeyChoice } from './key-choice';
import { type Cause, type Counters, Lane, type LaneOwner, type Settlement } from './lane';
import { MarkedRefresh } from './marked-refresh';
import { type Negotiated, negotiate, sameAgreement } from './negotiation';
import { PairChoice } from './pair-choice';
import { acceptPause, dialPause, isDeliberate, isTooMany, TOO_MANY_PAUSE } from './pause';
import { describeNegotiated, type LastError, type SessionStatus } from './status';
import {
  type Agenda,
  backedOff,
  jittered,
  NEXT_KEY,
  SECOND,
  STABLE_TIME,
  type Timer,
  WAIT_FOR_DIALLER,
} from './timers';

/** What a session needs of the speaker. */
export interface SessionHost {
  readonly agenda: Agenda;
  /** Milliseconds. */
  readonly now: number;
  readonly restarting: boolean;
  random(): number;
  /** `key`: name of the secret to sign with; null: none. */
  dial(session: Session, lane: Lane, key: string | null): number;
  send(connection: number, bytes: Uint8Array): void;
  close(connection: number): void;
  /** The state of a session changed, or something befell it that people want to know. */
  tell(session: Session, type: SessionNews, text: string): void;
  readonly routes: SessionRoutes;
}

/** What a session does to the routing table. */
export interface SessionRoutes {
  /** Routes may flow: begins to feed and drain the RIB. */
  up(session: Session, agreed: Negotiated): void;
  /** The session is no longer Established. `retain`: its routes stay as stale ones, and with `keepsStale` those that are stale already. */
  down(session: Session, retain: boolean, keepsStale: boolean): void;
  /** Parameters of routing changed: to be evaluated again without reset. */
  retune(session: Session): void;
  sweep(session: Session, family?: Family): void;
  update(session: Session, bytes: Uint8Array, start: number, end: number): Verdict;
  refresh(session: Session, family: Family, subtype: number): void;
}

export type SessionNews = 'state' | 'error' | 'retained' | 'pair';

/** A connection that lives so long, in seconds, is no part of a race: a new one from a neighbour that restarts gracefully replaces it. */
const SETTLED = 10;
/**
 * One BGP session: two lanes (the connection we dial, the one we accept), each with its own state machine, of which at most one
 * gets beyond OpenSent (RFC 4271 sections 6.8 and 8.2.1.2). The session's state is that of the lane that is further.
 */
export class Session implements LaneOwner {
  readonly dialled: Lane;
  readonly accepted: Lane;
  readonly counters: Counters = {
    messagesIn: 0,
    messagesOut: 0,
    updatesIn: 0,
    updatesOut: 0,
    treatedAsWithdraw: 0,
    attributesDiscarded: 0,
  };
  /** Families whose End-of-RIB came since the session is up. */
  readonly endOfRib = new Set<Family>();
  readonly retention: Retention;
  readonly markedRefresh: MarkedRefresh;

  private running = false;
  private readonly choice = new PairChoice();
  private readonly keys = new KeyChoice();
  private state: State = 'Idle';
  private since: number;
  private ups = 0;
  private upSince = 0;
  private lastError: LastError | undefined;
  /** The reset in progress is our own: the neighbour's routes stay good. */
  private keepsRoutes = false;
  private resumesOwn = false;
  /** Before this time nothing starts by itself, milliseconds. */
  private pausedUntil = 0;
  private readonly stable: Timer;

  constructor(
    public config: SessionConfig,
    private readonly host: SessionHost,
  ) {
    const restart = (lane: Lane) => this.restart(lane);
    this.dialled = new Lane('dialled', this, restart);
    this.accepted = new Lane('accepted', this, restart);
    this.retention = new Retention(host.agenda, (family) => host.routes.sweep(this, family));
    this.markedRefresh = new MarkedRefresh(host.agenda, (family) => host.routes.sweep(this, family));
    this.stable = host.agenda.timer(() => {
      this.dialled.failures = this.accepted.failures = 0;
    });
    this.since = host.now;
  }

  get agenda(): Agenda {
    return this.host.agenda;
  }
  get now(): number {
    return this.host.now;
  }
  get restarting(): boolean {
    return this.host.restarting;
  }
  get preserved(): boolean {
    return this.restarting || this.ups > 0;
  }
  random(): number {
    return this.host.random();
  }

  /** The lane that is Established, if one is. */
  get established(): Lane | undefined {
    if (this.dialled.state === 'Established') return this.dialled;
    return this.accepted.state === 'Established' ? this.accepted : undefined;
  }

  /** Whether it is up or tries to be. */
  get isRunning(): boolean {
    return this.running;
  }

  /** Nothing goes on: there is no connection, no routes are kept for the neighbour to come back, and it is not kept out. */
  get isQuiet(): boolean {
    const isConnected = this.dialled.connection !== undefined || this.accepted.connection !== undefined;
    return !isConnected && !this.retention.active && this.pausedUntil <= this.now;
  }

  /** Begins to connect and to listen, unless the configuration keeps it down. */
  start(): void {
    if (this.running || downReason(this.config) !== undefined) return;
    this.running = true;
    this.pausedUntil = 0;
    this.accepted.handle('ManualStartPassive');
    const { dial } = this.config;
    // The neighbour's next attempt may be seconds away, while traffic follows routes of before the restart.
    const isUrgent = this.restarting && this.ups === 0;
    if (dial === 'first' || (dial === 'wait' && isUrgent)) this.dialled.handle('ManualStart');
    else if (dial === 'wait') this.dialled.handle('ManualStartPassive');
  }

  /** Ends it with this NOTIFICATION; nothing restarts it but {@link start}. Without one the connections are just closed (a graceful restart of ours). */
  stop(content?: NotificationContent): void {
    this.running = false;
    this.halt(content && ((lane) => forGood(content, lane.agreed)));
    this.retention.end();
  }

  /** Takes a new configuration for the same key; see CHANGE in config.ts for what stays up. */
  configure(config: SessionConfig): void {
    const before = this.config,
      current = this.established?.agreed?.pair,
      fields = changedFields(before, config),
      change = changeOf(before, config, current),
      wasDown = downReason(before),
      isDown = downReason(config);
    this.config = config;
    if (fields.includes('acceptable')) this.choice.prefer(config.acceptable, change === 'reset' ? undefined : current);
    if (isDown !== undefined && this.running) this.stop(shutdown(CEASE.administrativeShutdown, isDown));
    const resets =
      change === 'reset' ||
      (before.yields && !config.yields && this.isOutOfStep()) ||
      (!this.established && (fields.includes('dial') || fields.includes('authentication'))) ||
      this.needsOtherKey(fields.includes('authentication'));
    if (resets && this.running) {
      this.keepsRoutes = !fields.some((field) => FORGETTING.has(field));
      this.running = false;
      this.halt(() => notification(ERROR.cease, CEASE.otherConfigurationChange));
      this.keepsRoutes = false;
    }
    if (fields.includes('maxPrefixes') || fields.includes('maxPrefixRestart')) this.unpause();
    if (fields.some((field) => CHANGE[field] === 'retune' || CHANGE[field] === 'pair')) this.host.routes.retune(this); // a lower limit may end it
    if (resets || wasDown !== undefined) this.start();
  }

  /** Whether the session that is up has to go over to another key; where both ends do in their own time, the one that does not dial first resets it. */
  private needsOtherKey(isNew: boolean): boolean {
    const { established, config } = this;
    if (!established) return false;
    const [wanted, ...others] = keysOf(config);
    if (established.key === wanted) return false;
    return !others.includes(established.key) || (isNew && config.dial !== 'first');
  }

  /** Whether the configuration and the neighbour's OPEN would agree on something else than they did. */
  private isOutOfStep(): boolean {
    const { agreed, open } = this.established ?? {};
    if (!agreed || !open) return false;
    const now = negotiate(this.config, agreed.pair, open);
    return isNotification(now) || !sameAgreement(now, agreed);
  }

  /** Offers a connection from the neighbour; answers the NOTIFICATION that refuses it, or undefined where it was taken. */
  offer(connection: number): NotificationContent | undefined {
    const { accepted, established } = this;
    if (!this.running) return notification(ERROR.cease, CEASE.connectionRejected);
    if (established) {
      // RFC 4724 section 5: a neighbour that restarts gracefully may come back before we saw it go.
      if (established.agreed?.gracefulRestart && this.now - this.upSince > SETTLED * SECOND) {
        established.handle('TcpConnectionFails', { text: 'the neighbour restarted' });
      } else {
        established.send(KEEPALIVE); // if the neighbour has lost that connection, its answer tells us now
        if (established === accepted) return notification(ERROR.cease, CEASE.connectionCollision);
      }
    }
    // Dialling again, the neighbour has given up a connection on which it never said anything.
    if (accepted.connection !== undefined && accepted.state !== 'OpenConfirm')
      accepted.handle('TcpConnectionFails', { text: 'the neighbour connected again' });
    if (accepted.state !== 'Active')
      return notification(
        ERROR.cease,
        accepted.state === 'Idle' ? CEASE.connectionRejected : CEASE.connectionCollision,
      );
    const locals = new Set(this.config.acceptable.map(({ localAs }) => localAs));
    accepted.key = this.config.authentication ?? null;
    accepted.accept(connection, locals.size > 1);
    return undefined;
  }

  /** End-of-RIB of a family came (RFC 4724 section 2). */
  sawEndOfRib(family: Family): void {
    this.endOfRib.add(family);
    this.retention.endOfRib(family);
  }

  status(now: number): SessionStatus {
    const { config, established } = this,
      agreed = established?.agreed,
      down = downReason(config) ?? this.pauseReason(now);
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
      ...(down !== undefined && { down }),
      ...(config.template !== undefined && { template: config.template }),
      retiring: config.retiring ?? false,
      ...(this.lastError && { lastError: this.lastError }),
      counters: { ...this.counters },
      pair: agreed?.pair ?? this.pairs[0],
      localId: config.routerId,
      ...(agreed && established && { negotiated: describeNegotiated(established.kind, agreed, this.endOfRib) }),
      retaining: this.retention.active,
    };
  }

  // What the lanes ask for.

  /** The acceptable pairs, the one to try next first. */
  get pairs(): readonly AsPair[] {
    return this.choice.order(this.config.acceptable);
  }

  dial(lane: Lane): number {
    lane.key = this.keys.take(keysOf(this.config));
    return this.host.dial(this, lane, lane.key);
  }
  send(connection: number, bytes: Uint8Array): void {
    this.host.send(connection, bytes);
  }
  close(_lane: Lane, connection: number): void {
    this.host.close(connection);
  }
  update(bytes: Uint8Array, start: number, end: number): Verdict {
    return this.host.routes.update(this, bytes, start, end);
  }
  refresh({ family, subtype }: RouteRefresh): void {
    const known = Object.values<number>(REFRESH).includes(subtype);
    if (family && known && this.established?.agreed?.context.families.has(family))
      this.host.routes.refresh(this, family, subtype);
  }
  connectRetrySeconds(lane: Lane): number {
    const { dial, connectRetryTime, otherAuthentications = [] } = this.config;
    if (dial === 'wait' && lane.state === 'Idle') return WAIT_FOR_DIALLER;
    return otherAuthentications.length > 0 ? NEXT_KEY : backedOff(connectRetryTime, lane.failures);
  }

  settleCollision(lane: Lane, agreed: Negotiated): Settlement {
    const other = this.otherThan(lane);
    if (other.state !== 'OpenConfirm' && other.state !== 'Established') return 'stays';
    const { localAs, remoteAs } = agreed.pair;
    const stays = survivor({ localId: this.config.routerId, remoteId: agreed.peerRouterId, localAs, remoteAs });
    if (lane.kind !== stays) return 'leaves';
    if (other.state === 'Established') return 'waits';
    other.handle('OpenCollisionDump');
    return 'stays';
  }

  giveUpOther(lane: Lane): void {
    this.otherThan(lane).handle('OpenCollisionDump'); // then this lane goes on, see `moved`
  }

  moved(lane: Lane, from: State, cause: Cause): void {
    if (cause.event !== 'ManualStop') this.note(lane, from, cause);
    if (isDeliberate(cause.received)) lane.failures = 0;
    const isRefusal = this.running && this.fallBack(lane, cause);
    if (lane.state === 'Established') this.cameUp(lane);
    if (from === 'Established') this.wentDown(lane, cause);
    this.standDown();
    if (lane.state === 'Idle') this.rest(lane, from, cause, isRefusal);
    if (from === 'Established') this.otherThan(lane).resume();
    this.tellState();
  }

  private otherThan(lane: Lane): Lane {
    return lane === this.dialled ? this.accepted : this.dialled;
  }

  private cameUp(lane: Lane): void {
    this.ups++;
    this.upSince = this.now;
    this.endOfRib.clear();
    this.stable.start(this.now + STABLE_TIME * SECOND);
    const agreed = lane.agreed!;
    this.choice.prefer(this.config.acceptable, agreed.pair);
    this.host.routes.up(this, agreed);
    this.retention.resume(this.now, agreed, this.resumesOwn);
    this.resumesOwn = false;
  }

  private wentDown(lane: Lane, cause: Cause): void {
    this.stable.stop();
    let keepsStale = false;
    const agreed = lane.agreed!;
    this.keys.after(keysOf(this.config), isReconfigured(cause) ? lane.key : undefined);
    if (isReconfigured(cause)) this.choice.passOver(this.config.acceptable, agreed.pair);
    const isPlanned = this.keepsRoutes || isReconfigured(cause),
      retain = this.keepsRoutes || (this.running && retains(agreed, cause));
    if (retain) {
      this.resumesOwn = this.keepsRoutes;
      const seconds = agreed.gracefulRestart?.restartTime ?? 0;
      keepsStale = this.retention.begin(
        this.now,
        this.keepsRoutes ? Math.max(seconds, agreed.holdTime, 30) : seconds,
        isPlanned,
      );
      this.host.tell(this, 'retained', `routes are kept for ${this.config.name} to come back`);
    } else this.retention.end();
    this.host.routes.down(this, retain, keepsStale || this.markedRefresh.active);
    this.markedRefresh.forget();
    if (retain && !this.keepsRoutes)
      for (const family of agreed.context.families)
        if (!agreed.gracefulRestart!.families.has(family)) this.host.routes.sweep(this, family);
    const other = this.otherThan(lane);
    if (isTooMany(cause.sent)) {
      const seconds = this.config.maxPrefixRestart ?? TOO_MANY_PAUSE;
      this.pausedUntil = seconds === 0 ? Number.POSITIVE_INFINITY : this.now + seconds * SECOND;
      other.handle('ManualStop');
    }
    if (this.running && other.state === 'Idle' && !other.idleHold.running)
      this.rest(other, 'Established', cause, false);
  }

  /** RFC 4271 section 8.2.2: while one connection is Established (or about to be) no other is sought. */
  private standDown(): void {
    const { dialled, accepted } = this;
    const idles = dialled.state === 'Active' && accepted.state === 'OpenConfirm',
      isNeedless = accepted.state === 'Established' && (dialled.state === 'Active' || dialled.state === 'Connect');
    if (idles || isNeedless) dialled.handle('ManualStop');
  }

  /** Idle: starts again by itself, sooner or later (DampPeerOscillations, RFC 4271 section 8.1.1). */
  private rest(lane: Lane, from: State, cause: Cause, isRefusal: boolean): void {
    if (!this.running || (lane === this.dialled && this.config.dial === 'never')) return;
    const pause =
      lane === this.accepted ? acceptPause(lane.failures, cause) : dialPause(lane.failures, from, cause, this.config);
    const seconds = Math.max(isRefusal ? 0 : pause, (this.pausedUntil - this.now) / SECOND);
    if (seconds <= 0) this.restart(lane);
    else lane.idleHold.start(this.now + jittered(seconds, this.random()) * SECOND);
  }

  /** The idle hold is over. */
  private restart(lane: Lane): void {
    if (!this.running || lane.state !== 'Idle') return;
    if (lane === this.accepted) lane.handle('AutomaticStartPassive');
    else this.redial();
  }

  private pauseReason(now: number): string | undefined {
    if (this.pausedUntil <= now) return undefined;
    const seconds = Math.ceil((this.pausedUntil - now) / SECOND),
      until = Number.isFinite(seconds) ? `tries again in ${seconds} s` : 'waits for a reset or another limit';
    return `too many prefixes came (the limit is ${this.config.maxPrefixes}): ${until}`;
  }

  private unpause(): void {
    if (this.pausedUntil <= this.now) return;
    this.pausedUntil = 0;
    for (const lane of [this.dialled, this.accepted]) {
      lane.idleHold.stop();
      this.restart(lane);
    }
  }

  private redial(): void {
    const { dialled, accepted, config } = this;
    if (config.dial === 'never' || accepted.state === 'Established') return;
    if (accepted.state === 'OpenConfirm') dialled.idleHold.start(this.now + WAIT_FOR_DIALLER * SECOND);
    else dialled.handle(config.dial === 'first' ? 'AutomaticStart' : 'AutomaticStartPassive');
  }

  /** The neighbour refuses our AS number, or we its: the next pair, at once, until all were tried. Answers whether to go on at once. */
  private fallBack(lane: Lane, cause: Cause): boolean {
    const said = cause.received ?? cause.sent,
      { acceptable } = this.config;
    if (said?.code !== ERROR.open || said.subcode !== OPEN_ERROR.badPeerAs) return false;
    const goesOn = this.choice.next(acceptable, cause.sent && lane.open?.as);
    if (acceptable.length > 1) {
      const [{ localAs, remoteAs }] = this.pairs;
      this.host.tell(this, 'pair', `AS numbers refused; tries local AS ${localAs}, remote AS ${remoteAs} next`);
    }
    return goesOn;
  }

  private halt(content?: (lane: Lane) => NotificationContent): void {
    const { established, dialled, accepted } = this;
    for (const lane of established === dialled ? [accepted, dialled] : [dialled, accepted]) {
      lane.idleHold.stop();
      const says = content?.(lane);
      if (says && lane.isTalking) this.record('sent', describeNotification(says), says);
      lane.handle(says ? 'ManualStop' : 'TcpConnectionFails', says && { notification: says });
      if (lane.state !== 'Idle') lane.handle('ManualStop'); // OpenSent falls back to Active when its connection fails
    }
  }

  private note(lane: Lane, from: State, { event, sent, received, text }: Cause): void {
    const isAside = this.established !== undefined && this.established !== lane && from !== 'Established';
    if (isAside || event === 'OpenCollisionDump') return;
    if (sent) this.record('sent', describeNotification(sent) + (text ? ` (${text})` : ''), sent);
    else if (received) this.record('received', describeNotification(received), received);
    else if (event === 'TcpConnectionFails') this.record('local', text ?? 'the connection was closed');
  }

  private record(direction: LastError['direction'], text: string, content?: NotificationContent): void {
    const codes = content && { code: content.code, subcode: content.subcode };
    this.lastError = { at: this.now, direction, text, ...codes };
    this.host.tell(this, 'error', direction === 'local' ? text : `NOTIFICATION ${direction}: ${text}`);
  }

  private tellState(): void {
    const lanes = [this.dialled.state, this.accepted.state];
    const state = SHOWN.find((shown) => lanes.includes(shown))!;
    if (state === this.state) return;
    const before = this.state;
    this.state = state;
    this.since = this.now;
    this.host.tell(this, 'state', `${before} -> ${state}`);
  }
}

/** Of two lanes the further one counts; one that dials says more than one that listens. */
const SHOWN: readonly State[] = ['Established', 'OpenConfirm', 'OpenSent', 'Connect', 'Active', 'Idle'];

/** After a reset for one of these, what the neighbour told us is no longer known to be true; over any other its routes are kept, in whatever AS. */
const FORGETTING: ReadonlySet<keyof SessionConfig> = new Set([
  'key',
  'localAddress',
  'remoteAddress',
  'port',
  'interface',
  'routerId',
  'role',
]);

/** Why a configuration keeps its session down, if it does. */
export const downReason = ({ adminDown, blocked }: SessionConfig): string | undefined => adminDown ?? blocked;
