import { find, readAttributes } from './attribute';
import { i32, u32, zeroTerminated } from './octets';

/** Octets of struct fib_rule_hdr. */
const RULE_HEADER = 12;
const FRA = {
  destination: 1,
  source: 2,
  inputInterface: 3,
  goto: 4,
  priority: 6,
  mark: 10,
  tunnelId: 12,
  suppressLength: 14,
  table: 15,
  markMask: 16,
  outputInterface: 17,
  l3mdev: 19,
  users: 20,
  ipProtocol: 22,
  sourcePorts: 23,
  destinationPorts: 24,
  dscp: 25,
  flowLabel: 26,
  dscpMask: 30,
} as const;
const INVERT = 2;
const ACTIONS: Readonly<Record<number, Rule['action']>> = { 1: 'table', 2: 'goto', 3: 'nothing' };

/** A routing rule (struct fib_rule_hdr), as far as it affects packets that this node itself sends. */
export interface Rule {
  readonly family: number;
  /** Rules are evaluated in ascending order. */
  readonly priority: number;
  /** `drop`: blackhole, unreachable or prohibit. */
  readonly action: 'table' | 'goto' | 'nothing' | 'drop';
  readonly table: number;
  /** Priority of the rule at which `goto` continues. */
  readonly goto: number;
  /** Destination prefix that it matches: length in bits, and octets. */
  readonly length: number;
  readonly destination: Uint8Array;
  /**
   * It also matches on what an unsent packet of ours lacks: a source, DSCP, flow label, mark, input interface, non-root
   * user or ports.
   */
  readonly isForOthers: boolean;
  readonly isInverted: boolean;
  /** suppress_prefixlength: routes of this length or shorter are ignored in its table; -1: none are. */
  readonly suppressed: number;
}

/** Decodes a RTM_NEWRULE payload in [start, end); undefined if malformed. */
export function decodeRule(bytes: Uint8Array, start: number, end: number): Rule | undefined {
  if (start + RULE_HEADER > end) return undefined;
  const attributes = readAttributes(bytes, start + RULE_HEADER, end);
  if (!attributes) return undefined;
  const value = (type: number) => find(attributes, type)?.value;
  const number = (type: number) => (value(type)?.length === 4 ? u32(value(type)!, 0) : undefined);
  const mark = number(FRA.mark) ?? 0;
  const users = value(FRA.users);
  const input = value(FRA.inputInterface);
  return {
    family: bytes[start],
    priority: number(FRA.priority) ?? 0,
    action: ACTIONS[bytes[start + 7]] ?? 'drop',
    table: number(FRA.table) ?? bytes[start + 4],
    goto: number(FRA.goto) ?? 0,
    length: bytes[start + 1],
    destination: value(FRA.destination) ?? new Uint8Array(),
    isForOthers:
      bytes[start + 2] !== 0 || // a source
      bytes[start + 3] !== 0 || // a type of service
      ((value(FRA.dscp)?.[0] ?? 0) & (value(FRA.dscpMask)?.[0] ?? 0xff)) !== 0 ||
      (mark & (number(FRA.markMask) ?? 0xffffffff)) !== 0 ||
      (input !== undefined && zeroTerminated(input) !== 'lo') || // packets of this node itself have it as input
      (users !== undefined && users.length === 8 && u32(users, 0) !== 0) ||
      value(FRA.l3mdev)?.[0] === 1 ||
      (value(FRA.ipProtocol)?.[0] ?? 0) !== 0 ||
      [FRA.outputInterface, FRA.tunnelId, FRA.sourcePorts, FRA.destinationPorts, FRA.flowLabel].some((type) =>
        value(type),
      ),
    isInverted: (u32(bytes, start + 8) & INVERT) !== 0,
    suppressed: value(FRA.suppressLength)?.length === 4 ? i32(value(FRA.suppressLength)!, 0) : -1,
  };
}

/** Payload of a dump request for all rules of a family. */
export function ruleDumpRequest(family: number): Uint8Array {
  const bytes = new Uint8Array(RULE_HEADER);
  bytes[0] = family;
  return bytes;
}
