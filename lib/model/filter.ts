import * as z from 'zod';
import { ADDRESS_BITS } from './address';
import {
  asNumberLeaf,
  asPathPatternLeaf,
  communityLeaf,
  interfaceLeaf,
  nextHopLeaf,
  numberLeaf,
  prefixLeaf,
} from './leaf';

export type { FilterRuleSpec, FilterSpec } from './spec';

/** Maximum number of communities in a list, and of AS numbers prepended to a path. */
const MOST_COMMUNITIES = 100;
const MOST_PREPENDED = 10;
const MOST_AS_NUMBERS = 100;
const UINT32 = 0xffffffff;

const communities = z.array(communityLeaf).max(MOST_COMMUNITIES);
const asNumbers = z.array(asNumberLeaf).min(1);

/** Changes that an accepting rule makes to the route. */
const routeSettingsSchema = z
  .strictObject({
    communities: communities
      .optional()
      .describe(
        'Replaces all communities of the route, of every kind; an empty list removes them all. Default: left unchanged.',
      ),
    addCommunities: communities.optional().describe('Communities to add to the route.'),
    removeCommunities: communities.optional().describe('Communities to remove from the route.'),
    prepend: numberLeaf(1, MOST_PREPENDED)
      .optional()
      .describe(
        "How many times to prepend to the AS path of a route exchanged with an eBGP neighbour: on export, the node's own AS number (in addition to the usual one); on import, the neighbour's.",
      ),
    prependAsNumbers: asNumbers
      .max(MOST_AS_NUMBERS)
      .optional()
      .describe('AS numbers to prepend to the AS path; the first one ends up leftmost.'),
    localPreference: numberLeaf(0, UINT32)
      .optional()
      .describe('LOCAL_PREF; higher is preferred. Never sent to eBGP neighbours.'),
    med: numberLeaf(0, UINT32).optional().describe('MULTI_EXIT_DISC (MED); lower is preferred.'),
    nextHop: nextHopLeaf
      .optional()
      .describe(
        "Next hop: an address or, on export, `self` for the node's own address. Routes of a family that cannot use it keep their next hop.",
      ),
  })
  .check((context) => {
    const { communities: all, addCommunities, removeCommunities } = context.value;
    for (const [name, list] of Object.entries({ addCommunities, removeCommunities }))
      if (all && list)
        context.issues.push({
          code: 'custom',
          input: context.value,
          path: [name],
          message: `${name} cannot be combined with communities`,
          params: { problem: 'filter-rule' },
        });
  })
  .describe('Changes that a rule makes to a route it accepts.');

/** One rule: match conditions and an action. */
export const filterRuleSchema = z
  .strictObject({
    prefix: prefixLeaf
      .optional()
      .describe(
        'Matches routes within this prefix. Default: every route of both families. Martians (docs/martians.md) are accepted only by an import rule whose prefix lies within their range.',
      ),
    ge: numberLeaf(0, 128, 'bits')
      .optional()
      .describe("Minimum prefix length to match. Default: the length of the rule's prefix."),
    le: numberLeaf(0, 128, 'bits')
      .optional()
      .describe('Maximum prefix length to match. Default: 32 or 128, so that all more specific routes match.'),
    communities: communities.min(1).optional().describe('Matches routes that carry all of these communities.'),
    asPathBeginsWith: asNumbers
      .optional()
      .describe("Matches routes whose AS path begins with these AS numbers, the neighbour's first."),
    asPathContains: asNumbers
      .optional()
      .describe('Matches routes whose AS path contains all of these AS numbers, in any position.'),
    asPathMatches: asPathPatternLeaf
      .optional()
      .describe(
        'Matches routes whose AS path, written as in `64512 65001 {65002,65003}`, matches this regular expression; `_` matches the start, the end, or the separator between two AS numbers.',
      ),
    peerType: z
      .enum(['ebgp', 'ibgp'])
      .optional()
      .describe('Matches routes received from (import) or advertised to (export) neighbours of this type.'),
    localPreference: numberLeaf(0, UINT32)
      .optional()
      .describe('Matches routes with this LOCAL_PREF; a route without one counts as 100.'),
    nextHop: prefixLeaf.optional().describe('Matches routes whose next hop is within this prefix.'),
    interface: interfaceLeaf
      .optional()
      .describe('Matches workload routes of interfaces with this name (`*` matches any characters). Export only.'),
    source: z
      .enum(['workload', 'bgp'])
      .optional()
      .describe('Matches routes that the node originates (`workload`) or has learned (`bgp`).'),
    action: z.enum(['accept', 'reject']).describe('What to do with a route that matches.'),
    set: routeSettingsSchema.optional().describe('Changes to make to an accepted route.'),
  })
  .check((context) => {
    const { prefix, ge, le, action, set } = context.value;
    const issue = (path: string, message: string, problem = 'range') =>
      context.issues.push({
        code: 'custom',
        input: context.value,
        path: [path],
        message,
        params: { problem },
      });
    if (set && action === 'reject') issue('set', 'a rejected route cannot be changed', 'filter-rule');
    if (!prefix) {
      if (ge !== undefined) issue('ge', 'ge needs a prefix');
      if (le !== undefined) issue('le', 'le needs a prefix');
      return;
    }
    const bits = ADDRESS_BITS[prefix.family];
    if (ge !== undefined && (ge < prefix.length || ge > bits))
      issue('ge', `ge ${ge} is not between ${prefix.length} and ${bits}`);
    const least = ge ?? prefix.length;
    if (le !== undefined && (le < least || le > bits)) issue('le', `le ${le} is not between ${least} and ${bits}`);
  })
  .describe('A rule of a filter. It matches a route when all of its conditions hold.');

/**
 * Ordered rules for each direction; the first match decides. In a direction with rules, a route that matches none is
 * rejected; a direction without rules keeps the session's default.
 */
export const filterSchema = z
  .strictObject({
    import: z.array(filterRuleSchema).default([]).describe('Rules for received routes, in order.'),
    export: z.array(filterRuleSchema).default([]).describe('Rules for advertised routes, in order.'),
  })
  .check((context) => {
    for (const [i, rule] of context.value.import.entries()) {
      const issue = (path: string[], message: string) =>
        context.issues.push({
          code: 'custom',
          input: rule,
          path: ['import', i, ...path],
          message,
          params: { problem: 'filter-rule' },
        });
      if (rule.interface !== undefined) issue(['interface'], 'a received route has no interface');
      if (rule.source === 'workload') issue(['source'], 'a received route is never a workload route');
      if (rule.set?.nextHop === 'self')
        issue(['set', 'nextHop'], '`self` is not a valid next hop for a received route');
    }
  })
  .describe('A named filter that peers refer to.');

export type FilterRule = z.output<typeof filterRuleSchema>;
export type RouteSettings = z.output<typeof routeSettingsSchema>;

/** Policy for one direction of one session: the rules in order, then `otherwise`. */
export interface Policy {
  readonly rules: readonly FilterRule[];
  readonly otherwise: FilterRule['action'];
}
