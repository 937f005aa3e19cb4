import { ADDRESS_BITS, type AddressFamily } from '../../model/address';
import type { FilterRule, RouteSettings } from '../../model/filter';
import { martianOf } from '../../model/martian';
import { saysSame } from './row';

/** Longer lists are not normalised, which would take too long: the time is more than quadratic. */
const MOST = 500;

/** Default of a direction with rules. */
const REJECT: FilterRule = { action: 'reject' };

/** What is the same for all routes that a list of rules is applied to. Unset: it may differ. */
export interface RuleContext {
  readonly direction?: 'import' | 'export';
  /** Type of the neighbours. */
  readonly peerType?: 'ebgp' | 'ibgp';
  /** The only family of the sessions. */
  readonly family?: AddressFamily;
}

/**
 * Normal form of a list of rules: equivalent lists have the same form, as far as their equivalence is visible from the
 * rules alone. Rules that never decide or that change nothing are removed, and so are values that equal their default.
 * The rest is in canonical order.
 */
export function normalRules(rules: readonly FilterRule[], context: RuleContext = {}): readonly FilterRule[] {
  if (rules.length === 0 || rules.length > MOST) return rules;
  const reached = withoutShadowed(rules.flatMap((rule) => within(rule, context)).map(plain));
  const needed = withoutNeedless(reached);
  // An empty list would mean the default of the session, which may differ.
  return needed.length > 0 ? inOrder(needed) : [REJECT];
}

/** A rule without conditions that hold for every route of the context; none if no such route can match. */
function within(rule: FilterRule, { direction, peerType, family }: RuleContext): FilterRule[] {
  const { prefix, ge = 0, le = 128 } = rule;
  if (peerType !== undefined && rule.peerType !== undefined && rule.peerType !== peerType) return [];
  if (direction === 'import' && rule.source === 'workload') return []; // what is received is from BGP
  if (family !== undefined && prefix && prefix.family !== family) return [];
  const isAll = family !== undefined && prefix?.length === 0 && ge === 0 && le >= ADDRESS_BITS[family];
  return [
    {
      ...rule,
      ...(peerType !== undefined && { peerType: undefined }),
      ...(direction === 'import' && { source: undefined }),
      ...(isAll && { prefix: undefined, ge: undefined, le: undefined }),
    },
  ];
}

/** Removes values that equal their default. */
function plain({ ge, le, communities, asPathContains, set, ...rule }: FilterRule): FilterRule {
  const { prefix } = rule;
  const settings = set && plainSettings(set);
  return sortedKeys({
    ...rule,
    ...(ge !== undefined && ge !== prefix?.length && { ge }),
    ...(le !== undefined && prefix && le !== ADDRESS_BITS[prefix.family] && { le }),
    ...(communities && { communities: sortedSet(communities) }),
    ...(asPathContains && { asPathContains: sortedSet(asPathContains) }),
    ...(settings && Object.keys(settings).length > 0 && { set: settings }),
  });
}

function plainSettings({ communities, addCommunities, removeCommunities, ...set }: RouteSettings): RouteSettings {
  return sortedKeys({
    ...set,
    ...(communities && { communities: sortedSet(communities) }),
    ...(addCommunities && addCommunities.length > 0 && { addCommunities: sortedSet(addCommunities) }),
    ...(removeCommunities && removeCommunities.length > 0 && { removeCommunities: sortedSet(removeCommunities) }),
  });
}

const sortedKeys = <Of extends object>(one: Of): Of =>
  Object.fromEntries(
    Object.entries(one)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  ) as Of;

const sortedSet = <Of>(all: readonly Of[]): Of[] =>
  [...new Map(all.map((one) => [JSON.stringify(one), one]))].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);

/** Removes rules that never apply, because an earlier one matches all of their routes. */
const withoutShadowed = (rules: readonly FilterRule[]): FilterRule[] =>
  rules.filter((rule, i) => !rules.slice(0, i).some((earlier) => covers(earlier, rule)));

/**
 * Removes rules that change nothing, because a later one, or the default, treats all of their routes in the same way.
 */
function withoutNeedless(rules: readonly FilterRule[]): FilterRule[] {
  const left = [...rules, REJECT];
  for (let i = left.length - 2; i >= 0; i--) {
    const rule = left[i];
    // Martians are accepted only by a rule that names their range, so no other rule can replace it.
    if (rule.action === 'accept' && namesMartian(rule)) continue;
    for (const later of left.slice(i + 1)) {
      if (areApart(rule, later)) continue;
      if (!doSame(rule, later) || (rule.action === 'accept' && namesMartian(later))) break;
      if (!covers(later, rule)) continue;
      left.splice(i, 1);
      break;
    }
  }
  return left.slice(0, -1);
}

/**
 * Canonical order: of the rules that may come next, because they commute with all remaining ones before them, the one
 * whose text sorts first.
 */
function inOrder(rules: readonly FilterRule[]): FilterRule[] {
  const left = rules.map((rule) => ({ rule, text: JSON.stringify(rule) }));
  const ordered: FilterRule[] = [];
  while (left.length > 0) {
    let first = 0;
    for (let i = 1; i < left.length; i++)
      if (left[i].text < left[first].text && left.slice(0, i).every(({ rule }) => commute(rule, left[i].rule)))
        first = i;
    ordered.push(...left.splice(first, 1).map(({ rule }) => rule));
  }
  return ordered;
}

/** Whether the order of two rules does not matter: no route matches both, or both have the same effect. */
const commute = (one: FilterRule, other: FilterRule): boolean =>
  areApart(one, other) ||
  (doSame(one, other) && (one.action === 'reject' || ![one, other].some((rule) => namesMartian(rule))));

const doSame = (one: FilterRule, other: FilterRule): boolean =>
  one.action === other.action && saysSame(one.set, other.set);

const namesMartian = ({ prefix }: FilterRule): boolean => prefix !== undefined && martianOf(prefix) !== undefined;

/** Whether their prefixes alone show that no route matches both. */
function areApart({ prefix: a, ...one }: FilterRule, { prefix: b, ...other }: FilterRule): boolean {
  if (!a || !b) return false;
  if (a.family !== b.family || !(a.contains(b) || b.contains(a))) return true;
  return (one.le ?? 128) < (other.ge ?? b.length) || (other.le ?? 128) < (one.ge ?? a.length);
}

/** Whether the first matches whatever the second matches. */
function covers(one: FilterRule, other: FilterRule): boolean {
  const { prefix: a, ge, le, action: _, set: __, ...asks } = one;
  const { prefix: b } = other;
  if (a) {
    if (!b || a.family !== b.family || !a.contains(b)) return false;
    if ((ge ?? a.length) > (other.ge ?? b.length) || (le ?? 128) < (other.le ?? ADDRESS_BITS[b.family])) return false;
  }
  return Object.entries(asks).every(([name, value]) => saysSame(value, other[name as keyof FilterRule]));
}
