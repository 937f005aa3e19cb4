import type { Fabric } from '../model/fabric';
import { type Apart, apartIn } from '../topology/apart';
import { type Impact, impactOf } from '../topology/impact';
import { type LostPaths, type LostPrefix, lossesOf, pairsOf, type Wave, type WaveLosses } from '../topology/losses';
import { type Origins, type Played, play } from './play';

/** All that is known of a change before anything moves. */
export interface Preview {
  readonly fabric: string;
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
  /** Nodes without a path to one another of which some are new; absent: nodes are of too many kinds. */
  readonly apart?: readonly Apart[];
  /** Some node, pair or advertised prefix has no path left: a deploy needs `allow_disruption`. */
  readonly isDisruptive: boolean;
  /** What came of it on the simulated network; absent: it was not played. */
  readonly played?: Played;
}

/** How a change is looked at. */
export interface Look {
  readonly waves?: readonly Wave[];
  /** Prefixes of nodes, where they are known. */
  readonly origins?: Origins;
  /** Whether to play it; absent: where that takes a second or two. */
  readonly play?: boolean;
}

/** Most nodes of a fabric that is played unasked. */
export const PLAYED_UNASKED = 32;

/** What the change from one fabric to the next does; `undefined`: there is none yet. */
export function previewOf(before: Fabric | undefined, after: Fabric, look: Look = {}): Preview {
  const losses = before && lossesOf(before, after, look.waves),
    apart = apartIn(before, after),
    nodes = Object.keys(after.nodes).length,
    lost = losses?.final.paths.filter(({ kind }) => kind === 'lost') ?? [];
  const sum = (paths: readonly LostPaths[]) => paths.reduce((all, path) => all + pairsOf(path), 0);
  return {
    fabric: after.name,
    nodes,
    sessions: impactOf(before, after),
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
    ...(apart && { apart }),
    isDisruptive: lost.some(({ isLast }) => isLast) || (losses?.final.prefixes.length ?? 0) > 0,
    ...(before && (look.play ?? nodes <= PLAYED_UNASKED) && { played: play(before, after, look.waves, look.origins) }),
  };
}
