import type { NexthopSets } from '../../../../lib/kernel/fib/state/nexthop-sets';
import type { Reconciler } from '../../../../lib/kernel/fib/state/reconciler';

/**
 * What of a reconciler's whole state breaks an invariant, where it is at rest: what is wanted and installed is counted
 * anew. Empty where all is well.
 */
export function breaches({ tables, failures, idle }: Reconciler, targets: NexthopSets): string[] {
  const found: string[] = [];
  const wanted = new Set<number>();
  const installed = new Map<number, number>();
  if (!idle) found.push('it is not at rest');
  for (const [family, table] of tables.entries())
    table.each((slot) => {
      const item = slot * 2 + family;
      const [target, info] = [table.wanted(slot), table.installed(slot)];
      if (target !== 0) wanted.add(target);
      installed.set(info, (installed.get(info) ?? 0) + 1);
      if (info >= targets.infos.limit) found.push(`item ${item} has route info ${info}, which is not known`);
      if (target === 0 && info === 0) found.push(`item ${item} is neither wanted nor installed, and has a slot`);
      if (table.step(slot) !== 'none' && !failures.has(item)) found.push(`item ${item} is not as it shall be`);
    });
  for (const item of failures.keys())
    if (!tables[item & 1].prefixes.has(item >> 1)) found.push(`item ${item} is to be tried again, and has no slot`);
  for (let info = 1; info < targets.infos.limit; info++) {
    const group = targets.infos.groupAt(info);
    const routes = installed.get(info) ?? 0;
    if (group && group.routes !== routes) found.push(`group ${group.id} counts ${group.routes} routes, not ${routes}`);
  }
  if (wanted.size > targets.size) found.push(`${wanted.size} targets are wanted, and ${targets.size} known`);
  return found;
}
