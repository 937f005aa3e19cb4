/** Whether all is tried that CI tries, or what somebody waits for (scripts/test.mjs): `npm test -- --wide`. */
export const isWide = Boolean(process.env.CI || process.env.PEERFORM_WIDE);

/** How many of the cases that a seed makes are tried: all in CI, the first fifth of them otherwise. */
export const share = (all: number): number => (isWide ? all : Math.ceil(all / 5));
