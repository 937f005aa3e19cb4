import type { ChangedSessions, Impact } from '../../preview/impact';
import { MARKS, type Mark } from './marks';

/** Sessions between two places with the same mark. */
export interface PictureLink {
  /** Place indices, the smaller first. */
  readonly a: number;
  readonly b: number;
  readonly mark: Mark;
  /** Step at which the change shows: the number of a wave, or of the commit. */
  readonly at: number;
  readonly sessions: number;
}

/** Sessions by pair of places and family. */
type Pairs = Map<string, { readonly a: number; readonly b: number; mark: Mark }>;

/**
 * All sessions, pair by pair, for fabrics small enough to be drawn. An added session exists once both ends run the
 * release; a removed one stays until the commit; any other changes with its first end.
 */
export function linksOf(
  ids: ReadonlyMap<string, number>,
  { was, is, sessions }: { readonly was: Impact; readonly is: Impact; readonly sessions: Impact },
  waveOf: ReadonlyMap<string, number>,
  commit: number,
): PictureLink[] {
  const pairs: Pairs = new Map();
  const waves = new Map([...waveOf].flatMap(([name, wave]) => (ids.has(name) ? [[ids.get(name)!, wave]] : [])));
  for (const group of was.sessions) mark(pairs, ids, group, 'removed');
  for (const group of is.sessions) mark(pairs, ids, group, 'added', 'kept');
  for (const group of sessions.sessions) mark(pairs, ids, group, group.change);
  const links = new Map<string, PictureLink & { sessions: number }>();
  for (const { a, b, mark } of pairs.values()) {
    const key = `${a} ${b} ${mark}`;
    const known = links.get(key);
    if (known) known.sessions++;
    else
      links.set(key, {
        a,
        b,
        mark,
        at: stepOf(
          mark,
          [a, b].flatMap((id) => waves.get(id) ?? []),
          commit,
        ),
        sessions: 1,
      });
  }
  return [...links.values()].sort(
    (one, other) => one.a - other.a || one.b - other.b || MARKS.indexOf(one.mark) - MARKS.indexOf(other.mark),
  );
}

function stepOf(mark: Mark, waves: readonly number[], commit: number): number {
  if (mark === 'removed' || waves.length === 0) return commit;
  return mark === 'added' ? Math.max(...waves) : Math.min(...waves);
}

/** Records the mark of each session of a group. `known`: the mark of a session that already has one. */
function mark(pairs: Pairs, ids: ReadonlyMap<string, number>, group: ChangedSessions, what: Mark, known = what): void {
  const { from, to, except, family } = group;
  const left = new Set(except.flatMap(([one, other]) => [`${one} ${other}`, `${other} ${one}`]));
  for (const [i, one] of from.entries())
    for (const other of to.length > 0 ? to : from.slice(i + 1)) {
      const ends = [ids.get(one), ids.get(other)];
      if (ends[0] === undefined || ends[1] === undefined || left.has(`${one} ${other}`)) continue;
      const [a, b] = ends[0] < ends[1] ? [ends[0], ends[1]] : [ends[1], ends[0]];
      const key = `${a} ${b} ${family}`;
      pairs.set(key, { a, b, mark: pairs.has(key) ? known : what });
    }
}
