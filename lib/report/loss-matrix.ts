import type { Outage, SimulatedChange } from '../preview/simulate';
import { byNumber, prefixSeconds } from './words';

/** What a node misses of one prefix. */
export interface Loss {
  /** Seconds, over all of its outages that end. */
  readonly seconds: number;
  /** It does not come back. */
  readonly isPermanent: boolean;
  /** When it goes: `wave 1`, `finalise`. */
  readonly during: readonly string[];
}

/** What nodes miss in the simulation, node by prefix. */
export interface LossMatrix {
  /** Prefixes, or what made-up ones stand for. */
  readonly prefixes: readonly string[];
  readonly rows: readonly {
    readonly node: string;
    readonly isOutside: boolean;
    readonly losses: readonly (Loss | undefined)[];
  }[];
  /** Prefix-seconds of all outages that end. */
  readonly seconds: number;
  /** Pairs of a node and a prefix that it loses permanently. */
  readonly permanent: number;
  /** Prefixes that were simulated, and how many of them were made up. */
  readonly simulated: number;
  readonly madeUp: number;
}

const titleOf = ({ prefix, standsFor }: Outage): string => (standsFor === undefined ? prefix : standsFor);

/** `isNode`: the others are outside neighbours, and come last. */
export function lossMatrix(
  { gaps, prefixes: simulated, madeUp }: SimulatedChange,
  isNode: (name: string) => boolean,
): LossMatrix {
  // Two made-up prefixes of one node, one in each family, are two columns.
  const titles = new Map(gaps.map((gap) => [gap.prefix, gap]));
  const prefixes = [...titles.keys()].sort(byNumber);
  const nodes = [...new Set(gaps.map(({ node }) => node))].sort(
    (a, b) => Number(isNode(b)) - Number(isNode(a)) || byNumber(a, b),
  );
  const found = new Map<string, Outage[]>();
  for (const gap of gaps) {
    const key = `${gap.node} ${gap.prefix}`;
    found.set(key, [...(found.get(key) ?? []), gap]);
  }
  const families = (prefix: string) => (prefix.includes(':') ? 'IPv6' : 'IPv4');
  return {
    prefixes: prefixes.map((prefix) => {
      const gap = titles.get(prefix)!;
      return gap.standsFor === undefined ? titleOf(gap) : `${titleOf(gap)} (${families(prefix)})`;
    }),
    rows: nodes.map((node) => ({
      node,
      isOutside: !isNode(node),
      losses: prefixes.map((prefix) => lossOf(found.get(`${node} ${prefix}`))),
    })),
    seconds: prefixSeconds(gaps),
    permanent: gaps.filter(({ to }) => to === undefined).length,
    ...{ simulated, madeUp },
  };
}

const lossOf = (gaps: readonly Outage[] | undefined): Loss | undefined =>
  gaps && {
    seconds: prefixSeconds(gaps),
    isPermanent: gaps.some(({ to }) => to === undefined),
    during: [...new Set(gaps.map(({ during }) => during))],
  };
