import { Selector } from '../selector';
import { isPresent, type Raw, record } from './raw';

/**
 * Parses a selector to a predicate over nodes, which returns undefined if the labels are not known yet. Undefined if
 * the selector is invalid.
 */
export function chooser(text: unknown): ((node: Raw) => boolean | undefined) | undefined {
  const selector = typeof text === 'string' ? Selector.parse(text) : undefined;
  if (!(selector instanceof Selector)) return undefined;
  return ({ labels }) => (areKnown(labels) ? selector.matches(textsIn(labels)) : undefined);
}

const areKnown = (labels: unknown): boolean =>
  typeof labels !== 'symbol' && Object.values(record(labels)).every((value) => typeof value !== 'symbol');

/** The labels whose values are known. */
const textsIn = (labels: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(record(labels)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );

/** Which nodes a peer applies to; undefined if that is not known. */
export function localChooser({ node, nodeSelector }: Raw): ((name: string, node: Raw) => boolean) | undefined {
  if (isPresent(nodeSelector)) {
    const selector = Selector.parse(nodeSelector);
    return selector instanceof Selector ? (_, { labels }) => selector.matches(textsIn(labels)) : undefined;
  }
  if (!isPresent(node)) return () => true;
  return typeof node === 'string' ? (name) => name === node : undefined;
}
