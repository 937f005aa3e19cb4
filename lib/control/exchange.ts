import { connect } from 'node:net';

/** What is asked of an agent. */
export interface Question {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body?: string | Uint8Array;
  /** Milliseconds in which nothing may come. */
  readonly timeout: number;
  readonly signal?: AbortSignal;
}

/** What came: the status of HTTP, and the body. */
export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** What is said of anything else that answers. */
export const NO_AGENT = 'what answers there is no agent';

/**
 * Asks over a socket of this machine and takes the whole answer, by HTTP/1.0: one exchange a connection, whose end is the answer's. A deploy does this some ten
 * times with each of thousands of agents, and a client for everything that HTTP can be takes twice the time. Rejects with the socket's error, or one that says what came instead.
 */
export function exchange(
  socketPath: string,
  { method, path, headers, body, timeout, signal }: Question,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [],
      socket = connect({ path: socketPath, timeout, signal });
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', () => {
      const answer = read(Buffer.concat(chunks));
      if (answer) resolve(answer);
      else reject(new Error(chunks.length === 0 ? 'it hung up' : NO_AGENT));
    });
    socket.on('error', reject);
    socket.on('timeout', () => socket.destroy(new Error(`no answer within ${timeout / 1000} s`)));
    const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `${method} ${path} HTTP/1.0\r\n${fields.join('')}\r\n`;
    if (typeof body === 'object') {
      socket.write(head);
      socket.write(body);
    } else socket.write(head + (body ?? ''));
  });
}

/** The answer in these octets; undefined where they are none, or fewer than it says. */
function read(octets: Buffer): Answer | undefined {
  const end = octets.indexOf('\r\n\r\n'),
    head = octets.toString('latin1', 0, Math.max(end, 0)),
    [, status] = /^HTTP\/1\.[01] (\d{3}) /.exec(head) ?? [],
    [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
  const body = octets.subarray(end + 4);
  if (status === undefined || (length !== undefined && Number(length) !== body.length)) return undefined;
  return { status: Number(status), body };
}
