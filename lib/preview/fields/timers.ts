import type { Fabric } from '../../model/fabric';
import { counted } from '../words';
import { type FieldRow, openField } from './row';

/** In seconds. On a busy machine, an agent that restarts may need as long until all of its sessions are up. */
const SHORT_RESTART = 30;
/** In seconds: the ConnectRetryTime that RFC 4271 section 10 suggests. */
const LONG_RETRY = 120;

/** `isWatched`: whether BFD detects that the neighbours of the holder are dead. */
export const noHoldTime = <Of>(isWatched: (holder: Of) => boolean): FieldRow<number, Of> =>
  openField((_was, is, { is: holder }) =>
    is === 0 && holder !== undefined && !isWatched(holder)
      ? {
          clause: 'no longer detects that a neighbour is dead',
          ask: 'with a hold time of 0 no KEEPALIVE is sent or expected (RFC 4271 section 4.2): a session whose neighbour fails silently stays up, and traffic to it is lost. Only BFD, or the loss of the link, still ends it',
          mayLose: true,
        }
      : undefined,
  );

/** `standard`: the default if the field is not set. */
export const restartTime = (standard: (fabric: Fabric) => number): FieldRow<number> =>
  openField((was, is, { before, after }) => {
    const [old, now] = [was ?? standard(before), is ?? standard(after)];
    return now < old && now < SHORT_RESTART && after.gracefulRestart
      ? {
          clause: `lets neighbours retain routes for only ${counted(now, 'second')} while an agent restarts`,
          ask: 'nothing happens now; a later restart or upgrade of an agent that takes longer until its sessions are up interrupts traffic',
          mayLose: true,
        }
      : undefined;
  });

export const connectRetryTime = (standard: (fabric: Fabric) => number): FieldRow<number> =>
  openField((was, is, { before, after }) => {
    const [old, now] = [was ?? standard(before), is ?? standard(after)];
    return now > old && now > LONG_RETRY
      ? {
          clause: `makes a session that was closed wait up to ${counted(now, 'second')} until the node connects again`,
          ask: 'nothing happens now; whenever a session is closed later, or a neighbour is not there yet, its routes are missing for as long, unless the neighbour connects',
          mayLose: true,
        }
      : undefined;
  });
