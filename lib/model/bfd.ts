import * as z from 'zod';
import { booleanLeaf, numberLeaf } from './leaf';

const LEAST_INTERVAL = 50;
/** Below this, a process without real-time scheduling may not send in time. */
export const REAL_TIME_BELOW = 300;
/** One minute. Slower detection is left to the hold timer. */
const MOST_INTERVAL = 60_000;

const interval = () =>
  numberLeaf(
    LEAST_INTERVAL,
    MOST_INTERVAL,
    'milliseconds',
    'with less a loaded machine takes its own delay for a failure',
  ).default(300);

/** BFD settings of a session (RFC 5880), wherever they can be set. An empty object means all defaults. */
export const bfdSchema = z
  .strictObject({
    transmitInterval: interval().describe(
      'Interval in milliseconds at which packets are sent, unless the neighbour requires a longer one (`DesiredMinTxInterval`). Below 300 the machine must grant real-time scheduling. Default: 300.',
    ),
    receiveInterval: interval().describe(
      'Shortest interval in milliseconds at which packets are accepted (`RequiredMinRxInterval`): the neighbour sends no faster. Default: 300.',
    ),
    detectMultiplier: numberLeaf(1, 255)
      .default(3)
      .describe(
        'How many packets in a row may be missing before the neighbour considers the node failed (`DetectMult`). Default: 3.',
      ),
    passive: booleanLeaf
      .default(false)
      .describe("Send nothing until the neighbour's first packet has arrived (RFC 5880 section 6.1). Default: false."),
    multihop: booleanLeaf
      .optional()
      .describe(
        'The neighbour may be several hops away (RFC 5883, UDP port 4784) rather than on a link of the node (RFC 5881, port 3784); both ends must agree. Default: several hops between nodes of the fabric, and towards other neighbours as `multihop` and `ttlSecurity` of the session say, or if it is iBGP; a top-of-rack neighbour is on the link.',
      ),
    minimumTtl: numberLeaf(1, 255)
      .optional()
      .describe(
        'Over several hops, packets that arrive with a lower TTL or hop limit are dropped; from a neighbour on the link it is always 255. Default: 256 minus `ttlSecurity` of the session, otherwise 1, as some neighbours (BIRD) send 64.',
      ),
    strict: booleanLeaf
      .default(false)
      .describe(
        'BGP does not come up until BFD is up. A session that is already up stays up. Default: BGP does not wait, so that a neighbour without BFD is still a neighbour.',
      ),
  })
  .describe(
    'BFD: packets several times a second that show whether the neighbour still forwards. When they stop, the session is closed at once (BFD Down, RFC 9384), instead of when the hold timer expires. `{}` means 300 ms, 3 times.',
  );

export type Bfd = z.output<typeof bfdSchema>;
