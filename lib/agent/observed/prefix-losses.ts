import type { BestRouteChange } from '../../bgp/rib/rib';
import type { ObservedLoss } from '../../control/observed';
import type { AddressFamily } from '../../model/address';
import type { Prefix } from '../../model/prefix';

/** Maximum number of prefixes stored; a neighbour with a full table may take a million with it. */
const MOST_LOSSES = 2_000;

interface Loss {
  readonly prefix: string;
  readonly at: number;
  ms: number;
  times: number;
  /** When it was lost, if it is. */
  since: number | undefined;
}

type Change = Pick<BestRouteChange, 'family' | 'isNew' | 'length' | 'nextHops' | 'prefix' | 'words'>;

/** Maximum number of prefixes stored that appeared during the observation: their disappearance is not a loss. */
const MOST_NEW = 50_000;

/**
 * The prefixes that lose their last path during an observation, and for how long. On the hot path: a change from one
 * path to another costs a comparison while nothing is lost.
 */
export class PrefixLosses {
  private losses = new Map<number | string, Loss>();
  /** Prefixes that this node just stopped originating: if the next change removes them, it is not a loss. */
  private readonly given = new Set<number | string>();
  private readonly words = new Int32Array(4);
  /** Whether {@link take} needs to see changes. */
  isWatching = false;
  private readonly news = new Set<number | string>();
  private open = 0;
  /** Number of losses beyond the maximum. */
  cut = 0;

  /** `clock`: milliseconds, monotonic. */
  constructor(
    private readonly clock: () => number,
    private readonly most = MOST_LOSSES,
  ) {}

  /** Starts over; previous losses are discarded. */
  begin(known: readonly ObservedLoss[] = []): void {
    this.losses = new Map();
    this.given.clear();
    this.news.clear();
    this.open = 0;
    this.cut = 0;
    this.isWatching = true;
    // Of a previous run: whether it is still lost shows when the table is filled again.
    for (const { prefix, at, ms, times } of known)
      this.losses.set(`before ${prefix}`, { prefix, at, ms, times, since: undefined });
  }

  end(): void {
    this.isWatching = false;
    this.news.clear();
    this.open = 0;
  }

  /** This node stopped originating a prefix. */
  gave(prefix: Prefix): void {
    if (!this.isWatching || this.given.size >= this.most) return;
    const { family, length } = prefix;
    const { buffer, byteOffset, byteLength } = prefix.address.bytes;
    const octets = new DataView(buffer, byteOffset, byteLength);
    for (let i = 0; i * 4 < byteLength; i++) this.words[i] = octets.getInt32(i * 4);
    this.given.add(this.keyOf(family, length));
  }

  /** The best route of a prefix changed or was removed. */
  take(change: Change): void {
    const isGone = change.nextHops === null;
    if (!isGone && !change.isNew && this.open === 0 && this.given.size === 0) return;
    change.words(this.words);
    const key = this.keyOf(change.family, change.length);
    const isGiven = this.given.delete(key);
    const loss = this.losses.get(key);
    const at = this.clock();
    if (isGone) {
      if (!this.news.delete(key) && !isGiven) this.lost(key, loss, change, at);
    } else if (!loss) {
      if (change.isNew && this.news.size < MOST_NEW) this.news.add(key);
    } else if (loss.since !== undefined) {
      loss.ms = Math.max(loss.ms, at - loss.since);
      loss.since = undefined;
      this.open--;
    }
  }

  /** All so far, in order of loss. */
  list(at: number): ObservedLoss[] {
    return [...this.losses.values()].map(({ prefix, at: first, ms, times, since }) => ({
      ...{ prefix, at: first, times, isLost: since !== undefined },
      ms: Math.round(since === undefined ? ms : Math.max(ms, at - since)),
    }));
  }

  private lost(key: number | string, loss: Loss | undefined, { prefix }: Change, at: number): void {
    if (loss) {
      if (loss.since !== undefined) return;
      loss.times++;
      loss.since = at;
      this.open++;
    } else if (this.losses.size >= this.most) this.cut++;
    else {
      this.losses.set(key, { prefix: String(prefix), at, ms: 0, times: 1, since: at });
      this.open++;
    }
  }

  /** Key of the prefix whose address is in `words`. */
  private keyOf(family: AddressFamily, length: number): number | string {
    const { words } = this;
    return family === 'ipv4' ? (words[0] >>> 0) * 64 + length : `${words.join(' ')} ${length}`;
  }
}
