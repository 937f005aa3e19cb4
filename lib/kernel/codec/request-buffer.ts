import { assert, isChecking } from '../../model/assertion';
import { askAcknowledgement, REQUEST_OVERHEAD } from './route-request';

/** Enough for {@link MOST_REQUESTS} routes on nexthop objects; each has some 70 octets. */
const OCTETS = 160 << 10;

/** Maximum number of requests in any buffer. */
export const MOST_REQUESTS = 2000;

/**
 * Consecutive requests to the kernel, sent in one call. Written in place, as it is on the hot path of a million routes.
 * Only the last one asks for an acknowledgement: the kernel reports failures anyway, and a failure does not stop the
 * requests after it.
 */
export class RequestBuffer {
  readonly bytes = new Uint8Array(OCTETS);
  /** Sequence number of the first request. */
  first = 1;
  private end = 0;
  private last = 0;
  private count = 0;

  /** `most`: maximum number of requests in one call. */
  constructor(private readonly most: number) {}

  /** Number of requests. */
  get size(): number {
    return this.count;
  }

  /** Length in octets. */
  get length(): number {
    return this.end;
  }

  /** Whether `more` requests fit, given the octets of route info attributes in each. */
  hasRoom(attributes: number, more = 1): boolean {
    return this.count + more <= this.most && this.end + more * (REQUEST_OVERHEAD + attributes) <= OCTETS;
  }

  /** Adds one request: `write` encodes it at `at` with the sequence number and returns its end. */
  add(write: (bytes: Uint8Array, at: number, sequence: number) => number): void {
    this.last = this.end;
    this.end = write(this.bytes, this.end, this.first + this.count++);
    if (isChecking) assert(this.end <= OCTETS && this.count <= this.most, 'requests fit into the buffer');
  }

  /** Ends the batch: the last request asks for an acknowledgement. */
  complete(): void {
    askAcknowledgement(this.bytes, this.last);
  }

  /** Empties the buffer; `first` is the next sequence number. */
  clear(first: number): void {
    this.first = first;
    this.end = this.count = 0;
  }
}
