import { setFlagsFromString } from 'node:v8';

/** Garbage that may gather before it is collected, in percent of what is in use. */
const GARBAGE_PERCENT = 50;

/**
 * Keeps the heap small: on a machine with much memory V8 lets it grow to several times what is in use before it
 * collects garbage, and a deploy to thousands of nodes makes much of it.
 */
export const boundHeap = (): void => setFlagsFromString(`--heap-growing-percent=${GARBAGE_PERCENT}`);
