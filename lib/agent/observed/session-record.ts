import type { ObservedSession, SessionNews } from '../../control/observed';
import type { SessionChange } from '../../topology/session-change';

/** The current state of one end of a session. */
export interface SessionReading {
  readonly key: string;
  readonly remoteNode?: string;
  /** The prefix of its unnamed neighbours; `isGuest`: it is one such neighbour. An entry itself is never up. */
  readonly range?: string;
  readonly isGuest?: boolean;
  readonly isUp: boolean;
  /** How often configurations changed it while it was up, since it was created. */
  readonly changed: {
    readonly reset: number;
    readonly retuned: number;
    readonly resetFor: string;
    readonly retunedFor: string;
  };
}

/** The stored form of one. */
export interface SessionEntry {
  readonly key: string;
  remoteNode?: string;
  range?: string;
  isGuest?: boolean;
  /** The entry that it was of at first, if it is of another, or of none, since. */
  readonly formerRange?: string;
  readonly isNew: boolean;
  isGone: boolean;
  readonly wasUp: boolean;
  isUp: boolean;
  /** The counts of the last reading. */
  seen: { reset: number; retuned: number };
  resets: number;
  retunes: number;
  reason: string;
  downs: number;
  news: SessionNews[];
}

/** Maximum number of state changes stored for one session. */
const MOST_NEWS = 8;

/** What happens to the sessions of a node from some time on. */
export class SessionRecord {
  private readonly entries = new Map<string, SessionEntry>();

  /** `readings`: the sessions at that time. */
  constructor(readings: Iterable<SessionReading>) {
    for (const reading of readings) this.add(reading, false);
  }

  /**
   * Continues from the stored form in another run of the agent: sessions are created again, and their counts start at
   * zero.
   */
  static of(entries: readonly SessionEntry[]): SessionRecord {
    const record = new SessionRecord([]);
    for (const entry of entries)
      record.entries.set(entry.key, { ...entry, isUp: false, seen: { reset: 0, retuned: 0 }, news: [...entry.news] });
    return record;
  }

  /** A configuration was applied; these are all sessions. */
  configured(readings: Iterable<SessionReading>): void {
    const present = new Set<string>();
    for (const reading of readings) {
      present.add(reading.key);
      const entry = this.entries.get(reading.key) ?? this.add(reading, true);
      if (reading.remoteNode !== undefined) entry.remoteNode = reading.remoteNode;
      // A link may be named now, or match a pattern.
      entry.range = reading.range;
      entry.isGuest = reading.isGuest;
      this.count(entry, reading);
    }
    for (const entry of this.entries.values()) if (!present.has(entry.key)) entry.isGone = true;
  }

  /** A session came up, went down, or is connecting. */
  moved(reading: SessionReading, at: number, why?: string): void {
    const known = this.entries.get(reading.key);
    const entry = known ?? this.add({ ...reading, isUp: false }, true);
    this.count(entry, reading);
    if (entry.isUp === reading.isUp) return;
    entry.isUp = reading.isUp;
    if (!reading.isUp) entry.downs++;
    if (entry.news.length < MOST_NEWS)
      entry.news.push({ at: Math.round(at), isUp: reading.isUp, ...(why !== undefined && { why }) });
  }

  /** A session no longer exists. */
  gone(key: string, at: number): void {
    const entry = this.entries.get(key);
    if (!entry?.isUp) return;
    entry.isUp = false;
    entry.downs++;
    if (entry.news.length < MOST_NEWS) entry.news.push({ at: Math.round(at), isUp: false });
  }

  /** All of them, in the stored form. */
  kept(): SessionEntry[] {
    return [...this.entries.values()];
  }

  /** Those that changed, and those that were down all the time. */
  list(): ObservedSession[] {
    return [...this.entries.values()].flatMap((entry) => {
      const { key, remoteNode, range, isGuest, resets, wasUp, isUp, isGone, downs, news, reason } = entry;
      const change = this.isRenamed(entry) ? undefined : changeOf(entry);
      if (!change && news.length === 0 && (isUp || isGone || (range !== undefined && !isGuest))) return [];
      return [
        {
          key,
          ...(remoteNode !== undefined && { remoteNode }),
          ...(range !== undefined && { range }),
          ...(isGuest && { isGuest }),
          ...(change && { change, ...(reason !== '' && { reason }) }),
          ...{ resets, wasUp, isUp: isUp && !isGone, downs, news },
        },
      ];
    });
  }

  /**
   * Whether an entry for unnamed neighbours, or for the links that match a pattern, came or went without any of them:
   * all are of another entry, or have a name.
   */
  private isRenamed({ key, range, isGuest, isNew, isGone }: SessionEntry): boolean {
    if (range === undefined || isGuest || isNew === isGone) return false;
    const of = [...this.entries.values()].filter(
      (one) => one.key !== key && (isNew ? one.isGuest && one.range === range : one.formerRange === range),
    );
    return of.length > 0 && of.every((one) => one.isNew === one.isGone);
  }

  private add({ key, remoteNode, range, isGuest, isUp, changed }: SessionReading, isNew: boolean): SessionEntry {
    const entry: SessionEntry = {
      key,
      ...(remoteNode !== undefined && { remoteNode }),
      ...(range !== undefined && { range }),
      ...(isGuest && { isGuest, ...(!isNew && { formerRange: range }) }),
      ...{ isNew, isGone: false, wasUp: isUp && !isNew, isUp, resets: 0, retunes: 0, reason: '', downs: 0, news: [] },
      seen: isNew ? { reset: 0, retuned: 0 } : { reset: changed.reset, retuned: changed.retuned },
    };
    this.entries.set(key, entry);
    return entry;
  }

  /** The counts of one that was created again start at zero. */
  private count(entry: SessionEntry, { changed: { reset, retuned, resetFor, retunedFor } }: SessionReading): void {
    const { seen } = entry;
    const isAnew = reset < seen.reset || retuned < seen.retuned;
    const resets = isAnew ? reset : reset - seen.reset;
    const retunes = isAnew ? retuned : retuned - seen.retuned;
    entry.isGone = false;
    entry.seen = { reset, retuned };
    if (resets > 0) entry.reason = resetFor;
    else if (retunes > 0 && entry.resets === 0) entry.reason = retunedFor;
    entry.resets += resets;
    entry.retunes += retunes;
  }
}

/** Unnamed neighbours may come and go, and their entry is what a configuration adds or removes. */
function changeOf({ isNew, isGone, isGuest, resets, retunes }: SessionEntry): SessionChange | undefined {
  if (!isGuest && isNew !== isGone) return isNew ? 'added' : 'removed';
  if (isNew || isGone) return undefined;
  return resets > 0 ? 'reset' : retunes > 0 ? 'retuned' : undefined;
}
