/**
 * What a new release does to one session. `retuned`: without a reset, by what it takes on as it is, re-evaluation and
 * route refresh.
 */
export type SessionChange = 'added' | 'removed' | 'reset' | 'retuned';

/** Of a session seen from its two ends the first of these counts. */
export const GRAVEST_FIRST: readonly SessionChange[] = ['added', 'removed', 'reset', 'retuned'];
