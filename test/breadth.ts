/** Whether all is tried that CI tries, or what somebody waits for (scripts/test.mjs): `npm test -- --wide`. */
export const isWide = Boolean(process.env.CI || process.env.PEERFORM_WIDE);

/** How many of the cases that a seed makes are tried: all in CI, the first fifth of them otherwise. */
export const share = (all: number): number => (isWide ? all : Math.ceil(all / 5));

/** Pairs of what is combined: each with each in CI, otherwise only so many that each of both is in one. */
export function pairs<A, B>(first: readonly A[], second: readonly B[]): [A, B][] {
  if (isWide) return first.flatMap((a) => second.map((b): [A, B] => [a, b]));
  return Array.from({ length: Math.max(first.length, second.length) }, (_, i) => [
    first[i % first.length],
    second[i % second.length],
  ]);
}

/** A test or a group of tests that takes long and is tried in CI alone; see left-to-ci.js for whole files. */
export function inCi<T extends jest.It | jest.Describe>(one: T): T {
  const nothing = Object.assign(() => {}, { each: () => () => {} });
  return isWide ? one : (nothing as unknown as T);
}
