import { type DiscardReason, type Drive, DrivenSession, type SavedSession } from './driven-session';
import type { BfdCounters, BfdCounts, BfdSpec, BfdStatus } from './protocol';
import { PortTaken, type Receiver, type Sockets } from './sockets';
import { Wheel } from './wheel';

/** The environment of a driver. */
interface DriverPorts {
  readonly sockets: Sockets;
  /** Milliseconds of a monotonic clock. */
  now(): number;
  /** Wall-clock time. */
  time(): string;
  random(): number;
  /** A session's state changed. */
  changed(status: BfdStatus): void;
}

/** A receiving socket, with its sessions by the address of their neighbour. */
interface Arrival {
  readonly receiver: Receiver | undefined;
  readonly sessions: Map<string, DrivenSession>;
  /** See {@link DrivenSession.otherPort}. */
  readonly otherPort: string;
  /** When nothing was queued: what is read afterwards arrived later, however the wall clock was set meanwhile. */
  emptyAt: number;
}

/** A receiving socket at a port at which no session is, and when it is closed. */
interface Lookout {
  readonly receiver: Receiver | undefined;
  readonly until: number;
}

/** What arrived until now was read, and nothing waits. */
const ALL = Number.POSITIVE_INFINITY;

/** Milliseconds for which a lookout stays. */
const LOOKOUT = 10_000;

/**
 * A socket with at least this many sessions, or with more datagrams than are read at once, is read at multiples of this
 * many milliseconds, which are also the times at which sessions send.
 */
const MANY = 32;
const PAUSE = 10;
/** Reads of a socket in a row, of hundreds of datagrams each: more than fit into any queue. */
const MOST_TURNS = 100;

/** Runs BFD sessions over sockets, driven by a clock. */
export class BfdDriver {
  private readonly sessions = new Map<string, DrivenSession>();
  private readonly arrivals = new Map<string, Arrival>();
  private readonly discriminators = new Set<number>();
  /** Arrivals whose filters are to be changed. */
  private readonly isExpecting = new Set<string>();
  private readonly lookouts = new Map<string, Lookout>();
  private readonly discards = new Map<DiscardReason, number>();
  private readonly drive: Drive;
  private readonly wheel: Wheel;

  constructor(private readonly ports: DriverPorts) {
    this.wheel = new Wheel(() => ports.now());
    this.drive = {
      sockets: ports.sockets,
      now: () => ports.now(),
      time: () => ports.time(),
      random: () => ports.random(),
      wheel: this.wheel,
      catchUp: (session) => this.catchUp(session),
      attend: (session) => this.attend(session),
      discarded: (reason) => this.discard(reason),
      changed: (session) => ports.changed(session.status),
      done: (session) => this.remove(session),
    };
  }

  /** Continues a session of the previous run; `isRecent`: its neighbour cannot have noticed the interruption. */
  resume({ spec, ...saved }: SavedSession, isRecent: boolean): void {
    this.add(new DrivenSession(spec, saved.memory.discriminator, this.drive, { ...saved, isRecent }));
  }

  /**
   * Sets the sessions. Others that may linger continue until their neighbours end them. `up`: those that the agent last
   * knew as Up.
   */
  configure(specs: readonly BfdSpec[], lingering: readonly string[] = [], up: readonly string[] = []): void {
    const [wanted, mayLinger] = [new Set(specs.map(({ key }) => key)), new Set(lingering)];
    const wasUp = new Set(up);
    for (const session of this.sessions.values())
      if (!wanted.has(session.key)) session.leave(mayLinger.has(session.key));
    for (const spec of specs) {
      const session = this.sessions.get(spec.key);
      if (session) {
        session.configure(spec);
        this.expect(session.arrival); // the minimum TTL may have changed
      } else this.add(new DrivenSession(spec, this.newDiscriminator(), this.drive, { wasUp: wasUp.has(spec.key) }));
    }
  }

  /** Except those that were removed. */
  get statuses(): BfdStatus[] {
    return [...this.sessions.values()].filter(({ isWanted }) => isWanted).map(({ status }) => status);
  }

  get counters(): BfdCounters {
    return {
      sessions: Object.fromEntries([...this.sessions].map(([key, session]) => [key, this.countsOf(session)])),
      discarded: Object.fromEntries(this.discards),
      lingering: [...this.sessions.values()].filter(({ isLingering }) => isLingering).map(({ key }) => key),
    };
  }

  /**
   * Packets of a neighbour that is heard at the other port alone, by a session that lingers there, show that as well as
   * packets that no session takes.
   */
  private countsOf(session: DrivenSession): BfdCounts {
    const { otherPort, spec, isHearing, isWanted, counts } = session;
    const other = this.arrivals.get(otherPort)?.sessions.get(spec.remote);
    const isElsewhere = isWanted && !isHearing && other?.isHearing;
    return { ...counts, ...(isElsewhere && !counts.discarding && { discarding: session.misdirection }) };
  }

  get saved(): SavedSession[] {
    return [...this.sessions.values()].map(({ saved }) => saved);
  }

  /** Sends to every neighbour now, to give the next run as much time as possible. */
  speak(): void {
    for (const session of this.sessions.values()) session.speak();
  }

  /** Ends without notifying neighbours: the next run continues. */
  close(): void {
    for (const session of this.sessions.values()) session.close();
    this.wheel.close();
    for (const { receiver } of [...this.arrivals.values(), ...this.lookouts.values()]) receiver?.close();
    this.arrivals.clear(); // what is still to be done has no socket any more
    this.lookouts.clear();
  }

  private attend(session: DrivenSession): void {
    this.listen(session.arrival);
    const lookout = this.lookouts.get(session.otherPort);
    if (lookout && this.ports.now() >= lookout.until) this.endLookout(session.otherPort);
    if (session.isMissing) this.lookOut(session);
  }

  /**
   * A neighbour may send to the other of the two ports: while a session is not up, datagrams there are counted, unless
   * something else listens there. That is looked at again from time to time, as it would lose its datagrams.
   */
  private lookOut({ arrival, otherPort, spec }: DrivenSession): void {
    if (this.lookouts.has(otherPort) || this.arrivals.has(otherPort)) return;
    const opened = this.ports.sockets.lookout({ ...spec, multihop: !spec.multihop, minimumTtl: 1 });
    const receiver = typeof opened === 'string' || opened instanceof PortTaken ? undefined : opened;
    this.lookouts.set(otherPort, { receiver, until: this.ports.now() + LOOKOUT });
    receiver?.watch(() => {
      const isAll = receiver.drain(({ from }) => this.misdirected(arrival, from));
      if (!isAll) receiver.unwatch(); // a flood: the kernel drops the rest
    });
  }

  /** A datagram that no session at its port selects: one of the other port may. */
  private misdirected(otherPort: string, from: string): void {
    const session = this.arrivals.get(otherPort)?.sessions.get(from);
    if (session) session.misdirected();
    else this.discard('no-session');
  }

  private endLookout(at: string): void {
    this.lookouts.get(at)?.receiver?.close();
    this.lookouts.delete(at);
  }

  private add(session: DrivenSession): void {
    const at = session.arrival;
    this.sessions.set(session.key, session);
    this.discriminators.add(session.discriminator);
    const arrival = this.arrivals.get(at) ?? this.nothingAt(new Map(), session.otherPort);
    this.endLookout(at);
    arrival.sessions.set(session.spec.remote, session);
    this.arrivals.set(at, arrival);
    this.listen(at);
    this.expect(at);
  }

  /** Opens the socket of an arrival if it does not exist yet, or its interface was recreated. */
  private listen(at: string): void {
    const { receiver: former, sessions, otherPort } = this.arrivals.get(at)!;
    if (former && !former.isLost) return; // called at every tick of every session
    former?.close();
    if (former) this.arrivals.set(at, this.nothingAt(sessions, otherPort));
    const [session] = sessions.values();
    const receiver = this.ports.sockets.receiver(session.spec);
    const isFailed = typeof receiver === 'string' || receiver instanceof PortTaken;
    for (const each of sessions.values()) each.deafness = isFailed ? receiver : undefined;
    if (isFailed) return;
    this.arrivals.set(at, { ...this.nothingAt(sessions, otherPort), receiver });
    this.expect(at);
    this.watch(at);
  }

  private nothingAt(sessions: Arrival['sessions'], otherPort: string): Arrival {
    return { receiver: undefined, sessions, otherPort, emptyAt: this.ports.now() };
  }

  /** Has the kernel drop most of what no session can take, once all sessions that change now have done so. */
  private expect(at: string): void {
    if (this.isExpecting.has(at)) return;
    this.isExpecting.add(at);
    setImmediate(() => {
      this.isExpecting.delete(at);
      const { receiver, sessions } = this.arrivals.get(at) ?? {};
      if (!sessions || sessions.size === 0) return;
      const least = Math.min(...[...sessions.values()].map(({ spec }) => spec.minimumTtl));
      receiver?.expect([...sessions.keys()], least);
    });
  }

  /** Reads what arrives; a socket with many sessions, or in a flood, is read periodically, many packets at once. */
  private watch(at: string): void {
    const { receiver, sessions } = this.arrivals.get(at)!;
    receiver?.watch(() => {
      const isAll = this.drain(at) === ALL;
      if (isAll && sessions.size < MANY) return;
      receiver.unwatch();
      const next = () => (Math.floor(this.ports.now() / PAUSE) + 1) * PAUSE;
      const wake = () => {
        if (this.arrivals.get(at)?.receiver !== receiver) return Number.POSITIVE_INFINITY;
        if (this.drain(at) !== ALL || sessions.size >= MANY) return next();
        this.watch(at);
        return Number.POSITIVE_INFINITY;
      };
      this.wheel.add({ wake }, next());
    });
  }

  /**
   * Before a session is found silent: reads everything that arrived until now, however long this process stood still.
   * If the queue was full, packets of the neighbour may be among those that the kernel dropped.
   */
  private catchUp(session: DrivenSession): void {
    const began = this.ports.now();
    const mayHaveLost = this.arrivals.get(session.arrival)?.receiver?.isFull ?? false;
    for (let turn = 0; turn < MOST_TURNS && this.drain(session.arrival) < began; turn++);
    if (mayHaveLost) session.reprieve();
  }

  /** Returns until when it has read what arrived. */
  private drain(at: string): number {
    const arrival = this.arrivals.get(at);
    if (!arrival?.receiver) return ALL;
    const now = this.ports.now();
    let newest = arrival.emptyAt;
    const isAll = arrival.receiver.drain((datagram) => {
      const { from, age } = datagram;
      newest = Math.max(newest, now - age);
      const session = arrival.sessions.get(from);
      if (session) session.take(datagram, { at: newest, byClock: now - age });
      else this.misdirected(arrival.otherPort, from);
    });
    if (isAll) arrival.emptyAt = now;
    return isAll ? ALL : newest;
  }

  private discard(reason: DiscardReason): void {
    this.discards.set(reason, (this.discards.get(reason) ?? 0) + 1);
  }

  private remove(session: DrivenSession): void {
    const at = session.arrival;
    const arrival = this.arrivals.get(at)!;
    session.close();
    this.sessions.delete(session.key);
    this.discriminators.delete(session.discriminator);
    arrival.sessions.delete(session.spec.remote);
    this.expect(at);
    if (arrival.sessions.size > 0) return;
    this.endLookout(session.otherPort);
    arrival.receiver?.close();
    this.arrivals.delete(at);
  }

  /** Random, so that packets for a session of an earlier run do not match (RFC 5880 section 6.8.1). */
  private newDiscriminator(): number {
    for (;;) {
      const discriminator = Math.floor(this.ports.random() * 0xffffffff) + 1;
      if (!this.discriminators.has(discriminator)) return discriminator;
    }
  }
}
