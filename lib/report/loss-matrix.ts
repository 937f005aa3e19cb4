import type { Outage, SimulatedChange } from '../preview/simulate';
import { byNumber } from '../preview/words';
import { prefixSeconds } from './words';

/** A node's loss of one prefix. */
export interface Loss {
  /** Total seconds of temporary outages. */
  readonly seconds: number;
  /** It does not come back. */
  readonly isPermanent: boolean;
  /** When it is lost: `wave 1`, `finalise`. */
  readonly during: readonly string[];
}

/** Losses in the simulation, by node and prefix. */
export interface LossMatrix {
  /** Prefixes, or descriptions of synthetic ones. */
  readonly prefixes: readonly string[];
  readonly rows: readonly {
    readonly node: string;
    readonly isOutside: boolean;
    readonly losses: readonly (Loss | undefined)[];
  }[];
  /** Prefix-seconds of all temporary outages. */
  readonly seconds: number;
  /** Pairs of a node and a prefix that it loses permanently. */
  readonly permanent: number;
  /** Number of prefixes simulated, and how many of them were synthetic. */
  readonly simulated: number;
  readonly madeUp: number;
}

const titleOf = ({ prefix, standsFor }: Outage): string => (standsFor === undefined ? prefix : standsFor);

/** `isNode`: the others are outside neighbours, and are sorted last. */
export function lossMatrix(
  { gaps, prefixes: simulated, madeUp }: SimulatedChange,
  isNode: (name: string) => boolean,
): LossMatrix {
  // Two synthetic prefixes of one node, one per family, are two columns.
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
