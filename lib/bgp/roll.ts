import { endTexts, type SessionConfig } from './session/config';

/** Sessions configured or removed at once: some milliseconds of work. */
const AT_ONCE = 100;

const pair = (local: string, remote: string): string => `${local} ${remote}`;

/**
 * A configuration that has not been applied to all sessions yet: a route reflector has thousands, and established ones
 * are served in between. It still acts as a single configuration: a session that is needed before its turn is created
 * at once ({@link between}).
 */
export class Roll {
  private readonly waiting: Map<string, SessionConfig>;
  /** The keys of all configured sessions. */
  private readonly wanted: Set<string>;
  /** Built when the first neighbour connects before its session is created: thousands may connect at once. */
  private byAddresses: Map<string, SessionConfig[]> | undefined;

  /** `wanted`: every configured session, by its key. */
  constructor(wanted: ReadonlyMap<string, SessionConfig>) {
    this.waiting = new Map(wanted);
    this.wanted = new Set(wanted.keys());
  }

  /** Whether all sessions have been applied. */
  get isHandedOut(): boolean {
    return this.waiting.size === 0;
  }

  /** The next ones. */
  *next(): Generator<SessionConfig> {
    let count = 0;
    for (const [key, config] of this.waiting) {
      if (count++ === AT_ONCE) return;
      this.waiting.delete(key);
      yield config;
    }
  }

  /** Those of these sessions that are no longer configured; only some of them if there are many. */
  left(keys: readonly string[]): string[] {
    return keys.filter((key) => !this.wanted.has(key)).slice(0, AT_ONCE);
  }

  /** An unnamed neighbour connected meanwhile. */
  came(key: string): void {
    this.wanted.add(key);
  }

  /** A session was removed: it does not come back unless it is now configured by name. */
  gone(key: string): void {
    if (this.waiting.get(key)?.template !== undefined) this.waiting.delete(key);
  }

  /** Those between two addresses, ahead of their turn. */
  *between(local: string, remote: string): Generator<SessionConfig> {
    this.byAddresses ??= byAddresses(this.waiting.values());
    for (const config of this.byAddresses.get(pair(local, remote)) ?? [])
      if (this.waiting.delete(config.key)) yield config;
  }
}

function byAddresses(configs: Iterable<SessionConfig>): Map<string, SessionConfig[]> {
  const found = new Map<string, SessionConfig[]>();
  for (const config of configs) {
    const key = pair(...endTexts(config));
    const others = found.get(key);
    if (others) others.push(config);
    else found.set(key, [config]);
  }
  return found;
}
