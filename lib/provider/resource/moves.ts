import { type Diagnostic, error } from '../diagnostic';
import type { Fleet } from '../fleet';
import { pause } from '../pause';
import { perRun } from '../per-run';
import { listing, type Survey } from '../survey';
import { holderAt } from './claims';
import { leftBehind } from './left-behind';

/** The agents that a fabric's configuration claims. */
interface Wanted {
  /** Current name of the fabric. */
  readonly fabric: string;
  readonly endpoints: ReadonlyMap<string, string>;
  /** Whether every endpoint is known. */
  readonly isWhole: boolean;
}

/**
 * Agents claimed by the configurations of fabrics in this process: one Terraform run plans all of them in it, in any
 * order. An agent claimed by two fabrics would move back and forth; one that its fabric no longer claims may be taken
 * by another.
 */
export class Claims {
  private readonly wanted = new Map<string, Wanted>();

  /** The claims of a run. */
  static readonly of = perRun(() => new Claims());

  /**
   * Records a fabric's claims (node → endpoint). Reports those that another fabric claims too. `names`: current name
   * first, then previous names that agents may use.
   */
  claim(names: readonly string[], endpoints: Readonly<Record<string, string>>, isWhole = true): Diagnostic[] {
    const [fabric] = names;
    const own = new Map(Object.entries(endpoints).map(([node, endpoint]) => [endpoint, node]));
    for (const name of names)
      if (name === fabric || this.wanted.get(name)?.fabric !== name)
        this.wanted.set(name, { fabric, endpoints: own, isWhole });
    return [...this.wanted].flatMap(([name, { fabric: other, endpoints: theirs }]) => {
      const both = other === fabric || name !== other ? [] : [...own].filter(([endpoint]) => theirs.has(endpoint));
      return both.map(([endpoint, node]) =>
        error(
          `Node ${node} of fabric ${fabric} is also node ${theirs.get(endpoint)} of fabric ${other}`,
          `An agent runs a single fabric, and both use ${endpoint}. Remove the node from one of them.`,
          ['nodes', node],
        ),
      );
    });
  }

  /** Whether the fabric was planned in this run and does not claim the agent. */
  letsGo(fabric: string, endpoint: string): boolean {
    const wanted = this.wanted.get(fabric);
    return wanted?.isWhole === true && !wanted.endpoints.has(endpoint);
  }

  isHeard(fabric: string): boolean {
    return this.wanted.has(fabric);
  }

  /**
   * Whether the fabric was planned in this run and claims the agent, or may claim it because not all of its endpoints
   * are known.
   */
  wants(fabric: string, endpoint: string): boolean {
    return this.isHeard(fabric) && !this.letsGo(fabric, endpoint);
  }
}

/**
 * Nodes that other fabrics of this owner hold, with that fabric. `names`: the fabric's own, including previous ones.
 */
export const heldElsewhere = (
  { statuses }: Survey,
  owners: readonly (string | undefined)[],
  names: readonly string[],
): Map<string, string> =>
  new Map(
    [...statuses].flatMap(([node, status]): [string, string][] => {
      const holder = holderAt(status);
      return holder && owners.includes(holder.owner) && !names.includes(holder.fabric) ? [[node, holder.fabric]] : [];
    }),
  );

const LOOK_MS = 250;
/** Number of polls for another fabric's plan, which Terraform may make later in the same run. */
const LOOKS = 40;

/** Waits until the fabrics that hold nodes have released them in this run. Returns the nodes that they have not. */
export async function untilLetGo(
  held: ReadonlyMap<string, string>,
  fleet: Fleet,
  stop: AbortSignal,
): Promise<Map<string, string>> {
  const claims = Claims.of(stop);
  for (let look = 0; ; look++) {
    const kept = new Map([...held].filter(([node, fabric]) => !claims.letsGo(fabric, fleet.endpoints[node])));
    if (kept.size === 0 || stop.aborted) return kept;
    if (look === LOOKS) {
      const unclaimed = [...kept].filter(([node, fabric]) => !claims.wants(fabric, fleet.endpoints[node]));
      const left = await leftBehind(new Set(unclaimed.map(([node]) => node)), fleet, stop);
      return new Map([...kept].filter(([node]) => !left.has(node)));
    }
    await pause(LOOK_MS, stop);
    if (look % 4 !== 3) continue;
    // A fabric that is destroyed in this run is not planned: its agents show it.
    const { statuses } = await fleet.only((node) => kept.has(node)).survey();
    const isFree = [...kept.keys()].some((node) => statuses.has(node) && !holderAt(statuses.get(node)!));
    if (isFree) held = new Map([...held].filter(([node]) => !statuses.has(node) || holderAt(statuses.get(node)!)));
  }
}

/** Waits until all these fabrics are planned in this run, or would have been. */
export async function untilHeard(fabrics: ReadonlySet<string>, stop: AbortSignal): Promise<void> {
  const claims = Claims.of(stop);
  for (let look = 0; look < LOOKS && !stop.aborted; look++) {
    if ([...fabrics].every((fabric) => claims.isHeard(fabric))) return;
    await pause(LOOK_MS, stop);
  }
}

/** Diagnostics for nodes that another fabric of the same owner has not released. */
export function notLetGo(kept: ReadonlyMap<string, string>): Diagnostic[] {
  if (kept.size === 0) return [];
  const nodes = [...kept.keys()].sort().join(', ');
  const fabrics = [...new Set(kept.values())].sort().join(', ');
  return [
    error(
      `Nodes belong to another fabric: ${nodes}`,
      `This step changed nothing. Fabric ${fabrics} has not released them: remove them from it in the same deploy, without -target, or deploy it first. If that fabric is no longer in any configuration, set allow_disruption = true (allowDisruption in constructs) to take them.\n${listing([...kept].map(([node, fabric]) => [node, `of fabric ${fabric}`]))}`,
    ),
  ];
}
