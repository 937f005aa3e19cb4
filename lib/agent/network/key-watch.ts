import { readFileSync } from 'node:fs';
import type { SessionFault } from '../../bgp/session/fault';

/** A session's requirements on packets of its neighbour. */
export interface Protection {
  /** Whether they must be signed; undefined: a connection exists, so both ends have the same key, or none. */
  readonly isSigned: boolean | undefined;
  /** Whether their TTL is checked (RFC 5082). */
  readonly isSecured: boolean;
}

/**
 * The kernel's counters of packets dropped because of their signature (RFC 2385) or TTL, and what they imply for a
 * session that receives nothing. Most certain first.
 */
const COUNTERS = [
  {
    name: 'TCPMD5Failure',
    reason: 'signature',
    concerns: ({ isSigned }: Protection) => isSigned === true,
    text: 'packets signed with another key arrive: the key of this session may differ',
  },
  {
    name: 'TCPMD5NotFound',
    reason: 'signature',
    concerns: ({ isSigned }: Protection) => isSigned === true,
    text: 'unsigned packets arrive: the neighbour may have no key for this node, or nothing listens there',
  },
  {
    name: 'TCPMD5Unexpected',
    reason: 'signature',
    concerns: ({ isSigned }: Protection) => isSigned === false,
    text: 'signed packets arrive: the neighbour may have a key, and this session has none',
  },
  {
    name: 'TCPMinTTLDrop',
    reason: 'ttl',
    concerns: ({ isSecured }: Protection) => isSecured,
    text: 'packets with too low a TTL arrive: the neighbour may not have TTL security, or be more hops away',
  },
] as const;
type Counter = (typeof COUNTERS)[number]['name'];

/** Minimum milliseconds between queries of the kernel. */
const APART = 1_000;
/** Milliseconds after which an increase is out of date: neighbours retry within that time. */
const STALE = 300_000;

/** The possible problem, with a description. */
export type Suspicion = Required<Pick<SessionFault, 'reason' | 'text'>>;

/**
 * Watches the kernel's counters of packets with a wrong signature or TTL. They do not identify the sender: only a
 * session that receives nothing at all may be affected.
 */
export class KeyWatch {
  private counts: Readonly<Partial<Record<Counter, number>>> | undefined;
  private readonly grew = new Map<Counter, number>();
  private looked = Number.NEGATIVE_INFINITY;

  constructor(private readonly read: () => string = () => readFileSync('/proc/self/net/netstat', 'utf8')) {}

  /** Reads the counters, unless just done. `now` in milliseconds of any monotonic clock. */
  look(now: number): void {
    if (now - this.looked < APART) return;
    this.looked = now;
    const counts = countersIn(this.text());
    for (const { name } of COUNTERS)
      if (this.counts && (counts[name] ?? 0) > (this.counts[name] ?? 0)) this.grew.set(name, now);
    this.counts = counts;
  }

  /** The possible problem with the key or the TTL security of a session that has received nothing since that time. */
  suspicion(protection: Protection, silentSince: number, now: number): Suspicion | undefined {
    const found = COUNTERS.find((counter) => {
      const at = this.grew.get(counter.name);
      return counter.concerns(protection) && at !== undefined && at > silentSince && now - at < STALE;
    });
    return found && { reason: found.reason, text: `${found.text} (the kernel counts ${found.name})` };
  }

  private text(): string {
    try {
      return this.read();
    } catch {
      return ''; // no /proc: unknown
    }
  }
}

/** Parses /proc/net/netstat: a line of names and one of numbers for each kind. */
export function countersIn(text: string): Partial<Record<Counter, number>> {
  const [names = [], values = []] = text
    .split('\n')
    .filter((line) => line.startsWith('TcpExt: '))
    .map((line) => line.split(' '));
  return Object.fromEntries(
    COUNTERS.flatMap(({ name }) => {
      const at = names.indexOf(name);
      return at > 0 ? [[name, Number(values[at])]] : [];
    }),
  );
}
