import type { Fabric } from '../../model/fabric';
import type { Impact } from '../../preview/impact';
import type { Preview } from '../../preview/preview';
import { byNumber } from '../../preview/words';
import { asNumberOf, clusterIdOf } from '../../topology/membership';
import type { Change } from '../change';
import { losersIn } from '../verdict';
import { type Classes, classesOf } from './classes';
import { linksOf, type PictureLink } from './links';
import { MARKS, type Mark } from './marks';
import { type Neighbour, neighboursIn } from './neighbours';
import type { Place } from './place';

/** The network of a change, before and after combined: what exists and what happens to it, without positions. */
export interface Picture {
  readonly places: readonly Place[];
  /** Unset: too many nodes to draw sessions. */
  readonly links?: readonly PictureLink[];
  /** The same with a box for each class of places, at any scale. */
  readonly classes: Classes;
  /** Number of the step that is the commit. Waves count from 1; of very many, the last ones share a step. */
  readonly commit: number;
  /** Number of sessions, by mark. */
  readonly counts: Readonly<Record<Mark, number>>;
  /** The same by reason, most frequent first. */
  readonly reasons: readonly {
    readonly mark: Mark;
    readonly reason: string;
    readonly number: number;
    readonly of: number;
  }[];
}

/** Above this number, nodes are drawn as cells without names. */
export const MOST_NAMED = 40;

/** Maximum number of steps for waves; further waves share the last one. */
const MOST_STEPS = 24;

interface Looked {
  readonly preview: Pick<Preview, 'sessions' | 'paths'>;
  readonly change: Pick<Change, 'before' | 'after'>;
  /** All sessions before, all after, and those that change. */
  readonly was: Impact;
  readonly is: Impact;
  readonly sessions: Impact;
  /** The nodes of each wave. */
  readonly steps: readonly (readonly string[])[];
}

export function pictureOf({ preview, change, was, is, sessions, steps }: Looked): Picture {
  const { before, after } = change;
  const commit = Math.min(steps.length, MOST_STEPS) + 1;
  const waveOf = new Map(
    steps.flatMap((nodes, i) => nodes.map((name) => [name, Math.min(i + 1, MOST_STEPS)] as const)),
  );
  const names = [...new Set([before, after].flatMap((fabric) => Object.keys(fabric?.nodes ?? {})))].sort(byNumber);
  const neighbours = neighboursIn([before, after], [was, is], names);
  const gravest = gravestOf(sessions);
  const losers = losersIn(preview);
  const firstOf = firstSteps(sessions, waveOf, commit);
  const places = [
    ...neighbours.map(
      (neighbour): Omit<Place, 'id'> => ({
        ...neighbourPlace(neighbour),
        gravest: gravestAmong(neighbour.addresses, gravest),
        at: neighbour.mark === 'removed' ? commit : firstOf(neighbour.addresses),
      }),
    ),
    ...names.map((name): Omit<Place, 'id'> => {
      const worst = gravest.get(name) ?? 'kept';
      return {
        ...nodePlace(before, after, name),
        ...(losers.all.has(name) ? { loses: 'all' as const } : losers.some.has(name) ? { loses: 'some' as const } : {}),
        gravest: worst,
        at: worst === 'removed' || losers.some.has(name) ? commit : (waveOf.get(name) ?? commit),
      };
    }),
  ].map((place, id) => ({ id, ...place }));
  const { counts } = preview.sessions;
  const total = { before: was.counts.added, after: is.counts.added };
  return {
    places,
    ...(names.length <= MOST_NAMED && {
      links: linksOf(idsOf(places, neighbours.length), { was, is, sessions }, waveOf, commit),
    }),
    classes: classesOf(places, { was, sessions }),
    commit,
    counts: { ...counts, kept: Math.max(0, total.before - counts.removed - counts.reset - counts.retuned) },
    reasons: Object.entries(preview.sessions.reasons)
      .map(([key, number]) => {
        const colon = key.indexOf(': ');
        const mark = key.slice(0, colon) as Mark;
        return { mark, reason: key.slice(colon + 2), number, of: mark === 'added' ? total.after : total.before };
      })
      .sort((a, b) => b.number - a.number),
  };
}

/** The first step that affects an outside neighbour, by its addresses. */
function firstSteps({ sessions }: Impact, waveOf: ReadonlyMap<string, number>, commit: number) {
  const found = new Map<string, number>();
  for (const { change, from, to } of sessions) {
    const at =
      change === 'removed' ? commit : from.reduce((least, name) => Math.min(least, waveOf.get(name) ?? commit), commit);
    for (const name of to) found.set(name, Math.min(at, found.get(name) ?? commit));
  }
  return (addresses: readonly string[]): number =>
    Math.min(...addresses.map((address) => found.get(address) ?? commit));
}

/** Most severe change of a session, by node name or neighbour address. */
function gravestOf({ sessions }: Impact): Map<string, Mark> {
  const found = new Map<string, Mark>();
  for (const { change, from, to } of sessions)
    for (const names of [from, to])
      for (const name of names)
        if (MARKS.indexOf(change) < MARKS.indexOf(found.get(name) ?? 'kept')) found.set(name, change);
  return found;
}

const gravestAmong = (names: readonly string[], gravest: ReadonlyMap<string, Mark>): Mark =>
  MARKS[Math.min(...names.map((name) => MARKS.indexOf(gravest.get(name) ?? 'kept')))];

function neighbourPlace({ name, addresses, asNumber, isTop, mark }: Neighbour): Omit<Place, 'id' | 'gravest' | 'at'> {
  const detail = [...addresses.filter((address) => address !== name), ...(asNumber ? [`AS ${asNumber}`] : [])];
  return { band: isTop ? 'top' : 'outside', name, called: addresses, detail: detail.join(' · '), mark };
}

function nodePlace(
  before: Fabric | undefined,
  after: Fabric | undefined,
  name: string,
): Omit<Place, 'id' | 'gravest' | 'at'> {
  const fabric = (after?.nodes[name] && after) || before!;
  const node = fabric.nodes[name];
  const isReflector = clusterIdOf(fabric, name) !== undefined;
  const mark = !before?.nodes[name] ? 'added' : !after?.nodes[name] ? 'removed' : 'kept';
  const address = String(node.ipv4Address ?? node.ipv6Address ?? 'no address');
  const detail = `${address} · AS ${asNumberOf(fabric, node)}`;
  return {
    band: isReflector ? 'reflectors' : node.rack !== undefined ? 'racks' : 'nodes',
    ...{ name, called: [name], detail, address, mark },
    ...(node.rack !== undefined && { rack: node.rack }),
  };
}

/** Places by what sessions call them: the name of a node, or an address. */
function idsOf(places: readonly Place[], neighbours: number): ReadonlyMap<string, number> {
  const ids = new Map<string, number>();
  for (const { id, called } of [...places.slice(neighbours), ...places.slice(0, neighbours)])
    for (const one of called) if (!ids.has(one)) ids.set(one, id);
  return ids;
}
