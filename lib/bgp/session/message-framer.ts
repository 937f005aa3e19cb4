// On the hot path: every octet received passes here. Messages are handed on where they lie in the chunk, without a
// copy.
import { type Frame, frame } from '../wire/message';
import { NO_OCTETS } from '../wire/octets';

/** The octets of one connection, cut into messages. */
export class MessageFramer {
  private rest: Uint8Array = NO_OCTETS;

  /**
   * Hands every whole message of the chunk to `visit`, which returns whether to go on; what is left waits for the next
   * chunk. `maxLength` is asked before each message, as an OPEN changes it. The chunk is not kept.
   */
  push(
    chunk: Uint8Array,
    maxLength: () => number,
    visit: (bytes: Uint8Array, message: Exclude<Frame, { kind: 'incomplete' }>) => boolean,
  ): void {
    const bytes = this.rest.length === 0 ? chunk : concat(this.rest, chunk);
    this.rest = NO_OCTETS;
    for (let at = 0; at < bytes.length; ) {
      const found = frame(bytes, at, bytes.length, maxLength());
      if (found.kind === 'incomplete') {
        this.rest = bytes.slice(at);
        return;
      }
      if (!visit(bytes, found) || found.kind === 'error') return;
      at = found.end;
    }
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
