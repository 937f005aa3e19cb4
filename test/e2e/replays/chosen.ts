import fc from 'fast-check';
import type { Fault } from '../../provider/sequences/agents';
import { type Step, step } from '../../provider/sequences/step';

/** Of what a step of the model says and no real machine can do: whether a step says it. */
export const UNREAL: Readonly<Record<string, (step: Step) => boolean>> = {
  // A real disk is full by octets, and what is written anew frees what it replaces: only one that takes nothing is full
  // at the same write as the model's.
  'a disk takes some more files': ({ trouble }) => trouble.trouble === 'disk full' && trouble.room > 0,
};

const DEPLOYS = [
  'apply',
  'apply without refresh',
  'target all of one',
  'target fabric',
  'destroy',
  'another workspace',
];

/**
 * What kinds of things a sequence holds that tell: of what changes something there is, of what goes wrong something
 * that is done meanwhile.
 */
export function kindsOf(steps: readonly Step[]): Set<string> {
  const kinds = new Set<string>();
  let isDeployed = false;
  for (const { change, trouble, run, after, heals, lasts } of steps) {
    const deploys = DEPLOYS.includes(run.run);
    if (isDeployed) {
      kinds.add(`change: ${change.change}`);
      if (change.change === 'rename') kinds.add(`rename ${change.isMoved ? 'at another address, moved' : 'in place'}`);
    }
    if (deploys) {
      kinds.add(`trouble: ${trouble.trouble}`);
      if (trouble.trouble !== 'none') kinds.add(lasts ? 'trouble that lasts' : 'trouble that is mended');
      if (trouble.trouble === 'faults')
        for (const { kind, verb } of trouble.faults) if (STEADY.has(verb)) kinds.add(`an agent ${kind}`);
    }
    if (isDeployed || run.run === 'apply') kinds.add(`run: ${run.run}`);
    if (isDeployed || deploys) kinds.add(`after: ${after.after}`);
    if (heals) kinds.add('one apply converges in the middle');
    isDeployed ||= deploys || heals;
  }
  return kinds;
}

/** Verbs of every deploy. */
const STEADY: ReadonlySet<string> = new Set(['deliver', 'stage', 'activate', 'confirm', 'finalise']);

const isReal = (steps: readonly Step[]): boolean =>
  !steps.some((one) => Object.values(UNREAL).some((says) => says(one)));

/** What is drawn from: by the generator of the model, seeded. */
const POOL = fc
  .sample(fc.array(step, { minLength: 1, maxLength: 8 }), { seed: 20_260_101, numRuns: 500 })
  .filter(isReal);

/** Every kind that a sequence of the pool holds. */
export const KINDS: ReadonlySet<string> = new Set(POOL.flatMap((it) => [...kindsOf(it)]));

const COUNT = 20;

/**
 * Twenty of the pool: each time the one that brings most of what is scarce among those chosen before, for its length.
 */
export const CHOSEN: readonly (readonly Step[])[] = (() => {
  const chosen: Step[][] = [];
  const seen = new Map<string, number>();
  const worth = (steps: readonly Step[]) =>
    [...kindsOf(steps)].reduce((sum, kind) => sum + 4 ** -(seen.get(kind) ?? 0), 0) / (1 + steps.length);
  while (chosen.length < COUNT) {
    const best = POOL.filter((it) => !chosen.includes(it)).reduce((a, b) => (worth(b) > worth(a) ? b : a));
    chosen.push(best);
    for (const kind of kindsOf(best)) seen.set(kind, (seen.get(kind) ?? 0) + 1);
  }
  return chosen;
})();

/** A sequence in words. */
export const describe = (steps: readonly Step[]): string =>
  steps
    .map(({ change, trouble, lasts, run, after, heals }) =>
      [
        ...(change.change === 'none' ? [] : [`change ${words(change)}`]),
        ...(trouble.trouble === 'none' ? [] : [`${words(trouble)}${lasts ? ' (lasts)' : ''}`]),
        words(run),
        ...(after.after === 'nothing' ? [] : [words(after)]),
        ...(heals ? ['mended'] : []),
      ].join(', '),
    )
    .join('; ');

const words = (it: object): string =>
  Object.values(it)
    .map((value) =>
      Array.isArray(value)
        ? (value as Fault[]).map(({ node, verb, kind }) => `${node} ${kind} at ${verb}`).join(' and ')
        : String(value),
    )
    .join(' ');
