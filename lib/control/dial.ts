import { connect } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { explainSocket } from './system-error';

/**
 * Milliseconds without an octet after which a response is abandoned, once the request side has ended: longer than an
 * agent's long poll for events.
 */
const LAST_ANSWER_MS = 90_000;

/**
 * Connects a reader and a writer to the agent's socket until the agent closes: the far end of an ssh endpoint. Rejects
 * with an explanation if there is no agent.
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
