import { readFileSync } from 'node:fs';
import type { SessionFault } from '../../bgp/session/fault';

/** What a session asks of the packets of its neighbour. */
export interface Protection {
  /** Whether they are to be signed; undefined: there is a connection, so both ends have the same key, or none. */
  readonly isSigned: boolean | undefined;
  /** By their TTL (RFC 5082). */
  readonly isSecured: boolean;
}

/**
 * What the kernel counts of packets that it dropped for their signature (RFC 2385) or TTL, and what that says of a
 * session which hears nothing. The surest first.
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

/** Milliseconds apart that the kernel is asked at least. */
const APART = 1_000;
/** Milliseconds after which a growth says nothing of now: neighbours try again within that time. */
const STALE = 300_000;

/** What may be wrong, and in words. */
export type Suspicion = Required<Pick<SessionFault, 'reason' | 'text'>>;

/**
 * Watches the kernel count packets with a wrong signature or TTL. It says not whose they are: only a session that hears
 * nothing at all may be meant.
 */
export class KeyWatch {
  private counts: Readonly<Partial<Record<Counter, number>>> | undefined;
  private readonly grew = new Map<Counter, number>();
  private looked = Number.NEGATIVE_INFINITY;

  constructor(private readonly read: () => string = () => readFileSync('/proc/self/net/netstat', 'utf8')) {}

  /** Reads the counters, unless it has just done so. `now` in milliseconds of any clock that only moves forward. */
  look(now: number): void {
    if (now - this.looked < APART) return;
    this.looked = now;
    const counts = countersIn(this.text());
    for (const { name } of COUNTERS)
      if (this.counts && (counts[name] ?? 0) > (this.counts[name] ?? 0)) this.grew.set(name, now);
    this.counts = counts;
  }

  /** What may be wrong with the key or the TTL security of a session that has heard nothing since that time. */
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
      return ''; // no /proc: nothing is known
    }
  }
}

/** The counters in the text of /proc/net/netstat: a line of names and one of numbers for each kind. */
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
