import { type AsPathSegment, type PathAttributes, SEGMENT } from '../../../lib/bgp/wire/path-attributes';
import { IpAddress } from '../../../lib/model/address';
import type { Community } from '../../../lib/model/community';
import type { FilterRule, Policy, RouteSettings } from '../../../lib/model/filter';
import { martianOf } from '../../../lib/model/martian';
import type { Prefix } from '../../../lib/model/prefix';

/** A route as plain values, for the naive reading of a policy. */
export interface PlainRoute {
  readonly prefix: Prefix;
  readonly attributes: PathAttributes;
  readonly peerType: 'ebgp' | 'ibgp';
  readonly isWorkload: boolean;
  readonly interface?: string;
}

/** What a policy says, as one would read it aloud: undefined where it rejects, else what is to be set. */
export function decided(policy: Policy, route: PlainRoute): RouteSettings | undefined {
  const rule = policy.rules.find((each) => matches(each, route));
  if (!rule) return policy.otherwise === 'accept' ? {} : undefined;
  return rule.action === 'accept' ? (rule.set ?? {}) : undefined;
}

/** The same of a prefix to which no route may lead: what accepts it must name a prefix that may be let in at all. */
export function decidedOfMartian(policy: Policy, route: PlainRoute): RouteSettings | undefined {
  const rule = policy.rules.find((each) => matches(each, route));
  const names = rule?.prefix && martianOf(rule.prefix)?.isAdmissible === true;
  return rule?.action === 'accept' && names ? (rule.set ?? {}) : undefined;
}

function matches(rule: FilterRule, { prefix, attributes, peerType, isWorkload, interface: name }: PlainRoute): boolean {
  const path = (attributes.asPath ?? []).filter(({ type }) => type === SEGMENT.sequence || type === SEGMENT.set);
  const places = path.flatMap(({ type, members }) => (type === SEGMENT.set ? [members] : members.map((as) => [as])));
  const all = (attributes.asPath ?? []).flatMap(({ members }) => members);
  const hop = attributes.nextHop && !isWorkload ? IpAddress.fromBytes(attributes.nextHop) : undefined;
  const { ge = rule.prefix?.length ?? 0, le = 128 } = rule;
  if (rule.prefix && !(rule.prefix.contains(prefix) && prefix.length >= ge && prefix.length <= le)) return false;
  if (rule.communities && !rule.communities.every((community) => hasCommunity(attributes, community))) return false;
  if (rule.asPathBeginsWith && !rule.asPathBeginsWith.every(({ value }, i) => places[i]?.includes(value))) return false;
  if (rule.asPathContains && !rule.asPathContains.every(({ value }) => all.includes(value))) return false;
  if (
    rule.asPathMatches &&
    !new RegExp(rule.asPathMatches.text.replaceAll('_', '(^|$|[ ,{}()])')).test(pathText(attributes))
  )
    return false;
  if (rule.localPreference !== undefined && rule.localPreference !== (attributes.localPref ?? 100)) return false;
  if (rule.peerType && rule.peerType !== peerType) return false;
  if (rule.nextHop && !(hop && rule.nextHop.address.family === hop.family && within(hop, rule.nextHop))) return false;
  if (rule.interface && !(name && new RegExp(`^${rule.interface.replaceAll('*', '.*')}$`).test(name))) return false;
  return rule.source === undefined || (rule.source === 'workload') === isWorkload;
}

const bits = (bytes: Uint8Array) => Array.from(bytes, (octet) => octet.toString(2).padStart(8, '0')).join('');
const within = (hop: IpAddress, prefix: Prefix) =>
  bits(hop.bytes).slice(0, prefix.length) === bits(prefix.address.bytes).slice(0, prefix.length);

const pathText = ({ asPath = [] }: PathAttributes) =>
  asPath.map(({ type, members }) => (type === SEGMENT.set ? `{${members.join(',')}}` : members.join(' '))).join(' ');

const hex = (octets: Iterable<number>) => Buffer.from([...octets]).toString('hex');
const words = (numbers: readonly number[]) =>
  hex(numbers.flatMap((number) => [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255]));

/** The communities of a route by kind, each as text of its octets. */
function communitiesOf({ communities = [], extendedCommunities = [], largeCommunities = [] }: PathAttributes) {
  return {
    standard: communities.map((community) => words([community])),
    extended: extendedCommunities.map(hex),
    large: largeCommunities.map(words),
  };
}

const hasCommunity = (attributes: PathAttributes, { kind, octets }: Community) =>
  communitiesOf(attributes)[kind].includes(hex(octets));

/**
 * Attributes as a rule changes them. `prependedAs`: own AS number on export, the neighbour's on import; undefined: it
 * is not put in front.
 */
export function changed(
  attributes: PathAttributes,
  settings: RouteSettings,
  prependedAs: number | undefined,
  family: 'ipv4' | 'ipv6',
): PathAttributes {
  const { prepend = 0, prependAsNumbers = [], localPreference, med, nextHop } = settings;
  const before = communitiesOf(attributes);
  const list = (kind: Community['kind']) => {
    const of = (communities: readonly Community[] = []) =>
      communities.filter((community) => community.kind === kind).map(({ octets }) => hex(octets));
    const kept = settings.communities
      ? []
      : before[kind].filter((one) => !of(settings.removeCommunities).includes(one));
    for (const one of of(settings.communities ?? settings.addCommunities)) if (!kept.includes(one)) kept.push(one);
    return kept.map((text) => Uint8Array.from(Buffer.from(text, 'hex')));
  };
  const word = (bytes: Uint8Array, at: number) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
  const front = [
    ...(prependedAs === undefined ? [] : new Array<number>(prepend).fill(prependedAs)),
    ...prependAsNumbers.map(({ value }) => value),
  ];
  const result: Record<string, unknown> = {
    ...attributes,
    communities: list('standard').map((bytes) => word(bytes, 0)),
    extendedCommunities: list('extended'),
    largeCommunities: list('large').map((bytes) => [word(bytes, 0), word(bytes, 4), word(bytes, 8)]),
    asPath: inFront(attributes.asPath ?? [], front),
    ...(med !== undefined && { med }),
    ...(localPreference !== undefined && { localPref: localPreference }),
    ...(nextHop instanceof IpAddress && nextHop.family === family && { nextHop: nextHop.bytes }),
  };
  for (const name of ['communities', 'extendedCommunities', 'largeCommunities'])
    if ((result[name] as unknown[]).length === 0) delete result[name];
  return result;
}

function inFront(path: readonly AsPathSegment[], front: readonly number[]): readonly AsPathSegment[] {
  if (front.length === 0) return path;
  const [first, ...rest] = path;
  return first?.type === SEGMENT.sequence && first.members.length + front.length <= 255
    ? [{ type: SEGMENT.sequence, members: [...front, ...first.members] }, ...rest]
    : [{ type: SEGMENT.sequence, members: [...front] }, ...path];
}
