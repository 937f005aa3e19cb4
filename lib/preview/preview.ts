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

/** Everything known about a change before it is deployed. */
export interface Preview {
  readonly fabric: string;
  /** Summary in one sentence, most severe effect first; in a plan, `about`. */
  readonly about: string;
  readonly nodes: number;
  readonly sessions: Impact;
  /** Unset: there are too many classes of nodes, or there is no fabric yet. */
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
  /** What happens to routes received from or advertised to outside neighbours. Unset: nothing. */
  readonly routes?: RouteImpact;
  /** What the plan knows about routes, if the change is read from a plan file: one line per finding. */
  readonly planned?: Pick<PlannedImpact, 'routes' | 'otherSide'>;
  /** Nodes without a path between them, at least one of them new. Unset: there are too many classes of nodes. */
  readonly apart?: readonly Partition[];
  /** Some node, pair or prefix has no path left: a deploy requires `allow_disruption`. */
  readonly isDisruptive: boolean;
  /** Result of the simulation. Unset: not simulated. */
  readonly played?: SimulatedChange;
}

/** Options of a preview. */
interface Look {
  readonly waves?: readonly Wave[];
  /** Prefixes originated by nodes, if known. */
  readonly origins?: OriginatedPrefixes;
  /** What nodes receive from outside. Unset: unknown. */
  readonly outside?: OutsideRoutes;
  /** The plan's own findings. Unset: not a plan, or one without. */
  readonly planned?: PlannedImpact;
  /** Whether nodes may be cut off. */
  readonly isAllowed?: boolean;
  /** Local AS numbers that nodes keep towards outside neighbours from earlier changes. Unset: none. */
  readonly localAs?: KeptLocalAs;
  /** Whether to simulate. Default: if it takes only a second or two. */
  readonly play?: boolean;
}

/**
 * A plan's own findings, which are based on more than its file: on what outside neighbours sent at the last refresh.
 */
export interface PlannedImpact {
  readonly about: string;
  readonly counts: Impact['counts'];
  readonly reasons: Impact['reasons'];
  readonly examples: readonly string[];
  readonly routes: readonly string[];
  readonly otherSide: readonly string[];
  readonly isDisruptive: boolean;
}

/** Maximum number of nodes for which a change is simulated by default. */
export const SIMULATED_UNASKED = 32;

/** Previews the change from one fabric to the next; `undefined`: there is none yet. */
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
  // The plan's own lines say what it knew and did not know about routes.
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

/** Previews the destruction of a fabric. */
export const destructionOf = (before: Fabric): Preview => ({
  fabric: before.name,
  about: 'Destroys the fabric: all of its sessions will be closed.',
  nodes: 0,
  sessions: impactOf(before, undefined),
  isDisruptive: true,
});

/**
 * The plan takes into account local AS numbers that nodes keep, which its file does not contain. If it found other
 * sessions, its examples are used.
 */
function asPlanned(found: Impact, { counts, reasons, examples }: PlannedImpact): Impact {
  const isSame = [...Object.entries(found.counts), ...Object.entries(found.reasons)].every(
    ([name, number]) => number === ({ ...counts, ...reasons } as Readonly<Record<string, number>>)[name],
  );
  return { counts, reasons, sessions: isSame ? found.sessions : [], examples };
}

/** If the plan knows what neighbours send, permanent losses of their synthetic prefixes are dropped. */
const simulatedBeside = (
  planned: PlannedImpact | undefined,
  played: SimulatedChange,
  { nodes }: Fabric,
): SimulatedChange =>
  planned ? { ...played, gaps: played.gaps.filter(({ origin, to }) => nodes[origin] || to !== undefined) } : played;
