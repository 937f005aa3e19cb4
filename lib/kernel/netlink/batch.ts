import { assert, isChecking } from '../../model/assertion';
import { decodeAcknowledgement } from '../codec/acknowledgement';
import { TYPE } from '../codec/header';
import { MOST_REQUESTS, RequestBuffer } from '../codec/request-buffer';
import type { Requests } from './driver';

/**
 * Each batch costs a change of threads twice and what that leaves in the processor's caches: four times larger ones
 * save a tenth of the CPU time. By default the kernel queues at most 512 errors and drops the rest; with the larger
 * receive buffer of a privileged socket, some 20,000.
 */
const PRIVILEGED_REQUESTS = MOST_REQUESTS;
const PLAIN_REQUESTS = 400;
/** Sequence numbers wrap before the kernel would treat them as negative. */
const SEQUENCES = 0x7fff0000;

/** The result of a request: 0, a negative errno, or undefined if it was lost. */
type Outcome = (request: number, error: number | undefined, detail: string) => void;

/** Sends requests to the kernel, one batch in one call at a time. */
export class Batch {
  /** One is filled while a pool thread reads the other. */
  private readonly buffers: [RequestBuffer, RequestBuffer];
  private flying = false;

  constructor(private readonly socket: Pick<Requests, 'privileged' | 'sendAsync' | 'read'>) {
    const most = socket.privileged ? PRIVILEGED_REQUESTS : PLAIN_REQUESTS;
    this.buffers = [new RequestBuffer(most), new RequestBuffer(most)];
  }

  get inFlight(): boolean {
    return this.flying;
  }

  /** The buffer for the next {@link send}. */
  get requests(): RequestBuffer {
    return this.buffers[0];
  }

  /** Sends the buffer. `outcome` is called once for each request, in order, then `landed`. */
  send(outcome: Outcome, landed: () => void): void {
    if (isChecking) assert(!this.flying, 'one batch at a time: the buffer in flight is read by the kernel');
    const [sent, next] = this.buffers;
    const { bytes, length, size, first } = sent;
    sent.complete();
    next.clear((first + size) % SEQUENCES);
    this.buffers.reverse();
    this.flying = true;
    this.socket.sendAsync(bytes, length, (result) => {
      this.flying = false;
      if (result < 0) for (let i = 0; i < size; i++) outcome(i, result, '');
      else this.collect(first, size, outcome);
      landed();
    });
  }

  /** The kernel processed the whole batch within the call: every response is queued. */
  private collect(first: number, requests: number, outcome: Outcome): void {
    const errors = new Map<number, readonly [number, string]>();
    let complete = false;
    let lost = false;
    let end: unknown;
    do {
      end = this.socket.read((bytes, message) => {
        const answer = message.type === TYPE.error ? decodeAcknowledgement(bytes, message) : undefined;
        const request = answer ? answer.sequence - first : -1;
        if (!answer || request < 0 || request >= requests) return;
        if (answer.error !== 0) errors.set(request, [answer.error, answer.detail]);
        if (request === requests - 1) complete = true;
      });
      if (end === 'lost') lost = true;
    } while (end === 'more' || end === 'lost');
    if (complete && !lost && errors.size === 0) for (let i = 0; i < requests; i++) outcome(i, 0, '');
    else
      for (let i = 0; i < requests; i++) {
        const [error, detail] = errors.get(i) ?? [complete && !lost ? 0 : undefined, ''];
        outcome(i, error, detail);
      }
  }
}
