/** Octets of a control packet without authentication (RFC 5880 section 4.1). */
export const PACKET_LENGTH = 24;

/** Session states, by their number on the wire. */
export const STATES = ['AdminDown', 'Down', 'Init', 'Up'] as const;
export type State = (typeof STATES)[number];

/** Diagnostic codes (RFC 5880 section 4.1): why the session last left Up. */
export const DIAGNOSTIC = {
  none: 0,
  detectionTimeExpired: 1,
  neighborSignaledDown: 3,
  administrativelyDown: 7,
} as const;

/** Names of the codes of RFC 5880 section 4.1. */
const DIAGNOSTIC_TEXTS = [
  'no diagnostic',
  'control detection time expired',
  'echo function failed',
  'the neighbour signalled that the session is down',
  'forwarding plane reset',
  'path down',
  'concatenated path down',
  'administratively down',
  'reverse concatenated path down',
];

/** A diagnostic code as text. */
export const diagnosticText = (diagnostic: number): string =>
  DIAGNOSTIC_TEXTS[diagnostic] ?? `diagnostic ${diagnostic}`;

/** A BFD control packet (RFC 5880 section 4.1). Intervals are in microseconds, as on the wire. */
export interface ControlPacket {
  readonly diagnostic: number;
  readonly state: State;
  readonly poll: boolean;
  readonly final: boolean;
  /** C: the sender's BFD survives a restart of its control plane. */
  readonly controlPlaneIndependent: boolean;
  readonly demand: boolean;
  readonly detectMultiplier: number;
  readonly myDiscriminator: number;
  /** 0 if the sender does not know it yet. */
  readonly yourDiscriminator: number;
  readonly desiredMinTx: number;
  readonly requiredMinRx: number;
  readonly requiredMinEchoRx: number;
}

/** Whether two packets have the same octets. */
export const isSamePacket = (one: ControlPacket, other: ControlPacket): boolean =>
  one.state === other.state &&
  one.diagnostic === other.diagnostic &&
  one.poll === other.poll &&
  one.final === other.final &&
  one.controlPlaneIndependent === other.controlPlaneIndependent &&
  one.demand === other.demand &&
  one.detectMultiplier === other.detectMultiplier &&
  one.myDiscriminator === other.myDiscriminator &&
  one.yourDiscriminator === other.yourDiscriminator &&
  one.desiredMinTx === other.desiredMinTx &&
  one.requiredMinRx === other.requiredMinRx &&
  one.requiredMinEchoRx === other.requiredMinEchoRx;

const VERSION = 1;
const FLAG = {
  poll: 0x20,
  final: 0x10,
  controlPlaneIndependent: 0x08,
  authentication: 0x04,
  demand: 0x02,
  multipoint: 0x01,
};

/**
 * Why a packet is discarded, by the rules of RFC 5880 section 6.8.6 that need no session, in order. Authentication is
 * not supported.
 */
type Discard =
  | 'version'
  | 'too-short'
  | 'length'
  | 'detect-multiplier'
  | 'multipoint'
  | 'my-discriminator'
  | 'your-discriminator'
  | 'authentication';

/**
 * Decodes the payload of a UDP datagram, or returns why it must be discarded. Octets beyond the packet's length field
 * are ignored.
 */
export function decodePacket(octets: Uint8Array): ControlPacket | Discard {
  if (octets.length < 4) return 'too-short';
  if (octets[0] >>> 5 !== VERSION) return 'version';
  const flags = octets[1];
  const has = (bit: number) => (flags & bit) !== 0;
  const length = octets[3];
  if (length < PACKET_LENGTH + (has(FLAG.authentication) ? 2 : 0)) return 'too-short';
  if (length > octets.length) return 'length';
  const detectMultiplier = octets[2];
  const view = new DataView(octets.buffer, octets.byteOffset, PACKET_LENGTH);
  const [myDiscriminator, yourDiscriminator] = [view.getUint32(4), view.getUint32(8)];
  const state = STATES[flags >>> 6];
  if (detectMultiplier === 0) return 'detect-multiplier';
  if (has(FLAG.multipoint)) return 'multipoint';
  if (myDiscriminator === 0) return 'my-discriminator';
  if (yourDiscriminator === 0 && state !== 'Down' && state !== 'AdminDown') return 'your-discriminator';
  if (has(FLAG.authentication)) return 'authentication';
  return {
    diagnostic: octets[0] & 0x1f,
    state,
    poll: has(FLAG.poll),
    final: has(FLAG.final),
    controlPlaneIndependent: has(FLAG.controlPlaneIndependent),
    demand: has(FLAG.demand),
    detectMultiplier,
    myDiscriminator,
    yourDiscriminator,
    desiredMinTx: view.getUint32(12),
    requiredMinRx: view.getUint32(16),
    requiredMinEchoRx: view.getUint32(20),
  };
}

/** Encodes a control packet. */
export function encodePacket(packet: ControlPacket): Uint8Array {
  const octets = new Uint8Array(PACKET_LENGTH);
  const view = new DataView(octets.buffer);
  const bit = (name: 'poll' | 'final' | 'controlPlaneIndependent' | 'demand') => (packet[name] ? FLAG[name] : 0);
  octets[0] = (VERSION << 5) | packet.diagnostic;
  octets[1] =
    (STATES.indexOf(packet.state) << 6) | bit('poll') | bit('final') | bit('controlPlaneIndependent') | bit('demand');
  octets[2] = packet.detectMultiplier;
  octets[3] = PACKET_LENGTH;
  view.setUint32(4, packet.myDiscriminator);
  view.setUint32(8, packet.yourDiscriminator);
  view.setUint32(12, packet.desiredMinTx);
  view.setUint32(16, packet.requiredMinRx);
  view.setUint32(20, packet.requiredMinEchoRx);
  return octets;
}
