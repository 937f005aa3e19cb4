import type { BfdSessionStatus } from './bfd-status';

/** What keeps a BFD session from coming up, as far as this end can see. */
type Hindrance =
  | 'deaf'
  | 'admin-down'
  | 'unheard'
  | 'loss'
  | 'authentication'
  | 'ttl'
  | 'ttl-link'
  | 'port'
  | 'interface'
  | 'malformed'
  | 'refused'
  | 'silent';

interface HindranceRow {
  readonly hindrance: Hindrance;
  readonly holds: (bfd: BfdSessionStatus) => boolean;
  readonly text: (bfd: BfdSessionStatus) => string;
}

/** RFC 5881 section 5. */
const LINK_TTL = 255;

const discards =
  (...reasons: string[]) =>
  ({ remote, discarding }: BfdSessionStatus): boolean =>
    !remote && discarding !== undefined && (reasons.length === 0 || reasons.includes(discarding.reason));

/**
 * In order of precedence: without a socket nothing else is known, what the neighbour says counts for more than what is
 * discarded, and that for more than nothing.
 */
const HINDRANCES: readonly HindranceRow[] = [
  {
    hindrance: 'deaf',
    holds: ({ isDeaf }) => isDeaf === true,
    text: ({ trouble }) => `this node cannot receive packets: ${trouble}`,
  },
  {
    hindrance: 'admin-down',
    holds: ({ remote }) => remote?.state === 'AdminDown',
    text: () => 'the neighbour has shut BFD down administratively',
  },
  {
    hindrance: 'loss',
    holds: ({ remote }) => remote?.state === 'Init' || remote?.state === 'Up',
    text: ({ remote }) =>
      `the neighbour receives packets of this node (its state is ${remote?.state}), and is not yet, or no longer, received without loss`,
  },
  {
    hindrance: 'unheard',
    holds: ({ remote }) => remote?.state === 'Down',
    text: () => 'packets of the neighbour arrive, but it receives none of this node: its state is Down',
  },
  {
    hindrance: 'authentication',
    holds: discards('authentication'),
    text: () => 'the neighbour authenticates its packets, which is not supported',
  },
  {
    hindrance: 'ttl-link',
    holds: (bfd) => discards('ttl')(bfd) && bfd.discarding?.wanted === LINK_TTL,
    text: ({ discarding: { got } = {} }) =>
      `packets of the neighbour arrive with a TTL of ${got}, which must be ${LINK_TTL} on the link`,
  },
  {
    hindrance: 'ttl',
    holds: discards('ttl'),
    text: ({ discarding: { got, wanted } = {} }) =>
      `packets of the neighbour arrive with a TTL of ${got}, which must be at least ${wanted}`,
  },
  {
    hindrance: 'port',
    holds: discards('wrong-port'),
    text: ({ discarding: { got, wanted } = {} }) =>
      `the neighbour sends to UDP port ${got} (${reachOf(got)}), this node expects ${wanted} (${reachOf(wanted)})`,
  },
  {
    hindrance: 'interface',
    holds: discards('wrong-interface'),
    text: ({ discarding }) =>
      `packets with the neighbour's address arrive at ${discarding?.interface ?? 'another interface'}, where it is not directly connected`,
  },
  {
    hindrance: 'malformed',
    holds: discards(),
    text: ({ discarding }) => `packets of the neighbour are discarded: ${discarding?.reason}`,
  },
  {
    hindrance: 'refused',
    holds: ({ remote, isRefused }) => !remote && isRefused === true,
    text: () => 'the neighbour refuses packets: nothing listens at its UDP port',
  },
  {
    hindrance: 'silent',
    holds: ({ remote }) => !remote,
    text: () => 'the neighbour sends no BFD packets',
  },
];

const reachOf = (port: number | undefined): string => (port === 4784 ? 'several hops' : 'on the link');

/**
 * Why a session is not up, if the BFD process has reported its state; agents of the previous version do not tell what
 * is discarded.
 */
export function hindranceOf(
  bfd: BfdSessionStatus,
): { readonly hindrance: Hindrance; readonly text: string } | undefined {
  if (bfd.state === undefined || bfd.state === 'Up' || bfd.state === 'AdminDown') return undefined;
  const row = HINDRANCES.find(({ holds }) => holds(bfd));
  return row && { hindrance: row.hindrance, text: row.text(bfd) };
}
