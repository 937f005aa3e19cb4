import { type Activation, isSame } from '../../control/transaction';
import type { Fleet } from '../fleet';
import { perRun } from '../per-run';

/** A node that a wave of this run activated. */
interface OnTrial {
  readonly endpoint: string;
  /** By then its confirm timer has acted; in milliseconds of `performance.now()`. */
  readonly until: number;
}

interface Trial {
  readonly activation: Activation;
  readonly nodes: Map<string, OnTrial>;
}

const trialsOf = perRun((): Trial[] => []);

/** What the waves of a run activated and no commit of it confirmed: a later wave may not be able to ask any more. */
export const onTrial = (stop: AbortSignal, activation: Activation): Map<string, OnTrial> => {
  const trials = trialsOf(stop);
  const known = trials.find((trial) => isSame(trial.activation, activation));
  if (known) return known.nodes;
  const nodes = new Map<string, OnTrial>();
  trials.push({ activation, nodes });
  return nodes;
};

/** Records nodes that were activated just now, and roll back after so many seconds. */
export function recordTrial(
  stop: AbortSignal,
  activation: Activation,
  fleet: Fleet,
  { nodes, seconds }: { readonly nodes: readonly string[]; readonly seconds: number },
): void {
  const until = performance.now() + seconds * 1000;
  const trial = onTrial(stop, activation);
  for (const node of nodes) trial.set(node, { endpoint: fleet.endpoints[node], until });
}
