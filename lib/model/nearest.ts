/** Maximum edit distance at which a word counts as a typo of another. */
const tolerance = (word: string): number => (word.length < 4 ? 1 : word.length < 8 ? 2 : 3);

/** The word of a vocabulary that was probably meant, if any is close. Case and underscores are ignored. */
export function nearest(word: string, vocabulary: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = tolerance(word) + 1;
  for (const known of vocabulary) {
    const far = distance(plain(word), plain(known));
    if (far < least) [best, least] = [known, far];
  }
  return best;
}

/** A hint for an unknown word: ` (did you mean …?)`, or an empty string. */
export function meant(word: string, vocabulary: Iterable<string>): string {
  const near = nearest(word, vocabulary);
  return near === undefined ? '' : ` (did you mean ${near}?)`;
}

/** The same for user-chosen names. Names that differ in a number (n1, n12) are never suggested for each other. */
export const meantName = (name: string, names: Iterable<string>): string =>
  meant(
    name,
    [...names].filter((other) => numbersIn(other) === numbersIn(name)),
  );

const numbersIn = (name: string): string => name.replace(/\D+/g, ' ');

const plain = (word: string): string => word.toLowerCase().replaceAll('_', '');

/**
 * Damerau–Levenshtein distance (optimal string alignment): insertions, deletions, substitutions and swaps of
 * neighbouring letters, each place edited at most once.
 */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        last[j] + 1,
        row[j - 1] + 1,
        last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1),
        isSwapped ? before[j - 2] + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, last] = [last, row];
  }
  return last[b.length];
}
