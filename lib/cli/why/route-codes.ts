import type { RouteStatus } from '../../control/status';
import type { Cause, Finding } from './causes';

/** Causes by the agent's code for an unusable path; steps of the decision process are not causes. */
const CODES: Readonly<Record<string, Cause>> = {
  policy: 'filtered',
  martian: 'martian',
  'as-loop': 'as-loop',
  'next-hop': 'next-hop',
  'next-hop-own': 'next-hop',
  'next-hop-mapped': 'next-hop',
  'next-hop-link-local': 'next-hop',
  'next-hop-off-link': 'next-hop',
  'next-hop-default': 'next-hop',
  'next-hop-recursive': 'next-hop',
};

/** The same from the messages of an older agent. */
const WORDS: readonly (readonly [RegExp, Cause])[] = [
  [/rejected by import policy/, 'filtered'],
  [/martian/, 'martian'],
  [/AS number of this node is in AS_PATH/, 'as-loop'],
  [/^the next hop/, 'next-hop'],
];

/** The cause for which a path is not used. */
export function causeOfRoute({ code, reason = '' }: RouteStatus): Cause {
  if (code !== undefined) return CODES[code] ?? 'ineligible';
  return WORDS.find(([words]) => words.test(reason))?.[1] ?? 'ineligible';
}

/** Paths of a node that it does not use. */
export const unusedFindings = (node: string, routes: readonly RouteStatus[]): Finding[] =>
  routes.map((route) => ({
    cause: causeOfRoute(route),
    where: `${node}: path from ${route.from}`,
    text: route.reason ?? 'it is not used',
  }));
