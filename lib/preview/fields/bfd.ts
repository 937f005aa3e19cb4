import type { Bfd } from '../../model/bfd';
import type { Fabric } from '../../model/fabric';
import { type FieldRow, openField } from './row';

/** `isOutside`: whether the neighbour is no node; absent: both ends are nodes. */
export const bfdRow = <Of>(isOutside: (holder: Of, fabric: Fabric) => boolean = () => false): FieldRow<Bfd, Of> =>
  openField((_was, is, { was: holder, before, is: holderAfter, after }) => {
    if (is) {
      const isTold = holderAfter !== undefined && isOutside(holderAfter, after);
      return {
        clause: 'closes sessions as soon as BFD packets stop',
        ask: `the network between must carry BFD (UDP port 3784, over several hops 4784) without loss of ${is.detectMultiplier} packets in a row${isTold ? ', and whoever runs the neighbour must enable it there' : ''}${is.strict ? '; a session that is closed comes up again only when BFD is up' : ''}`,
        mayLose: true,
      };
    }
    // Both nodes of a session stop at once.
    return holder !== undefined && isOutside(holder, before)
      ? {
          clause: 'stops BFD, which resets the session unless the neighbour removes it first',
          ask: 'whoever runs the neighbour must remove BFD there before this is deployed',
          mayLose: true,
        }
      : undefined;
  });
