/*
 * Loaded into a Node daemon under test: watches the pauses of its event loop while the file exists that BENCH_PAUSES
 * names, and writes the longest one, in milliseconds, when it is asked to by a second file. It writes nothing before:
 * to replace a file ten times a second may block the daemon for longer than all its own pauses.
 */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION = 4;
const file = process.env.BENCH_PAUSES;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
if (file !== undefined) {
  const watch = setInterval(() => {
    if (!existsSync(file) || delay.enable() || !existsSync(`${file}.asked`)) return;
    clearInterval(watch);
    writeFileSync(`${file}.new`, String(Math.max(0, delay.max / 1e6 - RESOLUTION)));
    renameSync(`${file}.new`, `${file}.told`); // whoever reads finds a whole number
  }, 100);
  watch.unref();
}
