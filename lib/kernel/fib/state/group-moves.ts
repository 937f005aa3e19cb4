import type { NexthopSets } from './nexthop-sets';
import type { RouteTable } from './route-table';

/** Where the routes of a group go: nowhere, or to more than one target. Else the number of the target. */
const NOWHERE = 0;
const MIXED = -1;

/**
 * Where all routes of a group are to go to one other place, the group goes there, with one request for all of them.
 * Routes that nobody wants are deleted one by one all the same: with a group the kernel would delete them in one go,
 * and keep its lock on all routing, and the only core of a machine that has one, for a quarter of a second; nor would
 * it tell anybody of them.
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
      const isKept = step === 'none' && wanted === 0; // a leftover in its time of grace
      const to = step === 'delete' ? NOWHERE : isKept ? MIXED : wanted;
      if (to !== goal && to !== NOWHERE) goals[installed] = goal === NOWHERE ? to : MIXED;
    });
  for (const group of groups) {
    const goal = goals[group.info];
    if (goal > NOWHERE) nexthopSets.join(group, goal);
  }
}
