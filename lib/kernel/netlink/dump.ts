import { decodeAcknowledgement } from '../codec/acknowledgement';
import { type NetlinkMessage, NLM_FLAG, netlinkMessage, TYPE } from '../codec/header';
import { i32 } from '../codec/octets';
import { KernelError } from '../system/error';
import { NetlinkSocket } from './socket';

/** A request with a multipart response. */
export interface DumpRequest {
  /** For error messages, such as `routes`. */
  readonly what: string;
  readonly type: number;
  readonly payload: Uint8Array;
  /** Called before the first message, and again when the dump restarts because the tables changed meanwhile. */
  readonly begin?: () => void;
  readonly visit: (bytes: Uint8Array, message: NetlinkMessage) => void;
}

/** Tables that change all the time would restart a dump permanently; events cover what the last attempt missed. */
const ATTEMPTS = 8;
/** Reads of up to 32 KB before yielding to the event loop: some 10 ms. */
const READS_A_TURN = 16;

/**
 * Dumps on a separate socket with strict checking: without it the kernel ignores the filters and dumps other tables
 * too. A million routes take 0.7 s, in slices between which the event loop runs.
 */
export async function dump(request: DumpRequest): Promise<KernelError | undefined> {
  for (let attempt = 1; ; attempt++) {
    const socket = NetlinkSocket.open({ strict: true });
    if (socket instanceof KernelError) return socket;
    request.begin?.();
    const end = await once(socket, request);
    socket.close();
    // With strict checking, a table without routes is an error: it does not exist before the first one.
    if (end instanceof KernelError) return end.code === 'ENOENT' && request.type === TYPE.getRoute ? undefined : end;
    if (end === 'complete' || attempt === ATTEMPTS) return undefined;
  }
}

async function once(socket: NetlinkSocket, request: DumpRequest): Promise<'complete' | 'interrupted' | KernelError> {
  const operation = `dump ${request.what}`;
  const sent = socket.send(netlinkMessage(request.type, NLM_FLAG.request | NLM_FLAG.dump, 1, request.payload));
  if (sent < 0) return KernelError.of(operation, sent);
  let interrupted = false;
  let done = false;
  let failure: KernelError | undefined;
  while (!done && !failure) {
    const end = socket.read((bytes, one) => {
      if ((one.flags & NLM_FLAG.dumpInterrupted) !== 0) interrupted = true;
      if (one.type === TYPE.done) {
        done = true;
        const error = one.start + 4 <= one.end ? i32(bytes, one.start) : 0;
        if (error < 0) failure = KernelError.of(operation, error);
      } else if (one.type === TYPE.error) {
        const answer = decodeAcknowledgement(bytes, one);
        failure = KernelError.of(operation, answer?.error ?? 0, answer?.detail);
      } else request.visit(bytes, one);
    }, READS_A_TURN);
    if (end instanceof KernelError) failure = end;
    if (!done) await new Promise((turn) => setImmediate(turn));
  }
  return failure ?? (interrupted ? 'interrupted' : 'complete');
}
