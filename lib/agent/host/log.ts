import type { Writable } from 'node:stream';
import { type DestinationStream, type Logger, pino } from 'pino';
import { printable, printableJson, printableLines } from '../../model/printable';
import type { LogLevel } from './log-level';

export type Log = Logger;

/** `text`: one line for people; `json`: one object per line for machines. Both on standard error. */
export function openLog(level: LogLevel, format: 'text' | 'json', output: Writable = process.stderr): Log {
  const lines = new Lines(output);
  const destination: DestinationStream = {
    write: (line) => lines.add(format === 'json' ? printableJson(line) : asText(line)),
  };
  return pino(
    {
      level,
      base: undefined,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}

/**
 * Lines of one turn of the event loop are written together, as each write may block on the disk or the reader; the last
 * ones when the process exits.
 */
class Lines {
  private waiting = '';

  constructor(private readonly output: Writable) {
    process.once('exit', () => this.flush());
  }

  add(line: string): void {
    if (this.waiting === '') setImmediate(() => this.flush());
    this.waiting += line;
  }

  private flush(): void {
    if (this.waiting !== '') this.output.write(this.waiting);
    this.waiting = '';
  }
}

/** Maximum number of characters of a message or a field. */
const LONGEST = 4000;

/** `2026-11-23T07:40:00.000Z info  session node2 is Established  peer=10.0.0.2`. */
function asText(line: string): string {
  const { time, level, msg, err, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const fields = Object.entries(rest).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const stack = (err as { stack?: string } | undefined)?.stack;
  const words = [time, String(level).padEnd(5), msg, ...fields].map((word) => printable(String(word ?? ''), LONGEST));
  return `${words.join(' ')}\n${stack ? `${printableLines(stack)}\n` : ''}`;
}
