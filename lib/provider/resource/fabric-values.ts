import { keptLocalAs } from '../../control/local-as';
import type { Fabric } from '../../model/fabric';
import { named } from '../../model/named';
import type { Problem } from '../../model/problem';
import { type Reading, readAccepted, readFabric } from '../../model/read';
import type { KeptLocalAs } from '../../preview/impact';
import type { Diagnostic } from '../diagnostic';
import { Fleet, type Survey } from '../fleet';
import { diagnosticOf, specOf } from '../spec';
import { equal, isValues, mapValues, UNKNOWN, type Value, type Values } from '../value';
import { missingEndpoints, unreachableProblems } from './attributes';
import { isBehind } from './behind';
import { type Holder, highestActivation, holderAt } from './claims';
import { waveProblems } from './impact';
import { isConfirmed, packFabric, unpackFabric } from './last-confirmed';
import type { Leavers } from './leaving';

/** Kept beside the state. */
export interface PrivateState {
  /** Who deploys; agents refuse anybody else. */
  readonly owner?: string;
  /** An owner that is gone, whose nodes may be taken: the fabric was imported. */
  readonly takes?: string;
  /** Names that the fabric had and that agents may still know it by. */
  readonly formerly?: readonly string[];
  /** Nodes that left the fabric and may still run it: the commit cleans them, and so does a destroy. */
  readonly left?: Leavers;
  /** The highest activation that agents have seen, where it is above the state's. */
  readonly seen?: number;
  /** The fabric that was confirmed last, packed, while the state's own is not; null: none was. */
  readonly confirmed?: string | null;
  /**
   * The AS numbers that nodes keep towards outside neighbours from changes before, as of the last refresh; absent:
   * none.
   */
  readonly localAs?: KeptLocalAs;
  /** Nodes whose agents run nothing or have no session up, as of the last refresh; absent: none. */
  readonly idle?: readonly string[];
  /** What nodes receive from outside, packed, as of the last refresh. */
  readonly outside?: string;
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

const READINGS = new WeakMap<Values, Reading>();

/** The fabric that values write, or what is wrong with it: read once, however often it is asked for. */
export function readingOf(values: Values): Reading {
  const known = READINGS.get(values);
  if (known) return known;
  const reading = readFabric(specOf(values));
  READINGS.set(values, reading);
  return reading;
}

/** Everything that is wrong with a configuration as far as it is known, or what is meant of it. */
export function problemsOf(config: Values, isMeant: (problem: Problem) => boolean = () => true): Diagnostic[] {
  return [
    ...readingOf(config)
      .problems.filter(isMeant)
      .map((problem) => diagnosticOf(problem, config)),
    ...missingEndpoints(endpointValues(config)),
    ...unreachableProblems(config),
    ...waveProblems(config),
  ];
}

/** The fabric that a state holds; undefined where there is no state, or an imported one that holds none. */
const fabricOf = (state: Values | null): Fabric | undefined =>
  state ? (readingOf(state).fabric ?? readAccepted(specOf(state)).fabric) : undefined;

/** The fabric that runs, as far as known: what a change changes. */
export const runningFabric = (prior: Values | null, { confirmed }: PrivateState): Fabric | undefined =>
  confirmed === undefined ? fabricOf(prior) : confirmed === null ? undefined : unpackFabric(confirmed);

/** What is kept beside the state after another release was staged. */
export function keptAfter(prior: Values, release: string, kept: PrivateState): PrivateState {
  if (kept.confirmed !== undefined || prior.release === release) return kept;
  const before = fabricOf(prior);
  return { ...kept, confirmed: before ? packFabric(before) : null };
}

/** What is kept beside the state after agents were asked: what none of them needs any more is forgotten. */
export function keptAsSurveyed(state: Values, survey: Survey, kept: PrivateState): PrivateState {
  const { owner, takes, formerly = [], confirmed, left, outside } = kept;
  const seen = Math.max(kept.seen ?? 0, highestActivation(survey));
  const holders = [...survey.statuses.values()].map(holderAt);
  const isNeeded = (has: (holder: Holder) => boolean) =>
    survey.absent.size > 0 || holders.some((holder) => holder !== undefined && has(holder));
  const names = formerly.filter((name) => isNeeded(({ fabric }) => fabric === name));
  return {
    ...(owner !== undefined && { owner }),
    ...(takes !== undefined && isNeeded((holder) => holder.owner === takes) && { takes }),
    ...(names.length > 0 && { formerly: names }),
    ...(seen > (state.activation as number) && { seen }),
    ...(left && { left }),
    ...(outside !== undefined && { outside }),
    ...localAsOf(survey, kept),
    ...idleIn(survey),
    ...(confirmed !== undefined && !isConfirmed(survey.statuses.values(), state.release) && { confirmed }),
  };
}

/** Who did not answer has what it had. */
function localAsOf({ statuses, absent }: Survey, { localAs = {} }: PrivateState): Pick<PrivateState, 'localAs'> {
  const before = named(Object.entries(localAs).filter(([node]) => absent.has(node)));
  const all = { ...before, ...keptLocalAs(statuses) };
  return Object.keys(all).length > 0 ? { localAs: all } : {};
}

/** Of who did not answer nothing is known. */
function idleIn({ statuses }: Survey): Pick<PrivateState, 'idle'> {
  const idle = [...statuses].flatMap(([node, { transaction, isCut }]) => (transaction.active && !isCut ? [] : [node]));
  return idle.length > 0 ? { idle } : {};
}

/** The names that agents may know the fabric by: its own first. */
export const fabricNames = (config: Values, prior: Values | null, { formerly = [] }: PrivateState): string[] => [
  ...new Set([
    String(config.name),
    ...(prior ? [String(prior.name)] : []),
    ...formerly,
    ...(Array.isArray(config.former_names) ? config.former_names.map(String) : []),
  ]),
];

/**
 * The activation that comes next: above the state's, and above all that agents have seen. Unknown where an agent joins,
 * as that may have seen any; it is asked at apply.
 */
export function nextActivation(prior: Values, config: Values, { seen = 0 }: PrivateState): number | typeof UNKNOWN {
  const before = endpointValues(prior);
  const joins = Object.entries(endpointValues(config)).some(([node, endpoint]) => before[node] !== endpoint);
  return joins || typeof prior.activation !== 'number' ? UNKNOWN : Math.max(prior.activation, seen) + 1;
}

/** Whether it must be sent to agents: another release, another agent, or a node that does not hold this one. */
export function mustDeploy(prior: Values, config: Values, release: string): boolean {
  const isRotated = !equal(prior.secrets_version ?? null, config.secrets_version ?? null);
  return (
    prior.release !== release ||
    isRotated ||
    !equal(endpointValues(prior), endpointValues(config)) ||
    isBehind(prior, config)
  );
}
