// On the hot path: all received octets pass here. Messages are passed on in place, without a copy.
import { type Frame, frame } from '../wire/message';
import { NO_OCTETS } from '../wire/octets';

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
