import type { AgentSummary } from '../../control/status';
import type { Fabric } from '../../model/fabric';
import { type Reading, readAccepted, readFabric } from '../../model/read';
import { type Diagnostic, error } from '../diagnostic';
import { Fleet } from '../fleet';
import { diagnosticOf, specOf } from '../spec';
import { equal, isValues, mapValues, UNKNOWN, type Value, type Values } from '../value';
import { missingEndpoints, unreachableProblems } from './attributes';
import { isBehind } from './behind';
import { waveProblems } from './impact';
import { packFabric, unpackFabric } from './last-confirmed';

/** Kept beside the state. */
export interface Kept {
  /** Who deploys; agents refuse anybody else. */
  readonly owner?: string;
  /** The fabric that was confirmed last, packed, while the state's own is not; null: none was. */
  readonly confirmed?: string | null;
}

/** The names of its nodes; none while they are not known. */
export const nodesOf = ({ nodes }: Values): string[] => (isValues(nodes) ? Object.keys(nodes) : []);

/** Node → endpoint as written; null or unknown where it is. */
const endpointValues = ({ nodes }: Values): Values =>
  isValues(nodes) ? mapValues(nodes, (node): Value => (isValues(node) ? node.endpoint : UNKNOWN)) : {};

/** The agents of its nodes. */
export const fleetOf = (values: Values, stop?: AbortSignal): Fleet =>
  new Fleet(
    Object.fromEntries(
      Object.entries(endpointValues(values)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    ),
    stop,
  );

/** What an agent holds: what is staged of this activation, else what runs. */
export const heldOf =
  (activation: Value) =>
  ({ transaction: { staged, active } }: AgentSummary): string | null =>
    (staged?.activation === activation ? staged : active)?.release ?? null;

const READINGS = new WeakMap<Values, Reading>();

/** The fabric that values write, or what is wrong with it: read once, however often it is asked for. */
export function readingOf(values: Values): Reading {
  const known = READINGS.get(values);
  if (known) return known;
  const reading = readFabric(specOf(values));
  READINGS.set(values, reading);
  return reading;
}

/** Everything that is wrong with a configuration as far as it is known. */
export function problemsOf(config: Values): Diagnostic[] {
  return [
    ...readingOf(config).problems.map((problem) => diagnosticOf(problem, config)),
    ...missingEndpoints(endpointValues(config)),
    ...unreachableProblems(config),
    ...waveProblems(config),
  ];
}

/** The name is the identity: another name is another fabric, and replacing would cut every session first. */
export function renamed(prior: Values | null, config: Values): Diagnostic[] {
  if (!prior || prior.name === config.name || config.name === UNKNOWN) return [];
  const remedy = `Write name = "${String(prior.name)}" again. For a fabric of another name on these nodes destroy this one first.`;
  return [error(`The name of fabric ${String(prior.name)} cannot be changed`, remedy, ['name'])];
}

/** The fabric that a state holds; undefined where there is no state, or an imported one that holds none. */
export const fabricOf = (state: Values | null): Fabric | undefined =>
  state ? (readingOf(state).fabric ?? readAccepted(specOf(state)).fabric) : undefined;

/** The fabric that runs, as far as known: what a change changes. */
export const runningFabric = (prior: Values | null, { confirmed }: Kept): Fabric | undefined =>
  confirmed === undefined ? fabricOf(prior) : confirmed === null ? undefined : unpackFabric(confirmed);

/** What is kept beside the state after another release was staged. */
export function keptAfter(prior: Values, owner: string, release: string, { confirmed }: Kept): Kept {
  if (confirmed !== undefined) return { owner, confirmed };
  if (prior.release === release) return { owner };
  const before = fabricOf(prior);
  return { owner, confirmed: before ? packFabric(before) : null };
}

/** Whether agents must hear of it: another release, another agent, or a node that does not hold this one. */
export function mustDeploy(prior: Values, config: Values, release: string): boolean {
  const isRotated = !equal(prior.secrets_version ?? null, config.secrets_version ?? null);
  return (
    prior.release !== release ||
    isRotated ||
    !equal(endpointValues(prior), endpointValues(config)) ||
    isBehind(prior, config)
  );
}
