import { type ControlPacket, decodePacket, encodePacket, PACKET_LENGTH } from '../../bfd/packet';
import { type BfdEffect, BfdSession, type Memory, type Profile } from '../../bfd/session';
import type { Datagram } from '../../kernel/system/udp';
import { type BfdCounts, type BfdDiscard, type BfdSpec, type BfdStatus, bfdKey } from './protocol';
import { PortTaken, portOf, type Sender, type Sockets } from './sockets';
import type { Wheel } from './wheel';

/** Source ports of BFD (RFC 5881 section 4); Linux's ephemeral ports are partly outside this range. */
const [FIRST_PORT, LAST_PORT] = [49152, 65535];
/** Milliseconds for which a discarded packet says something about what the neighbour does now. */
const RECENT = 10_000;
/** Milliseconds within which a neighbour usually comes up. */
const PATIENCE = 5_000;
/** Ports tried before giving up. */
const ATTEMPTS = 20;

/** What became of a session: it survives a restart of the process. */
type History = Pick<BfdStatus, 'since' | 'downs' | 'lastDown' | 'lastDownDiagnostic' | 'isPlanned'>;

/** A session as stored over a restart of the process. */
export interface SavedSession {
  readonly spec: BfdSpec;
  readonly port: number;
  readonly memory: Memory;
  /** Absent if a process of the previous version stored it. */
  readonly history?: History;
}

/**
 * `no-session`: none selects it; `wrong-port`: one does, and is not on that port; `wrong-interface`: it did not come
 * over the link that joins the two (RFC 5881 section 2).
 */
export type DiscardReason =
  | Exclude<ReturnType<typeof decodePacket>, object>
  | 'ttl'
  | 'no-session'
  | 'wrong-port'
  | 'wrong-interface';

/** What a session needs of its driver. */
export interface Drive {
  readonly sockets: Sockets;
  readonly wheel: Wheel;
  /** Milliseconds of a monotonic clock. */
  now(): number;
  /** The same time on the wall clock. */
  time(): string;
  random(): number;
  /** Reads what has arrived for the session until now. */
  catchUp(session: DrivenSession): void;
  /** Ensures that the session can receive. */
  attend(session: DrivenSession): void;
  /** A received packet was discarded. */
  discarded(reason: DiscardReason): void;
  /** The session's state changed. */
  changed(session: DrivenSession): void;
  /** It was removed, and has announced that for long enough. */
  done(session: DrivenSession): void;
}

/**
 * When a packet arrived, in milliseconds of the monotonic clock: by the time that the kernel noted on it, and the same
 * but no earlier than the queue was empty.
 */
interface Arrived {
  readonly byClock: number;
  readonly at: number;
}

/** A session of the previous run, whose interruption its neighbour may have noticed; or a new one. */
type Origin = (Omit<SavedSession, 'spec'> & { readonly isRecent: boolean }) | { readonly wasUp: boolean };

const micro = (milliseconds: number): number => Math.round(milliseconds * 1000);
const milli = (microseconds: number): number => microseconds / 1000;

const profileOf = ({ transmitInterval, receiveInterval, detectMultiplier, passive }: BfdSpec): Profile => ({
  desiredMinTx: micro(transmitInterval),
  requiredMinRx: micro(receiveInterval),
  ...{ detectMultiplier, passive },
});

const noPackets = () => ({ sent: 0, received: 0, longestSilence: 0, latestRead: 0, falseDowns: 0 });

/** A session with its socket. */
export class DrivenSession {
  private readonly session: BfdSession;
  private sender: Sender | undefined;
  private port: number;
  private movedAt: number;
  private history: History;
  private packets = noPackets();
  /** When its neighbour was found silent; a packet that arrived before proves the opposite. */
  private judgedAt = Number.NEGATIVE_INFINITY;
  /** When its last packet arrived. */
  private arrivedAt = Number.POSITIVE_INFINITY;
  private readonly discards = new Map<DiscardReason, number>();
  private discarded: (BfdDiscard & { readonly at: number }) | undefined;
  private readonly last = new Uint8Array(PACKET_LENGTH);
  private trouble: string | undefined;
  private shown: readonly unknown[];
  /** The packet sent last, encoded: the next one is usually the same. */
  private said: { readonly packet: ControlPacket; readonly octets: Uint8Array } | undefined;
  private deafBy: PortTaken | string | undefined;
  private isClosed = false;
  /** It is no longer wanted, and continues until its neighbour ends it. */
  isLingering = false;

  constructor(
    public spec: BfdSpec,
    readonly discriminator: number,
    private readonly drive: Drive,
    saved: Origin,
  ) {
    const { local, multihop, ...on } = spec;
    [this.arrival, this.otherPort] = [multihop, !multihop].map((each) =>
      bfdKey({
        ...{ local, remote: '', multihop: each },
        ...(on.interface !== undefined && { interface: on.interface }),
      }),
    );
    const profile = profileOf(spec);
    const chance = () => drive.random();
    const now = drive.now();
    if ('memory' in saved)
      this.session = BfdSession[saved.isRecent ? 'resume' : 'restart'](profile, saved.memory, chance, now);
    else if (saved.wasUp) this.session = BfdSession.succeed(profile, discriminator, chance, now);
    else this.session = new BfdSession(profile, discriminator, chance, now);
    this.port = 'port' in saved ? saved.port : this.anyPort();
    this.history = this.historyOf(saved);
    this.movedAt = now;
    this.shown = this.facts;
    this.arm();
  }

  /** That of the previous run, in which the session may have been in another state. */
  private historyOf(saved: Origin): History {
    const since = this.drive.time();
    if (!('memory' in saved) || !saved.history) return { since, downs: 0 };
    return this.session.state === saved.memory.state ? saved.history : { ...saved.history, since };
  }

  /** Why nothing can be received. */
  get deafness(): PortTaken | string | undefined {
    return this.deafBy;
  }

  set deafness(why: PortTaken | string | undefined) {
    const wasTaken = this.deafBy instanceof PortTaken;
    this.deafBy = why;
    if (wasTaken && why === undefined) this.session.grant(this.drive.now());
  }

  /** The socket its packets arrive at: shared by all sessions with the same. */
  readonly arrival: string;
  /** The same for several hops if this is on the link, and the other way round. */
  readonly otherPort: string;

  get key(): string {
    return this.spec.key;
  }

  get isWanted(): boolean {
    return this.session.state !== 'AdminDown' && !this.isLingering;
  }

  get status(): BfdStatus {
    const { session, history } = this;
    const { remote, transmitInterval, detectionTime } = session;
    const trouble = this.troubleNow;
    return {
      ...{ key: this.key, localDiscriminator: this.discriminator, state: session.state },
      ...{ diagnostic: session.diagnostic, ...history },
      ...(remote && { remote: saidBy(remote) }),
      ...(transmitInterval > 0 && { transmitInterval: milli(transmitInterval) }),
      ...(detectionTime !== undefined && { detectionTime: milli(detectionTime) }),
      ...(trouble !== undefined && { trouble }),
      ...(this.deafness instanceof PortTaken && { isDeaf: true }),
      ...(session.isAwaited && { isAwaited: true }),
    };
  }

  private get troubleNow(): string | undefined {
    const { deafness, trouble } = this;
    return deafness instanceof PortTaken ? deafness.why : (deafness ?? trouble);
  }

  get counts(): BfdCounts {
    const { at = Number.NEGATIVE_INFINITY, ...discarding } = this.discarded ?? { reason: '' };
    return {
      ...this.packets,
      ...(this.discards.size > 0 && { discarded: Object.fromEntries(this.discards) }),
      ...(this.drive.now() - at < RECENT && { discarding }),
      ...(this.sender?.isRefused && { isRefused: true }),
    };
  }

  /** Its neighbour sends to its port. */
  get isHearing(): boolean {
    return this.session.remote !== undefined;
  }

  /** That its neighbour sends to the port of {@link otherPort}. */
  get misdirection(): BfdDiscard {
    return { reason: 'wrong-port', got: portOf({ multihop: !this.spec.multihop }), wanted: portOf(this.spec) };
  }

  /** Its neighbour has not come up for longer than that takes. */
  get isMissing(): boolean {
    return this.isWanted && this.session.state !== 'Up' && this.drive.now() - this.movedAt > PATIENCE;
  }

  /** A datagram from its neighbour at the port of {@link otherPort}. */
  misdirected(): void {
    this.discard('wrong-port', this.misdirection);
  }

  get saved(): SavedSession {
    const { spec, port, session, history } = this;
    return { spec, port, memory: session.memory, history };
  }

  /** Changes the parameters; a session that was about to leave stays, one that has left begins anew. */
  configure(spec: BfdSpec): void {
    // What was discarded for the previous minimum says nothing of this one.
    if (spec.minimumTtl !== this.spec.minimumTtl) this.discarded = undefined;
    this.spec = spec;
    if (this.session.state === 'AdminDown') this.forget();
    this.isLingering = false;
    const now = this.drive.now();
    this.carryOut(this.session.configure(profileOf(spec), now));
    this.carryOut(this.session.enable(now));
  }

  /**
   * It is no longer wanted: the neighbour is notified so that it does not take this for a failure (RFC 5880 section
   * 6.8.16). `lingers`: only once its neighbour ends it, unless it is not up.
   */
  leave(lingers = false): void {
    this.isLingering = lingers && this.session.state === 'Up';
    if (!this.isLingering) this.carryOut(this.session.disable(this.drive.now()));
  }

  /**
   * It was removed, and is wanted again before its neighbour has been notified for long enough. The discriminator
   * stays, as the neighbour goes on using it; what was counted was of the session that ended.
   */
  private forget(): void {
    this.history = { since: this.history.since, downs: 0 };
    this.packets = noPackets();
    this.discards.clear();
    this.discarded = undefined;
    this.judgedAt = Number.NEGATIVE_INFINITY;
    this.arrivedAt = Number.POSITIVE_INFINITY;
  }

  /** Sends a packet immediately. */
  speak(): void {
    this.carryOut(this.session.speak(this.drive.now()));
  }

  /** Datagrams of its neighbour may have been lost in this machine. */
  reprieve(): void {
    if (this.session.isOverdue(this.drive.now())) this.session.reprieve(this.drive.now());
  }

  /** A datagram from its neighbour. */
  take({ octets, hopLimit, link }: Datagram, arrival: Arrived): void {
    const { minimumTtl } = this.spec;
    this.session.noticeStandstill(this.drive.now());
    if (hopLimit < minimumTtl) {
      this.discard('ttl', { got: hopLimit, wanted: minimumTtl });
      return;
    }
    const stray = this.drive.sockets.strayLink(this.spec, link);
    if (stray !== undefined) {
      this.discard('wrong-interface', { interface: stray });
      return;
    }
    const isUp = this.session.state === 'Up';
    if (this.isSame(octets) && this.session.hear(arrival.at)) {
      this.received(arrival, isUp);
      return;
    }
    const packet = this.selected(decodePacket(octets));
    if (typeof packet === 'string') {
      this.discard(packet);
      return;
    }
    this.received(arrival, isUp);
    this.last.set(octets.subarray(0, this.last.length));
    this.carryOut(this.session.receive(packet, this.drive.now(), arrival.at));
  }

  private discard(reason: DiscardReason, more: Omit<BfdDiscard, 'reason'> = {}): void {
    this.drive.discarded(reason);
    this.discards.set(reason, (this.discards.get(reason) ?? 0) + 1);
    this.discarded = { reason, at: this.drive.now(), ...more };
  }

  /** Counts by the clock alone: what {@link Arrived.at} assumes would confirm itself. */
  private received({ byClock }: Arrived, isUp: boolean): void {
    const { packets } = this;
    packets.received++;
    if (isUp) packets.longestSilence = Math.max(packets.longestSilence, byClock - this.arrivedAt);
    packets.latestRead = Math.max(packets.latestRead, this.drive.now() - byClock);
    if (byClock < this.judgedAt) packets.falseDowns++;
    this.judgedAt = Number.NEGATIVE_INFINITY;
    this.arrivedAt = byClock;
  }

  /** Whether it equals the last accepted packet, as nearly all do. */
  private isSame(octets: Uint8Array): boolean {
    const { last } = this;
    if (octets.length !== last.length) return false;
    for (let i = 0; i < last.length; i++) if (octets[i] !== last[i]) return false;
    return true;
  }

  /** RFC 5880 section 6.8.6: a packet for another session, or for one of an earlier run, is not accepted. */
  private selected(packet: ReturnType<typeof decodePacket>): ReturnType<typeof decodePacket> | 'no-session' {
    if (typeof packet === 'string') return packet;
    const { yourDiscriminator } = packet;
    return yourDiscriminator === 0 || yourDiscriminator === this.discriminator ? packet : 'no-session';
  }

  close(): void {
    this.isClosed = true;
    this.drive.wheel.remove(this);
    this.sender?.close();
  }

  /** Runs what is due, and returns when more is. */
  wake(): number {
    // Silence is judged at this moment: what arrived before it has been read then, however late this process is.
    const now = this.drive.now();
    this.session.noticeStandstill(now);
    if (this.session.isOverdue(now)) this.drive.catchUp(this);
    this.drive.attend(this);
    if (this.deafness instanceof PortTaken) this.session.excuse(now);
    if (this.isClosed) return Number.POSITIVE_INFINITY;
    if (this.session.state === 'Up' && this.session.isOverdue(now)) this.judgedAt = now;
    this.carryOut(this.session.tick(now));
    if (this.session.isDone) this.drive.done(this);
    return this.isClosed ? Number.POSITIVE_INFINITY : this.session.wakeAt;
  }

  private carryOut(effects: readonly BfdEffect[]): void {
    for (const effect of effects)
      if (effect.kind === 'send') this.send(this.octetsOf(effect.packet));
      else this.moved(effect);
    const { facts, shown } = this;
    if (facts.some((fact, i) => fact !== shown[i])) {
      this.shown = facts;
      this.drive.changed(this);
    }
    this.arm();
    if (this.isLingering && this.session.state !== 'Up') this.leave();
  }

  /** A neighbour that says that it ends the session on purpose has not failed (RFC 5882 section 3.2). */
  private moved({ from, to, diagnostic }: Extract<BfdEffect, { kind: 'state' }>): void {
    const { remote, isAwaited } = this.session;
    const since = this.drive.time();
    const { isPlanned: wasPlanned = false, ...before } = this.history;
    const isPlanned = to === 'Down' ? remote?.state === 'AdminDown' : to === 'Init' && wasPlanned;
    const isFailure = from === 'Up' && to === 'Down' && !isAwaited && !isPlanned;
    this.movedAt = this.drive.now();
    this.history = {
      ...before,
      ...{ since, downs: before.downs + (isFailure ? 1 : 0) },
      ...(isFailure && { lastDown: since, lastDownDiagnostic: diagnostic }),
      ...(isPlanned && { isPlanned }),
    };
  }

  /** What is reported and stored; no report is needed while it is unchanged. */
  private get facts(): readonly unknown[] {
    const { state, diagnostic, remote, transmitInterval, detectionTime, isAwaited } = this.session;
    return [
      state,
      diagnostic,
      isAwaited,
      transmitInterval,
      detectionTime,
      remote?.state,
      remote?.diagnostic,
      remote?.myDiscriminator,
      remote?.requiredMinRx,
      this.troubleNow,
    ];
  }

  private octetsOf(packet: ControlPacket): Uint8Array {
    if (this.said?.packet !== packet) this.said = { packet, octets: encodePacket(packet) };
    return this.said.octets;
  }

  private send(octets: Uint8Array): void {
    this.sender ??= this.open();
    if (!this.sender) return;
    this.trouble = this.sender.send(octets);
    if (this.trouble === undefined) {
      this.packets.sent++;
      return;
    }
    // Its interface may have been recreated: the next packet is sent from a new socket, with the same port.
    this.sender.close();
    this.sender = undefined;
  }

  private open(): Sender | undefined {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const sender = this.drive.sockets.sender(this.spec, this.port);
      if (typeof sender !== 'string') return sender;
      this.trouble = sender === 'taken' ? 'no UDP port from 49152 to 65535 is free' : sender;
      if (sender !== 'taken') return undefined;
      this.port = this.anyPort();
    }
    return undefined;
  }

  private anyPort(): number {
    return FIRST_PORT + Math.floor(this.drive.random() * (LAST_PORT - FIRST_PORT + 1));
  }

  private arm(): void {
    if (!this.isClosed) this.drive.wheel.add(this, this.session.wakeAt);
  }
}

const saidBy = (packet: ControlPacket): NonNullable<BfdStatus['remote']> => {
  const { state, diagnostic, controlPlaneIndependent, myDiscriminator: discriminator } = packet;
  return { state, diagnostic, controlPlaneIndependent, discriminator };
};
