/** A neighbour that the traffic process plays. */
export interface Neighbour {
  readonly id: number;
  readonly local: string;
  readonly remote: string;
  readonly as: number;
  readonly routerId: number;
  readonly family: 'ipv4' | 'ipv6';
  /** Whether every prefix is remembered, so that repeated ones count once: 8 MB a neighbour, IPv4 only. */
  readonly remembers: boolean;
  /** Seconds. */
  readonly holdTime: number;
  /** Of the daemon's own AS: a client that it reflects to, which gets paths as they are. Default: no. */
  readonly isClient?: boolean;
  /** Waits to be connected to instead of connecting. */
  readonly listens?: boolean;
}

/** What the traffic process is told, one JSON line each. */
export type Order =
  | { readonly order: 'neighbours'; readonly neighbours: readonly Neighbour[] }
  /** Connects all; `window`: at most so many at a time are between connecting and Established. */
  | { readonly order: 'connect'; readonly window?: number }
  /**
   * Begins to count anew: each neighbour, or only one, or all but one, is to be told of so many prefixes, announced or
   * withdrawn.
   */
  | {
      readonly order: 'expect';
      readonly announced?: number;
      readonly withdrawn?: number;
      readonly only?: number;
      readonly except?: number;
    }
  | { readonly order: 'send'; readonly id: number; readonly file: string }
  /** Ends the session with a NOTIFICATION. */
  | { readonly order: 'close'; readonly id: number }
  /** Connects one again whose session was closed. */
  | { readonly order: 'reopen'; readonly id: number };

/** What it answers. Times are seconds of the machine's monotonic clock, the same in all its processes. */
export type Report =
  | { readonly report: 'ready' }
  | { readonly report: 'connecting'; readonly at: number }
  /** Every neighbour is Established. */
  | { readonly report: 'up'; readonly at: number }
  | { readonly report: 'sending'; readonly at: number }
  | { readonly report: 'sent'; readonly at: number }
  | { readonly report: 'closed'; readonly at: number }
  | { readonly report: 'reopening'; readonly at: number }
  /** Every neighbour was told what was expected; `checksum` is that of each, where all are the same, else undefined. */
  | { readonly report: 'told'; readonly at: number; readonly checksum?: number }
  | { readonly report: 'failed'; readonly id: number; readonly reason: string };

/** Seconds of the machine's monotonic clock. */
export const clock = (): number => Number(process.hrtime.bigint()) / 1e9;
