import type { Fabric } from '../../model/fabric';
import { all, type FieldRow, openField, played } from './row';

/** Tables that the kernel looks up without any rule added by a user: default, main and local. */
const LOOKED_UP: ReadonlySet<number> = new Set([253, 254, 255]);

/** Nodes that move their routes are reported one by one elsewhere. `standard`: the default if the field is not set. */
export const kernelTable = (standard: (fabric: Fabric) => number): FieldRow<number> =>
  all<number, unknown>(
    played,
    openField((was, is, { before, after }) => {
      const [old, now] = [was ?? standard(before), is ?? standard(after)];
      if (old === now) return undefined;
      return LOOKED_UP.has(now)
        ? {
            clause: `leaves no route in kernel table ${old}`,
            ask: `rules that look up table ${old} (ip rule) find nothing there any more; traffic that they steer goes on to the next rule`,
            mayLose: true,
          }
        : {
            clause: `writes routes to kernel table ${now}, which the kernel uses only where a rule looks it up`,
            ask: `without such a rule on each node (ip rule add lookup ${now}), its traffic no longer follows BGP`,
            mayLose: true,
          };
    }),
  );
