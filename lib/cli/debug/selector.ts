import { Problem } from '../../model/problem';
import { Selector } from '../../model/selector';
import { type LineError, lineError } from './lines';

/**
 * `peerform debug selector`: whether a selector matches labels. In: `{"selector":"rack == 'a'","labels":{"rack":"a"}}`;
 * `labels` is optional. Out: `{"matches":true,"canonical":"rack == \"a\""}`, or `{"error":{code,message}}`.
 */
export function selectorLine(input: unknown): { matches: boolean; canonical: string } | LineError {
  if (typeof input !== 'object' || input === null) return lineError('shape', 'the line is not a JSON object');
  const { selector: text, labels = {} } = input as { selector?: unknown; labels?: unknown };
  if (!areLabels(labels)) return lineError('shape', 'labels must be an object of strings');
  const selector = Selector.parse(text);
  if (selector instanceof Problem) return lineError(selector.code, selector.message);
  return { matches: selector.matches(labels), canonical: selector.toString() };
}

const areLabels = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((label) => typeof label === 'string');
