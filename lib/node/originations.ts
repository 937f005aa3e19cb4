import type { OriginAttributes } from '../bgp/rib/adj-rib-in/attribute-intern';
import { Community } from '../model/community';
import type { Fabric } from '../model/fabric';
import type { Prefix } from '../model/prefix';
import { sure } from '../model/problem';

/** Configuration of a node's originated routes. */
export interface OriginationRules {
  readonly advertise: Fabric['nodes'][string]['advertise'];
  /** Communities by prefix. */
  readonly communities: readonly { readonly prefix: Prefix; readonly communities: readonly Community[] }[];
}

export const NO_RULES: OriginationRules = { advertise: [], communities: [] };

/** The rules of a node. */
export function originationRules(fabric: Fabric, node: string): OriginationRules {
  const named = (text: string): Community => fabric.communities[text] ?? sure(Community.parse(text));
  return {
    advertise: fabric.nodes[node].advertise,
    communities: fabric.prefixAdvertisements.map(({ prefix, communities }) => ({
      prefix,
      communities: communities.map(named),
    })),
  };
}

/** Attributes that a prefix is originated with, or undefined if it is not originated. `workload`: its kernel route. */
export function originationOf(
  { advertise, communities }: OriginationRules,
  prefix: Prefix,
  workload?: { readonly link?: string },
): OriginAttributes | undefined {
  const own = advertise.find((one) => one.prefix.equals(prefix));
  const isHeldBack = advertise.some((one) => one.moreSpecifics === 'suppress' && one.prefix.contains(prefix));
  if (!own && (!workload || isHeldBack)) return undefined;
  const added = communities.flatMap((one) => (one.prefix.contains(prefix) ? one.communities : []));
  return {
    ...(workload?.link !== undefined && { interface: workload.link }),
    ...attributesWith([...(own?.communities ?? []), ...added]),
  };
}

/** Communities as path attributes, deduplicated. */
function attributesWith(communities: readonly Community[]): OriginAttributes {
  const of = (kind: Community['kind']) => [
    ...new Map(communities.filter((one) => one.kind === kind).map((one) => [String(one), one.octets])).values(),
  ];
  const [standard, extended, large] = [of('standard'), of('extended'), of('large')];
  const word = (octets: Uint8Array, at: number) => new DataView(octets.buffer, octets.byteOffset).getUint32(at);
  return {
    ...(standard.length > 0 && { communities: standard.map((octets) => word(octets, 0)) }),
    ...(extended.length > 0 && { extendedCommunities: extended }),
    ...(large.length > 0 && {
      largeCommunities: large.map((octets) => [word(octets, 0), word(octets, 4), word(octets, 8)] as const),
    }),
  };
}
