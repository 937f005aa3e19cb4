import { encodeCapability } from '../../bgp/wire/capability';
import type { Open } from '../../bgp/wire/open';
import { type AsPathSegment, type PathAttributes, SEGMENT } from '../../bgp/wire/path-attributes';
import type { AnnouncedNlri, DecodedUpdate, OpaqueRoutes } from '../../bgp/wire/update';
import { IpAddress } from '../../model/address';
import { hexOf } from './hex';

/** An UPDATE as printed by `peerform debug decode`. Fields that the message does not carry are left out. */
export function updateText(update: DecodedUpdate): object {
  const { verdict, discarded, withdrawn, announced, opaque, attributes, endOfRib } = update;
  return {
    verdict: verdict.kind,
    ...(verdict.kind !== 'accept' && { reason: verdict.reason }),
    ...(discarded.length > 0 && { discarded: [...new Set(discarded)].sort((a, b) => a - b) }),
    ...(verdict.kind === 'session-reset' && {
      notification: [verdict.notification.code, verdict.notification.subcode],
    }),
    ...(withdrawn.length > 0 && { withdrawn: withdrawn.map(({ prefix }) => prefix.toString()) }),
    ...(announced.length > 0 && { announced: announced.map(announcedText) }),
    ...(opaque.length > 0 && { opaque: opaque.map(opaqueText) }),
    ...(endOfRib && { endOfRib }),
    attributes: attributesText(attributes),
  };
}

/** An OPEN as printed by `peerform debug decode`. */
export function openText({ version, as, holdTime, routerId, capabilities }: Open): object {
  return {
    ...{ version, as, holdTime, routerId: quad(routerId) },
    capabilities: capabilities.map((capability) => ({
      code: capability.code,
      hex: hexOf(encodeCapability(capability)),
    })),
  };
}

/** AS_PATH as a string: sets in braces, confederation sequences in parentheses, confederation sets in brackets. */
function asPathText(path: readonly AsPathSegment[]): string {
  return path.map(({ type, members }) => SEGMENT_TEXT[type](members)).join(' ');
}

const SEGMENT_TEXT: Record<AsPathSegment['type'], (members: readonly number[]) => string> = {
  [SEGMENT.set]: (members) => `{${members.join(',')}}`,
  [SEGMENT.sequence]: (members) => members.join(' '),
  [SEGMENT.confedSequence]: (members) => `(${members.join(' ')})`,
  [SEGMENT.confedSet]: (members) => `[${members.join(',')}]`,
};

function attributesText(attributes: PathAttributes): object {
  const printed: Record<string, unknown> = {};
  for (const [field, print] of Object.entries(PRINTERS)) {
    const value = attributes[field as keyof PathAttributes];
    if (value !== undefined) printed[field] = (print as (value: unknown) => unknown)(value);
  }
  return printed;
}

type Printers = { [F in keyof Required<PathAttributes>]: (value: Required<PathAttributes>[F]) => unknown };

const PRINTERS: Printers = {
  origin: (value) => ['igp', 'egp', 'incomplete'][value],
  asPath: asPathText,
  nextHop: (value) => address(value),
  nextHopLinkLocal: (value) => address(value),
  med: (value) => value,
  localPref: (value) => value,
  atomicAggregate: (value) => value,
  aggregator: (value) => `${value.as} ${address(value.address)}`,
  communities: (value) => value.map((community) => `${community >>> 16}:${community & 0xffff}`),
  originatorId: (value) => quad(value),
  clusterList: (value) => value.map(quad),
  extendedCommunities: (value) => value.map(extendedCommunityText),
  largeCommunities: (value) => value.map((community) => community.join(':')),
  onlyToCustomer: (value) => value,
  unknown: (value) => value.map(({ type, flags, value: octets }) => ({ type, flags, hex: hexOf(octets) })),
};

/**
 * `rt:64500:1` or `soo:192.0.2.1:1` for route targets and sites of origin (RFC 4360 sections 3 to 5, RFC 5668),
 * otherwise octets.
 */
function extendedCommunityText(octets: Uint8Array): string {
  const name = { 2: 'rt', 3: 'soo' }[octets[1]];
  const [high, low] = [4, 6].map((at) => (octets[at] << 8) | octets[at + 1]);
  const first = (octets[2] << 8) | octets[3];
  if (!name || octets[0] > 2) return hexOf(octets);
  if (octets[0] === 0) return `${name}:${first}:${high * 65536 + low}`;
  return `${name}:${octets[0] === 1 ? address(octets.slice(2, 6)) : first * 65536 + high}:${low}`;
}

const announcedText = ({ prefix, pathId, nextHop, nextHopLinkLocal }: AnnouncedNlri): object => ({
  prefix: prefix.toString(),
  ...(nextHop && { nextHop: address(nextHop) }),
  ...(nextHopLinkLocal && { nextHopLinkLocal: address(nextHopLinkLocal) }),
  ...(pathId !== undefined && { pathId }),
});

const opaqueText = ({ afi, safi, nextHop, reach, unreach }: OpaqueRoutes): object => ({
  ...{ afi, safi },
  ...(nextHop && { nextHop: hexOf(nextHop) }),
  ...(reach && { reach: hexOf(reach) }),
  ...(unreach && { unreach: hexOf(unreach) }),
});

const address = (octets: Uint8Array): string => IpAddress.fromBytes(octets).toString();

const quad = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
