import { readFileSync } from 'node:fs';
import type { Instant } from '../control/transaction';

/** Milliseconds of the monotonic clock, which runs on when an agent restarts and starts anew with each boot. */
export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1_000_000n);

/** Names this boot of the machine. */
const BOOT = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** This moment, comparable with moments of earlier runs of the agent on the same boot. */
export const now = (): Instant => ({ boot: BOOT, at: monotonicMs() });
