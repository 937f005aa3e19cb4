import { find, readAttributes } from './attribute';
import { type NetlinkMessage, NLM_FLAG, NLMSG_HEADER_LENGTH } from './header';
import { i32, u32, zeroTerminated } from './octets';

const NLMSGERR_ATTR_MSG = 1;

/** The kernel's response to one request (struct nlmsgerr): 0 for success, or a negative errno. */
interface Acknowledgement {
  readonly sequence: number;
  readonly error: number;
  /** The kernel's error message (NETLINK_EXT_ACK), or empty. */
  readonly detail: string;
}

/** Decodes a NLMSG_ERROR message; undefined if it is not one. */
export function decodeAcknowledgement(bytes: Uint8Array, message: NetlinkMessage): Acknowledgement | undefined {
  const { start, end, flags, sequence } = message;
  if (start + 4 + NLMSG_HEADER_LENGTH > end) return undefined;
  return {
    sequence,
    error: i32(bytes, start),
    detail: (flags & NLM_FLAG.ackAttributes) !== 0 ? detail(bytes, message) : '',
  };
}

function detail(bytes: Uint8Array, { start, end, flags }: NetlinkMessage): string {
  // The request follows the errno: only its header if capped or successful, otherwise all of it.
  const capped = (flags & NLM_FLAG.capped) !== 0 || i32(bytes, start) === 0;
  const from = start + 4 + (capped ? NLMSG_HEADER_LENGTH : (u32(bytes, start + 4) + 3) & ~3);
  const attributes = readAttributes(bytes, from, end);
  const words = attributes && find(attributes, NLMSGERR_ATTR_MSG);
  return words ? zeroTerminated(words.value) : '';
}
