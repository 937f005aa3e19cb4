import type { Socket } from 'node:net';

/** Maximum octets of a line: 20,000 sessions. */
const LONGEST = 16 << 20;

/**
 * Calls `take` with each received line, parsed as JSON; after an invalid or overlong line the sender is disconnected.
 */
export function onJsonLines(socket: Socket, take: (value: unknown) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    if (rest.length > LONGEST) socket.destroy();
    for (const line of lines) {
      const value = parse(line);
      if (value === undefined) socket.destroy();
      else take(value);
    }
  });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

export const jsonLine = (value: unknown): string => `${JSON.stringify(value)}\n`;
