/*
 * Invariants of the tables, for tests and the fuzzer: they define the global below before anything is loaded. Elsewhere
 * `isChecking` is a constant that the compiler of the engine takes for what it is: write `if (isChecking) assert(…)`,
 * so that not even the arguments cost anything.
 */
declare const PEERFORM_ASSERTIONS: boolean | undefined;

/** Whether invariants are checked. */
export const isChecking: boolean = typeof PEERFORM_ASSERTIONS !== 'undefined' && PEERFORM_ASSERTIONS === true;

/** What must hold at this point whatever neighbours send. */
export function assert(holds: boolean, invariant: string): asserts holds {
  if (!holds) throw new Error(`invariant violated: ${invariant}`);
}
