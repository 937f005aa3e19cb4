import { printable, printableJson } from '../../model/printable';
import { LOG_LEVELS, type LogLevel } from './log-level';

/**
 * The lines of {@link openLog}, without its dependencies: for a process that has to start within a tenth of a second.
 */
export type PlainLog = Readonly<Record<'error' | 'warn' | 'info', (message: string) => void>>;

export function openPlainLog(level: LogLevel, format: 'text' | 'json'): PlainLog {
  const say = (of: LogLevel) => (message: string) => {
    if (LOG_LEVELS.indexOf(of) < LOG_LEVELS.indexOf(level)) return;
    const time = new Date().toISOString();
    const line =
      format === 'json'
        ? printableJson(JSON.stringify({ level: of, time, msg: message }))
        : `${time} ${of.padEnd(5)} ${printable(message, 4000)}`;
    process.stderr.write(`${line}\n`);
  };
  return { error: say('error'), warn: say('warn'), info: say('info') };
}
