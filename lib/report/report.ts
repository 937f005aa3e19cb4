import { impactOf } from '../preview/impact';
import type { Comparison } from '../preview/observed/comparison';
import type { Preview } from '../preview/preview';
import { type Section, sectionsOf } from '../preview/report';
import type { Change } from './change';
import { type ChangedObject, changedObjects } from './changed-objects';
import { type LossMatrix, lossMatrix } from './loss-matrix';
import { type NeighbourRow, neighbourRows } from './neighbour-rows';
import { type Picture, pictureOf } from './picture/picture';
import { type RolloutStep, stepsOf } from './rollout';
import { type Verdict, verdictOf } from './verdict';

/** Report of a change for a reviewer: the content of every rendering, in this order. */
export interface Report {
  readonly fabric: string;
  readonly verdict: Verdict;
  readonly objects: readonly ChangedObject[];
  readonly picture: Picture;
  readonly steps: readonly RolloutStep[];
  /** Losses in the simulation. Unset: not simulated. */
  readonly losses?: LossMatrix;
  readonly neighbours: readonly NeighbourRow[];
  /** All findings as lines, as shown in a terminal. */
  readonly sections: readonly Section[];
  /** What the deploy did, once it is over. */
  readonly observed?: Comparison;
}

/** Builds the report of a change. Pure: the same change produces the same report. */
export function reportOf(preview: Preview, change: Change): Report {
  const { before, after } = change;
  const was = impactOf(undefined, before);
  const is = impactOf(undefined, after);
  const sessions = preview.sessions.sessions.length > 0 ? preview.sessions : impactOf(before, after);
  const steps = stepsOf(preview, change);
  return {
    fabric: preview.fabric,
    verdict: verdictOf(preview, change, { before: was.counts.added, after: is.counts.added }),
    objects: changedObjects(before, after, change.places),
    picture: pictureOf({ preview, change, was, is, sessions, steps: steps.map(({ nodes }) => nodes) }),
    steps,
    ...(preview.played && {
      losses: lossMatrix(preview.played, (name) => Boolean(before?.nodes[name] ?? after?.nodes[name])),
    }),
    neighbours: neighbourRows(preview),
    sections: sectionsOf(preview),
  };
}
