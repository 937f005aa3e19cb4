import type { Fabric } from '../model/fabric';
import type { LostPrefix } from '../topology/advertised-prefixes';
import { type LostPaths, lossesOf, NOTHING_LOST, pairsOf, type Wave, type WaveLosses } from '../topology/losses';
import { NOTHING_HEARD, type OutsideRoutes } from '../topology/outside-routes';
import { type Partition, partitionsIn } from '../topology/partition';
import { aboutStep, isDisruptive } from './about';
import { type Impact, impactOf, type KeptLocalAs } from './impact';
import { type RouteImpact, routeImpactOf } from './route-impact';
import { type SimulatedChange, simulate } from './simulate';
import type { OriginatedPrefixes } from './stage-origins';

/** All that is known of a change before anything moves. */
export interface Preview {
  readonly fabric: string;
  /** All of it in one sentence, the gravest first: what the plan calls by this name. */
  readonly about: string;
  readonly nodes: number;
  readonly sessions: Impact;
  /** Absent: nodes are of too many kinds, or there is no fabric yet. */
  readonly paths?: {
    /** Pairs of nodes, or of a node and the outside. */
    readonly lost: number;
    readonly leaving: number;
    readonly isolated: readonly string[];
    readonly all: readonly LostPaths[];
    readonly prefixes: readonly LostPrefix[];
    /** What is missing after each wave but the last. */
    readonly waves: readonly WaveLosses[];
  };
  /** What becomes of routes that neighbours outside send or are told; absent: nothing. */
  readonly routes?: RouteImpact;
  /** What the plan itself knows of routes, where it is looked at in its file: a line for each finding. */
  readonly planned?: Pick<PlannedImpact, 'routes' | 'otherSide'>;
  /** Nodes without a path to one another of which some are new; absent: nodes are of too many kinds. */
  readonly apart?: readonly Partition[];
  /** Some node, pair or prefix has no path left: a deploy needs `allow_disruption`. */
  readonly isDisruptive: boolean;
  /** What came of it on the simulated network; absent: it was not played. */
  readonly played?: SimulatedChange;
}

/** How a change is looked at. */
interface Look {
  readonly waves?: readonly Wave[];
  /** Prefixes of nodes, where they are known. */
  readonly origins?: OriginatedPrefixes;
  /** What nodes hear from outside; absent: nothing is known of it. */
  readonly outside?: OutsideRoutes;
  /** What the plan says of itself; absent: it is no plan, or one that says nothing. */
  readonly planned?: PlannedImpact;
  /** Whether nodes may be cut off. */
  readonly isAllowed?: boolean;
  /** The AS numbers that nodes keep towards neighbours outside from changes before; absent: none. */
  readonly localAs?: KeptLocalAs;
  /** Whether to simulate it; absent: where that takes a second or two. */
  readonly play?: boolean;
}

/** A plan's own findings, which know more than its file does: what neighbours outside sent at the last refresh. */
export interface PlannedImpact {
  readonly about: string;
  readonly counts: Impact['counts'];
  readonly reasons: Impact['reasons'];
  readonly examples: readonly string[];
  readonly routes: readonly string[];
  readonly otherSide: readonly string[];
  readonly isDisruptive: boolean;
}

/** Most nodes of a fabric that is simulated unasked. */
export const SIMULATED_UNASKED = 32;

/** What the change from one fabric to the next does; `undefined`: there is none yet. */
export function previewOf(before: Fabric | undefined, after: Fabric, look: Look = {}): Preview {
  const losses = before && lossesOf(before, after, look.waves);
  const apart = partitionsIn(before, after);
  const nodes = Object.keys(after.nodes).length;
  const lost = losses?.final.paths.filter(({ kind }) => kind === 'lost') ?? [];
  const found = impactOf(before, after, look.localAs);
  const { planned, isAllowed = false } = look;
  const sessions = planned ? asPlanned(found, planned) : found;
  const outside = look.outside ?? (planned ? NOTHING_HEARD : 'unknown');
  const looked = routeImpactOf(before, after, outside, look.waves ?? [], found.sessions, look.localAs);
  // What a plan knew and did not know of routes is in its own lines.
  const routes =
    looked && planned && !look.outside
      ? { ...looked, isUnsure: undefined, routes: { ...looked.routes, gaps: [] } }
      : looked;
  const sum = (paths: readonly LostPaths[]) => paths.reduce((all, path) => all + pairsOf(path), 0);
  return {
    fabric: after.name,
    about:
      planned?.about ??
      aboutStep(before, after, losses?.final, { counts: found.counts, sessions: found.sessions, isAllowed, routes }),
    nodes,
    sessions,
    ...(losses && {
      paths: {
        lost: sum(lost),
        leaving: sum(losses.final.paths.filter(({ kind }) => kind === 'leaving')),
        isolated: losses.final.isolated,
        all: losses.final.paths,
        prefixes: losses.final.prefixes,
        waves: losses.waves,
      },
    }),
    ...(routes && { routes }),
    ...(planned && { planned: { routes: planned.routes, otherSide: planned.otherSide } }),
    ...(apart && { apart }),
    isDisruptive:
      planned?.isDisruptive === true ||
      (before !== undefined && nodes === 0) ||
      isDisruptive({ losses: losses?.final ?? NOTHING_LOST, routes }),
    ...(before &&
      (look.play ?? nodes <= SIMULATED_UNASKED) && {
        played: simulatedBeside(
          planned,
          simulate(before, after, look.waves, look.origins, look.outside, look.localAs, !planned),
          after,
        ),
      }),
  };
}

/** What becomes of a fabric that is no more. */
export const destructionOf = (before: Fabric): Preview => ({
  fabric: before.name,
  about: 'Destroys the fabric: all of its sessions will be closed.',
  nodes: 0,
  sessions: impactOf(before, undefined),
  isDisruptive: true,
});

/**
 * The plan counts with AS numbers that nodes keep, of which its file says nothing: where it found other sessions, its
 * examples stand for all.
 */
function asPlanned(found: Impact, { counts, reasons, examples }: PlannedImpact): Impact {
  const isSame = [...Object.entries(found.counts), ...Object.entries(found.reasons)].every(
    ([name, number]) => number === ({ ...counts, ...reasons } as Readonly<Record<string, number>>)[name],
  );
  return { counts, reasons, sessions: isSame ? found.sessions : [], examples };
}

/**
 * What is made up for a neighbour outside says nothing of what is lost for good, where the plan knows what it sends.
 */
const simulatedBeside = (
  planned: PlannedImpact | undefined,
  played: SimulatedChange,
  { nodes }: Fabric,
): SimulatedChange =>
  planned ? { ...played, gaps: played.gaps.filter(({ origin, to }) => nodes[origin] || to !== undefined) } : played;
