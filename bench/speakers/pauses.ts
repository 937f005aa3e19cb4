/*
 * Loaded into a Node daemon under test: writes down the longest pause of its event loop, in milliseconds, to the file
 * that BENCH_PAUSES names. A new count begins whenever the file is taken away.
 */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION = 4;
const file = process.env.BENCH_PAUSES;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
delay.enable();
if (file !== undefined)
  setInterval(() => {
    if (!existsSync(file)) delay.reset();
    writeFileSync(`${file}.new`, String(Math.max(0, delay.max / 1e6 - RESOLUTION)));
    renameSync(`${file}.new`, file); // whoever reads finds a whole number
  }, 100).unref();
