import type { BgpSession } from '../../bgp/session/session';
import type { SessionProgress } from '../../nd/discovery';

/** States in which the neighbour has answered: a TCP connection is there. */
const NEGOTIATING: ReadonlySet<string> = new Set(['OpenSent', 'OpenConfirm']);

/** What discovery heeds of the sessions of a link: while one of them retains routes, its neighbour is not given up. */
export function progressOf(sessions: readonly BgpSession[]): SessionProgress | undefined {
  if (sessions.some(({ staleRoutes }) => staleRoutes.active)) return 'retaining';
  return sessions.some(({ standing }) => NEGOTIATING.has(standing.state)) ? 'negotiating' : undefined;
}
