import http2, { type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';

/** The gRPC status codes that this server returns. */
const STATUS = { ok: 0, unknown: 2, invalidArgument: 3, unimplemented: 12, internal: 13 } as const;

/** A unary call, from the request message to the response message. */
export type Unary = (request: Uint8Array) => Promise<Uint8Array>;

/** Handlers by path: a unary call, or `open` for a stream that is accepted and kept open but never written to. */
export type GrpcService = ReadonlyMap<string, Unary | 'open'>;

/** Mutual TLS: our certificate and key (PEM), and the only certificate accepted from a client. */
interface MutualTls {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

export interface GrpcServer {
  /** Listens on a Unix socket. */
  listen(socket: string): Promise<void>;
  close(): Promise<void>;
}

/** Flow control window, large enough that a plan of thousands of nodes needs no extra round trips. */
const WINDOW = 8 << 20;

/**
 * A gRPC server over HTTP/2 for unary calls only. Without `tls` it uses cleartext HTTP/2.
 * `onSessions` is called with the number of open sessions whenever it changes.
 */
export function grpcServer(
  service: GrpcService,
  tls: MutualTls | undefined,
  onSessions: (open: number) => void = () => {},
): GrpcServer {
  const settings = { initialWindowSize: WINDOW };
  const server = tls
    ? http2.createSecureServer({ ...tls, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2', settings })
    : http2.createServer({ settings });
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session);
    session.setLocalWindowSize(WINDOW);
    session.on('error', () => session.destroy());
    session.on('close', () => {
      sessions.delete(session);
      onSessions(sessions.size);
    });
    onSessions(sessions.size);
  });
  server.on('stream', (stream: ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => {
    stream.on('error', () => stream.destroy());
    const handler = service.get(String(headers[':path']));
    if (handler === undefined) return refuse(stream, STATUS.unimplemented, `no such call: ${headers[':path']}`);
    if (handler === 'open') return keep(stream);
    void answer(stream, handler);
  });
  return {
    listen: (socket) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(socket, () => resolve());
      }),
    close: () =>
      new Promise((resolve) => {
        for (const session of sessions) session.destroy();
        server.close(() => resolve());
      }),
  };
}

const HEADERS = { ':status': 200, 'content-type': 'application/grpc+proto' };

async function answer(stream: ServerHttp2Stream, handler: Unary): Promise<void> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream) chunks.push(chunk as Buffer);
  } catch {
    return; // The client disconnected.
  }
  const body = unframe(Buffer.concat(chunks));
  if (body === undefined) return refuse(stream, STATUS.invalidArgument, 'not a single uncompressed message');
  let response: Uint8Array;
  try {
    response = await handler(body);
  } catch (error) {
    return refuse(stream, STATUS.internal, error instanceof Error ? error.message : String(error));
  }
  if (stream.destroyed) return;
  stream.respond(HEADERS, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(STATUS.ok) }));
  stream.end(grpcFrame(response));
}

/** A length-prefixed message: no compression, length in four octets. */
export function grpcFrame(message: Uint8Array): Buffer {
  const framed = Buffer.alloc(5 + message.length);
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, 5);
  return framed;
}

/** The single message in a request body; undefined if the body is anything else. */
export function unframe(body: Buffer): Uint8Array | undefined {
  return body.length >= 5 && body[0] === 0 && body.readUInt32BE(1) === body.length - 5 ? body.subarray(5) : undefined;
}

function refuse(stream: ServerHttp2Stream, status: number, message: string): void {
  if (stream.destroyed) return;
  // Trailers-only response: the status is in the headers.
  const escaped = message.replace(/[^ -$&-~]/gu, encodeURIComponent);
  stream.respond({ ...HEADERS, 'grpc-status': String(status), 'grpc-message': escaped }, { endStream: true });
}

function keep(stream: ServerHttp2Stream): void {
  stream.respond(HEADERS, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(STATUS.ok) }));
  stream.resume(); // Kept open until the session ends: the host waits for output, of which there is none.
}
