import { ADVERTISED_LASTS, CONNECTED_LASTS, MOST_STATIONS, TURNS } from './timing';

/** An end of a link. */
export interface Station {
  /** Its link-local address. */
  readonly address: string;
  readonly linkLayer?: string;
}

/** A station on a link that has another neighbour, or none yet. */
interface OtherStation extends Station {
  /** When it last advertised itself, last connected, and when its last turn ended without a session, if ever. */
  readonly advertisedAt: number;
  readonly connectedAt: number;
  readonly triedAt: number;
}

/**
 * Those who have their turn alternately, so that none of them keeps out the others: the last one with a session, those
 * that have connected, and all.
 */
const LANES = ['proven', 'connected', 'all'] as const;

/**
 * The other stations of a link, and whose turn it is next as its neighbour. They are few, however many there are: each
 * address can be forged. One that connects has answered at its address: it is not forgotten for one that only
 * advertises itself.
 */
export class OtherStations {
  /** In the order in which they were first heard, or, once they had their turn, in which that ended. */
  private readonly stations = new Map<string, OtherStation>();
  private readonly servedAt = { proven: 0, connected: 0, all: 0 };
  private served = 0;
  private isNewestNext = true;
  /** When one was last forgotten, or not remembered, for lack of room. */
  private overflowedAt = NEVER;

  constructor(private readonly chance: () => number) {}

  advertised(one: Station, now: number): void {
    this.put({ ...(this.stations.get(one.address) ?? NEVER_SEEN), ...one, advertisedAt: now }, now);
  }

  connected(address: string, now: number): void {
    this.put({ ...(this.stations.get(address) ?? { ...NEVER_SEEN, address }), connectedAt: now }, now);
  }

  /** Its turn has ended without a session. */
  tried(one: Station, advertisedAt: number, now: number): void {
    this.put({ ...NEVER_SEEN, ...one, advertisedAt, triedAt: now }, now);
  }

  /** Those that are there now, in about the order of their turns. */
  at(now: number): readonly OtherStation[] {
    const rank = ({ connectedAt, advertisedAt, triedAt }: OtherStation) =>
      isKnown(connectedAt, now) ? 0 : triedAt === NEVER ? 1 : advertisedAt >= triedAt ? 2 : 3;
    const known = [...this.stations.values()].filter((one) => isThere(one, now));
    // The sort is stable: of those that had no turn the newest is first, of the others the one tried longest ago.
    const untried = known.filter(({ triedAt }) => triedAt === NEVER).reverse();
    return [...untried, ...known.filter(({ triedAt }) => triedAt !== NEVER)].sort((a, b) => rank(a) - rank(b));
  }

  /** Whether there are more of them than {@link at} has. */
  hasMore(now: number): boolean {
    return isAdvertised(this.overflowedAt, now);
  }

  /** Number of those that can have a turn. */
  waiting(now: number): number {
    return this.candidates(now).length;
  }

  /** Whether one of them has been heard that was not tried just before. */
  hasFresh(now: number): boolean {
    return this.heard(now).some(({ triedAt }) => now - triedAt >= TURNS.longest);
  }

  /**
   * Takes out the one whose turn it is, of those that advertise themselves. `proven`: the last one with a session.
   * Those that have not been heard since their last turn come last, and not at all with `onlyHeard`.
   */
  next(proven: string | undefined, onlyHeard: boolean, now: number): OtherStation | undefined {
    const heard = this.heard(now);
    const calling = heard.filter(({ connectedAt, triedAt }) => isKnown(connectedAt, now) && connectedAt > triedAt);
    const lanes = {
      proven: heard.filter(({ address }) => address === proven),
      connected: calling.sort((a, b) => a.connectedAt - b.connectedAt),
      all: heard,
    };
    const [lane] = LANES.filter((one) => lanes[one].length > 0).sort((a, b) => this.servedAt[a] - this.servedAt[b]);
    if (lane) this.servedAt[lane] = ++this.served;
    const last = onlyHeard ? undefined : this.candidates(now)[0];
    const one = lane === 'all' ? this.firstOf(heard) : lane ? lanes[lane][0] : last;
    if (one) this.remove(one.address);
    return one;
  }

  /**
   * One that had no turn, otherwise the one tried longest ago. Of the former alternately the newest one, which may be
   * the successor of the neighbour, and any: a newer one can be made up at any time.
   */
  private firstOf(heard: readonly OtherStation[]): OtherStation | undefined {
    const untried = heard.filter(({ triedAt }) => triedAt === NEVER);
    if (untried.length === 0) return heard[0];
    const isNewest = this.isNewestNext;
    this.isNewestNext = !isNewest;
    return isNewest ? untried.at(-1) : this.anyOf(untried);
  }

  remove(address: string): void {
    this.stations.delete(address);
  }

  clear(): void {
    this.stations.clear();
    this.overflowedAt = NEVER;
  }

  private candidates(now: number): OtherStation[] {
    return [...this.stations.values()].filter(({ advertisedAt }) => isAdvertised(advertisedAt, now));
  }

  private heard(now: number): OtherStation[] {
    return this.candidates(now).filter(({ advertisedAt, triedAt }) => advertisedAt >= triedAt);
  }

  private anyOf<T>(list: readonly T[]): T {
    return list[Math.min(list.length - 1, Math.floor(this.chance() * list.length))];
  }

  private put(station: OtherStation, now: number): void {
    const { address } = station;
    if (this.stations.size >= MOST_STATIONS && !this.stations.has(address)) {
      const victim = this.victimFor(station, now);
      if (!victim || isThere(victim, now)) this.overflowedAt = now;
      if (!victim) return;
      this.remove(victim.address);
    }
    this.stations.set(address, station);
  }

  /**
   * The one that makes room: one that is gone, otherwise the one tried longest ago, otherwise any. One that has
   * connected stays, unless all have.
   */
  private victimFor({ connectedAt }: OtherStation, now: number): OtherStation | undefined {
    const unconnected: OtherStation[] = [];
    // One pass, as a flood comes here with each message.
    for (const one of this.stations.values()) {
      if (!isThere(one, now)) return one;
      if (!isKnown(one.connectedAt, now)) unconnected.push(one);
    }
    if (unconnected.length === 0 && !isKnown(connectedAt, now)) return undefined;
    const from = unconnected.length > 0 ? unconnected : [...this.stations.values()];
    return from.find(({ triedAt }) => triedAt !== NEVER) ?? this.anyOf(from);
  }
}

const NEVER = Number.NEGATIVE_INFINITY;
const NEVER_SEEN = { advertisedAt: NEVER, connectedAt: NEVER, triedAt: NEVER };
const isAdvertised = (at: number, now: number): boolean => now - at < ADVERTISED_LASTS;
const isKnown = (at: number, now: number): boolean => now - at < CONNECTED_LASTS;
const isThere = ({ advertisedAt, connectedAt }: OtherStation, now: number): boolean =>
  isAdvertised(advertisedAt, now) || isKnown(connectedAt, now);
