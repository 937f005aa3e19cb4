import { type Capability, capabilityOf, decodeCapability, encodeCapability } from './capability';
import { MESSAGE, message } from './message';
import { isNotification, notification } from './notification';
import { OPEN_ERROR } from './notification-codes';
import { OctetWriter, read16, read32 } from './octets';
import type { NotificationContent } from './verdict';

/** Two-octet substitute for an AS number that needs four (RFC 6793 section 4). */
export const AS_TRANS = 23456;

/** An OPEN message (RFC 4271 section 4.2). */
export interface Open {
  readonly version: number;
  /** The four-octet number if the capability is present (RFC 6793), otherwise My Autonomous System. */
  readonly as: number;
  /** Seconds; 0 for none. */
  readonly holdTime: number;
  /** BGP Identifier, 32 bits, unsigned. */
  readonly routerId: number;
  readonly capabilities: readonly Capability[];
  /** Number of capabilities in each optional parameter, as received. Default: all in one. */
  readonly parameters?: readonly number[];
}

const CAPABILITIES = 2; // the one optional parameter in use (RFC 5492)
const EXTENDED = 255; // marks extended optional parameters length (RFC 9072)

/**
 * Decodes the body of an OPEN. Errors are returned as the NOTIFICATION to send (RFC 4271 section 6.2, RFC 5492, 9072,
 * 6286, 7607).
 */
export function decodeOpen(body: Uint8Array): Open | NotificationContent {
  if (body.length < 10) return notification(1, 2, lengthOf(body));
  const [version, twoOctetAs, holdTime] = [body[0], read16(body, 1), read16(body, 3)];
  if (version !== 4) return openError(OPEN_ERROR.unsupportedVersion, Uint8Array.of(0, 4));
  const parameters = decodeParameters(body);
  if (isNotification(parameters)) return parameters;
  const { capabilities } = parameters;
  const as = capabilityOf(capabilities, 65)?.as ?? twoOctetAs;
  // RFC 7607 section 2 and RFC 6793 section 4.2.1: neither 0 nor, with four octets, AS_TRANS is a valid AS number of a
  // speaker.
  if (twoOctetAs === 0 || as === 0 || (as === AS_TRANS && capabilityOf(capabilities, 65)))
    return openError(OPEN_ERROR.badPeerAs);
  const routerId = read32(body, 5);
  if (routerId === 0) return openError(OPEN_ERROR.badIdentifier); // RFC 6286 section 2.1
  if (holdTime === 1 || holdTime === 2) return openError(OPEN_ERROR.unacceptableHoldTime);
  return { version, as, holdTime, routerId, ...parameters };
}

/** A complete OPEN message, with extended optional parameters length if they exceed 255 octets (RFC 9072). */
export function encodeOpen({ version, as, holdTime, routerId, capabilities, parameters }: Open): Uint8Array {
  const values = groups(capabilities, parameters ?? [capabilities.length]).map(encodeCapabilities);
  const plain = values.reduce((sum, { length }) => sum + length + 2, 0);
  const out = new OctetWriter().write8(version);
  out
    .write16(as > 0xffff ? AS_TRANS : as)
    .write16(holdTime)
    .write32(routerId);
  const extended = plain > 255;
  if (extended)
    out
      .write8(EXTENDED)
      .write8(EXTENDED)
      .write16(plain + values.length);
  else out.write8(plain);
  for (const value of values) {
    out.write8(CAPABILITIES);
    if (extended) out.write16(value.length);
    else out.write8(value.length);
    out.write(value);
  }
  return message(MESSAGE.open, out.toBytes());
}

function groups(capabilities: readonly Capability[], sizes: readonly number[]): Capability[][] {
  let at = 0;
  const all = sizes.map((size) => {
    at += size;
    return capabilities.slice(at - size, at);
  });
  return capabilities.length === 0 && all.length === 1 ? [] : all;
}

function encodeCapabilities(capabilities: readonly Capability[]): Uint8Array {
  const out = new OctetWriter();
  for (const capability of capabilities) {
    const value = encodeCapability(capability);
    out.write8(capability.code).write8(value.length).write(value);
  }
  return out.toBytes();
}

type Parameters = Pick<Open, 'capabilities' | 'parameters'>;

/** The optional parameters, plain or extended (RFC 9072 section 2). */
function decodeParameters(body: Uint8Array): Parameters | NotificationContent {
  const extended = body[9] !== 0 && body.length > 10 && body[10] === EXTENDED;
  const wide = extended ? 2 : 1;
  let at = extended ? 13 : 10;
  if (extended && body.length < 13) return openError(0);
  const length = extended ? read16(body, 11) : body[9];
  if (at + length !== body.length) return openError(0);
  const capabilities: Capability[] = [];
  const parameters: number[] = [];
  while (at < body.length) {
    const before = capabilities.length;
    if (at + 1 + wide > body.length) return openError(0);
    const type = body[at];
    const start = at + 1 + wide;
    const end = start + (extended ? read16(body, at + 1) : body[at + 1]);
    if (end > body.length) return openError(0);
    if (type !== CAPABILITIES) return openError(OPEN_ERROR.unsupportedParameter, body.slice(at, end));
    const problem = decodeCapabilities(body, start, end, capabilities);
    if (problem) return problem;
    parameters.push(capabilities.length - before);
    at = end;
  }
  return { capabilities, ...(parameters.length !== 1 && capabilities.length > 0 && { parameters }) };
}

function decodeCapabilities(
  body: Uint8Array,
  start: number,
  end: number,
  into: Capability[],
): NotificationContent | undefined {
  for (let at = start; at < end; ) {
    if (at + 2 > end || at + 2 + body[at + 1] > end) return openError(0);
    const next = at + 2 + body[at + 1];
    const capability = decodeCapability(body[at], body.subarray(at + 2, next));
    // RFC 4271 section 6.2: a known but malformed parameter is reported with subcode 0 (Unspecific).
    if (!capability) return openError(0, body.slice(at, next));
    into.push(capability);
    at = next;
  }
  return undefined;
}

const openError = (subcode: number, data?: Uint8Array): NotificationContent => notification(2, subcode, data);

function lengthOf(body: Uint8Array): Uint8Array {
  const length = body.length + 19;
  return Uint8Array.of(length >>> 8, length);
}
