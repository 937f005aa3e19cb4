import type { Fabric } from '../../lib/model/fabric';
import { endsOf, type SessionEnd } from '../../lib/node/ends';
import { localAsAfter } from '../../lib/node/local-as';
import type { SessionChange } from '../../lib/topology/session-change';
import type { Fleet } from './fleet';

/** A session: by key, the end of each node that has one, and whose these are. */
export interface Ends {
  readonly ends: Map<string, SessionEnd>;
  readonly owned: Owned[];
}
export interface Owned {
  readonly name: string;
  readonly key: string;
}

/** The sessions of a fabric, both ends of each, by addresses and port. */
export function sessionsOf(fabric: Fabric, former?: Fabric): Map<string, Ends> {
  const sessions = new Map<string, Ends>();
  for (const name of Object.keys(fabric.nodes))
    for (const end of endsOf(fabric, name, localAsAfter(former && { fabric: former }, fabric, name))) {
      const { key, localAddress, remoteAddress, port } = end.config;
      const id = `${[String(localAddress), String(remoteAddress)].sort().join(' ')} ${port}`;
      const known = sessions.get(id) ?? { ends: new Map<string, SessionEnd>(), owned: [] };
      known.ends.set(key, end);
      known.owned.push({ name, key });
      sessions.set(id, known);
    }
  return sessions;
}

/** What became of a session that was up, as its ends saw it. */
export function happened(fleet: Fleet, ends: readonly Owned[]): SessionChange | undefined {
  const fates = ends.map(({ name, key }) => fleet.fate(name, key));
  if (fates.some(({ isReset }) => isReset)) return 'reset';
  if (fates.some(({ downs }) => downs > 0)) throw new Error('it went down, and no configuration of its ends is why');
  return fates.some(({ isRetuned }) => isRetuned) ? 'retuned' : undefined;
}

/** A session that is not there. */
export const NONE: Ends = { ends: new Map(), owned: [] };
/** Whether the end of a session is up, and which sessions are at all their ends. */
export const isUp = (fleet: Fleet, { name, key }: Owned) => fleet.sessions(name).get(key)?.state === 'Established';
export const upIn = (fleet: Fleet, sessions: ReadonlyMap<string, Ends>) =>
  new Set([...sessions].flatMap(([id, { owned }]) => (owned.every((end) => isUp(fleet, end)) ? [id] : [])));
