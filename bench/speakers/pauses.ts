/*
 * Loaded into a Node daemon under test: writes down the longest pause of its event loop, in milliseconds, to the file
 * that BENCH_PAUSES names. It counts from when that file is made: until then it costs the daemon next to nothing.
 */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION = 4;
const file = process.env.BENCH_PAUSES;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
if (file !== undefined)
  setInterval(() => {
    if (!existsSync(file)) return;
    if (delay.enable()) return;
    writeFileSync(`${file}.new`, String(Math.max(0, delay.max / 1e6 - RESOLUTION)));
    renameSync(`${file}.new`, file); // whoever reads finds a whole number
  }, 100).unref();
