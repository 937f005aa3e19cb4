import { matchesAny, type PrefixRange } from '../../bgp/policy/policy';
import { ADDRESS_BITS } from '../../model/address';
import { Prefix } from '../../model/prefix';
import { Problem } from '../../model/problem';
import { type LineError, lineError } from './lines';

/**
 * `peerform debug prefix-match`: whether any of the rules matches the prefix. In:
 * `{"rules":[{"prefix","ge","le"}],"prefix"}`; `ge` defaults to the length of the rule's prefix, `le` to all bits of
 * its family. Out: `{"matches":true}`, or `{"error":{code,message}}`.
 */
export function prefixMatchLine(input: unknown): { matches: boolean } | LineError {
  if (typeof input !== 'object' || input === null) return lineError('shape', 'the line is not a JSON object');
  const { rules, prefix } = input as { rules?: unknown; prefix?: unknown };
  if (!Array.isArray(rules)) return lineError('shape', 'rules must be a list');
  const asked = Prefix.parse(prefix);
  if (asked instanceof Problem) return lineError(asked.code, asked.message);
  const ranges: PrefixRange[] = [];
  for (const [index, rule] of rules.entries()) {
    const range = readRange(rule);
    if (range instanceof Problem) return lineError(range.code, `rules[${index}]: ${range.message}`);
    ranges.push(range);
  }
  return { matches: matchesAny(ranges, asked) };
}

function readRange(rule: unknown): PrefixRange | Problem {
  const { prefix: text, ge, le } = (typeof rule === 'object' && rule !== null ? rule : {}) as Record<string, unknown>;
  const prefix = Prefix.parse(text);
  if (prefix instanceof Problem) return prefix;
  for (const bound of [ge, le])
    if (bound !== undefined && !isLength(bound, ADDRESS_BITS[prefix.family]))
      return Problem.of('range', `${JSON.stringify(bound)} is not a valid prefix length`);
  return { prefix, ...(isLength(ge, 128) && { ge }), ...(isLength(le, 128) && { le }) };
}

const isLength = (value: unknown, most: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most;
