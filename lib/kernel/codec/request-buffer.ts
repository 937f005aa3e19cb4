import { assert, isChecking } from '../../model/assertion';
import { askAcknowledgement, REQUEST_OVERHEAD } from './route-request';

const OCTETS = 128 << 10;

/**
 * Requests to the kernel, one after another, as they go out in one call. On the way of a million routes: they are
 * written in place. Only the last asks for an acknowledgement: the kernel answers to failures anyway, and a failure
 * does not stop the requests after it.
 */
export class RequestBuffer {
  readonly bytes = new Uint8Array(OCTETS);
  /** The sequence number of the first one. */
  first = 1;
  private end = 0;
  private last = 0;
  private count = 0;

  /** `most`: requests that one call may have. */
  constructor(private readonly most: number) {}

  /** How many requests it holds. */
  get size(): number {
    return this.count;
  }

  /** How many octets they take. */
  get length(): number {
    return this.end;
  }

  /** Whether `more` requests find room whose route infos have so many octets of attributes each. */
  hasRoom(attributes: number, more = 1): boolean {
    return this.count + more <= this.most && this.end + more * (REQUEST_OVERHEAD + attributes) <= OCTETS;
  }

  /** Adds one request: `write` puts it at `at` with the sequence number and answers where it ends. */
  add(write: (bytes: Uint8Array, at: number, sequence: number) => number): void {
    this.last = this.end;
    this.end = write(this.bytes, this.end, this.first + this.count++);
    if (isChecking) assert(this.end <= OCTETS && this.count <= this.most, 'requests fit into the buffer');
  }

  /** No more are added: the last one asks how it ended. */
  complete(): void {
    askAcknowledgement(this.bytes, this.last);
  }

  /** Begins again, with this sequence number. */
  clear(first: number): void {
    this.first = first;
    this.end = this.count = 0;
  }
}
