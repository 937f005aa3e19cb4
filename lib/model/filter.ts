import { z } from 'zod';
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

/** Most members of a list of communities, and of AS numbers put in front of a path. */
const MOST_COMMUNITIES = 100;
const MOST_PREPENDED = 10;
const MOST_AS_NUMBERS = 100;
const UINT32 = 0xffffffff;

const communities = z.array(communityLeaf).max(MOST_COMMUNITIES);
const asNumbers = z.array(asNumberLeaf).min(1);

/** What a rule that accepts does to the route. */
export const routeSettingsSchema = z
  .strictObject({
    communities: communities
      .optional()
      .describe('Communities of all kinds from now on; an empty list: none. Absent: those that it has.'),
    addCommunities: communities.optional().describe('Communities to add to those that it has.'),
    removeCommunities: communities.optional().describe('Communities to take away.'),
    prepend: numberLeaf(1, MOST_PREPENDED)
      .optional()
      .describe(
        "How often to put an AS number in front of the AS path of a route that goes to or comes from an eBGP neighbour: on export the node's own once more, on import the neighbour's.",
      ),
    prependAsNumbers: asNumbers
      .max(MOST_AS_NUMBERS)
      .optional()
      .describe('AS numbers to put in front of the AS path, the first one foremost.'),
    localPreference: numberLeaf(0, UINT32)
      .optional()
      .describe('LOCAL_PREF, the higher the better; towards an eBGP neighbour it is not sent.'),
    med: numberLeaf(0, UINT32).optional().describe('MULTI_EXIT_DISC, the lower the better.'),
    nextHop: nextHopLeaf
      .optional()
      .describe(
        "Next hop: an address, or on export `self` for the node's own. Routes of a family that can't have it keep theirs.",
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
          message: `${name} stands beside communities`,
          params: { problem: 'filter-rule' },
        });
  })
  .describe('What a rule does to a route that it accepts.');

/** One rule: what it matches and what becomes of the route. */
export const filterRuleSchema = z
  .strictObject({
    prefix: prefixLeaf
      .optional()
      .describe('Matches routes that lie within this prefix; absent: every route of both families.'),
    ge: numberLeaf(0, 128, 'bits')
      .optional()
      .describe("Least prefix length that matches; absent: the rule's own prefix length."),
    le: numberLeaf(0, 128, 'bits')
      .optional()
      .describe('Greatest prefix length that matches; absent: 32 or 128, so that all more specifics match.'),
    communities: communities.min(1).optional().describe('Matches routes that have all of these communities.'),
    asPathBeginsWith: asNumbers
      .optional()
      .describe('Matches routes whose AS path begins with these AS numbers, that of the neighbour first.'),
    asPathContains: asNumbers
      .optional()
      .describe('Matches routes whose AS path contains all of these AS numbers, anywhere.'),
    asPathMatches: asPathPatternLeaf
      .optional()
      .describe(
        'Matches routes whose AS path, as text such as `64512 65001 {65002,65003}`, holds this regular expression; `_` is the beginning, the end or what stands between two AS numbers.',
      ),
    peerType: z
      .enum(['ebgp', 'ibgp'])
      .optional()
      .describe('Matches routes that come from (import) or go to (export) neighbours of this type.'),
    localPreference: numberLeaf(0, UINT32)
      .optional()
      .describe('Matches routes with this LOCAL_PREF, those without one as 100.'),
    nextHop: prefixLeaf.optional().describe('Matches routes whose next hop lies within this prefix.'),
    interface: interfaceLeaf
      .optional()
      .describe('Matches workload routes of interfaces with such a name, `*` for any characters. Export only.'),
    source: z
      .enum(['workload', 'bgp'])
      .optional()
      .describe('Matches routes that the node originates itself (`workload`) or learned (`bgp`).'),
    action: z.enum(['accept', 'reject']).describe('What becomes of a route that matches all of this.'),
    set: routeSettingsSchema.optional().describe('What to change in a route that is accepted.'),
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
    if (set && action === 'reject') issue('set', 'a route that is rejected is not changed', 'filter-rule');
    if (!prefix) {
      if (ge !== undefined) issue('ge', 'ge stands without a prefix');
      if (le !== undefined) issue('le', 'le stands without a prefix');
      return;
    }
    const bits = ADDRESS_BITS[prefix.family];
    if (ge !== undefined && (ge < prefix.length || ge > bits))
      issue('ge', `ge ${ge} is not from ${prefix.length} to ${bits}`);
    const least = ge ?? prefix.length;
    if (le !== undefined && (le < least || le > bits)) issue('le', `le ${le} is not from ${least} to ${bits}`);
  })
  .describe('A rule of a filter. It matches a route where all that it names holds.');

/**
 * Ordered rules for both directions; the first rule that matches decides. In a direction that has rules, what none of them
 * matches is rejected; a direction without rules keeps the default of the session.
 */
export const filterSchema = z
  .strictObject({
    import: z.array(filterRuleSchema).default([]).describe('Rules for routes that come in, in order.'),
    export: z.array(filterRuleSchema).default([]).describe('Rules for routes that go out, in order.'),
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
      if (rule.interface !== undefined) issue(['interface'], 'a route that comes in has no interface');
      if (rule.source === 'workload') issue(['source'], 'a route that comes in is none of a workload');
      if (rule.set?.nextHop === 'self')
        issue(['set', 'nextHop'], 'a route that comes in does not lead to the node itself');
    }
  })
  .describe('A named filter that peers refer to.');

export type FilterRule = z.output<typeof filterRuleSchema>;
export type RouteSettings = z.output<typeof routeSettingsSchema>;
export type Filter = z.output<typeof filterSchema>;
export type FilterSpec = z.input<typeof filterSchema>;
export type FilterRuleSpec = z.input<typeof filterRuleSchema>;

/** What becomes of a route in one direction of one session: the rules in order, then `otherwise`. */
export interface Policy {
  readonly rules: readonly FilterRule[];
  readonly otherwise: FilterRule['action'];
}
