/** A route as somebody holds it, in the words of all: what this side and the daemons' own commands show alike. */
export interface SeenPath {
  readonly nextHop: string;
  /** Numbers of all segments, nearest first. */
  readonly asPath: readonly number[];
  readonly med?: number;
  readonly localPref?: number;
  /** `65002:1`, sorted. */
  readonly communities: readonly string[];
  /** `65002:1:2`, sorted. */
  readonly large: readonly string[];
  /** Route targets as `rt 65002:7`; sorted. */
  readonly extended: readonly string[];
  readonly otc?: number;
  /** RFC 4456. */
  readonly originator?: string;
  readonly clusters?: readonly string[];
}

/** A route to be announced. */
export interface Announcement {
  readonly prefix: string;
  /** `65002:1`. */
  readonly communities?: readonly string[];
  /** `65002:1:2`. */
  readonly large?: readonly string[];
  /** Route targets: `65002:7`. */
  readonly targets?: readonly string[];
}

/** Either end of a session under test. Neighbours are named by their addresses. */
export interface Speaker {
  readonly address: string;
  readonly address6: string;
  readonly as: number;
  isUp(neighbour: string): Promise<boolean>;
  /** Every path to this very prefix, best first where the speaker orders them. */
  paths(prefix: string): Promise<readonly SeenPath[]>;
  announce(route: Announcement): Promise<void>;
  withdraw(prefix: string): Promise<void>;
}

export const isIpv6 = (text: string): boolean => text.includes(':');
