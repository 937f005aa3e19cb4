import { isLinkLocal, type Message } from './message';
import { LAST_RESPONSE, LEAST_GAP, LINK_SETTLES, REFUSAL_QUIET, SERIES, waitOf } from './timing';

/** An end of a link. */
interface Station {
  /** Its link-local address. */
  readonly address: string;
  readonly linkLayer?: string;
}

/** What discovery asks of its driver. */
export type DiscoveryEffect =
  | { readonly kind: 'send'; readonly message: Message }
  /** The neighbour on the link is another one now, or none; `why`: for display. */
  | { readonly kind: 'neighbour'; readonly neighbour: Station | undefined; readonly why: string }
  /** Something that an operator should know. */
  | { readonly kind: 'notice'; readonly text: string };

/** Progress of a series of messages. */
interface Running {
  readonly sent: number;
  readonly at: number;
}

const NEVER = Number.POSITIVE_INFINITY;

/**
 * Finds the neighbour on a link by router solicitations and advertisements (RFC 4861), for sessions without addresses.
 * The first system that advertises itself is the neighbour. Another one only takes its place if it no longer responds
 * and has no session; otherwise that is reported and has no effect, from any station and however often. Pure: times are
 * milliseconds of a monotonic clock, randomness is a function, and effects are returned.
 */
export class Discovery {
  neighbour: Station | undefined;
  /** Our link-local address, while the link can carry a session. */
  private own: Station | undefined;
  private hasSession = false;
  private search: Running | undefined;
  private advertise: Running | undefined;
  /** Until its end, the neighbour can respond; then `rival` takes its place. */
  private probe: (Running & { readonly rival: Station }) | undefined;
  private advertisedAt = Number.NEGATIVE_INFINITY;
  /** No other neighbour is reported or probed for before. */
  private quietUntil = Number.NEGATIVE_INFINITY;
  private effects: DiscoveryEffect[] = [];

  constructor(private readonly chance: () => number) {}

  /** When {@link tick} is due. */
  get wakeAt(): number {
    return Math.min(this.search?.at ?? NEVER, this.advertise?.at ?? NEVER, this.probe?.at ?? NEVER);
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
      this.probe = undefined;
      this.search = own && { sent: 0, at: now };
      this.quietUntil = Number.NEGATIVE_INFINITY;
    }
    // The neighbour of a link that was down may be another one.
    if (!own) this.settle(undefined, why);
    this.run(now);
    return this.taken();
  }

  /** A session with the neighbour was established, or has ended. */
  sessionIs(isUp: boolean, now: number): readonly DiscoveryEffect[] {
    const hasEnded = this.hasSession && !isUp;
    this.hasSession = isUp;
    if (isUp) this.probe = undefined;
    // What was refused because of the session may be its successor.
    if (hasEnded) {
      this.quietUntil = Number.NEGATIVE_INFINITY;
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

  /** Call it at {@link wakeAt}, after everything that has arrived was passed to {@link receive}. */
  tick(now: number): readonly DiscoveryEffect[] {
    this.run(now);
    return this.taken();
  }

  private heard(one: Station, now: number): void {
    const { neighbour } = this;
    if (!isLinkLocal(one.address)) return;
    if (!neighbour) {
      this.settle(one, 'it advertised itself');
      return;
    }
    if (neighbour.address !== one.address) {
      this.rivalled(one, now);
      return;
    }
    this.search = undefined;
    if (this.probe) this.refuse(this.probe.rival, now);
    this.probe = undefined;
    if (neighbour.linkLayer === one.linkLayer) return;
    this.neighbour = one;
    if (this.quietUntil > now) return;
    this.quietUntil = now + REFUSAL_QUIET;
    this.effects.push({
      kind: 'notice',
      text: `neighbour ${one.address} has link-layer address ${one.linkLayer ?? 'none'} now, not ${neighbour.linkLayer ?? 'none'}`,
    });
  }

  /** Another one than the neighbour advertised itself. */
  private rivalled(rival: Station, now: number): void {
    if (this.probe || this.quietUntil > now) return;
    if (this.hasSession) this.refuse(rival, now);
    else this.probe = { rival, sent: 0, at: now };
  }

  private refuse(rival: Station, now: number): void {
    this.quietUntil = now + REFUSAL_QUIET;
    this.effects.push({
      kind: 'notice',
      text: `${rival.address} advertises itself too and is refused: the neighbour is ${this.neighbour!.address}, and a link without addresses has only one`,
    });
  }

  private settle(neighbour: Station | undefined, why: string): void {
    const before = this.neighbour;
    this.neighbour = neighbour;
    if (neighbour) this.search = undefined;
    if (before?.address === neighbour?.address) return;
    this.hasSession = false;
    this.effects.push({ kind: 'neighbour', neighbour, why });
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
    if (this.probe && this.probe.at <= now) this.probed(this.probe, now);
    if (this.search && this.search.at <= now) {
      this.search = this.next('search', this.search, now);
      this.send({ kind: 'solicitation' });
    }
    if (this.advertise && this.advertise.at <= now) {
      this.advertise = this.next('advertise', this.advertise, now);
      this.advertisedAt = now;
      // Not a default router: with a lifetime, other hosts of the link would send us their traffic.
      this.send({ kind: 'advertisement', routerLifetime: 0 });
    }
  }

  private probed(probe: Running & { readonly rival: Station }, now: number): void {
    const sent = probe.sent + 1;
    if (probe.sent >= SERIES.probe.first.length) {
      const { address } = this.neighbour!;
      this.probe = undefined;
      this.settle(probe.rival, `it takes the place of ${address}, which no longer responds`);
      return;
    }
    this.probe = { ...probe, sent, at: now + (waitOf(SERIES.probe, sent, 0) ?? LAST_RESPONSE) };
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
