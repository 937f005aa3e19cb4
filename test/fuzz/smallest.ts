import type { Target } from './target';

/** Inputs committed for one target at most, and octets of one. */
const MOST = 150;
const LONGEST = 400;

/** Out of many inputs a few, the small ones first, that together bring about (nearly) all that the many do. */
export function smallest(target: Target, inputs: readonly Uint8Array[]): Uint8Array[] {
  const known = new Set<number>();
  const chosen: Uint8Array[] = [];
  const sorted = inputs.filter(({ length }) => length <= LONGEST).sort((a, b) => a.length - b.length);
  const gains = (input: Uint8Array): number => {
    const fresh = new Set<number>();
    try {
      target.run(input, (feature) => !known.has(feature) && fresh.add(feature));
    } catch {
      return 0;
    }
    return fresh.size;
  };
  target.renew?.();
  // What brings about much goes first, then what is left, as long as there is room.
  for (const least of [8, 4, 2, 1])
    for (const input of sorted) {
      if (chosen.length >= MOST || chosen.includes(input) || gains(input) < least) continue;
      target.run(input, (feature) => known.add(feature));
      chosen.push(input);
    }
  return chosen;
}
