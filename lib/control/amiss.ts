import { bfdTrouble, isBfdMissing } from './bfd-status';
import { stationsText } from './link-stations';
import { shortfallsOf } from './shortfall';
import type { AgentStatus, SessionStatus } from './status';

/** The fields of a session that decide whether it is expected to be up, and whether it is. */
type Wanted = Pick<SessionStatus, 'state' | 'isRetiring' | 'expectsDown' | 'isUnnamed'>;

/**
 * Whether the release expects a session to be up: it is not being removed, not expected to be down, and not with an
 * unnamed neighbour, which may come and go.
 */
export const isWanted = ({ isRetiring, expectsDown, isUnnamed }: Wanted): boolean =>
  !isRetiring && !expectsDown && !isUnnamed;

/** Whether a session that the release expects to be up is down. */
export const isMissing = (session: Wanted): boolean => isWanted(session) && session.state !== 'Established';

/** What is wrong with a node now, briefly; empty if its agent reports no problem. */
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
      : [
          bfd.stopped === undefined
            ? `the BFD process does not respond: ${bfd.problem}`
            : 'the BFD process was stopped permanently',
        ]),
  ];
}

/**
 * What is wrong with a session: why it is down, or what its neighbour sends that is not used. Past problems are
 * omitted.
 */
export function troubleOf(session: SessionStatus): string {
  const { state, down, unmet, lastError, routes, bfd } = session;
  const stations = stationsText(session);
  if (state !== 'Established') return [down ?? lastError?.text ?? [], stations ?? []].flat().join('; ');
  if (unmet !== undefined) return `a deploy waits: ${unmet}`;
  if (bfd && isBfdMissing(bfd)) return bfdTrouble(bfd);
  const shortfalls = shortfallsOf(session);
  if (shortfalls.length > 0) return shortfalls.join('; ');
  if (session.learnedDefault !== undefined) return session.learnedDefault;
  const martians = Object.values(routes).reduce((sum, { martians = 0 }) => sum + martians, 0);
  return martians === 0 ? (stations ?? '') : `martians not used: ${martians}`;
}

/** What is limited on a node though its sessions are up, briefly: `status --check` accepts it. */
export function limitedOf({ sessions }: Pick<AgentStatus, 'sessions'>): string[] {
  const wanted = sessions.filter(isWanted);
  const short = wanted.filter((session) => shortfallsOf(session).length > 0).length;
  const routers = sessions.filter(({ learnedDefault }) => learnedDefault !== undefined).length;
  return [
    ...(short > 0 ? [`${short} of ${wanted.length} sessions carry less than configured`] : []),
    ...(routers > 0 ? [`${routers} of ${sessions.length} sessions over links with a learned default route`] : []),
  ];
}
