import { ADDRESS_BITS } from '../../model/address';
import type { FilterRule, Policy } from '../../model/filter';
import type { Prefix } from '../../model/prefix';

export type { FilterRule, Policy } from '../../model/filter';

/** Lets everything through. */
export const ACCEPT_ALL: Policy = { rules: [], otherwise: 'accept' };

/** Lets nothing through: what an outside eBGP neighbour without a policy gets (RFC 8212). */
export const REJECT_ALL: Policy = { rules: [], otherwise: 'reject' };

/** The part of a rule that looks at prefixes: lies within `prefix` with a length from `ge` to `le`, both ends included. */
export interface PrefixRange {
  readonly prefix: Prefix;
  /** Absent: the length of `prefix`. */
  readonly ge?: number;
  /** Absent: all bits of the family, so that every more specific prefix matches. */
  readonly le?: number;
}

type RangeRule = PrefixRange & Pick<FilterRule, 'action'>;

/** Words of a compiled rule: marks, four words of address, four of mask, least and greatest length. */
const RULE = 11;
const IPV6 = 1;
const ACCEPTS = 2;

/**
 * A policy made ready to be asked about millions of prefixes: rules as numbers, the first that matches decides.
 * What a policy says of a route does not change while it lives, so answers may be kept; `usesPrefix` tells whether they hold for one
 * prefix only or for all routes with the same attributes.
 */
export class CompiledPolicy {
  readonly #rules: Int32Array;
  readonly #otherwise: boolean;
  /** Whether any answer depends on the prefix. */
  readonly usesPrefix: boolean;

  private constructor(rules: readonly RangeRule[], otherwise: FilterRule['action']) {
    // Rules at the end that say what is said anyway go; where none is left, prefixes play no part.
    const relevant = rules.slice(0, rules.findLastIndex((rule) => rule.action !== otherwise) + 1);
    this.#rules = Int32Array.from(relevant.flatMap(compile));
    this.#otherwise = otherwise === 'accept';
    this.usesPrefix = relevant.length > 0;
  }

  static of(policy: Policy): CompiledPolicy {
    const ranges: RangeRule[] = [];
    for (const { prefix, ge, le, action } of policy.rules) {
      // Nothing behind a rule that matches every route is reached, and what no other rule matches gets its answer.
      if (!prefix) return new CompiledPolicy(ranges, action);
      ranges.push({ prefix, ge, le, action });
    }
    return new CompiledPolicy(ranges, policy.otherwise);
  }

  /** The answer to a route of which the prefix plays no part; only meaningful where `usesPrefix` is false. */
  get acceptsAll(): boolean {
    return this.#otherwise;
  }

  /** Whether an IPv4 prefix (address as number) passes. */
  accepts4(address: number, length: number): boolean {
    const rules = this.#rules;
    for (let at = 0; at < rules.length; at += RULE) {
      if ((rules[at] & IPV6) !== 0 || length < rules[at + 9] || length > rules[at + 10]) continue;
      if (((address ^ rules[at + 1]) & rules[at + 5]) === 0) return (rules[at] & ACCEPTS) !== 0;
    }
    return this.#otherwise;
  }

  /** Whether an IPv6 prefix (address as four words) passes. */
  accepts6(a: number, b: number, c: number, d: number, length: number): boolean {
    const rules = this.#rules;
    for (let at = 0; at < rules.length; at += RULE) {
      if ((rules[at] & IPV6) === 0 || length < rules[at + 9] || length > rules[at + 10]) continue;
      const differs =
        ((a ^ rules[at + 1]) & rules[at + 5]) |
        ((b ^ rules[at + 2]) & rules[at + 6]) |
        ((c ^ rules[at + 3]) & rules[at + 7]) |
        ((d ^ rules[at + 4]) & rules[at + 8]);
      if (differs === 0) return (rules[at] & ACCEPTS) !== 0;
    }
    return this.#otherwise;
  }

  /** Whether a prefix passes. */
  accepts(prefix: Prefix): boolean {
    const [a, b, c, d] = wordsOf(prefix.address.bytes);
    return prefix.family === 'ipv4' ? this.accepts4(a, prefix.length) : this.accepts6(a, b, c, d, prefix.length);
  }
}

/** Whether two policies say the same in the same words. */
export function samePolicy(a: Policy | undefined, b: Policy | undefined): boolean {
  if (a === b) return true;
  if (!a || !b || a.otherwise !== b.otherwise || a.rules.length !== b.rules.length) return false;
  return a.rules.every((rule, i) => {
    const other = b.rules[i];
    return (
      rule.action === other.action &&
      rule.ge === other.ge &&
      rule.le === other.le &&
      (rule.prefix && other.prefix ? rule.prefix.equals(other.prefix) : rule.prefix === other.prefix)
    );
  });
}

/** Whether any of the ranges holds the prefix. */
export function matchesAny(ranges: readonly PrefixRange[], prefix: Prefix): boolean {
  return CompiledPolicy.of({
    rules: ranges.map((range) => ({ ...range, action: 'accept' })),
    otherwise: 'reject',
  }).accepts(prefix);
}

function compile({ prefix, ge, le, action }: RangeRule): number[] {
  const masks = [0, 32, 64, 96].map((from) => maskOf(prefix.length - from));
  return [
    (prefix.family === 'ipv6' ? IPV6 : 0) | (action === 'accept' ? ACCEPTS : 0),
    ...wordsOf(prefix.address.bytes),
    ...masks,
    Math.max(ge ?? 0, prefix.length),
    le ?? ADDRESS_BITS[prefix.family],
  ];
}

/** The first `bits` of 32. */
const maskOf = (bits: number): number => (bits <= 0 ? 0 : bits >= 32 ? -1 : -1 << (32 - bits));

function wordsOf(bytes: Uint8Array): [number, number, number, number] {
  const word = (at: number) =>
    at < bytes.length ? (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3] : 0;
  return [word(0), word(4), word(8), word(12)];
}
