import { find, readAttributes } from './attribute';
import { type NetlinkMessage, NLM_FLAG, NLMSG_HEADER_LENGTH } from './header';
import { i32, u32, zeroTerminated } from './octets';

const NLMSGERR_ATTR_MSG = 1;

/** What the kernel answers to one request (struct nlmsgerr): 0 for done, or a negative errno. */
interface Acknowledgement {
  readonly sequence: number;
  readonly error: number;
  /** What the kernel says of the error in words (NETLINK_EXT_ACK), or empty. */
  readonly detail: string;
}

/** The acknowledgement in a NLMSG_ERROR message; undefined when it is none. */
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
  // The request follows the errno: its header alone where it is capped or where it succeeded, else the whole of it.
  const capped = (flags & NLM_FLAG.capped) !== 0 || i32(bytes, start) === 0;
  const from = start + 4 + (capped ? NLMSG_HEADER_LENGTH : (u32(bytes, start + 4) + 3) & ~3);
  const attributes = readAttributes(bytes, from, end);
  const words = attributes && find(attributes, NLMSGERR_ATTR_MSG);
  return words ? zeroTerminated(words.value) : '';
}
