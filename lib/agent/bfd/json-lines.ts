import type { Readable } from 'node:stream';

/** Maximum octets of a line: some 4,000 sessions, of each of which 1,000 octets are reported at most. */
const LONGEST = 4 << 20;

/**
 * Calls `take` with each received line, parsed as a JSON object. An invalid or overlong line disconnects the sender;
 * once it is disconnected, nothing more is taken. `refused`: why it is disconnected.
 */
export function onJsonLines(
  socket: Readable,
  take: (value: object) => void,
  refused: (why: string) => void = () => {},
  longest = LONGEST,
): void {
  // Joined once it is complete: a long line arrives in hundreds of pieces.
  let pieces: string[] = [];
  let length = 0;
  const refuse = (why: string): void => {
    pieces = [];
    socket.destroy();
    refused(why);
  };
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    const [first, ...others] = text.split('\n');
    for (const [i, piece] of [first, ...others].entries()) {
      pieces.push(piece);
      length += piece.length;
      if (length > longest) {
        refuse(`a line of more than ${longest} octets`);
        return;
      }
      if (i === others.length) return; // the rest of its line is to come
      const value = parse(pieces.join(''));
      [pieces, length] = [[], 0];
      if (value === undefined) refuse('a line that is not a JSON object');
      else take(value);
      if (socket.destroyed) return;
    }
  });
}

function parse(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

export const jsonLine = (value: unknown): string => `${JSON.stringify(value)}\n`;
