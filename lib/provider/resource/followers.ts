import { type Diagnostic, warning } from '../diagnostic';
import { perRun } from '../per-run';
import { UNKNOWN, type Value, type Values } from '../value';

/** What a fabric's plan stages again. */
interface Staged {
  readonly release: Value;
  readonly activation: Value;
}

type Step = 'wave' | 'commit';

/**
 * What fabrics stage in this run, and what its waves and commits reference, as far as this process has seen them:
 * Terraform plans them in any order.
 */
interface Told {
  readonly fabrics: Map<string, Staged>;
  readonly steps: { readonly step: Step; readonly config: Values }[];
}

const toldOf = perRun((): Told => ({ fabrics: new Map(), steps: [] }));

/**
 * Records what a fabric is about to stage. Warns about waves and commits that were planned before and do not follow it.
 */
export function stages(stop: AbortSignal, { name, release, activation }: Values): Diagnostic[] {
  const told = toldOf(stop);
  told.fabrics.set(String(name), { release, activation });
  return told.steps
    .filter(({ config }) => config.fabric === name)
    .flatMap(({ step, config }) => strays(step, config, { release, activation }));
}

/** The plan is being applied: values from the fabric are known from here on, and differ from the plan. */
export const isCarriedOut = (stop: AbortSignal, { name }: Values): void => {
  toldOf(stop).fabrics.delete(String(name));
};

/** Records what a wave or commit references. Warns if it does not follow what its fabric was planned to stage. */
export function follows(stop: AbortSignal, step: Step, config: Values): Diagnostic[] {
  const told = toldOf(stop);
  const staged = told.fabrics.get(String(config.fabric));
  told.steps.push({ step, config });
  return staged ? strays(step, config, staged) : [];
}

/** A literal stays the same when the fabric changes; a reference to the fabric is unknown, or equal. */
const isWrittenOut = (own: Value, staged: Value): boolean => own !== UNKNOWN && own !== staged;

const CONSEQUENCE: Record<Step, string> = {
  wave: 'The new release is staged on its nodes but will not run on any of them.',
  commit: 'Nodes that activate the new release will roll back by themselves, as nothing confirms it.',
};

function strays(step: Step, config: Values, staged: Staged): Diagnostic[] {
  const fields = (['release', 'activation'] as const).filter((field) => isWrittenOut(config[field], staged[field]));
  if (fields.length === 0) return [];
  const what = fields.join(' and ');
  return [
    warning(
      `A ${step} does not follow what fabric ${String(config.fabric)} stages`,
      `Its ${what} ${fields.length > 1 ? 'are' : 'is'} hard-coded (${fields.map((field) => String(config[field])).join(', ')}) instead of being read from the fabric. ${CONSEQUENCE[step]} Write ${fields.map((field) => `${field} = peerform_fabric.NAME.${field}`).join(' and ')}, where NAME is the name of the fabric resource.`,
      [fields[0]],
    ),
  ];
}
