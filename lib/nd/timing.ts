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
  /** Advertisements. FRR forgets a neighbour 30 s after the last one. */
  advertise: { first: [0, 250, 500, 1000, 1000], later: 10_000 },
} as const satisfies Record<string, Series>;

/**
 * Milliseconds in which the neighbour must have a session, or have had one, before another station that advertises
 * itself takes its place. Advertisements prove nothing: anybody on the link can send them, from any address. From
 * link-up to Established takes up to 3.2 s (bench/unnumbered-results.md); one that does not respond is found out
 * after 3 s (RFC 4861 section 7.3.3). If very many wait, a turn leaves room for a second SYN (RFC 6298).
 */
export const TURNS = {
  longest: 5000,
  shortest: 1500,
  /** Divided among those that wait. */
  shared: 20_000,
  /** Of one that refuses the connection, or cannot be reached. */
  refused: 250,
} as const;

/** Milliseconds of a turn for which so many others wait. */
export const turnFor = (waiting: number): number =>
  Math.round(Math.max(TURNS.shortest, Math.min(TURNS.longest, TURNS.shared / Math.max(1, waiting))));

/** How many times a turn is repeated while the neighbour answers and its session is still being negotiated. */
export const MOST_EXTENSIONS = 2;

/** Minimum milliseconds between solicitations to find others (RFC 4861 section 10, RTR_SOLICITATION_INTERVAL). */
export const SOLICITATION_GAP = 4000;

/** Maximum number of other stations of a link that are remembered. */
export const MOST_STATIONS = 128;

/** Milliseconds after its last advertisement, or connection, for which another station is there. */
export const ADVERTISED_LASTS = 60_000;
export const CONNECTED_LASTS = 300_000;

/**
 * Milliseconds from link-up to our first advertisement, unless it is solicited. FRR reports a link that comes up as up,
 * down and up again; its bgpd forgets a neighbour that was found in between, and does not receive it again while that
 * neighbour keeps advertising itself.
 */
export const LINK_SETTLES = 500;

/** Minimum milliseconds between advertisements, however many are solicited. */
export const LEAST_GAP = 250;

/** Milliseconds before another station that was refused, or stations that take turns, are reported again. */
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
