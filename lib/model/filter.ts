import { z } from 'zod';
import { ADDRESS_BITS } from './address';
import { numberLeaf, prefixLeaf } from './leaf';

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
    action: z.enum(['accept', 'reject']).describe('What becomes of a route that matches.'),
  })
  .check((context) => {
    const { prefix, ge, le } = context.value;
    const issue = (path: string, message: string) =>
      context.issues.push({
        code: 'custom',
        input: context.value,
        path: [path],
        message,
        params: { problem: 'range' },
      });
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
  .describe('A rule of a filter.');

/**
 * Ordered rules for both directions; the first rule that matches decides. In a direction that has rules, what none of them
 * matches is rejected; a direction without rules keeps the default of the session.
 */
export const filterSchema = z
  .strictObject({
    import: z.array(filterRuleSchema).default([]).describe('Rules for routes that come in, in order.'),
    export: z.array(filterRuleSchema).default([]).describe('Rules for routes that go out, in order.'),
  })
  .describe('A named filter that peers refer to.');

export type FilterRule = z.output<typeof filterRuleSchema>;
export type Filter = z.output<typeof filterSchema>;
export type FilterSpec = z.input<typeof filterSchema>;
export type FilterRuleSpec = z.input<typeof filterRuleSchema>;

/** What becomes of a route in one direction of one session: the rules in order, then `otherwise`. */
export interface Policy {
  readonly rules: readonly FilterRule[];
  readonly otherwise: FilterRule['action'];
}
