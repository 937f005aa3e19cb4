import { type ControlPacket, DIAGNOSTIC, type State } from './packet';
import { detectionTime, SLOW, sendTime } from './timing';
import { type TransitionTrigger, transition } from './transition';

/** What the release says of a session. Intervals are in microseconds. */
export interface Profile {
  /** At which packets are sent, where the remote system takes as many. */
  readonly desiredMinTx: number;
  /** At which they are taken. */
  readonly requiredMinRx: number;
  /** Packets that may be lost in a row, as the remote system is to count them. */
  readonly detectMultiplier: number;
  /** Whether it waits to be spoken to (RFC 5880 section 6.1). */
  readonly passive: boolean;
}

/** What a session asks of its driver. */
export type BfdEffect =
  | { readonly kind: 'send'; readonly packet: ControlPacket }
  | { readonly kind: 'state'; readonly from: State; readonly to: State; readonly diagnostic: number };

/** What a session needs to go on where a process that ended left it: the remote system must not see the difference. */
export interface Memory {
  readonly discriminator: number;
  readonly state: State;
  readonly diagnostic: number;
  readonly remote?: ControlPacket;
  /** Microseconds: the intervals in use. */
  readonly transmits: number;
  readonly receives: number;
}

const NEVER = Number.POSITIVE_INFINITY;

/**
 * One BFD session (RFC 5880) in asynchronous mode; neither demand mode nor echo is offered, a remote system's demand is
 * honoured. Pure: time comes as an argument, in milliseconds of a clock that does not jump, and chance as a function;
 * what is to be done comes back. Before {@link tick} all that came must have been given to {@link receive}, or a late
 * turn of the event loop looks like a silent neighbour.
 */
export class BfdSession {
  state: State = 'Down';
  diagnostic: number = DIAGNOSTIC.none;
  /** The last packet that came, while the remote system counts as there. */
  remote: ControlPacket | undefined;

  /** Intervals that are in use; others may be on their way to be (RFC 5880 section 6.8.3). */
  private transmits = SLOW;
  private receives: number;
  /** A poll sequence is under way; and its parameters have changed since it began. */
  private isPolling = false;
  private isPolledAgain = false;
  private sentAt = Number.NEGATIVE_INFINITY;
  private sendAt: number;
  /** By how much of its interval the next packet comes early: drawn once for each. */
  private earliness = 0;
  private heardAt = Number.NEGATIVE_INFINITY;
  private detectAt = NEVER;
  /** When an AdminDown session falls silent, and whether it has. */
  private silentAt = NEVER;
  private isOver = false;
  private effects: BfdEffect[] = [];

  constructor(
    private profile: Profile,
    readonly discriminator: number,
    private readonly chance: () => number,
    now: number,
  ) {
    this.receives = profile.requiredMinRx;
    // At a moment of its own: after a restart all would speak at once.
    this.sendAt = now + (SLOW / 1000) * chance();
  }

  /**
   * Continues where another process left a session: with its discriminator, in its state, and silent for no longer than
   * its end took.
   */
  static resume(profile: Profile, memory: Memory, chance: () => number, now: number): BfdSession {
    const session = new BfdSession(profile, memory.discriminator, chance, now);
    session.state = memory.state;
    session.diagnostic = memory.diagnostic;
    session.remote = memory.remote;
    session.transmits = memory.transmits;
    session.receives = memory.receives;
    // What a poll carried may not have arrived: it is sent again.
    session.isPolling = memory.state === 'Up';
    session.heardAt = now;
    session.sendAt = now;
    if (memory.state === 'AdminDown') session.silentAt = now + session.farewell;
    session.watch();
    return session;
  }

  get memory(): Memory {
    const { discriminator, state, diagnostic, remote, transmits, receives } = this;
    return { discriminator, state, diagnostic, ...(remote && { remote }), transmits, receives };
  }

  /** Microseconds between our packets, but for jitter; 0: the remote system takes none. */
  get transmitInterval(): number {
    return this.remote?.requiredMinRx === 0 ? 0 : Math.max(this.transmits, this.remote?.requiredMinRx ?? 0);
  }

  /** Microseconds of silence after which the remote system counts as gone; undefined while it is not known. */
  get detectionTime(): number | undefined {
    return this.remote && detectionTime(this.remote, this.receives);
  }

  /** An AdminDown session has said for long enough that it is. */
  get isDone(): boolean {
    return this.isOver;
  }

  /** When {@link tick} is due. */
  get wakeAt(): number {
    return Math.min(this.isSilent ? NEVER : this.sendAt, this.detectAt, this.silentAt);
  }

  /** A packet of the remote system that was selected for this session (RFC 5880 section 6.8.6). */
  receive(packet: ControlPacket, now: number): readonly BfdEffect[] {
    this.remote = packet;
    this.heardAt = now;
    if (packet.final && this.isPolling) this.endPoll(now);
    this.watch();
    this.hasten();
    if (this.state === 'AdminDown') return [];
    this.happen(packet.state, now);
    if (packet.poll) this.send(now, true);
    return this.take();
  }

  /**
   * The same packet as the last one came again, which changes nothing between two systems that are Up; false: it is to
   * be given to {@link receive}.
   */
  hear(now: number): boolean {
    const { remote } = this;
    if (this.state !== 'Up' || remote?.state !== 'Up' || remote.poll || remote.final) return false;
    this.heardAt = now;
    this.watch();
    return true;
  }

  /** Whether the remote system was silent for a detection time, unless something of it waits to be read. */
  isOverdue(now: number): boolean {
    return now >= this.detectAt;
  }

  /** Does what is due. */
  tick(now: number): readonly BfdEffect[] {
    if (now >= this.detectAt) {
      this.detectAt = NEVER;
      this.remote = undefined;
      this.happen('expired', now);
    }
    if (now >= this.silentAt) {
      this.silentAt = NEVER;
      this.isOver = true;
    }
    if (now >= this.sendAt && !this.isSilent) this.send(now);
    return this.take();
  }

  /** Sends a packet now, where it sends any. */
  speak(now: number): readonly BfdEffect[] {
    if (!this.isSilent) this.send(now);
    return this.take();
  }

  /** Another profile from now on; the session stays as it is (RFC 5880 section 6.8.3). */
  configure(profile: Profile, now: number): readonly BfdEffect[] {
    const before = this.profile;
    this.profile = profile;
    const isRetuned =
      before.desiredMinTx !== profile.desiredMinTx ||
      before.requiredMinRx !== profile.requiredMinRx ||
      before.detectMultiplier !== profile.detectMultiplier;
    if (isRetuned) this.retune(now);
    return this.take();
  }

  /**
   * Out of service (RFC 5880 section 6.8.16): the remote system receives it for as long as it would take to detect it.
   */
  disable(now: number): readonly BfdEffect[] {
    if (this.state === 'AdminDown') return [];
    this.silentAt = now + this.farewell;
    this.move('AdminDown', DIAGNOSTIC.administrativelyDown, now);
    return this.take();
  }

  enable(now: number): readonly BfdEffect[] {
    if (this.state !== 'AdminDown') return [];
    this.silentAt = NEVER;
    this.isOver = false;
    this.move('Down', DIAGNOSTIC.none, now);
    return this.take();
  }

  /** Milliseconds for which an AdminDown session says so. */
  private get farewell(): number {
    const { detectMultiplier } = this.profile;
    return detectionTime({ detectMultiplier, desiredMinTx: SLOW }, this.remote?.requiredMinRx ?? 0) / 1000;
  }

  private happen(cause: TransitionTrigger, now: number): void {
    const next = transition(this.state, cause);
    if (next) this.move(next.state, next.diagnostic ?? this.diagnostic, now);
  }

  private move(to: State, diagnostic: number, now: number): void {
    const from = this.state;
    this.state = to;
    this.diagnostic = diagnostic;
    this.effects.push({ kind: 'state', from, to, diagnostic });
    this.isPolling = this.isPolledAgain = false;
    // Before Up both intervals are as they are said to be; that it is Up makes ours shorter, which is in use at once,
    // and is polled for.
    this.transmits = this.desired;
    this.receives = this.profile.requiredMinRx;
    this.isPolling = to === 'Up';
    // A change is sent at once, not when the next packet would have been due (section 6.8.7).
    this.sendAt = now;
    if (!this.isSilent) this.send(now);
  }

  /**
   * The profile changed: where the session is Up the remote system must have received it before it receives fewer
   * packets, or is expected to send more.
   */
  private retune(now: number): void {
    const isUp = this.state === 'Up';
    this.transmits = isUp ? Math.min(this.transmits, this.desired) : this.desired;
    this.receives = isUp ? Math.max(this.receives, this.profile.requiredMinRx) : this.profile.requiredMinRx;
    // One poll sequence after another: two polls on their way at once may arrive in either order, and the answer to the
    // older one would end both.
    this.isPolledAgain = isUp && this.isPolling;
    if (isUp) this.isPolling = true;
    this.watch();
    this.hasten();
    if (!this.isSilent && !this.isPolledAgain) this.send(now);
  }

  /** The remote system must be heard from again in time; no longer where it is not known, or gone already. */
  private watch(): void {
    if (this.remote) this.detectAt = this.heardAt + detectionTime(this.remote, this.receives) / 1000;
  }

  private endPoll(now: number): void {
    this.isPolling = this.isPolledAgain;
    this.isPolledAgain = false;
    if (this.isPolling) {
      this.send(now);
      return;
    }
    this.transmits = this.desired;
    this.receives = this.profile.requiredMinRx;
  }

  /** An interval may have become shorter: the next packet is not sent by the longer one. */
  private hasten(): void {
    this.sendAt = Math.min(this.sendAt, this.nextAt());
  }

  /** What we say of our interval (RFC 5880 section 6.8.3). */
  private get desired(): number {
    return this.state === 'Up' ? this.profile.desiredMinTx : Math.max(SLOW, this.profile.desiredMinTx);
  }

  /** Whether nothing is sent by itself (RFC 5880 section 6.8.7). */
  private get isSilent(): boolean {
    const { remote } = this;
    if (this.isOver || !remote) return this.isOver || this.profile.passive;
    const isDemanded = remote.demand && this.state === 'Up' && remote.state === 'Up' && !this.isPolling;
    return remote.requiredMinRx === 0 || isDemanded;
  }

  /** When the next periodic packet is due after the last one. */
  private nextAt(): number {
    const interval = Math.max(this.transmits, this.remote?.requiredMinRx ?? 0);
    return sendTime(this.sentAt, interval, this.profile.detectMultiplier, this.earliness);
  }

  private send(now: number, final = false): void {
    const { state, diagnostic, discriminator, remote, profile } = this;
    this.effects.push({
      kind: 'send',
      packet: {
        ...{ state, diagnostic, final },
        poll: this.isPolling && !final,
        controlPlaneIndependent: true,
        demand: false,
        detectMultiplier: profile.detectMultiplier,
        myDiscriminator: discriminator,
        yourDiscriminator: remote?.myDiscriminator ?? 0,
        desiredMinTx: this.desired,
        requiredMinRx: profile.requiredMinRx,
        requiredMinEchoRx: 0,
      },
    });
    // An answer to a poll comes out of turn, and takes nothing from it.
    if (final) return;
    this.earliness = this.chance();
    this.sentAt = now;
    this.sendAt = this.nextAt();
  }

  private take(): readonly BfdEffect[] {
    const { effects } = this;
    this.effects = [];
    return effects;
  }
}
