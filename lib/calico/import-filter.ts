import { ADDRESS_BITS, type AddressFamily } from '../model/address';
import type { FilterRuleSpec, FilterSpec } from '../model/filter';
import { Prefix } from '../model/prefix';
import { isSet } from './check';
import { isRecord } from './documents';
import { MOST_LOCAL_PREFERENCE, NO_INTERFACE } from './kind/bgp-filter';
import { networkOf } from './network';
import { everyPrefix, outside, type PrefixCondition, within } from './prefix-condition';
import type { CalicoResource, Spec } from './resource';

const LISTS: readonly (readonly [string, 'import' | 'export', AddressFamily])[] = [
  ['importV4', 'import', 'ipv4'],
  ['importV6', 'import', 'ipv6'],
  ['exportV4', 'export', 'ipv4'],
  ['exportV6', 'export', 'ipv6'],
];

/**
 * Converts a valid `BGPFilter`, or says why it cannot be converted: without one of its rules, a filter would mean
 * something else.
 */
export function filterOf({ spec }: CalicoResource): FilterSpec | string {
  const filter: Record<'import' | 'export', FilterRuleSpec[]> = { import: [], export: [] };
  for (const [field, direction, family] of LISTS)
    for (const [i, rule] of (Array.isArray(spec[field]) ? spec[field] : []).entries()) {
      const rules = rulesOf(rule, direction, family);
      if (typeof rules === 'string') return `spec.${field}[${i}]: ${rules}`;
      filter[direction].push(...rules);
    }
  return filter;
}

/** Converts one rule of Calico to rules of the fabric: a negated prefix needs several. */
function rulesOf(rule: Spec, direction: 'import' | 'export', family: AddressFamily): FilterRuleSpec[] | string {
  if (isSet(rule.interface) && direction === 'import') return NO_INTERFACE;
  const prefixes = prefixesOf(rule, family);
  const set = settingsOf(rule);
  if (typeof prefixes === 'string') return prefixes;
  const communities = isRecord(rule.communities) ? { communities: rule.communities.values as string[] } : {};
  const path = Array.isArray(rule.asPathPrefix) && rule.asPathPrefix.length > 0;
  const rest: Omit<FilterRuleSpec, 'prefix'> = {
    ...communities,
    ...(path && { asPathBeginsWith: rule.asPathPrefix as (string | number)[] }),
    ...(isSet(rule.priority) && { localPreference: MOST_LOCAL_PREFERENCE - Number(rule.priority) }),
    ...(isSet(rule.peerType) && { peerType: rule.peerType === 'eBGP' ? ('ebgp' as const) : ('ibgp' as const) }),
    ...(isSet(rule.interface) && { interface: String(rule.interface) }),
    ...(isSet(rule.source) && { source: 'bgp' as const }),
    action: rule.action === 'Accept' ? 'accept' : 'reject',
    ...(Object.keys(set).length > 0 && { set }),
  };
  return prefixes.map((prefix) => ({ ...prefix, ...rest }));
}

function prefixesOf({ cidr, matchOperator, prefixLength }: Spec, family: AddressFamily): PrefixCondition[] | string {
  const network = networkOf(cidr);
  if (!network) return [everyPrefix(family)];
  const prefix = Prefix.of(network.address, network.length);
  const isExact = matchOperator === 'Equal' || matchOperator === 'NotEqual';
  const { min, max } = (isRecord(prefixLength) ? prefixLength : {}) as { min?: number; max?: number };
  // BIRD would compare a prefix with a prefix set, which is never equal. This cannot be intended.
  if (isExact && isRecord(prefixLength))
    return `prefixLength cannot be combined with ${matchOperator}, which makes a Calico rule match nothing: write ${matchOperator === 'Equal' ? 'In' : 'NotIn'}`;
  const [least, most] = isExact ? [prefix.length, prefix.length] : [min ?? prefix.length, max ?? ADDRESS_BITS[family]];
  return (matchOperator === 'In' || matchOperator === 'Equal' ? within : outside)(prefix, least, most);
}

/** Applies the operations in order. */
function settingsOf({ operations }: Spec): NonNullable<FilterRuleSpec['set']> {
  const added: string[] = [];
  let path: (string | number)[] = [];
  let localPreference: number | undefined;
  for (const { addCommunity, prependASPath, setPriority } of (Array.isArray(operations) ? operations : []) as Spec[]) {
    if (isRecord(addCommunity)) added.push(String(addCommunity.value));
    if (isRecord(prependASPath)) path = [...(prependASPath.prefix as (string | number)[]), ...path];
    if (isRecord(setPriority)) localPreference = MOST_LOCAL_PREFERENCE - Number(setPriority.value);
  }
  return {
    ...(added.length > 0 && { addCommunities: added }),
    ...(path.length > 0 && { prependAsNumbers: path }),
    ...(localPreference !== undefined && { localPreference }),
  };
}
