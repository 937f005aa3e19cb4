import type { Writable } from 'node:stream';
import { printable, printableJson, printableLines } from '../../model/printable';
import { LOG_LEVELS, type LogLevel } from './log-level';

/** Writes a line, and the stack of an error. */
type Say = (message: string, error?: unknown) => void;

/** What a process says about itself, from its `level` up. */
export interface Log extends Readonly<Record<LogLevel, Say>> {
  level: LogLevel;
}

/** `text`: one line for people; `json`: one object per line for machines. Both on standard error. */
export function openLog(level: LogLevel, format: 'text' | 'json', output: Writable = process.stderr): Log {
  const lines = new Lines(output);
  const written = format === 'json' ? asJson : asText;
  const say =
    (of: LogLevel): Say =>
    (message, error) => {
      if (LOG_LEVELS.indexOf(of) >= LOG_LEVELS.indexOf(log.level)) lines.add(written(of, message, error));
    };
  const log: Log = {
    level,
    trace: say('trace'),
    debug: say('debug'),
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
  };
  return log;
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

/** Maximum number of characters of a message. */
const LONGEST = 4000;

const now = (): string => new Date().toISOString();

/** `2026-11-23T07:40:00.000Z info  session node2 is Established`, and below it the stack of an error. */
function asText(level: LogLevel, message: string, error: unknown): string {
  const stack = error instanceof Error && error.stack ? `${printableLines(error.stack)}\n` : '';
  return `${now()} ${level.padEnd(5)} ${printable(message, LONGEST)}\n${stack}`;
}

function asJson(level: LogLevel, message: string, error: unknown): string {
  const err =
    error instanceof Error
      ? { ...error, type: error.constructor.name, message: error.message, stack: error.stack }
      : error;
  return `${printableJson(JSON.stringify({ level, time: now(), err, msg: message }))}\n`;
}
