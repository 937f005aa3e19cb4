import { type SessionStatus, UNKNOWN_AS } from '../../control/status';

/** A neighbour in a table: its node if it is one, and its address, or the link that it was found on. */
export const neighbourCell = ({ remoteNode, remoteAddress }: SessionStatus): string =>
  remoteNode === undefined ? remoteAddress : `${remoteNode} ${remoteAddress}`;

/** Its AS number, which is unknown until the OPEN of a neighbour that may be in any. */
export const asCell = ({ remoteAs }: Pick<SessionStatus, 'remoteAs'>): string =>
  remoteAs === UNKNOWN_AS ? '?' : String(remoteAs);
