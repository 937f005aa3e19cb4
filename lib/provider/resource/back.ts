import { type Diagnostic, warning } from '../diagnostic';
import type { Fleet } from '../fleet';
import { perRun } from '../per-run';
import { listing, type Survey } from '../survey';
import { isValues, type Values } from '../value';
import { unreachableOf } from './attributes';

/** Endpoints whose agents responded in this run's refresh. */
const respondingIn = perRun(() => new Set<string>());

/** Records which agents responded in a refresh: the plan that follows has only the state. */
export function heard(stop: AbortSignal, { endpoints }: Fleet, { statuses }: Survey): void {
  for (const node of statuses.keys()) respondingIn(stop).add(endpoints[node]);
}

/**
 * Nodes that are behind and need not be, as their agents respond: they are still listed as unreachable, so that no
 * deploy is due for them.
 */
export function stillListed(stop: AbortSignal, { endpoints }: Fleet, { behind }: Values, config: Values): Diagnostic[] {
  const listed = unreachableOf(config);
  const back = Object.entries(isValues(behind) ? behind : {}).flatMap(([node, instead]): [string, string][] =>
    listed.has(node) && respondingIn(stop).has(endpoints[node]) ? [[node, `it runs ${String(instead)}`]] : [],
  );
  if (back.length === 0) return [];
  return [
    warning(
      `Nodes are behind and respond, but are still listed in "unreachable": ${back.map(([node]) => node).join(', ')}`,
      `While they are listed, no deploy is due for them. Remove them from "unreachable" (in constructs that of the Fabric): the next deploy brings them up to date.\n${listing(back)}`,
    ),
  ];
}
