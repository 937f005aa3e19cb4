import type { NexthopSets } from './nexthop-sets';
import type { RouteTable } from './route-table';

/** The common target of a group's routes: none, or more than one. Otherwise the number of the target. */
const NOWHERE = 0;
const MIXED = -1;

/**
 * If all routes of a group move to the same target, the group is moved, with one request for all of them. Unwanted
 * routes are still deleted individually: deleting the group would delete them in one go, holding the kernel's lock on
 * all routing, and the core of a single-core machine, for a quarter of a second, and without any notification.
 */
export function moveGroups(nexthopSets: NexthopSets, tables: readonly RouteTable[]): void {
  const groups = nexthopSets.toMove();
  if (groups.length === 0) return;
  const goals = new Int32Array(nexthopSets.infos.limit).fill(MIXED);
  for (const { info } of groups) goals[info] = NOWHERE;
  for (const table of tables)
    table.each((slot) => {
      const installed = table.installed(slot);
      const goal = installed > 0 ? goals[installed] : MIXED;
      if (goal === MIXED) return;
      const step = table.step(slot);
      const wanted = table.wanted(slot);
      const isKept = step === 'none' && wanted === 0; // a leftover within its grace period
      const to = step === 'delete' ? NOWHERE : isKept ? MIXED : wanted;
      if (to !== goal && to !== NOWHERE) goals[installed] = goal === NOWHERE ? to : MIXED;
    });
  for (const group of groups) {
    const goal = goals[group.info];
    if (goal > NOWHERE) nexthopSets.join(group, goal);
  }
}
