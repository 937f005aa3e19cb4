/*
 * Invariants of the tables, for tests and the fuzzer, which define the global below before anything is loaded.
 * Elsewhere `isChecking` is a constant that the bundler folds: write `if (isChecking) assert(…)`, so that the arguments
 * are not evaluated either.
 */
declare const PEERFORM_ASSERTIONS: boolean | undefined;

/** Whether invariants are checked. */
export const isChecking: boolean = typeof PEERFORM_ASSERTIONS !== 'undefined' && PEERFORM_ASSERTIONS === true;

/** Asserts what must hold here whatever neighbours send. */
export function assert(holds: boolean, invariant: string): asserts holds {
  if (!holds) throw new Error(`invariant violated: ${invariant}`);
}
