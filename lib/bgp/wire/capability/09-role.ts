import type { CapabilityCodec } from './capability';

/** BGP Role (RFC 9234 section 4.1). */
export interface RoleCapability {
  readonly code: 9;
  /** See {@link ROLE}; others are reserved. */
  readonly role: number;
}

/** Role of the sender towards the receiver. */
export const ROLE = { provider: 0, routeServer: 1, routeServerClient: 2, customer: 3, peer: 4 } as const;

export const role: CapabilityCodec<RoleCapability> = {
  code: 9,
  name: 'role',
  decode: (value) => (value.length === 1 ? { code: 9, role: value[0] } : undefined),
  encode: (capability) => Uint8Array.of(capability.role),
};
