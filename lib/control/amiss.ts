import { bfdTrouble, isBfdMissing } from './bfd-status';
import type { AgentStatus, SessionStatus } from './status';

/** What of a session says whether somebody counts on it, and whether it is up. */
type Wanted = Pick<SessionStatus, 'state' | 'isRetiring' | 'expectsDown' | 'isUnnamed'>;

/**
 * Whether the release counts on a session: it is not on its way out, not one that is meant to be down, and not one of a
 * neighbour that comes as it likes.
 */
export const isWanted = ({ isRetiring, expectsDown, isUnnamed }: Wanted): boolean =>
  !isRetiring && !expectsDown && !isUnnamed;

/** Whether a session is down that the release counts on. */
export const isMissing = (session: Wanted): boolean => isWanted(session) && session.state !== 'Established';

/** What is wrong with a node now, in few words each; none: nothing that its agent knows of. */
export function amissOf({ sessions, kernel, bfd }: Pick<AgentStatus, 'sessions' | 'kernel' | 'bfd'>): string[] {
  const missing = sessions.filter(isMissing).length;
  const refused = kernel.wanted - kernel.installed;
  const watched = sessions.filter((session) => session.bfd && isWanted(session));
  // What keeps a session down is counted with the session.
  const unwatched = watched.filter((session) => !isMissing(session) && isBfdMissing(session.bfd!)).length;
  return [
    ...(missing > 0 ? [`${missing} of ${sessions.filter(isWanted).length} sessions down`] : []),
    ...(refused > 0 ? [`${refused} of ${kernel.wanted} routes not in the kernel`] : []),
    ...(bfd?.problem === undefined
      ? unwatched > 0
        ? [`${unwatched} of ${watched.length} BFD sessions not up`]
        : []
      : [`the BFD process does not respond: ${bfd.problem}`]),
  ];
}

/**
 * What is amiss with a session: why it is down, or what its neighbour sends that is not used. What is over troubles
 * nobody.
 */
export function troubleOf({ state, down, unmet, lastError, routes, bfd }: SessionStatus): string {
  if (state !== 'Established') return down ?? lastError?.text ?? '';
  if (unmet !== undefined) return `a deploy waits: ${unmet}`;
  if (bfd && isBfdMissing(bfd)) return bfdTrouble(bfd);
  const martians = Object.values(routes).reduce((sum, { martians = 0 }) => sum + martians, 0);
  return martians === 0 ? '' : `martians not used: ${martians}`;
}
