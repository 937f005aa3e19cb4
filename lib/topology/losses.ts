import { ADDRESS_FAMILIES, type AddressFamily } from '../model/address';
import type { Fabric } from '../model/fabric';
import type { Prefix } from '../model/prefix';
import { AdvertisedPrefixes, type LostPrefix } from './advertised-prefixes';
import { atRest, type DeployState } from './deploy-state';
import { equivalenceClassIn } from './equivalence-class';
import { FabricSlices } from './fabric-slice';
import { OUTSIDE, Reach } from './reach';

/** Nodes whose path to others is lost, or now leads outside the fabric. */
export interface LostPaths {
  readonly kind: 'lost' | 'leaving';
  readonly family: AddressFamily;
  /** Whether there is no path left in the other address family either. */
  readonly isLast: boolean;
  /** Names of nodes. */
  readonly from: readonly string[];
  /** Names of nodes: each of `from` lost its path to each of these. Empty: each of `from` to every other of them. */
  readonly to: readonly string[] | typeof OUTSIDE;
}

/** Number of pairs; a node and the outside count as one. */
export const pairsOf = ({ from, to }: LostPaths): number =>
  to === OUTSIDE ? from.length : to.length === 0 ? (from.length * (from.length - 1)) / 2 : from.length * to.length;

/** What happens to the paths between nodes, and between nodes and the outside. */
export interface Losses {
  readonly paths: readonly LostPaths[];
  /** Nodes that had a path to something and now have none at all. */
  readonly isolated: readonly string[];
  readonly prefixes: readonly LostPrefix[];
}

export const NOTHING_LOST: Losses = { paths: [], isolated: [], prefixes: [] };

/** Nodes that activate the new release together. */
export type Wave = readonly string[];

/** What is lost while the first waves run the new release and the others do not. */
export interface WaveLosses extends Losses {
  /** The latest activated wave, counted from 1. */
  readonly wave: number;
}

/** With more classes of nodes than this the check is skipped: it would take minutes. */
const MOST_CLASSES = 750;

/**
 * The paths that nodes lose permanently, and after each wave. Equivalent nodes are represented by two of their class,
 * so the cost grows with the number of classes. Undefined if there are too many.
 */
export function lossesOf(
  before: Fabric,
  after: Fabric,
  waves: readonly Wave[] = [],
): { readonly final: Losses; readonly waves: readonly WaveLosses[] } | undefined {
  const waveOf = new Map(waves.flatMap((wave, i) => wave.map((name) => [name, i + 1] as const)));
  const classes = classesOf(before, after, waveOf);
  if (classes.length > MOST_CLASSES) return undefined;
  const names = classes.flatMap((members) => members.slice(0, 2));
  const [old, now] = [before, after].map((fabric) =>
    FabricSlices.of(fabric).of(names, ['outside', 'named', 'selected']),
  );
  // A node that is taken out of service loses its paths on purpose; what others lose as a result still counts.
  const both = classes.filter(([name]) => before.nodes[name] && after.nodes[name] && !after.nodes[name].drain);
  const advertised = new AdvertisedPrefixes(before, after, both);
  const compare = (state: DeployState) => compared(both, names, atRest(old), state, advertised);
  const final = compare(atRest(now));
  return {
    final,
    waves: waves.slice(0, -1).map((_, i) => {
      const moved = (name: string) => (waveOf.get(name) ?? Number.POSITIVE_INFINITY) <= i + 1;
      return { wave: i + 1, ...compare({ before: old, after: now, moved }) };
    }),
  };
}

/** Nodes that are equivalent before and after, and are in the same wave. */
function classesOf(before: Fabric, after: Fabric, waveOf: ReadonlyMap<string, number>): string[][] {
  const texts = [before, after].map(pathClassIn);
  const classes = new Map<string, string[]>();
  for (const name of new Set([...Object.keys(before.nodes), ...Object.keys(after.nodes)])) {
    const drains = [before, after].map(({ nodes }) => nodes[name]?.drain === true);
    const classKey = [...texts.map((text) => text(name)), waveOf.get(name), ...drains].join(' ');
    const known = classes.get(classKey);
    if (known) known.push(name);
    else classes.set(classKey, [name]);
  }
  return [...classes.values()];
}

/**
 * A string of everything that the paths of a node depend on. A node whose address a peer names is in a class of its
 * own; which outside neighbour a node has makes no difference.
 */
export function pathClassIn(fabric: Fabric): (name: string) => string {
  const classKey = equivalenceClassIn(fabric);
  const parts = FabricSlices.of(fabric);
  const named = new Set(parts.named);
  return (name) => {
    if (!fabric.nodes[name]) return '';
    const own = parts.peersOf(name, 'named').map((peer) => ({ ...peer, node: undefined }));
    const out = parts.peersOf(name, 'outside').map(({ address, interface: link, ...peer }) => ({
      ...{ ...peer, family: link === undefined ? address?.family : 'both', node: undefined, localAddress: undefined },
    }));
    return JSON.stringify([classKey(name), own, out, named.has(name) ? name : '']);
  };
}

/** 2: inside the fabric; 1: through the outside; 0: not at all. */
type Way = 0 | 1 | 2;

/** The ways between classes in one deploy state, computed on demand. */
export class Ways {
  private readonly heard = new Map<string, (to: string) => Way>();
  private readonly heardOf = new Map<string, ReturnType<Reach['from']>>();
  private readonly reach: Reach;

  constructor(state: DeployState, names: readonly string[], family: AddressFamily) {
    this.reach = new Reach(state, names, family);
  }

  /** The worse of both directions. */
  between(one: string, other: string): Way {
    return Math.min(this.way(one, other), this.way(other, one)) as Way;
  }

  /** Whether a route to a prefix propagates from one to the other. */
  isHeard(prefix: Prefix, from: string, to: string): boolean {
    const key = `${from} ${this.verdictsOn(prefix)}`;
    const known = this.heardOf.get(key) ?? this.reach.from(from, prefix);
    this.heardOf.set(key, known);
    return known.has(to);
  }

  /** A key of the policies' verdicts on a prefix. */
  verdictsOn(prefix: Prefix): string {
    return this.reach.verdictsOn(prefix);
  }

  private way(from: string, to: string): Way {
    const known = this.heard.get(from) ?? this.explore(from);
    this.heard.set(from, known);
    return known(to);
  }

  /** Direct neighbours need no search, which covers everything in a full mesh. */
  private explore(from: string): (to: string) => Way {
    const direct = this.reach.neighbours(from);
    let all: ReturnType<Reach['from']> | undefined;
    return (to) => {
      if (direct.has(to)) return to === OUTSIDE ? 1 : 2;
      all ??= this.reach.from(from);
      const found = all.get(to);
      return found ? (found.left ? 1 : 2) : 0;
    };
  }
}

function compared(
  classes: readonly string[][],
  names: readonly string[],
  rest: DeployState,
  state: DeployState,
  advertised: AdvertisedPrefixes,
): Losses {
  const paths: LostPaths[] = [];
  const had = new Set<readonly string[]>();
  const has = new Set<readonly string[]>();
  const families = ADDRESS_FAMILIES.map((family) => ({
    family,
    old: new Ways(rest, names, family),
    now: new Ways(state, names, family),
  }));
  const look = (one: readonly string[], other: readonly string[], a: string, b: string, to: LostPaths['to']) => {
    const ways = families.map(({ family, old, now }) => {
      const after = now.between(a, b); // if the path is inside the fabric, the previous one does not matter
      return { family, after, before: after === 2 ? after : old.between(a, b) };
    });
    const isLast = ways.every(({ after }) => after === 0);
    if (!isLast) has.add(one).add(other);
    if (ways.some(({ before }) => before > 0)) had.add(one).add(other);
    for (const { family, before, after } of ways)
      if (before > 0 && after === 0) paths.push({ kind: 'lost', family, isLast, from: one, to });
      else if (before > after && to !== OUTSIDE) paths.push({ kind: 'leaving', family, isLast, from: one, to });
  };
  classes.forEach((one, i) => {
    look(one, one, one[0], OUTSIDE, OUTSIDE);
    if (one[1] !== undefined) look(one, one, one[0], one[1], []);
    for (const other of classes.slice(i + 1)) look(one, other, one[0], other[0], other);
  });
  const prefixes = families.flatMap(({ family, old, now }) => advertised.lost(family, old, now));
  return { paths, isolated: [...had].filter((members) => !has.has(members)).flat(), prefixes };
}
