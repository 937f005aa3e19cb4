import type { Bfd } from '../../model/bfd';
import type { Fabric } from '../../model/fabric';
import { type FieldRow, openField } from './row';

/** `isOutside`: whether the neighbour is no node; absent: both ends are nodes. */
export const bfdRow = <Of>(isOutside: (holder: Of, fabric: Fabric) => boolean = () => false): FieldRow<Bfd, Of> =>
  openField((_was, is, { is: holder, after }) => {
    // No session is closed by the end of BFD: nodes are shown that it is meant, and with others it goes on until they
    // end it.
    if (!is) return undefined;
    const isTold = holder !== undefined && isOutside(holder, after);
    return {
      clause: 'closes sessions as soon as BFD packets stop',
      ask: `the network between must carry BFD (UDP port 3784, over several hops 4784) without loss of ${is.detectMultiplier} packets in a row${isTold ? ', and whoever runs the neighbour must enable it there' : ''}${is.strict ? '; a session that is closed comes up again only when BFD is up' : ''}`,
      mayLose: true,
    };
  });
