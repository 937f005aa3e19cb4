import type { SessionStatus } from './status';

/** Who else is on the link of a session without addresses, and what becomes of them; undefined: nobody. */
export function stationsText({
  state,
  linkLocal,
  otherStations = [],
}: Pick<SessionStatus, 'state' | 'linkLocal' | 'otherStations'>): string | undefined {
  if (otherStations.length === 0 || linkLocal === undefined) return undefined;
  const isUp = state === 'Established';
  const list = otherStations.map(({ address, advertises }) => {
    const does = isUp ? 'advertises itself' : 'waits for its turn';
    return `${address} (${advertises ? does : 'connects without advertising itself'})`;
  });
  return isUp
    ? `refused on the link: ${list.join(', ')}; its neighbour is ${linkLocal}`
    : `${linkLocal} is tried; also on the link: ${list.join(', ')}`;
}
