import type { Fabric } from '../../model/fabric';
import { MAX_ROUTE_MEMORY_OF_ALL } from '../../node/routing';
import { MAX_PREFIXES, MAX_ROUTE_MEMORY } from '../../node/session-config';
import { counted } from '../words';
import { type FieldRow, isLower, openField } from './row';

const CLOSED =
  'a session that exceeds it is closed, its routes are lost at once, and it comes up again after maxPrefixesRestart only to be closed again if nothing has changed';

/** `isCounted`: whether what neighbours send, if known, shows which of the holder's sessions exceed the limit. */
export const prefixLimit = <Of>(isCounted: (holder: Of, fabric: Fabric) => boolean): FieldRow<number, Of> =>
  openField((was, is, { is: holder, after }) =>
    isLower(was, is, MAX_PREFIXES)
      ? {
          clause: `may close sessions, as it allows ${counted(is ?? MAX_PREFIXES, 'prefix', 'prefixes')} from a neighbour`,
          ask: `compare with the routes that each receives now (peerform sessions): ${CLOSED}`,
          mayLose: true,
          isAnsweredByRoutes: holder !== undefined && isCounted(holder, after),
        }
      : undefined,
  );

/** Only agents know how much memory routes need. */
const memoryLimit = (standard: number, whose: string, metric: string): FieldRow<number> =>
  openField((was, is) =>
    isLower(was, is, standard)
      ? {
          clause: `may close sessions, as it allows ${is ?? standard} MB for the routes of ${whose}`,
          ask: `compare with the memory that they need now (metric ${metric}): ${CLOSED}`,
          mayLose: true,
        }
      : undefined,
  );

export const neighbourMemory = memoryLimit(MAX_ROUTE_MEMORY, 'a neighbour', 'peerform_session_route_memory_bytes');
export const wholeMemory = memoryLimit(
  MAX_ROUTE_MEMORY_OF_ALL,
  'all neighbours of a node',
  'peerform_route_memory_bytes',
);
