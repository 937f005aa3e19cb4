import type { AgentStatus, SessionStatus } from '../control/status';
import { IpAddress } from '../model/address';
import { CommandError } from './exit-codes';

/**
 * Sessions with a neighbour: by its address, the name of its node, or the object that defines them, `peers.tor` or
 * `tor`.
 */
export function findSessions({ sessions }: Pick<AgentStatus, 'sessions'>, neighbour: string): SessionStatus[] {
  const address = IpAddress.parse(neighbour);
  const text = address instanceof IpAddress ? String(address) : undefined;
  return sessions.filter(
    ({ remoteAddress, remoteNode, origin }) =>
      remoteAddress === (text ?? neighbour) ||
      remoteNode === neighbour ||
      origin === neighbour ||
      (origin.includes('.') && origin.slice(origin.indexOf('.') + 1) === neighbour),
  );
}

/** The same, but throws {@link CommandError} if there are none. */
export function sessionsNamed(status: Pick<AgentStatus, 'node' | 'sessions'>, neighbour: string): SessionStatus[] {
  const found = findSessions(status, neighbour);
  if (found.length > 0) return found;
  throw new CommandError(
    'absent',
    `node ${status.node} has no session with ${neighbour}: peerform sessions lists its neighbours`,
  );
}
