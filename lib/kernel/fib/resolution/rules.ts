import { TABLE } from '../../codec/route';
import type { Rule } from '../../codec/rule';
import { covers } from './covers';

/** A table to look up. */
export interface TableLookup {
  readonly table: number;
  /** Routes of this length or shorter are ignored; -1: none are. */
  readonly suppressed: number;
}

/** The kernel's default, and the order without rules: the local table, then main. */
const PLAIN: readonly TableLookup[] = [TABLE.local, TABLE.main].map((table) => ({ table, suppressed: -1 }));

/**
 * The tables that the kernel looks up for a packet that this node sends to an address, in order, by rules sorted by
 * priority. `drops`: after these, a rule discards the packet. Rules cannot jump back, so this terminates.
 */
export function tablesFor(
  rules: readonly Rule[],
  address: Uint8Array,
): { readonly stops: readonly TableLookup[]; readonly drops: boolean } {
  if (rules.length === 0) return { stops: PLAIN, drops: false };
  const stops: TableLookup[] = [];
  for (let i = 0; i < rules.length; i++) {
    const rule = rules[i];
    const matches = !rule.isForOthers && covers(rule.destination, 0, rule.length, address);
    if (matches === rule.isInverted) continue;
    if (rule.action === 'table') stops.push({ table: rule.table, suppressed: rule.suppressed });
    else if (rule.action === 'drop') return { stops, drops: true };
    else if (rule.action === 'goto') i = targetOf(rules, rule.goto, i) - 1;
  }
  return { stops, drops: false };
}

/** Index of the rule at which a `goto` at `at` continues: the next one if none has that priority, as in the kernel. */
function targetOf(rules: readonly Rule[], priority: number, at: number): number {
  const found = rules.findIndex((rule, i) => i > at && rule.priority === priority);
  return found < 0 ? at + 1 : found;
}
