// `receive` is on the hot path: UPDATEs of an Established connection go directly to the RIB, as the table's cell
// specifies.
import { maxMessage } from '../wire/context';
import { KEEPALIVE } from '../wire/keepalive';
import { type Frame, MESSAGE } from '../wire/message';
import { decodeNotification, encodeNotification, isNotification, notification } from '../wire/notification';
import { CEASE, ERROR, OPEN_ERROR } from '../wire/notification-codes';
import { decodeOpen, encodeOpen, type Open } from '../wire/open';
import { decodeRouteRefresh, type RouteRefresh } from '../wire/route-refresh';
import type { NotificationContent, UpdateVerdict } from '../wire/verdict';
import type { Current } from './change';
import type { ConnectionKind, Settlement } from './collision';
import type { AsPair, SessionConfig } from './config';
import type { EventName } from './event';
import type { FaultReason } from './fault';
import { type Action, FSM, type FsmState } from './fsm';
import { MessageFramer } from './message-framer';
import { buildOpen, localIdOf, type Negotiated, negotiate, pairFor } from './negotiation';
import { DELAY_OPEN_TIME, jittered, OPEN_HOLD_TIME, SECOND, sendHoldTime, type Timer, type TimerQueue } from './timers';

/** Maximum number of octets in flight on a connection before it counts as full. */
const MOST_OUTSTANDING = 512 * 1024;
const MOST_PIECES = 1024;

/** Why a connection changed state: the event, and the NOTIFICATION that was sent or received with it. */
export interface TransitionCause {
  readonly event: EventName;
  readonly sent?: NotificationContent;
  readonly received?: NotificationContent;
  /** The error of the operating system. */
  readonly text?: string;
  /** Its meaning, if known. */
  readonly fault?: FaultReason;
}

/** Details of an event. */
type More = Pick<TransitionCause, 'text' | 'fault'> & {
  notification?: NotificationContent;
  refresh?: RouteRefresh;
};

/** What a connection needs of its session and of the speaker. Times are milliseconds. */
export interface ConnectionOwner {
  readonly config: SessionConfig;
  readonly agenda: TimerQueue;
  readonly now: number;
  /** From 0 to 1. */
  random(): number;
  /** Our forwarding state survived a restart and End-of-RIB is still outstanding (RFC 4724). */
  readonly restarting: boolean;
  /** Our forwarding state has been preserved since the session was last up. */
  readonly preserved: boolean;
  readonly counters: Counters;
  /** Starts a connection and returns its number. */
  dial(connection: Connection): number;
  send(id: number, bytes: Uint8Array): void;
  close(connection: Connection, id: number): void;
  /** Acceptable pairs, in the order of trying. */
  readonly pairs: readonly AsPair[];
  /** Seconds until the next attempt to connect, before jitter. */
  connectRetrySeconds(connection: Connection): number;
  /** Whether the neighbour, which has sent a valid OPEN, is admitted. */
  readonly isAdmitted: boolean;
  /** Both OPENs are known: resolves a collision, and decides on this connection. */
  settleCollision(connection: Connection, agreed: Negotiated): Settlement;
  /** The neighbour continues with this connection, which was waiting: one of the two is closed. */
  chosen(connection: Connection): void;
  /** The neighbour has shown that it is Established on this connection: the other one no longer waits. */
  proved(connection: Connection): void;
  moved(connection: Connection, from: FsmState, cause: TransitionCause): void;
  update(bytes: Uint8Array, start: number, end: number): UpdateVerdict;
  refresh(message: RouteRefresh): void;
}

/** Message counters of a session, over all its connections. */
export interface Counters {
  messagesIn: number;
  messagesOut: number;
  updatesIn: number;
  updatesOut: number;
  /** Malformed UPDATEs, by their handling under RFC 7606. */
  treatedAsWithdraw: number;
  attributesDiscarded: number;
}

/** One connection of a session, or its placeholder: runs the state machine of RFC 4271 (see {@link FSM}). */
export class Connection {
  state: FsmState = 'Idle';
  /** The number of the TCP connection while it is open. */
  id: number | undefined;
  /** The negotiated parameters; readable until the next connection. */
  agreed: Negotiated | undefined;
  /** The neighbour's OPEN. */
  open: Open | undefined;
  /** Name of the secret that the connection is signed with; null: none. */
  key: string | null = null;
  /** Consecutive failed attempts (ConnectRetryCounter). */
  failures = 0;
  /** Octets passed to the network and not yet accepted by it, and the number of buffers: each has an overhead. */
  outstanding = 0;
  private pieces = 0;
  /** When it entered its state, in milliseconds. */
  since: number;
  /** The neighbour has sent a message that is only sent in Established. */
  isProven = false;
  /** The idle hold timer: runs in Idle until the next start (see session.ts). */
  readonly idleHold: Timer;

  /** The contents of our OPEN, once sent. */
  private sent: { readonly pair: AsPair; readonly localId: number } | undefined;
  private framer = new MessageFramer();
  /** The body of a received OPEN while a collision is unresolved. */
  private waitingOpen: Uint8Array | undefined;
  private event: More = {};
  private readonly connectRetry: Timer;
  private readonly delayOpen: Timer;
  private readonly hold: Timer;
  private readonly keepalive: Timer;
  private readonly sendHold: Timer;

  constructor(
    readonly kind: ConnectionKind,
    private readonly owner: ConnectionOwner,
    restart: (connection: Connection) => void,
  ) {
    this.since = owner.now;
    const timer = (event: EventName) => owner.agenda.timer(() => this.handle(event));
    this.connectRetry = timer('ConnectRetryTimerExpires');
    this.delayOpen = timer('DelayOpenTimerExpires');
    this.hold = timer('HoldTimerExpires');
    this.keepalive = timer('KeepaliveTimerExpires');
    this.sendHold = timer('SendHoldTimerExpires');
    this.idleHold = owner.agenda.timer(() => restart(this));
  }

  /** The pair in our OPEN, once sent. */
  get said(): AsPair | undefined {
    return this.sent && { ...this.sent.pair, localId: this.sent.localId };
  }

  /** The parameters of an established session. */
  get current(): Current | undefined {
    const { agreed, key } = this;
    return agreed && { ...agreed.pair, localId: agreed.localId, remoteId: agreed.peerRouterId, key };
  }

  /** Whether messages are exchanged: our OPEN has been sent, or theirs is awaited on an accepted connection. */
  get isTalking(): boolean {
    return this.id !== undefined && this.state !== 'Idle' && this.state !== 'Connect';
  }

  /** Executes the table's transition for this event: its actions in order, then the state. */
  handle(event: EventName, more: More = {}): void {
    const from = this.state;
    const { to, actions, notification: own } = FSM[from][event];
    const content = more.notification ?? (own && notification(own.code, own.subcode));
    this.event = { ...more, ...(content && { notification: content }) };
    const notifies = actions.includes('notify') && this.id !== undefined && from !== 'Connect';
    for (const action of actions) ACTIONS[action](this);
    this.state = to;
    if (from === to) return;
    this.since = this.owner.now;
    const received = event === 'Notification' || event === 'NotificationVersionError';
    this.owner.moved(this, from, {
      event,
      ...(notifies && content && { sent: content }),
      ...(received && content && { received: content }),
      ...(more.text !== undefined && { text: more.text }),
      ...(more.fault && { fault: more.fault }),
    });
  }

  /** Takes over an accepted TCP connection; `delayed`: our OPEN waits for theirs. */
  accept(id: number, delayed: boolean): void {
    this.begin(id);
    this.handle(delayed ? 'TcpConnectionConfirmedDelayed' : 'TcpConnectionConfirmed');
  }

  /** Octets received on the connection. */
  receive(chunk: Uint8Array): void {
    const id = this.id;
    this.framer.push(
      chunk,
      // RFC 8654 section 4: having announced the capability, we accept extended messages whatever the neighbour
      // announced.
      () => (this.state === 'OpenConfirm' || this.state === 'Established' ? 65535 : 4096),
      (bytes, found) => {
        this.read(bytes, found);
        return this.id === id;
      },
    );
  }

  /** So much is in flight that no more UPDATEs are built. */
  get isFull(): boolean {
    return this.outstanding >= MOST_OUTSTANDING || this.pieces >= MOST_PIECES;
  }

  /** The network accepted one buffer. */
  written(octets: number): void {
    this.outstanding = Math.max(0, this.outstanding - octets);
    this.pieces = Math.max(0, this.pieces - 1);
    if (this.outstanding === 0) this.sendHold.stop();
    else if (this.sendHold.running) this.watchSending();
  }

  /** Sends complete messages; `updates` is the number of UPDATEs among them. */
  send(bytes: Uint8Array, messages = 1, updates = 0): void {
    if (this.id === undefined) return;
    this.owner.counters.messagesOut += messages;
    this.owner.counters.updatesOut += updates;
    this.outstanding += bytes.length;
    this.pieces++;
    if (!this.sendHold.running) this.watchSending();
    this.owner.send(this.id, bytes);
  }

  private begin(id: number): void {
    this.id = id;
    this.framer = new MessageFramer();
    this.agreed = this.open = this.sent = this.waitingOpen = undefined;
    this.outstanding = this.pieces = 0;
    this.isProven = false;
  }

  /** An OPEN was received, and the collision is unresolved. */
  get isWaiting(): boolean {
    return this.waitingOpen !== undefined;
  }

  /** Continues with an OPEN that was pending. */
  resume(): void {
    const body = this.waitingOpen;
    this.waitingOpen = undefined;
    if (body && this.id !== undefined) READERS[MESSAGE.open](this, body);
  }

  /** RFC 9687 section 4.2: runs only while data waits to be sent, as nothing else restarts it then. */
  private watchSending(): void {
    const seconds = this.agreed ? sendHoldTime(this.agreed.holdTime) : 0;
    if (seconds > 0) this.sendHold.start(this.owner.now + seconds * SECOND);
  }

  private read(bytes: Uint8Array, found: Exclude<Frame, { kind: 'incomplete' }>): void {
    if (found.kind === 'error') {
      this.handle('BgpHeaderError', { notification: found.notification });
      return;
    }
    this.owner.counters.messagesIn++;
    const { type, start, end } = found;
    if (this.waitingOpen && type !== MESSAGE.notification) {
      this.owner.chosen(this);
      if (this.id === undefined) return;
    }
    if (type === MESSAGE.update) this.takeUpdate(bytes, start, end);
    else if (type === MESSAGE.keepalive) this.handle('Keepalive');
    else READERS[type](this, bytes.subarray(start, end));
  }

  /** In Established executes the cell without the table: update, restartHold. */
  private takeUpdate(bytes: Uint8Array, start: number, end: number): void {
    this.owner.counters.updatesIn++;
    if (this.state !== 'Established') {
      this.handle('Update');
      return;
    }
    if (!this.isProven) this.prove();
    const verdict = this.owner.update(bytes, start, end);
    if (verdict.kind !== 'session-reset') this.restartHold();
    else this.handle('UpdateError', { notification: verdict.notification, text: verdict.reason });
  }

  private prove(): void {
    this.isProven = true;
    this.owner.proved(this);
  }

  /** Handlers of the other messages, by type. */
  static readonly readers: Readonly<Record<number, (connection: Connection, body: Uint8Array) => void>> = {
    [MESSAGE.open](connection, body) {
      const [event, notification] = connection.judgeOpen(body);
      if (event) connection.handle(event, notification && { notification });
    },
    [MESSAGE.notification](connection, body) {
      const content = decodeNotification(body);
      const isVersion = content.code === ERROR.open && content.subcode === OPEN_ERROR.unsupportedVersion;
      connection.handle(isVersion ? 'NotificationVersionError' : 'Notification', { notification: content });
    },
    [MESSAGE.routeRefresh](connection, body) {
      const refresh = decodeRouteRefresh(body);
      if (connection.state === 'Established' && !connection.isProven) connection.prove();
      if (!isNotification(refresh)) connection.handle('RouteRefresh', { refresh });
      else if (connection.state !== 'Established') connection.handle('RouteRefresh');
      // RFC 7313 section 5: a marker of wrong length closes the session if the enhancement was negotiated; otherwise it
      // is ignored.
      else if (connection.agreed?.enhancedRefresh) connection.handle('UpdateError', { notification: refresh });
    },
  };

  /** The event for an OPEN: valid, refused, or closing this connection in favour of the other. None: it waits. */
  private judgeOpen(body: Uint8Array): [EventName?, NotificationContent?] {
    const delayed = this.delayOpen.running;
    if (this.state !== 'OpenSent' && !delayed) return ['BgpOpen'];
    const open = decodeOpen(body);
    if (isNotification(open)) return ['BgpOpenError', open];
    this.open = open;
    const pair = pairFor(this.owner.pairs, open.as, this.sent?.pair, open.routerId);
    const agreed = negotiate(this.owner.config, pair, open, this.sent?.localId);
    if (isNotification(agreed)) return ['BgpOpenError', agreed];
    if (!this.owner.isAdmitted) return ['BgpOpenError', notification(ERROR.cease, CEASE.connectionRejected)];
    this.agreed = agreed;
    const settlement = this.owner.settleCollision(this, agreed);
    if (settlement === 'leaves') return ['OpenCollisionDump'];
    if (settlement === 'waits') {
      this.waitingOpen = body.slice();
      return [];
    }
    return [delayed ? 'BgpOpenDelayed' : 'BgpOpen'];
  }

  private restartHold(): void {
    const holdTime = this.agreed?.holdTime ?? 0;
    if (holdTime > 0) this.hold.start(this.owner.now + holdTime * SECOND);
  }

  private restartKeepalive(): void {
    const seconds = this.agreed?.keepaliveTime ?? 0;
    if (seconds > 0) this.keepalive.start(this.owner.now + jittered(seconds, this.owner.random()) * SECOND);
  }

  /** The actions of the table. */
  static readonly actions: Readonly<Record<Action, (connection: Connection) => void>> = {
    dial: (connection) => connection.begin(connection.owner.dial(connection)),
    drop(connection) {
      const id = connection.id;
      connection.id = connection.waitingOpen = undefined;
      connection.outstanding = connection.pieces = 0;
      connection.sendHold.stop();
      if (id !== undefined) connection.owner.close(connection, id);
    },
    notify(connection) {
      // In Connect there is no peer to notify yet.
      if (connection.state === 'Connect' || !connection.event.notification) return;
      // The neighbour may send longer messages than it accepts.
      const most = connection.agreed ? maxMessage(connection.agreed.context) : 4096;
      connection.send(encodeNotification(connection.event.notification, most));
    },
    sendOpen(connection) {
      const { config, pairs } = connection.owner;
      const pair = connection.agreed?.pair ?? pairs[0];
      connection.sent = { pair, localId: connection.agreed?.localId ?? localIdOf(config, pair) };
      connection.send(encodeOpen(buildOpen(config, pair, connection.owner)));
    },
    sendKeepalive: (connection) => connection.send(KEEPALIVE),
    startConnectRetry(connection) {
      // The incoming connection never dials.
      if (connection.kind === 'accepted') return;
      const seconds = jittered(connection.owner.connectRetrySeconds(connection), connection.owner.random());
      connection.connectRetry.start(connection.owner.now + seconds * SECOND);
    },
    stopConnectRetry: (connection) => connection.connectRetry.stop(),
    startDelayOpen: (connection) => connection.delayOpen.start(connection.owner.now + DELAY_OPEN_TIME * SECOND),
    startOpenHold(connection) {
      connection.delayOpen.stop();
      connection.hold.start(connection.owner.now + OPEN_HOLD_TIME * SECOND);
    },
    agreeTimers(connection) {
      connection.restartHold();
      connection.restartKeepalive();
    },
    restartHold: (connection) => connection.restartHold(),
    restartKeepalive: (connection) => connection.restartKeepalive(),
    stopTimers(connection) {
      for (const timer of [connection.connectRetry, connection.delayOpen, connection.hold, connection.keepalive])
        timer.stop();
    },
    countFailure(connection) {
      connection.failures++;
    },
    forgetFailures(connection) {
      connection.failures = 0;
    },
    update() {}, // done in takeUpdate, before the transition
    refresh: (connection) => connection.event.refresh && connection.owner.refresh(connection.event.refresh),
  };
}

const ACTIONS = Connection.actions;
const READERS = Connection.readers;
