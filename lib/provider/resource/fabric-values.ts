import { keptLocalAs } from '../../control/local-as';
import type { Fabric } from '../../model/fabric';
import { fleetEndpoint } from '../../model/fleet';
import { named } from '../../model/named';
import type { Problem } from '../../model/problem';
import { type Reading, readAccepted, readFabric } from '../../model/read';
import type { KeptLocalAs } from '../../preview/impact';
import type { Diagnostic } from '../diagnostic';
import { Fleet } from '../fleet';
import { diagnosticOf, specOf } from '../spec';
import type { Survey } from '../survey';
import { equal, isValues, mapValues, UNKNOWN, type Value, type Values } from '../value';
import { missingEndpoints, unreachableProblems } from './attributes';
import { activationOf, asSurveyed, behindOf, isBehind } from './behind';
import { type Holder, highestActivation, holderAt } from './claims';
import { waveProblems } from './impact';
import { isConfirmed, packFabric, unpackFabric } from './last-confirmed';
import type { Leavers } from './leaving';

/** Private state. */
export interface PrivateState {
  /** Who deploys; agents reject anyone else. */
  readonly owner?: string;
  /** An owner that is gone, whose nodes may be taken over: the fabric was imported. */
  readonly takes?: string;
  /** Previous names of the fabric that agents may still use. */
  readonly formerly?: readonly string[];
  /** Nodes that left the fabric and may still run it: the commit or a destroy cleans them. */
  readonly left?: Leavers;
  /** The highest activation that agents have seen, if it is above the state's. */
  readonly seen?: number;
  /** The last confirmed fabric, packed, while the state's is not confirmed; null if there was none. */
  readonly confirmed?: string | null;
  /** Secrets were delivered with another `secrets_version`, and not every node keeps that deploy. Unset: none. */
  readonly rotates?: true;
  /**
   * AS numbers that nodes keep towards outside neighbours from earlier changes, as of the last refresh. Unset: none.
   */
  readonly localAs?: KeptLocalAs;
  /** Nodes whose agents run nothing or have no session up, as of the last refresh. Unset: none. */
  readonly idle?: readonly string[];
  /** What nodes receive from outside, packed, as of the last refresh. */
  readonly outside?: string;
}

/** Names of its nodes; empty while unknown. */
export const nodesOf = ({ nodes }: Values): string[] => (isValues(nodes) ? Object.keys(nodes) : []);

/** Node → endpoint as configured, of its own or by the fleet; null or unknown if it is. */
const endpointValues = (values: Values): Values =>
  isValues(values.nodes)
    ? mapValues(
        values.nodes,
        (node, name): Value => (isValues(node) ? (node.endpoint ?? ofFleet(values, name)) : UNKNOWN),
      )
    : {};

/** The endpoint of a node that has none of its own; null without a fleet. */
function ofFleet({ fleet, name: fabric }: Values, node: string): Value {
  if (fleet === UNKNOWN) return UNKNOWN;
  if (!isValues(fleet)) return null;
  const { etcd } = fleet;
  const prefix = fleet.prefix ?? fabric;
  const isKnown = Array.isArray(etcd) && [...etcd, prefix].every((part) => typeof part === 'string');
  return isKnown ? fleetEndpoint(etcd as string[], prefix as string, node) : UNKNOWN;
}

/** The agents of its nodes. */
export const fleetOf = (values: Values, stop?: AbortSignal): Fleet =>
  new Fleet(
    Object.fromEntries(
      Object.entries(endpointValues(values)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    ),
    stop,
  );

const READINGS = new WeakMap<Values, Reading>();

/** The fabric in these values, or its problems. Cached per object. */
export function readingOf(values: Values): Reading {
  const known = READINGS.get(values);
  if (known) return known;
  const reading = readFabric(specOf(values));
  READINGS.set(values, reading);
  return reading;
}

/** All problems of a configuration as far as it is known. */
export function problemsOf(config: Values, isMeant: (problem: Problem) => boolean = () => true): Diagnostic[] {
  return [
    ...readingOf(config)
      .problems.filter(isMeant)
      .map((problem) => diagnosticOf(problem, config)),
    ...missingEndpoints(endpointValues(config)),
    ...unreachableProblems(config, 'fabric'),
    ...waveProblems(config),
  ];
}

/** The fabric in a state; undefined without a state, or for an imported state that holds none. */
const fabricOf = (state: Values | null): Fabric | undefined =>
  state ? (readingOf(state).fabric ?? readAccepted(specOf(state)).fabric) : undefined;

/** The running fabric as far as known, which changes are compared with. */
export const runningFabric = (prior: Values | null, { confirmed }: PrivateState): Fabric | undefined =>
  confirmed === undefined ? fabricOf(prior) : confirmed === null ? undefined : unpackFabric(confirmed);

/** Whether a deploy gives agents secrets that may have other values than those that they run with. */
export const isRotated = (prior: Values | null, config: Values, { rotates }: PrivateState): boolean =>
  prior !== null && (rotates === true || !equal(prior.secrets_version ?? null, config.secrets_version ?? null));

/** Private state after another release, or the same with other secrets, was staged. */
export function keptAfter(prior: Values, config: Values, release: string, known: PrivateState): PrivateState {
  const kept: PrivateState = { ...known, ...(isRotated(prior, config, known) && { rotates: true }) };
  if (kept.confirmed !== undefined || prior.release === release) return kept;
  const before = fabricOf(prior);
  return { ...kept, confirmed: before ? packFabric(before) : null };
}

/** Private state after a survey; drops what is no longer needed. */
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
    ...(kept.rotates && isKeptSomewhereOnly(state, survey) && { rotates: true }),
    ...(outside !== undefined && { outside }),
    ...localAsOf(survey, kept),
    ...idleIn(survey),
    ...(confirmed !== undefined && !isConfirmed(survey.statuses.values(), state.release) && { confirmed }),
  };
}

/** Whether agents that respond do not keep the deploy of the state. */
function isKeptSomewhereOnly(state: Values, survey: Survey): boolean {
  const instead = asSurveyed(survey, state, activationOf(state), ['confirmed']);
  return Object.keys(behindOf(survey.statuses.keys(), instead)).length > 0;
}

/** Agents that did not respond keep their previous values. */
function localAsOf({ statuses, absent }: Survey, { localAs = {} }: PrivateState): Pick<PrivateState, 'localAs'> {
  const before = named(Object.entries(localAs).filter(([node]) => absent.has(node)));
  const all = { ...before, ...keptLocalAs(statuses) };
  return Object.keys(all).length > 0 ? { localAs: all } : {};
}

/** Nothing is known about agents that did not respond. */
function idleIn({ statuses }: Survey): Pick<PrivateState, 'idle'> {
  const idle = [...statuses].flatMap(([node, { transaction, isCut }]) => (transaction.active && !isCut ? [] : [node]));
  return idle.length > 0 ? { idle } : {};
}

/** Names that agents may know the fabric by, the current one first. */
export const fabricNames = (config: Values, prior: Values | null, { formerly = [] }: PrivateState): string[] => [
  ...new Set([
    String(config.name),
    ...(prior ? [String(prior.name)] : []),
    ...formerly,
    ...(Array.isArray(config.former_names) ? config.former_names.map(String) : []),
  ]),
];

/**
 * The next activation: above the state's, and above all that agents have seen. Unknown if an agent joins, as that may
 * have seen any; resolved at apply.
 */
export function nextActivation(prior: Values, config: Values, { seen = 0 }: PrivateState): number | typeof UNKNOWN {
  const before = endpointValues(prior);
  const joins = Object.entries(endpointValues(config)).some(([node, endpoint]) => before[node] !== endpoint);
  return joins || typeof prior.activation !== 'number' ? UNKNOWN : Math.max(prior.activation, seen) + 1;
}

/** Whether agents must be contacted: another release, another agent, or a node that does not have this release. */
export function mustDeploy(prior: Values, config: Values, release: string): boolean {
  return (
    prior.release !== release ||
    isRotated(prior, config, {}) ||
    !equal(endpointValues(prior), endpointValues(config)) ||
    isBehind(prior, config)
  );
}
