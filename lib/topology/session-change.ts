/**
 * What a new release does to a session. `retuned`: parameters change without a reset, by re-evaluation and route
 * refresh.
 */
export type SessionChange = 'added' | 'removed' | 'reset' | 'retuned';

/** If the two ends of a session differ, the first of these applies. */
export const GRAVEST_FIRST: readonly SessionChange[] = ['added', 'removed', 'reset', 'retuned'];
