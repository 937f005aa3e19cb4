import { isLinkLocal, type Message } from './message';
import { OtherStations, type Station } from './stations';
import {
  LEAST_GAP,
  LINK_SETTLES,
  MOST_EXTENSIONS,
  REFUSAL_QUIET,
  SERIES,
  SOLICITATION_GAP,
  TURNS,
  turnFor,
  waitOf,
} from './timing';

/** What discovery asks of its driver. */
export type DiscoveryEffect =
  | { readonly kind: 'send'; readonly message: Message }
  /**
   * The neighbour on the link is another one now, or none; `why`: for display. `isRepeated`: stations take turns, which
   * was reported just before.
   */
  | {
      readonly kind: 'neighbour';
      readonly neighbour: Station | undefined;
      readonly why: string;
      readonly isRepeated?: true;
    }
  /** Something that an operator should know. */
  | { readonly kind: 'notice'; readonly text: string };

/**
 * Of a session that is not Established: the neighbour answers, and the session is on its way up; or it may be
 * restarting, and the routes of the former session with it are retained (RFC 4724 section 4.2).
 */
export type SessionProgress = 'negotiating' | 'retaining';

/** Progress of a series of messages. */
interface Running {
  readonly sent: number;
  readonly at: number;
}

const NEVER = Number.POSITIVE_INFINITY;

/** The time in which the neighbour must have a session. */
interface Turn {
  readonly begunAt: number;
  readonly endsAt: number;
  readonly extensions: number;
  /** It had its turn, and nobody else was there: the next one that comes takes its place at once. */
  readonly isOver?: true;
  /** It has refused a connection, or cannot be reached. */
  readonly hasFailed?: true;
}

/**
 * Finds the neighbour on a link by router solicitations and advertisements (RFC 4861), for sessions without addresses.
 * The first system that advertises itself is the neighbour. While it has a session nothing that another one sends has
 * an effect, however often; it is reported. Without a session, and without retained routes of one, those that advertise
 * themselves take turns: one that had none waits for no more than one turn of each other, if these only advertise
 * themselves and are no more than are remembered, however often they do. Pure: times are milliseconds of a monotonic
 * clock, the outside is functions, and effects are returned.
 */
export class Discovery {
  neighbour: Station | undefined;
  /** When it last advertised itself. */
  private heardAt = Number.NEGATIVE_INFINITY;
  /** Our link-local address, while the link can carry a session. */
  private own: Station | undefined;
  private hasSession = false;
  private search: Running | undefined;
  private advertise: Running | undefined;
  /** Of a neighbour without a session. */
  private turn: Turn | undefined;
  private readonly rivals: OtherStations;
  /** The last one with a session: it has every other turn, as long as it is heard. */
  private proven: string | undefined;
  private advertisedAt = Number.NEGATIVE_INFINITY;
  private solicitedAt = Number.NEGATIVE_INFINITY;
  /** When others are solicited, after a turn without a session. */
  private othersAskedAt = NEVER;
  /** No other station is reported before. */
  private quietUntil = Number.NEGATIVE_INFINITY;
  /** No further turn is reported before. */
  private turnsQuietUntil = Number.NEGATIVE_INFINITY;
  private effects: DiscoveryEffect[] = [];

  constructor(
    private readonly chance: () => number,
    private readonly progress: () => SessionProgress | undefined = () => undefined,
  ) {
    this.rivals = new OtherStations(chance);
  }

  /** When {@link tick} is due. */
  get wakeAt(): number {
    const series = Math.min(this.search?.at ?? NEVER, this.advertise?.at ?? NEVER);
    return Math.min(series, this.turn?.endsAt ?? NEVER, this.othersAskedAt);
  }

  /** The other stations that are on the link now. */
  othersAt(now: number): ReturnType<OtherStations['at']> {
    return this.rivals.at(now);
  }

  /** Whether there are more than {@link othersAt} has. */
  hasMoreAt(now: number): boolean {
    return this.rivals.hasMore(now);
  }

  /**
   * The link can carry a session from our end of it, or (undefined) no longer, and `why` not. `upSince`: when it came
   * up.
   */
  linkIs(own: Station | undefined, why: string, now: number, upSince = now): readonly DiscoveryEffect[] {
    const { own: before } = this;
    if (before?.address === own?.address && before?.linkLayer === own?.linkLayer) return this.taken();
    this.own = own;
    // The neighbour sends to the former link-layer address until it receives the new one.
    this.advertise = own && { sent: 0, at: this.advertisableAt(Math.max(now, upSince + LINK_SETTLES)) };
    if (before?.address !== own?.address) {
      this.search = own && { sent: 0, at: now };
      this.quietUntil = Number.NEGATIVE_INFINITY;
      if (this.turn) this.turn = this.turnFrom(now);
    }
    // The neighbour of a link that was down may be another one.
    if (!own) {
      this.rivals.clear();
      this.othersAskedAt = NEVER;
      this.settle(undefined, why, now);
    }
    this.run(now);
    return this.taken();
  }

  /** A session with the neighbour was established, or has ended. */
  sessionIs(isUp: boolean, now: number): readonly DiscoveryEffect[] {
    const hasEnded = this.hasSession && !isUp;
    this.hasSession = isUp;
    if (isUp) {
      this.turn = undefined;
      this.othersAskedAt = NEVER;
      this.proven = this.neighbour?.address;
    }
    // What was refused because of the session may be its successor.
    if (hasEnded) {
      this.quietUntil = Number.NEGATIVE_INFINITY;
      this.turn = this.neighbour && this.turnFrom(now);
      if (this.own !== undefined) this.search = { sent: 0, at: now };
      this.run(now);
    }
    return this.taken();
  }

  /** A message that passed every check of its decoder. */
  receive(message: Message, from: string, now: number): readonly DiscoveryEffect[] {
    if (this.own === undefined || from === this.own.address) return this.taken();
    if (message.kind === 'solicitation') this.answer(now);
    else this.heard({ address: from, ...(message.linkLayer !== undefined && { linkLayer: message.linkLayer }) }, now);
    this.run(now);
    return this.taken();
  }

  /** A station has connected that is not the neighbour, and was refused. */
  connected(from: string, now: number): readonly DiscoveryEffect[] {
    if (this.own === undefined || !isLinkLocal(from) || from === this.neighbour?.address) return this.taken();
    this.rivals.connected(from, now);
    if (this.hasSession) this.refuse(from, 'connects too and is refused', now);
    else this.yieldTo(now);
    this.run(now);
    return this.taken();
  }

  /** The neighbour has refused a connection, or cannot be reached; `address`: whom this is about. */
  failed(address: string, now: number): readonly DiscoveryEffect[] {
    if (this.turn && address === this.neighbour?.address) {
      this.turn = { ...this.turn, hasFailed: true };
      this.yieldTo(now);
      this.run(now);
    }
    return this.taken();
  }

  /** Call it at {@link wakeAt}, after everything that has arrived was passed to {@link receive}. */
  tick(now: number): readonly DiscoveryEffect[] {
    this.run(now);
    return this.taken();
  }

  private heard(one: Station, now: number): void {
    const { neighbour } = this;
    if (!isLinkLocal(one.address)) return;
    if (!neighbour) {
      this.rivals.remove(one.address);
      this.heardAt = now;
      this.settle(one, 'it advertised itself', now);
      return;
    }
    if (neighbour.address !== one.address) {
      this.rivals.advertised(one, now);
      if (this.hasSession) this.refuse(one.address, 'advertises itself too and is refused', now);
      else this.yieldTo(now);
      return;
    }
    this.search = undefined;
    this.heardAt = now;
    if (neighbour.linkLayer === one.linkLayer) return;
    this.neighbour = one;
    if (this.quietUntil > now) return;
    this.quietUntil = now + REFUSAL_QUIET;
    this.effects.push({
      kind: 'notice',
      text: `neighbour ${one.address} has link-layer address ${one.linkLayer ?? 'none'} now, not ${neighbour.linkLayer ?? 'none'}`,
    });
  }

  private refuse(rival: string, what: string, now: number): void {
    if (this.quietUntil > now) return;
    this.quietUntil = now + REFUSAL_QUIET;
    this.effects.push({
      kind: 'notice',
      text: `${rival} ${what}: the neighbour is ${this.neighbour!.address}, and a link without addresses has only one`,
    });
  }

  private settle(neighbour: Station | undefined, why: string, now: number, isRepeated = false): void {
    const before = this.neighbour;
    this.neighbour = neighbour;
    if (neighbour) this.search = undefined;
    if (before?.address === neighbour?.address) return;
    this.hasSession = false;
    this.turn = neighbour && this.turnFrom(now);
    this.effects.push({ kind: 'neighbour', neighbour, why, ...(isRepeated && { isRepeated }) });
  }

  /** Another station is there. It need not wait for one that had its turn, or has failed. */
  private yieldTo(now: number): void {
    const { turn } = this;
    if (!turn || (!turn.isOver && !turn.hasFailed) || !this.rivals.hasFresh(now)) return;
    const endsAt = turn.isOver ? now : Math.max(now, turn.begunAt + TURNS.refused);
    this.turn = { ...turn, endsAt: Math.min(turn.endsAt, endsAt) };
  }

  private turnFrom(now: number, extensions = 0): Turn {
    return { begunAt: now, endsAt: now + turnFor(this.rivals.waiting(now)), extensions };
  }

  /**
   * The neighbour had its turn, without a session: another station that advertises itself takes its place. It may have
   * another turn itself.
   */
  private turned({ begunAt, extensions }: Turn, now: number): void {
    const progress = this.progress();
    // Another neighbour would be another session, without these routes. The restart time bounds their retention.
    if (progress === 'retaining') {
      this.turn = this.turnFrom(now);
      return;
    }
    if (progress === 'negotiating' && extensions < MOST_EXTENSIONS) {
      this.turn = this.turnFrom(now, extensions + 1);
      return;
    }
    const former = this.neighbour!;
    const next = this.rivals.next(this.proven, this.heardAt > begunAt, now);
    // Others may advertise themselves as rarely as every half an hour, unless they are solicited.
    this.othersAskedAt = Math.max(now, this.solicitedAt + SOLICITATION_GAP);
    if (!next) {
      const later = waitOf(SERIES.search, Number.POSITIVE_INFINITY, this.chance())!;
      this.turn = { begunAt, endsAt: now + later, extensions: 0, isOver: true };
      return;
    }
    // It may have come after our last advertisement, and FRR accepts nobody whom it has not heard.
    this.answer(now);
    this.rivals.tried(former, this.heardAt, now);
    this.heardAt = next.advertisedAt;
    const isRepeated = this.turnsQuietUntil > now;
    if (!isRepeated) this.turnsQuietUntil = now + REFUSAL_QUIET;
    const { address, linkLayer } = next;
    const station = { address, ...(linkLayer !== undefined && { linkLayer }) };
    this.settle(station, `it takes the place of ${former.address}, which has no session`, now, isRepeated);
  }

  /** A solicitation: answered at once, unless an advertisement was sent just before. */
  private answer(now: number): void {
    const due = this.advertisableAt(now);
    if (this.advertise && due < this.advertise.at) this.advertise = { ...this.advertise, at: due };
  }

  private advertisableAt(now: number): number {
    return Math.max(now, this.advertisedAt + LEAST_GAP);
  }

  /** Sends what is due. */
  private run(now: number): void {
    if (this.turn && this.turn.endsAt <= now) this.turned(this.turn, now);
    if (this.search && this.search.at <= now) {
      this.search = this.next('search', this.search, now);
      this.solicit(now);
    }
    if (this.othersAskedAt <= now) this.solicit(now);
    if (this.advertise && this.advertise.at <= now) {
      this.advertise = this.next('advertise', this.advertise, now);
      this.advertisedAt = now;
      // Not a default router: with a lifetime, other hosts of the link would send us their traffic.
      this.send({ kind: 'advertisement', routerLifetime: 0 });
    }
  }

  private solicit(now: number): void {
    this.solicitedAt = now;
    this.othersAskedAt = NEVER;
    this.send({ kind: 'solicitation' });
  }

  private next(series: 'search' | 'advertise', { sent }: Running, now: number): Running {
    return { sent: sent + 1, at: now + waitOf(SERIES[series], sent + 1, this.chance())! };
  }

  /**
   * With our link-layer address, which the receiver remembers: otherwise it may wait up to a second before it asks
   * again for one that it asked for while we could not respond (RFC 4861 sections 6.2.6 and 7.3.3).
   */
  private send(message: Message): void {
    const linkLayer = this.own?.linkLayer;
    this.effects.push({ kind: 'send', message: { ...message, ...(linkLayer !== undefined && { linkLayer }) } });
  }

  private taken(): readonly DiscoveryEffect[] {
    const { effects } = this;
    this.effects = [];
    return effects;
  }
}
