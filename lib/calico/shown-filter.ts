import type { Json } from '../model/canonical';
import { MOST_LOCAL_PREFERENCE } from './kind/bgp-filter';

type Item = Readonly<Record<string, Json>>;

/** Conditions of a rule in Calico's form; undefined if not expressible. */
const CONDITIONS: Readonly<Record<string, (value: Json, rule: Item) => Item | undefined>> = {
  action: (value) => ({ action: value === 'accept' ? 'Accept' : 'Reject' }),
  prefix: (prefix, { ge, le }) => {
    const length = { ...(number(ge) && { min: ge }), ...(number(le) && { max: le }) };
    const isEvery = String(prefix).endsWith('/0') && Object.keys(length).length === 0;
    if (isEvery) return {};
    return { cidr: prefix, matchOperator: 'In', ...(Object.keys(length).length > 0 && { prefixLength: length }) };
  },
  ge: () => ({}),
  le: () => ({}),
  communities: (values) => ((values as readonly Json[]).length === 1 ? { communities: { values } } : undefined),
  asPathBeginsWith: (path) => ({ asPathPrefix: path }),
  peerType: (type) => ({ peerType: type === 'ebgp' ? 'eBGP' : 'iBGP' }),
  localPreference: (value) => priority(value, (number) => ({ priority: number })),
  interface: (name) => ({ interface: name }),
  source: (source) => (source === 'bgp' ? { source: 'RemotePeers' } : undefined),
  set: (set) => operations(set as Item),
};

const number = (value: Json | undefined): boolean => typeof value === 'number';

/** A LOCAL_PREF as a priority; Calico's minimum is 1. */
function priority(value: Json, say: (priority: number) => Item): Item | undefined {
  const found = MOST_LOCAL_PREFERENCE - Number(value);
  return found >= 1 && found < MOST_LOCAL_PREFERENCE ? say(found) : undefined;
}

function operations({ addCommunities, prependAsNumbers, localPreference, ...rest }: Item): Item | undefined {
  if (Object.values(rest).some(says)) return undefined;
  const preference = says(localPreference)
    ? priority(localPreference, (value) => ({ setPriority: { value } }))
    : undefined;
  if (says(localPreference) && !preference) return undefined;
  const all = [
    ...((addCommunities ?? []) as readonly Json[]).map((value) => ({ addCommunity: { value } })),
    ...(says(prependAsNumbers) ? [{ prependASPath: { prefix: prependAsNumbers } }] : []),
    ...(preference ? [preference] : []),
  ];
  return all.length === 0 ? {} : all.length > 10 ? undefined : { operations: all };
}

/** Whether a value is set and not empty. */
const says = (value: Json | undefined): boolean =>
  value !== undefined && value !== null && !(typeof value === 'object' && Object.keys(value).length === 0);

/** Converts a rule to Calico's form; undefined if not expressible. */
function ruleShown(rule: Item): Item | undefined {
  let said: Item = {};
  for (const [name, value] of Object.entries(rule)) {
    if (!says(value)) continue;
    const part = Object.hasOwn(CONDITIONS, name) ? CONDITIONS[name](value, rule) : undefined;
    if (!part) return undefined;
    said = { ...said, ...part };
  }
  return said;
}

/**
 * Converts a filter to Calico's form. From the first inexpressible rule on everything is rejected, because half a
 * filter would accept what it should block; the rules are in an annotation.
 */
export function filterShown(filter: Item): { spec: Item; annotations: Record<string, string> } {
  const spec: Record<string, Json> = {};
  const annotations: Record<string, string> = {};
  for (const direction of ['import', 'export'] as const) {
    const rules = (filter[direction] ?? []) as readonly Item[];
    const unsaid = rules.findIndex((rule) => !ruleShown(rule));
    const said = unsaid < 0 ? rules : [...rules.slice(0, unsaid), { action: 'reject' }];
    for (const family of ['V4', 'V6']) {
      const ofFamily = said.filter((rule) => familiesOf(rule).includes(family));
      if (ofFamily.length > 0) spec[direction + family] = ofFamily.map((rule) => ruleShown(rule)!);
    }
    if (unsaid >= 0) annotations[`peerform/${direction}`] = JSON.stringify(rules.slice(unsaid));
  }
  return { spec, annotations };
}

const familiesOf = ({ prefix }: Item): string[] =>
  says(prefix) ? [String(prefix).includes(':') ? 'V6' : 'V4'] : ['V4', 'V6'];
