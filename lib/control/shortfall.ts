import type { SessionStatus } from './status';

/** What an established session does without, as only one end's OPEN has it. */
type Carriage = Pick<SessionStatus, 'notCarried' | 'noExtendedNextHop' | 'alsoOffered'>;

/** What the release wants of an established session and its neighbour does not negotiate, for display. */
export const shortfallsOf = ({ notCarried = [], noExtendedNextHop = [] }: Carriage): string[] => [
  ...notCarried.map((family) => `the neighbour does not carry ${family} unicast`),
  ...noExtendedNextHop.map(
    (family) => `the neighbour does not support IPv6 next hops for ${family} unicast (extended next hop, RFC 8950)`,
  ),
];

/** What only the neighbour offers, for display. */
export const offersOf = ({ alsoOffered = [] }: Carriage): string[] =>
  alsoOffered.map((family) => `the neighbour also offers ${family} unicast, which this session does not carry`);
