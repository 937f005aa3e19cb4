import { type ControlPacket, DIAGNOSTIC, isSamePacket, type State } from './packet';
import { detectionTime, SLOW, sendTime } from './timing';
import { type TransitionTrigger, transition } from './transition';

/** Configuration of a session. Intervals are in microseconds. */
export interface Profile {
  /** Desired transmit interval; the remote system may require a longer one. */
  readonly desiredMinTx: number;
  /** Required minimum receive interval. */
  readonly requiredMinRx: number;
  /** Number of consecutive packets that may be lost before the remote system declares the session down. */
  readonly detectMultiplier: number;
  /** Passive role: sends nothing before it receives a packet (RFC 5880 section 6.1). */
  readonly passive: boolean;
}

/** What a session asks of its driver. */
export type BfdEffect =
  | { readonly kind: 'send'; readonly packet: ControlPacket }
  | { readonly kind: 'state'; readonly from: State; readonly to: State; readonly diagnostic: number };

/** State needed to continue a session after a process restart without the remote system noticing. */
export interface Memory {
  readonly discriminator: number;
  readonly state: State;
  readonly diagnostic: number;
  readonly remote?: ControlPacket;
  /** Intervals in use, in microseconds. */
  readonly transmits: number;
  readonly receives: number;
  /** See {@link BfdSession.restart}. */
  readonly isAwaited?: boolean;
}

const NEVER = Number.POSITIVE_INFINITY;
const NOTHING: readonly BfdEffect[] = [];

/**
 * One BFD session (RFC 5880) in asynchronous mode; demand mode and echo are not supported, but a remote system's demand
 * is honoured. Pure: time is an argument, in milliseconds of a monotonic clock, randomness a function, and effects are
 * returned. Pass all received packets to {@link receive} before calling {@link tick}, otherwise a late turn of the
 * event loop looks like a silent neighbour.
 */
export class BfdSession {
  state: State = 'Down';
  diagnostic: number = DIAGNOSTIC.none;
  /** The last packet received, while the remote system is considered alive. */
  remote: ControlPacket | undefined;

  /** Intervals in use; changes may be pending (RFC 5880 section 6.8.3). */
  private transmits = SLOW;
  private receives: number;
  /** A poll sequence is in progress; parameters have changed since it began. */
  private isPolling = false;
  private isPolledAgain = false;
  private sentAt = Number.NEGATIVE_INFINITY;
  private sendAt: number;
  /** Jitter of the next packet, from 0 to 1: drawn once for each packet. */
  private earliness = 0;
  private heardAt = Number.NEGATIVE_INFINITY;
  private detectAt = NEVER;
  /** The neighbour was up before this process was away, or stood still: unless it is heard, it has failed. */
  private awaited = false;
  /** Until when a neighbour that found this session silent says nothing of the path: see {@link noticeStandstill}. */
  private excusedUntil = Number.NEGATIVE_INFINITY;
  /** The detection time was extended since the last packet. */
  private isReprieved = false;
  /** When an AdminDown session stops sending, and whether it has. */
  private silentAt = NEVER;
  private isOver = false;
  private effects: BfdEffect[] = [];
  /** The last packet sent. An equal packet is the same object, so that it need not be encoded again. */
  private said: ControlPacket | undefined;

  constructor(
    private profile: Profile,
    readonly discriminator: number,
    private readonly chance: () => number,
    now: number,
  ) {
    this.receives = profile.requiredMinRx;
    // A random delay: after a restart all sessions would send at once.
    this.sendAt = now + (SLOW / 1000) * chance();
  }

  /**
   * Continues a session of a previous process: with its discriminator and state, and with the detection time running
   * from when that process ended.
   */
  static resume(profile: Profile, memory: Memory, chance: () => number, now: number): BfdSession {
    const session = new BfdSession(profile, memory.discriminator, chance, now);
    session.state = memory.state;
    session.diagnostic = memory.diagnostic;
    session.remote = memory.remote;
    session.transmits = memory.transmits;
    session.receives = memory.receives;
    // The poll may have been lost with the previous process, so it is repeated.
    session.isPolling = memory.state === 'Up';
    session.heardAt = now;
    session.sendAt = now;
    if (memory.state === 'AdminDown') session.silentAt = now + session.farewell;
    session.watch();
    session.excuseSilence(now);
    return session;
  }

  /**
   * Begins a session of a previous process anew, as its neighbour has noticed the interruption. If it was Up it must
   * come up again: silence of the neighbour is a failure, just as if the process had not been away. A neighbour that
   * has noticed sends once a second.
   */
  static restart(profile: Profile, memory: Memory, chance: () => number, now: number): BfdSession {
    if (memory.state === 'AdminDown') return BfdSession.resume(profile, memory, chance, now);
    const session = new BfdSession(profile, memory.discriminator, chance, now);
    if (memory.state === 'Up' || memory.isAwaited) session.await(memory.remote, now);
    else session.diagnostic = memory.diagnostic;
    return session;
  }

  /** Begins a session that was Up for another process, of which no memory is left; see {@link restart}. */
  static succeed(profile: Profile, discriminator: number, chance: () => number, now: number): BfdSession {
    const session = new BfdSession(profile, discriminator, chance, now);
    session.await(undefined, now);
    return session;
  }

  get memory(): Memory {
    const { discriminator, state, diagnostic, remote, transmits, receives, awaited } = this;
    return {
      ...{ discriminator, state, diagnostic, ...(remote && { remote }), transmits, receives },
      ...(awaited && { isAwaited: true }),
    };
  }

  /**
   * It was Up before this process was away, or stood still, and is not yet Up again: what happens next shows how the
   * neighbour is.
   */
  get isAwaited(): boolean {
    return this.awaited;
  }

  /** Transmit interval in microseconds, before jitter; 0 if the remote system accepts none. */
  get transmitInterval(): number {
    return this.remote?.requiredMinRx === 0 ? 0 : Math.max(this.transmits, this.remote?.requiredMinRx ?? 0);
  }

  /** Microseconds of silence after which the session goes down; undefined if unknown. */
  get detectionTime(): number | undefined {
    return this.remote && detectionTime(this.remote, this.receives);
  }

  /** An AdminDown session has announced its state for long enough. */
  get isDone(): boolean {
    return this.isOver;
  }

  /** When {@link tick} is due. */
  get wakeAt(): number {
    return Math.min(this.isSilent ? NEVER : this.sendAt, this.detectAt, this.silentAt);
  }

  /**
   * Handles a packet selected for this session (RFC 5880 section 6.8.6). `arrivedAt`: when it arrived at this machine,
   * which may be before this process had time to read it.
   */
  receive(packet: ControlPacket, now: number, arrivedAt = now): readonly BfdEffect[] {
    this.remote = packet;
    this.heard(arrivedAt);
    // It is out of service on purpose, which says nothing of the path.
    if (packet.state === 'AdminDown') this.awaited = false;
    if (packet.final && this.isPolling) this.endPoll(now);
    this.watch();
    this.hasten();
    if (this.state === 'AdminDown') return [];
    if (this.isExcused(packet, arrivedAt)) this.lapse(now);
    else this.happen(packet.state, now);
    if (packet.poll) this.send(now, true);
    return this.take();
  }

  /**
   * Handles a repetition of the last packet, which changes nothing between two systems that are Up; false if it must be
   * passed to {@link receive}.
   */
  hear(arrivedAt: number): boolean {
    const { remote } = this;
    if (this.state !== 'Up' || remote?.state !== 'Up' || remote.poll || remote.final) return false;
    this.heard(arrivedAt);
    this.watch();
    return true;
  }

  /**
   * Call this before anything else in a turn. If this process has sent nothing for as long as the neighbour waits, it
   * stood still, and that is what the neighbour is about to say, or has said meanwhile: the session then comes up again
   * as after an absence of the process, see {@link restart}. A neighbour that stood still as well says nothing.
   */
  noticeStandstill(now: number): void {
    const { remote } = this;
    if (this.state !== 'Up' || !remote || this.isSilent || this.sentAt === Number.NEGATIVE_INFINITY) return;
    if (now - this.sentAt >= this.remotePatience(remote)) this.excusedUntil = now + this.remotePatience(remote);
  }

  /**
   * The neighbour may have found this session silent, and said so while nobody listened; it says it again with its next
   * packet, once a second.
   */
  private excuseSilence(now: number): void {
    if (this.state === 'Up' && this.remote) this.excusedUntil = now + this.remotePatience(this.remote) + SLOW / 1000;
  }

  /** Milliseconds of silence of this session after which the remote system declares it down. */
  private remotePatience({ requiredMinRx }: ControlPacket): number {
    const { detectMultiplier } = this.profile;
    return detectionTime({ detectMultiplier, desiredMinTx: this.transmits }, requiredMinRx) / 1000;
  }

  private isExcused({ state, diagnostic }: ControlPacket, arrivedAt: number): boolean {
    const isOfSilence = state === 'Down' && diagnostic === DIAGNOSTIC.detectionTimeExpired;
    return this.state === 'Up' && isOfSilence && arrivedAt <= this.excusedUntil;
  }

  /** The neighbour has noticed that this process stood still. */
  private lapse(now: number): void {
    this.move('Down', DIAGNOSTIC.none, now);
    this.awaited = true;
  }

  /**
   * Packets of the neighbour may have been lost in this machine: it gets another detection time. Only once, as
   * otherwise a flood of packets could keep a dead neighbour up.
   */
  reprieve(now: number): void {
    if (this.isReprieved) return;
    this.heard(now);
    this.watch();
    this.isReprieved = true;
  }

  /** Nothing can be received here, so that silence says nothing of the neighbour: it gets another detection time. */
  excuse(now: number): void {
    if (this.isOverdue(now)) this.grant(now);
  }

  /** Packets can be received from now on: a neighbour that nobody could hear has a whole detection time. */
  grant(now: number): void {
    if (this.detectAt === NEVER) return;
    this.excuseSilence(now);
    this.heard(now);
    if (this.remote) this.watch();
    else this.await(undefined, now);
  }

  /** Whether the detection time has expired, unless a received packet has not been read yet. */
  isOverdue(now: number): boolean {
    return now >= this.detectAt;
  }

  /** Runs expired timers. */
  tick(now: number): readonly BfdEffect[] {
    if (now >= this.detectAt) {
      this.detectAt = NEVER;
      this.remote = undefined;
      if (this.awaited) this.move('Down', DIAGNOSTIC.detectionTimeExpired, now, 'Up');
      else this.happen('expired', now);
    }
    if (now >= this.silentAt) {
      this.silentAt = NEVER;
      this.isOver = true;
    }
    if (now >= this.sendAt && !this.isSilent) this.send(now);
    return this.take();
  }

  /** Sends a packet now, if the session sends any. */
  speak(now: number): readonly BfdEffect[] {
    if (!this.isSilent) this.send(now);
    return this.take();
  }

  /** Changes the configuration; the session stays in its state (RFC 5880 section 6.8.3). */
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

  /** Administratively disables the session (RFC 5880 section 6.8.16): it keeps announcing that for a detection time. */
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

  /** Milliseconds for which an AdminDown session keeps sending. */
  private get farewell(): number {
    const { detectMultiplier } = this.profile;
    return detectionTime({ detectMultiplier, desiredMinTx: SLOW }, this.remote?.requiredMinRx ?? 0) / 1000;
  }

  private happen(cause: TransitionTrigger, now: number): void {
    const next = transition(this.state, cause);
    if (next) this.move(next.state, next.diagnostic ?? this.diagnostic, now);
  }

  private await(remote: ControlPacket | undefined, now: number): void {
    const { detectMultiplier = this.profile.detectMultiplier, desiredMinTx = 0 } = remote ?? {};
    const slow = { detectMultiplier, desiredMinTx: Math.max(SLOW, desiredMinTx) };
    this.awaited = true;
    this.detectAt = now + detectionTime(slow, this.receives) / 1000;
  }

  private heard(at: number): void {
    this.heardAt = Math.max(this.heardAt, at);
    this.isReprieved = false;
  }

  private move(to: State, diagnostic: number, now: number, from = this.state): void {
    this.state = to;
    if (to !== 'Init') this.awaited = false;
    this.diagnostic = diagnostic;
    this.effects.push({ kind: 'state', from, to, diagnostic });
    this.isPolling = this.isPolledAgain = false;
    // Before Up both intervals are used as configured; entering Up shortens ours, which takes effect at once and starts
    // a poll sequence.
    this.transmits = this.desired;
    this.receives = this.profile.requiredMinRx;
    this.isPolling = to === 'Up';
    // A change is sent at once, not with the next periodic packet (section 6.8.7).
    this.sendAt = now;
    if (!this.isSilent) this.send(now);
  }

  /**
   * The configuration changed. If the session is Up, the remote system must know of it before it receives packets less
   * often, or is expected to send more often.
   */
  private retune(now: number): void {
    const isUp = this.state === 'Up';
    this.transmits = isUp ? Math.min(this.transmits, this.desired) : this.desired;
    this.receives = isUp ? Math.max(this.receives, this.profile.requiredMinRx) : this.profile.requiredMinRx;
    // Only one poll sequence at a time: two polls in flight may arrive in either order, and the response to the first
    // would end both.
    this.isPolledAgain = isUp && this.isPolling;
    if (isUp) this.isPolling = true;
    this.watch();
    this.hasten();
    if (!this.isSilent && !this.isPolledAgain) this.send(now);
  }

  /** Restarts the detection timer; not if the remote system is unknown, or already considered dead. */
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

  /** An interval may have become shorter: the next packet is moved forward. */
  private hasten(): void {
    this.sendAt = Math.min(this.sendAt, this.nextAt());
  }

  /** The transmit interval we announce (RFC 5880 section 6.8.3). */
  private get desired(): number {
    return this.state === 'Up' ? this.profile.desiredMinTx : Math.max(SLOW, this.profile.desiredMinTx);
  }

  /** Whether periodic transmission is suspended (RFC 5880 section 6.8.7). */
  private get isSilent(): boolean {
    const { remote } = this;
    if (this.isOver || !remote) return this.isOver || this.profile.passive;
    const isDemanded = remote.demand && this.state === 'Up' && remote.state === 'Up' && !this.isPolling;
    return remote.requiredMinRx === 0 || isDemanded;
  }

  /** When the next periodic packet is due. */
  private nextAt(): number {
    const interval = Math.max(this.transmits, this.remote?.requiredMinRx ?? 0);
    return sendTime(this.sentAt, interval, this.profile.detectMultiplier, this.earliness);
  }

  private send(now: number, final = false): void {
    const packet = this.packet(final);
    if (!this.said || !isSamePacket(packet, this.said)) this.said = packet;
    this.effects.push({ kind: 'send', packet: this.said });
    // A response to a poll is sent immediately and does not postpone the next periodic packet.
    if (final) return;
    this.earliness = this.chance();
    this.sentAt = now;
    this.sendAt = this.nextAt();
  }

  /** A single literal without spreads: building the object piecemeal costs more than the system call that sends it. */
  private packet(final: boolean): ControlPacket {
    return {
      diagnostic: this.diagnostic,
      state: this.state,
      poll: this.isPolling && !final,
      final,
      controlPlaneIndependent: true,
      demand: false,
      detectMultiplier: this.profile.detectMultiplier,
      myDiscriminator: this.discriminator,
      yourDiscriminator: this.remote?.myDiscriminator ?? 0,
      desiredMinTx: this.desired,
      requiredMinRx: this.profile.requiredMinRx,
      requiredMinEchoRx: 0,
    };
  }

  private take(): readonly BfdEffect[] {
    const { effects } = this;
    if (effects.length === 0) return NOTHING;
    this.effects = [];
    return effects;
  }
}
