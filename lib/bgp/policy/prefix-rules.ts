/*
 * Hot path: finds the first of many rules that matches a prefix. Rules are numbers in one array; long lists are indexed
 * by address rather than scanned.
 */
import { ADDRESS_BITS } from '../../model/address';
import type { Prefix } from '../../model/prefix';

/** The prefix condition of a rule: within `prefix`, with a length from `ge` to `le` inclusive. */
export interface PrefixRange {
  /** Absent: every prefix of both families. */
  readonly prefix?: Prefix;
  /** Default: the length of `prefix`. */
  readonly ge?: number;
  /** Default: all bits of the family, so that every more specific prefix matches. */
  readonly le?: number;
}

/** The outcome for a route: rejected, or accepted with the settings of this number (0: unchanged). */
export type RuleOutcome = number;
export const REJECTED: RuleOutcome = -1;

/** Words of a compiled rule: family, four words of address, four of mask, minimum and maximum length, outcome. */
const RULE = 12;
const LEAST = 9;
const MOST = 10;
const OUTCOME = 11;
/** Lists up to this length are scanned. */
const SHORT = 24;

/** Ordered rules about prefixes alone; the first match decides. */
export class PrefixRules {
  private readonly rules: Int32Array;
  private readonly index: readonly [RuleIndex, RuleIndex] | undefined;
  /** The outcome if no rule matches: of every route if `usesPrefix` is false. */
  readonly otherwise: RuleOutcome;
  /** Whether the outcome depends on the prefix. */
  readonly usesPrefix: boolean;

  constructor(ranges: readonly (PrefixRange & { readonly outcome: RuleOutcome })[], otherwise: RuleOutcome) {
    // Rules after one that matches every route are never reached, and that one becomes the default.
    const general = ranges.findIndex(({ prefix }) => !prefix);
    this.otherwise = general < 0 ? otherwise : ranges[general].outcome;
    const before = general < 0 ? ranges : ranges.slice(0, general);
    // Trailing rules with the default's outcome are dropped; if none is left, prefixes are irrelevant.
    const relevant = before.slice(0, before.findLastIndex(({ outcome }) => outcome !== this.otherwise) + 1);
    this.rules = Int32Array.from(relevant.flatMap(compile));
    this.usesPrefix = relevant.length > 0;
    this.index = relevant.length > SHORT ? [new RuleIndex(this.rules, 4), new RuleIndex(this.rules, 6)] : undefined;
  }

  /** The outcome for an IPv4 prefix (address as number). */
  outcome4(address: number, length: number): RuleOutcome {
    const rules = this.rules;
    if (this.index) return this.found(this.index[0].first(rules, address, 0, 0, 0, length));
    for (let at = 0; at < rules.length; at += RULE) {
      if (rules[at] !== 4 || length < rules[at + LEAST] || length > rules[at + MOST]) continue;
      if (((address ^ rules[at + 1]) & rules[at + 5]) === 0) return rules[at + OUTCOME];
    }
    return this.otherwise;
  }

  /** The outcome for an IPv6 prefix (address as four words). */
  outcome6(a: number, b: number, c: number, d: number, length: number): RuleOutcome {
    const rules = this.rules;
    if (this.index) return this.found(this.index[1].first(rules, a, b, c, d, length));
    for (let at = 0; at < rules.length; at += RULE)
      if (rules[at] === 6 && matches(rules, at, a, b, c, d, length)) return rules[at + OUTCOME];
    return this.otherwise;
  }

  /** The outcome for a prefix. */
  outcome(prefix: Prefix): RuleOutcome {
    const [a, b, c, d] = wordsOf(prefix.address.bytes);
    return prefix.family === 'ipv4' ? this.outcome4(a, prefix.length) : this.outcome6(a, b, c, d, prefix.length);
  }

  private found(rule: number): RuleOutcome {
    return rule < 0 ? this.otherwise : this.rules[rule + OUTCOME];
  }
}

/** The rules of a family by prefix length and address: one look-up per length. */
class RuleIndex {
  private readonly lengths: { readonly length: number; readonly byHash: ReadonlyMap<number, readonly number[]> }[] = [];

  constructor(rules: Int32Array, family: 4 | 6) {
    const byLength = new Map<number, Map<number, number[]>>();
    for (let at = 0; at < rules.length; at += RULE) {
      if (rules[at] !== family) continue;
      let length = 0;
      for (let word = 0; word < 4; word++) for (let mask = rules[at + 5 + word]; mask !== 0; mask <<= 1) length++;
      const byHash = byLength.get(length) ?? new Map<number, number[]>();
      const hash = hashOf(rules[at + 1], rules[at + 2], rules[at + 3], rules[at + 4]);
      byHash.set(hash, [...(byHash.get(hash) ?? []), at]);
      byLength.set(length, byHash);
    }
    for (const [length, byHash] of byLength) this.lengths.push({ length, byHash });
    this.lengths.sort((x, y) => x.length - y.length);
  }

  /** The position of the first matching rule, -1 if none. */
  first(rules: Int32Array, a: number, b: number, c: number, d: number, length: number): number {
    let first = -1;
    for (const { length: own, byHash } of this.lengths) {
      if (own > length) break;
      const hash = hashOf(a & maskOf(own), b & maskOf(own - 32), c & maskOf(own - 64), d & maskOf(own - 96));
      for (const at of byHash.get(hash) ?? NONE) {
        if (first >= 0 && at > first) break;
        if (matches(rules, at, a, b, c, d, length)) first = at;
      }
    }
    return first;
  }
}

const NONE: readonly number[] = [];

/** Addresses may collide: matches are compared in full. */
const hashOf = (a: number, b: number, c: number, d: number): number =>
  a ^ Math.imul(b, 0x9e3779b1) ^ Math.imul(c, 0x85ebca6b) ^ Math.imul(d, 0xc2b2ae35);

function matches(rules: Int32Array, at: number, a: number, b: number, c: number, d: number, length: number): boolean {
  if (length < rules[at + LEAST] || length > rules[at + MOST]) return false;
  const differs =
    ((a ^ rules[at + 1]) & rules[at + 5]) |
    ((b ^ rules[at + 2]) & rules[at + 6]) |
    ((c ^ rules[at + 3]) & rules[at + 7]) |
    ((d ^ rules[at + 4]) & rules[at + 8]);
  return differs === 0;
}

function compile({ prefix, ge, le, outcome }: PrefixRange & { readonly outcome: RuleOutcome }): number[] {
  const { family, length, address } = prefix!;
  return [
    family === 'ipv6' ? 6 : 4,
    ...wordsOf(address.bytes),
    ...[0, 32, 64, 96].map((from) => maskOf(length - from)),
    Math.max(ge ?? 0, length),
    le ?? ADDRESS_BITS[family],
    outcome,
  ];
}

/** The first `bits` of 32. */
const maskOf = (bits: number): number => (bits <= 0 ? 0 : bits >= 32 ? -1 : -1 << (32 - bits));

function wordsOf(bytes: Uint8Array): [number, number, number, number] {
  const word = (at: number) =>
    at < bytes.length ? (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3] : 0;
  return [word(0), word(4), word(8), word(12)];
}
