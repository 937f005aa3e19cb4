import { type Diagnostic, warning } from '../diagnostic';
import type { Fleet } from '../fleet';
import { perRun } from '../per-run';
import { aboutThem, type Survey } from '../survey';
import { isValues, type Values } from '../value';
import { unreachableOf } from './attributes';

/** Endpoints whose agents responded in this run's refresh. */
const respondingIn = perRun(() => new Set<string>());

/** Records which agents responded in a refresh: the plan that follows has only the state. */
export function heard(stop: AbortSignal, { endpoints }: Fleet, { statuses }: Survey): void {
  for (const node of statuses.keys()) respondingIn(stop).add(endpoints[node]);
}

/** Nodes of a state whose agents respond and that are still listed as unreachable, each with what it runs if behind. */
function listedNodes(stop: AbortSignal, { endpoints }: Fleet, { nodes, behind }: Values, config: Values) {
  const isBack = (node: string) =>
    isValues(nodes) && Object.hasOwn(nodes, node) && respondingIn(stop).has(endpoints[node]);
  const runs = isValues(behind) ? behind : {};
  const back = [...unreachableOf(config)].filter(isBack);
  return {
    behind: back.flatMap((node): [string, string][] =>
      Object.hasOwn(runs, node) ? [[node, `it runs ${String(runs[node])}`]] : [],
    ),
    upToDate: back.filter((node) => !Object.hasOwn(runs, node)),
  };
}

const STILL = 'are still listed in "unreachable"';
const REMOVE = 'Remove them from "unreachable" (in constructs that of the Fabric)';
const WITHOUT = 'without those that do not respond then, instead of stopping before anything is changed';

/** Warnings about {@link listedNodes} where no deploy is due: none becomes due for those that are behind. */
export function stillListed(stop: AbortSignal, fleet: Fleet, prior: Values, config: Values): Diagnostic[] {
  const { behind, upToDate } = listedNodes(stop, fleet, prior, config);
  return [
    ...aboutThem(
      warning,
      `Nodes are behind and respond, but ${STILL}`,
      `While they are listed, no deploy is due for them. ${REMOVE}: the next deploy brings them up to date.`,
      behind,
    ),
    ...aboutThem(
      warning,
      `Nodes are up to date and respond, but ${STILL}`,
      `While they are listed, a later deploy goes ahead ${WITHOUT}. ${REMOVE}.`,
      upToDate.map((node) => [node, 'it is up to date']),
    ),
  ];
}

/** The warning about {@link listedNodes} where a deploy is due: it is for them, too. */
export function listedInDeploy(stop: AbortSignal, fleet: Fleet, prior: Values, config: Values): Diagnostic[] {
  const { behind, upToDate } = listedNodes(stop, fleet, prior, config);
  return aboutThem(
    warning,
    `Nodes respond, but ${STILL}`,
    `This deploy is for them, too. While they are listed, it and later ones go ahead ${WITHOUT}. ${REMOVE}.`,
    [
      ...behind.map(([node, runs]): [string, string] => [node, `it is behind: ${runs}`]),
      ...upToDate.map((node): [string, string] => [node, 'it is up to date before this deploy']),
    ],
  );
}
