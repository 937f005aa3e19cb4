import { decodeAcknowledgement } from '../codec/acknowledgement';
import { TYPE } from '../codec/header';
import { askAcknowledgement, REQUEST_OVERHEAD } from '../codec/route-request';
import type { NetlinkSocket } from './socket';

/** The kernel queues at most 512 errors by default before it drops them; larger batches are no faster. */
const PRIVILEGED_REQUESTS = 500;
const PLAIN_REQUESTS = 400;
const OCTETS = 128 << 10;

/** How one request ended: 0, a negative errno, or undefined where the kernel's answer was lost. */
export type Outcome = (request: number, error: number | undefined, detail: string) => void;

/**
 * Requests that go to the kernel in one call, one batch at a time. Only the last asks for an acknowledgement: the kernel
 * answers to failures anyway, and a failure does not stop the requests after it.
 */
export class Batch {
  /** Two buffers in turn: the one in flight is read by a pool thread. */
  private readonly buffers = [new Uint8Array(OCTETS), new Uint8Array(OCTETS)];
  private readonly limit: number;
  private sequence = 1;
  private end = 0;
  private last = 0;
  private requests = 0;
  private flying = false;

  constructor(private readonly socket: NetlinkSocket) {
    this.limit = socket.privileged ? PRIVILEGED_REQUESTS : PLAIN_REQUESTS;
  }

  get inFlight(): boolean {
    return this.flying;
  }

  /** How many requests it holds. */
  get size(): number {
    return this.requests;
  }

  /** Whether `count` more requests with `attributes` octets of route info each find room. */
  hasRoom(attributes: number, count = 1): boolean {
    return (
      this.requests + count <= this.limit &&
      this.end + count * (REQUEST_OVERHEAD + attributes) <= this.buffers[0].length
    );
  }

  /** Adds one request: `write` puts it at `at` with the sequence number and answers where it ends. */
  add(write: (bytes: Uint8Array, at: number, sequence: number) => number): void {
    this.last = this.end;
    this.end = write(this.buffers[0], this.end, this.sequence + this.requests++);
  }

  /** Sends what was added. `outcome` is called once for each request, in order, then `landed`. */
  send(outcome: Outcome, landed: () => void): void {
    const [bytes, spare] = this.buffers;
    const { end, requests, sequence: first } = this;
    askAcknowledgement(bytes, this.last);
    this.buffers[0] = spare;
    this.buffers[1] = bytes;
    this.sequence = (this.sequence + requests) % 0x7fff0000;
    this.end = this.requests = 0;
    this.flying = true;
    this.socket.sendAsync(bytes, end, (result) => {
      this.flying = false;
      if (result < 0) for (let i = 0; i < requests; i++) outcome(i, result, '');
      else this.collect(first, requests, outcome);
      landed();
    });
  }

  /** The kernel worked through the whole batch within the call: every answer is there. */
  private collect(first: number, requests: number, outcome: Outcome): void {
    const errors = new Map<number, readonly [number, string]>();
    let complete = false,
      lost = false,
      end: unknown;
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
    for (let i = 0; i < requests; i++) {
      const [error, detail] = errors.get(i) ?? [complete && !lost ? 0 : undefined, ''];
      outcome(i, error, detail);
    }
  }
}
