import { connect } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { explainSocket } from './socket-error';

/**
 * Milliseconds without an octet after which an answer is no longer waited for, once nobody asks any more: longer than
 * an agent lets anybody wait for events.
 */
const LAST_ANSWER_MS = 90_000;

/**
 * Bridges a reader and a writer to the agent's socket until the agent closes: the far end of an ssh endpoint. Rejects
 * where there is no agent, in words.
 */
export function dial(path: string, input: Readable, output: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path, allowHalfOpen: true });
    socket.on('error', (error: NodeJS.ErrnoException) => reject(new Error(`${path}: ${explainSocket(error)}`)));
    socket.on('close', () => resolve());
    output.on('error', () => socket.destroy()); // the caller is gone
    input.once('end', () => socket.setTimeout(LAST_ANSWER_MS, () => socket.destroy()));
    input.pipe(socket).pipe(output);
  });
}
