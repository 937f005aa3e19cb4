import type { Fabric } from '../../model/fabric';
import { all, type FieldRow, openField, played } from './row';

/**
 * Nodes that move their routes are reported one by one elsewhere. `standard`: the default if the field is not set;
 * `isUsed`: whether any node has this value.
 */
export const kernelMetric = (
  standard: (fabric: Fabric) => number,
  isUsed: (after: Fabric) => boolean = () => true,
): FieldRow<number> =>
  all<number, unknown>(
    played,
    openField((was, is, { before, after }) => {
      const [old, now] = [was ?? standard(before), is ?? standard(after)];
      if (old === now || !isUsed(after)) return undefined;
      return {
        clause:
          now < old
            ? `prefers BGP to other kernel routes with metrics from ${now} to ${old}`
            : `prefers other kernel routes with metrics from ${old} to ${now} to BGP`,
        ask: `of routes to the same prefix in a table the kernel uses the one with the lowest metric; ip route shows whether DHCP, another daemon or an administrator has routes with such metrics to prefixes that BGP has, too, such as the default route`,
        mayLose: true,
      };
    }),
  );
