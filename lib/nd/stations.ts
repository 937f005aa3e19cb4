import { ADVERTISED_LASTS, CONNECTED_LASTS, MOST_STATIONS } from './timing';

/** An end of a link. */
export interface Station {
  /** Its link-local address. */
  readonly address: string;
  readonly linkLayer?: string;
}

/** A station on a link that has another neighbour, or none yet. */
interface OtherStation extends Station {
  /** When it last advertised itself, and when it last connected, if ever. */
  readonly advertisedAt: number;
  readonly connectedAt: number;
}

/**
 * The other stations of a link, in the order in which they take their turn as its neighbour. They are few, however many
 * there are: each address can be forged. One that connects has a place before one that only advertises itself, as it
 * has answered at its address.
 */
export class OtherStations {
  private stations: readonly OtherStation[] = [];

  advertised(one: Station, now: number): void {
    this.put({ ...(this.get(one.address) ?? NEVER_SEEN), ...one, advertisedAt: now }, now);
  }

  connected(address: string, now: number): void {
    this.put({ ...(this.get(address) ?? { ...NEVER_SEEN, address }), connectedAt: now }, now);
  }

  /** Those that are there now. */
  at(now: number): readonly OtherStation[] {
    return this.stations.filter(
      ({ advertisedAt, connectedAt }) => isAdvertised(advertisedAt, now) || isKnown(connectedAt, now),
    );
  }

  /**
   * Takes out the one whose turn it is, of those that advertise themselves: `first`, if it is among them, otherwise the
   * one that has waited longest.
   */
  next(first: string | undefined, now: number): OtherStation | undefined {
    const candidates = this.stations.filter(({ advertisedAt }) => isAdvertised(advertisedAt, now));
    const one = candidates.find(({ address }) => address === first) ?? candidates[0];
    if (one) this.remove(one.address);
    return one;
  }

  remove(address: string): void {
    this.stations = this.stations.filter((one) => one.address !== address);
  }

  clear(): void {
    this.stations = [];
  }

  private get(address: string): OtherStation | undefined {
    return this.stations.find((one) => one.address === address);
  }

  private put(station: OtherStation, now: number): void {
    const { address } = station;
    if (this.get(address)) {
      this.stations = this.stations.map((one) => (one.address === address ? station : one));
      return;
    }
    const known = this.at(now);
    const isFull = known.length >= MOST_STATIONS;
    const last = known.findLast(({ connectedAt }) => !isKnown(connectedAt, now));
    if (isFull && (!last || !isKnown(station.connectedAt, now))) return;
    this.stations = [...known.filter((one) => !isFull || one !== last), station];
  }
}

const NEVER_SEEN = { advertisedAt: Number.NEGATIVE_INFINITY, connectedAt: Number.NEGATIVE_INFINITY };
const isAdvertised = (at: number, now: number): boolean => now - at < ADVERTISED_LASTS;
const isKnown = (at: number, now: number): boolean => now - at < CONNECTED_LASTS;
