import type { Readable } from 'node:stream';

/** Maximum octets of a line: 20,000 sessions. */
const LONGEST = 16 << 20;

/**
 * Calls `take` with each received line, parsed as a JSON object. An invalid or overlong line disconnects the sender;
 * once it is disconnected, nothing more is taken.
 */
export function onJsonLines(socket: Readable, take: (value: object) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      const value = parse(line);
      if (value === undefined) socket.destroy();
      else take(value);
      if (socket.destroyed) return;
    }
    if (rest.length > LONGEST) socket.destroy();
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
