import type { UnmetDemand } from '../../control/gate';
import type { AgentSummary } from '../../control/status';
import { type Activation, isSame } from '../../control/transaction';
import { named } from '../../model/named';
import { type Diagnostic, error } from '../diagnostic';
import { Fleet } from '../fleet';
import { type Failed, listing } from '../survey';
import type { Deployed } from './deployed';
import { onTrial } from './on-trial';

/** A wave that failed, and why. */
interface FailedWave {
  readonly nodes: readonly string[];
  readonly owner: string;
  /** Where the activation failed. */
  readonly failed: Failed;
  readonly what: string;
  readonly faults: readonly UnmetDemand[];
}

/** Maximum number of faults that an error lists. */
const MOST_FAULTS = 20;

/** Maximum number of agents that are asked for the others of the fabric. */
const MOST_ASKED = 3;

/**
 * Rolls back the wave, and what earlier waves activated without confirmation: the release as a whole was not healthy.
 * Later waves forget it: a release that is only staged makes nodes accept neighbours with its AS numbers, and would be
 * alone in doing so.
 */
export async function rollBackWave(deployed: Deployed, wave: FailedWave, stop: AbortSignal): Promise<Diagnostic> {
  const { fleet, activation, fabric } = deployed;
  const { nodes, owner, failed, what, faults } = wave;
  const shown = listing(faults.slice(0, MOST_FAULTS).map(({ node, message }) => [node, message]));
  const more = faults.length > MOST_FAULTS ? `\n  and ${faults.length - MOST_FAULTS} more` : '';
  const reason = faults.length > 0 ? `${what}: node ${faults[0].node}: ${faults[0].message}` : what;
  const command = (node: string) => ({ ...activation, fabric, node, owner, reason });
  const own = await fleet.send('rollback', nodes, command);
  const others = await otherWaves(deployed, stop);
  const undone = await others.fleet.send('rollback', [...others.undone, ...others.staged], command);
  const back = others.undone.filter((node) => !undone.all.has(node));
  // What is only staged does not run, nor does what was not activated.
  const isRunning = (node: string) =>
    others.undone.includes(node) || (nodes.includes(node) && !failed.refused.has(node));
  const isKnown = (node: string) => !failed.unanswered.has(node);
  const told = [...own.refused, ...undone.refused].filter(([node]) => isRunning(node));
  const untold = [...own.unanswered, ...undone.unanswered].filter(([node]) => isRunning(node));
  const left = new Map([...told.filter(([node]) => isKnown(node)), ...others.absent]);
  const unknown = new Map([...told.filter(([node]) => !isKnown(node)), ...untold, ...others.unknown]);
  const within = (some: ReadonlyMap<string, string>) => withinOf([...some.keys()], activation, stop);
  const isNew = faults.some((fault) => fault.isNew);
  const parts = [
    shown + more,
    isNew
      ? `If a new neighbour is not there yet, set expect = "down" in its entry, or outside = "kept" in the gate of the wave (outside: 'kept' of the Rollout in constructs).`
      : '',
    back.length > 0 ? `Earlier waves were rolled back with it: ${back.join(', ')}.` : '',
    others.kept.length > 0
      ? `These had already confirmed the release and keep it, which the others interoperate with: ${others.kept.join(', ')}.`
      : '',
    left.size > 0
      ? `These could not be rolled back, and will roll back by themselves${within(left)} when no confirmation arrives:\n${listing(left)}`
      : '',
    unknown.size > 0
      ? `What these run is not known. One that runs the release will roll back by itself${within(unknown)} when no confirmation arrives:\n${listing(unknown)}`
      : '',
    others.isAsked
      ? ''
      : 'No agent could be asked which other nodes of the fabric run the release. One that does, and has not confirmed it, will roll back by itself.',
    left.size + unknown.size === 0 ? wentBack(nodes, failed) : '',
  ];
  return error(what, parts.filter((part) => part !== '').join('\n'));
}

/** Describes a rolled back wave. If an activation was rejected, there is nothing to roll back. */
function wentBack(nodes: readonly string[], { refused }: Failed): string {
  const activated = nodes.filter((node) => !refused.has(node));
  if (activated.length === nodes.length) return 'Its nodes were rolled back to what they ran before.';
  if (activated.length === 0) return 'They run what they ran before.';
  return `The others of the wave were rolled back with it (${activated.sort().join(', ')}): all of its nodes run what they ran before.`;
}

/** In which time confirm timers of these nodes act; empty if that is not known of all. */
function withinOf(nodes: readonly string[], activation: Activation, stop: AbortSignal): string {
  const trial = onTrial(stop, activation);
  const ms = Math.max(...nodes.map((node) => (trial.get(node)?.until ?? Number.NaN) - performance.now()));
  return ms > 0 ? ` within ${Math.ceil(ms / 1000)} s` : '';
}

/**
 * Nodes of the fabric outside this wave that have the activation: those that can still be rolled back, those that keep
 * it, and those where it is only staged. `absent`: an earlier wave of this run activated it there, and they do not
 * respond now. `unknown`: others that do not respond.
 */
async function otherWaves({ fleet: wave, activation, mayBeAbsent }: Deployed, stop: AbortSignal) {
  const trial = onTrial(stop, activation);
  const asked = wave.nodes.slice(0, MOST_ASKED).map((node) => wave.endpointsBy(node));
  const known = await Promise.any(asked).catch(() => undefined);
  const all = [...Object.entries(known ?? {}), ...[...trial].map(([node, { endpoint }]) => [node, endpoint] as const)];
  const fleet = new Fleet(named(all.filter(([node]) => wave.endpoints[node] === undefined)), stop);
  const { statuses, absent } = await fleet.survey();
  const own = [...statuses].filter(([node, status]) => status.node === node);
  const running = own.filter(([, { transaction }]) => isSame(transaction.active, activation));
  const staged = own.flatMap(([node, { transaction }]) => (isSame(transaction.staged, activation) ? [node] : []));
  const isKept = ({ transaction }: AgentSummary) => isSame(transaction.confirmed, activation);
  const names = (kept: boolean) =>
    running
      .filter(([, status]) => isKept(status) === kept)
      .map(([node]) => node)
      .sort();
  return {
    ...{ fleet, undone: names(false), kept: names(true), staged, isAsked: known !== undefined },
    absent: [...absent].filter(([node]) => trial.has(node)),
    unknown: [...absent].filter(([node]) => !trial.has(node) && !mayBeAbsent.has(node)),
  };
}
