import { Selector } from '../selector';
import { type Raw, record } from './raw';

/**
 * Whether a selector, as somebody wrote it, chooses a node (undefined: its labels are not known yet); undefined where
 * it is not a selector.
 */
export function chooser(text: unknown): ((node: Raw) => boolean | undefined) | undefined {
  const selector = typeof text === 'string' ? Selector.parse(text) : undefined;
  if (!(selector instanceof Selector)) return undefined;
  return ({ labels }) => (areKnown(labels) ? selector.matches(textsIn(labels)) : undefined);
}

const areKnown = (labels: unknown): boolean =>
  typeof labels !== 'symbol' && Object.values(record(labels)).every((value) => typeof value !== 'symbol');

/** The labels that are known. */
export const textsIn = (labels: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(record(labels)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
