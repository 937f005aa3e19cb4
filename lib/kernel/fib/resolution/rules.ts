import { TABLE } from '../../codec/route';
import type { Rule } from '../../codec/rule';
import { covers } from './covers';

/** A table that is asked for the way to an address. */
export interface TableLookup {
  readonly table: number;
  /** Routes of so many bits or fewer do not count; -1: all do. */
  readonly suppressed: number;
}

/** What the kernel has where nobody changed a rule, or where it has none: the local table, then main. */
const PLAIN: readonly TableLookup[] = [TABLE.local, TABLE.main].map((table) => ({ table, suppressed: -1 }));

/**
 * The tables that the kernel asks for the way of a packet that this node sends to an address, in order, by rules sorted
 * by priority. It ends with `drop` where a rule drops what comes so far. Rules that jump cannot jump back, so it comes
 * to an end.
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
    else if (rule.action === 'goto') while (i + 1 < rules.length && rules[i + 1].priority < rule.goto) i++;
  }
  return { stops, drops: false };
}
