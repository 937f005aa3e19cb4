/** A capability that this speaker does not know, as received (RFC 5492 section 4). */
export interface RawCapability {
  readonly code: number;
  /** The octets after code and length. */
  readonly value: Uint8Array;
}

/**
 * One row of the table of capabilities: how the value of one code is read and written. `decode` returns undefined if
 * the octets are malformed (by the RFC of the capability).
 */
export interface CapabilityCodec<T extends { readonly code: number }> {
  /** IANA capability code. */
  readonly code: T['code'];
  readonly name: string;
  decode(value: Uint8Array): T | undefined;
  encode(capability: T): Uint8Array;
}
