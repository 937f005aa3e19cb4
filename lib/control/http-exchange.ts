import { connect } from 'node:net';
import { ResponseTimeout } from './response-timeout';

/** A request to an agent. */
interface Question {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body?: string | Uint8Array;
  /** Timeout of the response in milliseconds ({@link ResponseTimeout}). */
  readonly timeout: number;
  readonly signal?: AbortSignal;
}

/** HTTP status and body. */
interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** Maximum octets of a response: the status of a node with thousands of sessions has some millions. */
export const LARGEST_ANSWER = 64 * 1024 * 1024;

export const TOO_LARGE = `its answer is longer than ${LARGEST_ANSWER} octets`;

/** The error for anything else that responds. */
export const NO_AGENT = 'whatever answers there is not an agent';

/** What responded is not a response of an agent. */
export class NoAgent extends Error {}

/**
 * Sends a request over a unix socket and reads the whole response, by HTTP/1.0: one exchange per connection, whose end
 * ends the response. A deploy does this some ten times with each of thousands of agents, and a full HTTP client takes
 * twice the time. Rejects with the socket's error, or one that describes the unexpected response.
 */
export function exchange(
  socketPath: string,
  { method, path, headers, body, timeout, signal }: Question,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ path: socketPath, signal });
    const timer = new ResponseTimeout(timeout, body?.length ?? 0, (why) => socket.destroy(why));
    let size = 0;
    timer.wait();
    socket.on('close', () => timer.rest());
    socket.on('data', (chunk) => {
      timer.came(chunk.length);
      timer.wait();
      size += chunk.length;
      if (size > LARGEST_ANSWER) socket.destroy(new NoAgent(TOO_LARGE));
      else chunks.push(chunk);
    });
    socket.on('end', () => {
      const answer = read(Buffer.concat(chunks));
      if (answer) resolve(answer);
      else reject(chunks.length === 0 ? new Error('it closed the connection') : new NoAgent(NO_AGENT));
    });
    socket.on('error', reject);
    const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `${method} ${path} HTTP/1.0\r\n${fields.join('')}\r\n`;
    if (typeof body === 'object') {
      socket.write(head);
      socket.write(body);
    } else socket.write(head + (body ?? ''));
  });
}

/** Parses a response; undefined if it is invalid or incomplete. */
function read(octets: Buffer): Answer | undefined {
  const end = octets.indexOf('\r\n\r\n');
  const head = octets.toString('latin1', 0, Math.max(end, 0));
  const [, status] = /^HTTP\/1\.[01] (\d{3}) /.exec(head) ?? [];
  const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
  const body = octets.subarray(end + 4);
  if (status === undefined || (length !== undefined && Number(length) !== body.length)) return undefined;
  return { status: Number(status), body };
}
