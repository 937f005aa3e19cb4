import type { Bfd } from '../../model/bfd';
import type { Fabric } from '../../model/fabric';
import { type FieldRow, openField } from './row';

/** `isOutside`: whether the neighbour is not a node. Unset: both ends are nodes. */
export const bfdRow = <Of>(isOutside: (holder: Of, fabric: Fabric) => boolean = () => false): FieldRow<Bfd, Of> =>
  openField((_was, is, { is: holder, after }) => {
    // Disabling BFD closes no session: nodes announce it to each other, and towards outside neighbours BFD runs until
    // they disable it too.
    if (!is) return undefined;
    const isTold = holder !== undefined && isOutside(holder, after);
    return {
      clause: 'closes sessions as soon as BFD packets stop',
      ask: `the network between must carry BFD (UDP port 3784, over several hops 4784) without loss of ${is.detectMultiplier === 1 ? 'a single packet' : `${is.detectMultiplier} packets in a row`}${isTold ? ', and whoever runs the neighbour must enable it there' : ''}${is.strict ? '; a session that is closed comes up again only when BFD is up' : ''}`,
      mayLose: true,
    };
  });
