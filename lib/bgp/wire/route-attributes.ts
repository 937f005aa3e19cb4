import { as4PathOf, mergeAs4, twoOctet, twoOctetPath } from './as4';
import {
  ATTRIBUTE,
  ATTRIBUTE_FLAG,
  ATTRIBUTES,
  type Attribute,
  type AttributeRow,
  encodeAttribute,
  unknownRow,
} from './attribute';
import type { WireContext } from './context';
import type { Family } from './family';
import { OctetWriter } from './octets';
import type { PathAttributes, UnknownAttribute } from './path-attributes';

const KEPT_APART: ReadonlySet<number> = new Set([
  ...[ATTRIBUTE.mpReach, ATTRIBUTE.mpUnreach, ATTRIBUTE.as4Path, ATTRIBUTE.as4Aggregator],
]);

/**
 * The attributes of a route, from those of a message: with merged AS numbers (RFC 6793), each in its field, the rest in
 * `unknown`.
 */
export function routeAttributes(list: readonly Attribute[], context: WireContext): PathAttributes {
  const fields: Record<string, unknown> = {};
  const unknown: UnknownAttribute[] = [];
  for (const { row, flags, value } of list)
    if (row.field) fields[row.field] = value;
    else if (!KEPT_APART.has(row.type)) unknown.push({ type: row.type, flags, value: value as Uint8Array });
  if (unknown.length > 0) fields.unknown = unknown;
  const route = fields as PathAttributes;
  if (context.as4) return route;
  const as4Path = attributeOf(list, ATTRIBUTES.as4Path);
  const as4Aggregator = attributeOf(list, ATTRIBUTES.as4Aggregator);
  return { ...route, ...mergeAs4({ ...route, ...(as4Path && { as4Path }), ...(as4Aggregator && { as4Aggregator }) }) };
}

/** The value of one attribute in a list. */
export function attributeOf<T>(list: readonly Attribute[], row: AttributeRow<T>): T | undefined {
  return list.find((attribute) => attribute.row.type === row.type)?.value as T | undefined;
}

/**
 * A route's attributes as octets for messages of one family, in ascending order of their types, without MP_REACH_NLRI
 * (which the writer of messages puts first). An IPv4 next hop of `ipv4 unicast` becomes NEXT_HOP. With two-octet AS
 * numbers, AS4_PATH and AS4_AGGREGATOR are added if necessary. Attributes that this speaker does not read are included
 * with the Partial bit if they are transitive, otherwise omitted (RFC 4271 section 5).
 */
export function encodeAttributes(
  route: PathAttributes,
  context: WireContext,
  family: Family = 'ipv4 unicast',
): Uint8Array {
  const list: Attribute[] = [];
  const add = <T>(row: AttributeRow<T>, value: T | undefined): void => {
    if (value !== undefined && !isEmpty(value)) list.push({ row, flags: row.flags, value } as Attribute);
  };
  const two = !context.as4;
  add(ATTRIBUTES.origin, route.origin);
  if (route.asPath) list.push(asPathAttribute(route.asPath, two));
  if (family === 'ipv4 unicast' && route.nextHop?.length === 4) add(ATTRIBUTES.nextHop, route.nextHop);
  add(ATTRIBUTES.med, route.med);
  add(ATTRIBUTES.localPref, route.localPref);
  if (route.atomicAggregate) add(ATTRIBUTES.atomicAggregate, true);
  const by = route.aggregator;
  add(ATTRIBUTES.aggregator, two && by ? { as: twoOctet(by.as), address: by.address } : by);
  add(ATTRIBUTES.communities, route.communities);
  add(ATTRIBUTES.originatorId, route.originatorId);
  add(ATTRIBUTES.clusterList, route.clusterList);
  add(ATTRIBUTES.extendedCommunities, route.extendedCommunities);
  if (two && route.asPath) add(ATTRIBUTES.as4Path, as4PathOf(route.asPath));
  if (two && by && by.as > 0xffff) add(ATTRIBUTES.as4Aggregator, by);
  add(ATTRIBUTES.largeCommunities, route.largeCommunities);
  add(ATTRIBUTES.onlyToCustomer, route.onlyToCustomer);
  for (const { type, flags, value } of route.unknown ?? [])
    if ((flags & ATTRIBUTE_FLAG.transitive) !== 0)
      list.push({ row: unknownRow(type, flags), flags: flags | ATTRIBUTE_FLAG.partial, value } as Attribute);
  const out = new OctetWriter();
  for (const attribute of list.sort((a, b) => a.row.type - b.row.type)) encodeAttribute(attribute, out, context);
  return out.toBytes();
}

/** AS_PATH is mandatory even if it is empty. */
function asPathAttribute(path: NonNullable<PathAttributes['asPath']>, two: boolean): Attribute {
  const row = ATTRIBUTES.asPath;
  return { row, flags: row.flags, value: two ? twoOctetPath(path) : path } as Attribute;
}

// A list attribute without members would be malformed (RFC 7606 section 4).
const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;
