import type { SessionStatus } from './status';

/** Maximum number of stations that are named. */
const MOST_NAMED = 8;

/** Who else is on the link of a session without addresses, and what becomes of them; undefined: nobody. */
export function stationsText({
  state,
  linkLocal,
  otherStations = [],
  moreStations = { count: 0, isLeast: false },
}: Pick<SessionStatus, 'state' | 'linkLocal' | 'otherStations' | 'moreStations'>): string | undefined {
  if (otherStations.length === 0 || linkLocal === undefined) return undefined;
  const isUp = state === 'Established';
  const named = otherStations.slice(0, MOST_NAMED).map(({ address, advertises }) => {
    const does = isUp ? 'advertises itself' : 'waits for its turn';
    return `${address} (${advertises ? does : 'connects without advertising itself'})`;
  });
  const more = otherStations.length - named.length + moreStations.count;
  const list =
    more === 0 ? named.join(', ') : `${named.join(', ')} and ${moreStations.isLeast ? 'at least ' : ''}${more} more`;
  return isUp
    ? `refused on the link: ${list}; its neighbour is ${linkLocal}`
    : `${linkLocal} is tried; also on the link: ${list}`;
}
