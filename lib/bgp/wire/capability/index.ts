import { type Multiprotocol, multiprotocol } from './01-multiprotocol';
import { type RouteRefreshCapability, routeRefreshCapability } from './02-route-refresh';
import { type ExtendedNextHop, extendedNextHop } from './05-extended-next-hop';
import { type ExtendedMessage, extendedMessage } from './06-extended-message';
import { type RoleCapability, role } from './09-role';
import { type GracefulRestart, gracefulRestart } from './64-graceful-restart';
import { type FourOctetAs, fourOctetAs } from './65-four-octet-as';
import { type AddPath, addPath } from './69-add-path';
import { type EnhancedRouteRefresh, enhancedRouteRefresh } from './70-enhanced-route-refresh';
import type { CapabilityCodec, RawCapability } from './capability';

export { ROLE } from './09-role';
export type {
  AddPath,
  EnhancedRouteRefresh,
  ExtendedMessage,
  ExtendedNextHop,
  FourOctetAs,
  GracefulRestart,
  Multiprotocol,
  RoleCapability,
  RouteRefreshCapability,
};

/** A capability that this speaker knows; its code says which. */
type KnownCapability =
  | Multiprotocol
  | RouteRefreshCapability
  | ExtendedNextHop
  | ExtendedMessage
  | RoleCapability
  | GracefulRestart
  | FourOctetAs
  | AddPath
  | EnhancedRouteRefresh;

/** A capability: a known one, or a raw one with its octets as `value`. */
export type Capability = KnownCapability | RawCapability;

/** Capability codes, by name. */
export const CAPABILITY = {
  multiprotocol: 1,
  routeRefresh: 2,
  extendedNextHop: 5,
  extendedMessage: 6,
  role: 9,
  gracefulRestart: 64,
  fourOctetAs: 65,
  addPath: 69,
  enhancedRouteRefresh: 70,
} as const;

const CODECS = [
  multiprotocol,
  routeRefreshCapability,
  extendedNextHop,
  extendedMessage,
  role,
  gracefulRestart,
  fourOctetAs,
  addPath,
  enhancedRouteRefresh,
] as readonly unknown[] as readonly CapabilityCodec<KnownCapability>[];

const BY_CODE = new Map<number, CapabilityCodec<KnownCapability>>(CODECS.map((codec) => [codec.code, codec]));

/** Whether this speaker does not know it. */
export const isRaw = (capability: Capability): capability is RawCapability => 'value' in capability;

/**
 * The known capability with this code; if there are several, the last one (RFC 4724 section 3). For those that add up
 * use {@link capabilitiesOf}.
 */
export function capabilityOf<C extends KnownCapability['code']>(
  capabilities: readonly Capability[],
  code: C,
): Extract<KnownCapability, { code: C }> | undefined {
  return capabilitiesOf(capabilities, code).at(-1);
}

/** All known capabilities with this code. */
export function capabilitiesOf<C extends KnownCapability['code']>(
  capabilities: readonly Capability[],
  code: C,
): Extract<KnownCapability, { code: C }>[] {
  return capabilities.filter(
    (capability): capability is Extract<KnownCapability, { code: C }> => capability.code === code && !isRaw(capability),
  );
}

/** Reads the value of a capability; undefined if it is malformed. One with an unknown code stays raw. */
export function decodeCapability(code: number, value: Uint8Array): Capability | undefined {
  const codec = BY_CODE.get(code);
  return codec ? codec.decode(value) : { code, value: value.slice() };
}

/** The octets of a capability's value. */
export function encodeCapability(capability: Capability): Uint8Array {
  return isRaw(capability) ? capability.value : BY_CODE.get(capability.code)!.encode(capability);
}
