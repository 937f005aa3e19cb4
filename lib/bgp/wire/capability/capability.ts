/** A capability with no meaning to this speaker, or one as it came (RFC 5492 section 4). */
export interface RawCapability {
  readonly code: number;
  /** The octets behind code and length. */
  readonly value: Uint8Array;
}

/**
 * One row of the table of capabilities: how the value of one code is read and written. `decode` returns undefined where
 * the octets are malformed (RFC 5492 section 6 through each capability's own RFC).
 */
export interface CapabilityCodec<T extends { readonly code: number }> {
  /** IANA capability code. */
  readonly code: T['code'];
  readonly name: string;
  decode(value: Uint8Array): T | undefined;
  encode(capability: T): Uint8Array;
}
