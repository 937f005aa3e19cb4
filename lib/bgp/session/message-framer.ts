// On the hot path: all received octets pass here. Messages are passed on in place, without a copy.
import { type Frame, frame } from '../wire/message';
import { concat, NO_OCTETS } from '../wire/octets';

/** Splits the octets of one connection into messages. */
export class MessageFramer {
  private rest: Uint8Array = NO_OCTETS;

  /**
   * Passes every complete message of the chunk to `visit`, which returns whether to continue; the rest waits for the
   * next chunk. `maxLength` is called before each message, as an OPEN changes it. The chunk is not retained.
   */
  push(
    chunk: Uint8Array,
    maxLength: () => number,
    visit: (bytes: Uint8Array, message: Exclude<Frame, { kind: 'incomplete' }>) => boolean,
  ): void {
    let at = 0;
    if (this.rest.length > 0) {
      // Only the message that the last chunk began is copied: no message is longer.
      const bytes = concat(this.rest, chunk.subarray(0, maxLength()));
      const found = frame(bytes, 0, bytes.length, maxLength());
      at = found.kind === 'message' ? found.end - this.rest.length : 0;
      this.rest = found.kind === 'incomplete' ? bytes : NO_OCTETS;
      if (found.kind === 'incomplete' || !visit(bytes, found) || found.kind === 'error') return;
    }
    while (at < chunk.length) {
      const found = frame(chunk, at, chunk.length, maxLength());
      if (found.kind === 'incomplete') {
        this.rest = chunk.slice(at);
        return;
      }
      if (!visit(chunk, found) || found.kind === 'error') return;
      at = found.end;
    }
  }
}
