/** Milliseconds between messages of one kind: each of `first`, in order, then `later`. */
interface Series {
  readonly first: readonly number[];
  /** Absent: no further message. */
  readonly later?: number;
}

/**
 * When messages are sent. RFC 4861 section 10 lets a host send 3 solicitations 4 s apart, and a router 3 advertisements
 * up to 16 s apart and then one in 3 to 1800 s. A session waits for them here, so that the first ones follow each other
 * faster: for up to 2 s after link-up the other end checks its own address (RFC 4862), and does not respond.
 */
export const SERIES = {
  /** Solicitations until a neighbour was heard. */
  search: { first: [0, ...new Array<number>(12).fill(250)], later: 10_000 },
  /** Solicitations to which a neighbour must respond before another one takes its place. */
  probe: { first: [0, 1000, 1000] },
  /** Advertisements. FRR forgets a neighbour 30 s after the last one. */
  advertise: { first: [0, 250, 500, 1000, 1000], later: 10_000 },
} as const satisfies Record<string, Series>;

/** Milliseconds for the response to the last probe. */
export const LAST_RESPONSE = 1000;

/**
 * Milliseconds from link-up to our first advertisement, unless it is solicited. FRR reports a link that comes up as up,
 * down and up again; its bgpd forgets a neighbour that was found in between, and does not receive it again while that
 * neighbour keeps advertising itself.
 */
export const LINK_SETTLES = 500;

/** Minimum milliseconds between advertisements, however many are solicited. */
export const LEAST_GAP = 250;

/** Milliseconds before another neighbour that was refused is reported, or probed for, again. */
export const REFUSAL_QUIET = 60_000;

/** Jitter of later messages, by which they may come sooner, so that systems do not synchronise. */
const JITTER = 0.25;

/**
 * Milliseconds until the next message of a series, of which `sent` were sent; undefined: it was the last. `chance`:
 * from 0 to 1.
 */
export function waitOf({ first, later }: Series, sent: number, chance: number): number | undefined {
  if (sent < first.length) return first[sent];
  return later === undefined ? undefined : Math.round(later * (1 - JITTER * chance));
}
