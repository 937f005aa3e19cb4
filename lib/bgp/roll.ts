import type { IpAddress } from '../model/address';
import type { SessionConfig } from './session/config';

/** Sessions that are configured or removed at once: some milliseconds of work. */
const AT_ONCE = 100;

const pair = (local: IpAddress | string, remote: IpAddress | string): string => `${local} ${remote}`;

/**
 * What sessions are to be, while that is not yet carried out for all of them: a route reflector has thousands, and
 * those that are up are served in between. The whole is one configuration nevertheless: who asks for a session that is
 * not there yet gets it at once ({@link between}).
 */
export class Roll {
  private readonly waiting: Map<string, SessionConfig>;
  /** The keys of all sessions that there are to be. */
  private readonly wanted: Set<string>;
  /** Made when the first neighbour does not wait for its turn: thousands may not, all at once. */
  private byAddresses: Map<string, SessionConfig[]> | undefined;

  /** `wanted`: every session that there is to be, by its key. */
  constructor(wanted: ReadonlyMap<string, SessionConfig>) {
    this.waiting = new Map(wanted);
    this.wanted = new Set(wanted.keys());
  }

  /** Whether no session waits for its turn. */
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

  /** Of these sessions those that are not to be, some of them if they are many. */
  left(keys: readonly string[]): string[] {
    return keys.filter((key) => !this.wanted.has(key)).slice(0, AT_ONCE);
  }

  /** A neighbour came unnamed meanwhile. */
  came(key: string): void {
    this.wanted.add(key);
  }

  /** A session is gone: unless it is to be there by name now, it does not come back. */
  gone(key: string): void {
    if (this.waiting.get(key)?.template !== undefined) this.waiting.delete(key);
  }

  /** Those between two addresses, before it is their turn. */
  *between(local: string, remote: string): Generator<SessionConfig> {
    this.byAddresses ??= byAddresses(this.waiting.values());
    for (const config of this.byAddresses.get(pair(local, remote)) ?? [])
      if (this.waiting.delete(config.key)) yield config;
  }
}

function byAddresses(configs: Iterable<SessionConfig>): Map<string, SessionConfig[]> {
  const found = new Map<string, SessionConfig[]>();
  for (const config of configs) {
    const key = pair(config.localAddress, config.remoteAddress);
    const others = found.get(key);
    if (others) others.push(config);
    else found.set(key, [config]);
  }
  return found;
}
