import type { Fabric } from '../../model/fabric';
import { MAX_ROUTE_MEMORY_OF_ALL } from '../../node/routing';
import { MAX_PREFIXES, MAX_ROUTE_MEMORY } from '../../node/session-config';
import { counted } from '../words';
import { type FieldRow, isLower, openField } from './row';

/** What becomes of a session that exceeds a limit. `restart`: its `maxPrefixesRestart`. */
const closed = (restart: number | undefined): string =>
  `a session that exceeds it is closed, its routes are lost at once, and it ${
    restart === 0
      ? 'stays down until it is reset (peerform reset) or the limit changes, as maxPrefixesRestart is 0'
      : 'comes up again after maxPrefixesRestart only to be closed again if nothing has changed'
  }`;

/** Every session has limits, if only the default ones. */
export const limitRestart: FieldRow<number> = openField((_was, is) =>
  is === 0
    ? {
        clause: 'leaves a session that exceeds a limit down',
        ask: 'nothing happens now; a session that is closed later for exceeding maxPrefixes or maxRouteMemory, which have defaults, no longer comes up by itself, but stays down until somebody resets it (peerform reset) or the limit changes',
        mayLose: true,
      }
    : undefined,
);

/** What has limits. */
interface Limited {
  readonly maxRouteMemory?: number | undefined;
  readonly maxPrefixesRestart?: number | undefined;
}

/** `isCounted`: whether what neighbours send, if known, shows which of the holder's sessions exceed the limit. */
export const prefixLimit = <Of extends Limited>(
  isCounted: (holder: Of, fabric: Fabric) => boolean,
): FieldRow<number, Of> =>
  openField((was, is, { is: holder, after }) =>
    isLower(was, is, MAX_PREFIXES)
      ? {
          clause: `may close sessions, as it allows ${counted(is ?? MAX_PREFIXES, 'prefix', 'prefixes')} from a neighbour`,
          ask: `compare with the routes that each receives now (peerform sessions): ${closed(holder?.maxPrefixesRestart)}`,
          mayLose: true,
          isAnsweredByRoutes: holder !== undefined && isCounted(holder, after),
        }
      : undefined,
  );

/** Only agents know how much memory routes need. */
const memoryLimit = (standard: number, whose: string, metric: string): FieldRow<number, Limited> =>
  openField((was, is, { is: holder }) =>
    isLower(was, is, standard)
      ? {
          clause: `may close sessions, as it allows ${is ?? standard} MB for the routes of ${whose}`,
          ask: `compare with the memory that they need now (metric ${metric}): ${closed(holder?.maxPrefixesRestart)}`,
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
