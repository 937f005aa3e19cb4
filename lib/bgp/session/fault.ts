import { unwrapHardReset } from '../wire/notification';
import { CEASE, ERROR, OPEN_ERROR } from '../wire/notification-codes';
import type { NotificationContent } from '../wire/verdict';

/** The kind of a fault that is not a NOTIFICATION, for programs. */
export type FaultReason = 'refused' | 'unreachable' | 'silence' | 'own-address' | 'signature' | 'ttl';

/** An error of a session, or who closed it. Times are milliseconds of the speaker's clock. */
export interface SessionFault {
  readonly kind: FaultKind;
  readonly at: number;
  /** `sent` and `received`: a NOTIFICATION; `local`: the network, or a local decision. */
  readonly direction: 'sent' | 'received' | 'local';
  /** For display. */
  readonly text: string;
  /** Of a local fault, if known. */
  readonly reason?: FaultReason;
  /** Of the NOTIFICATION. */
  readonly code?: number;
  readonly subcode?: number;
}

interface Row {
  /** The fault of higher rank is the cause; among equal ranks, the later one. */
  readonly rank: number;
  /** Seconds for which it is considered the cause of later faults; 0: only while it is the last one. */
  readonly lasts: number;
  /** Describes the network's current state, and is shown along with an earlier cause. */
  readonly isNews?: true;
}

/**
 * Attempts are minutes apart if a neighbour backs off after an error (BIRD: up to 300 s), and each one that gets far
 * enough reports the error again.
 */
const SAID_AGAIN = 900;

/** Decides which fault is the cause and which a mere consequence; most severe first. */
export const FAULTS = {
  /** This node lacks the session's source address or link: no packet can be sent. Only as long as that lasts. */
  ours: { rank: 4, lasts: 0 },
  /**
   * A NOTIFICATION that closed the session and remains valid: a shutdown, a limit, a neighbour that no longer has us
   * configured.
   */
  ended: { rank: 3, lasts: Number.POSITIVE_INFINITY },
  /** Any other specific error: a wrong AS number, a capability, a malformed message, a timer. */
  said: { rank: 3, lasts: SAID_AGAIN },
  /**
   * Segments from the neighbour were dropped because of their signature, as far as the kernel reports. Only until
   * something else is received.
   */
  key: { rank: 2, lasts: 0, isNews: true },
  /** The connection failed, and the network reported why. */
  network: { rank: 1, lasts: 0, isNews: true },
  /** No response. */
  silence: { rank: 1, lasts: 0, isNews: true },
  /**
   * A connection ended without a reason, or with a transient one, or merely because it is unwanted now: the earlier
   * fault explains it.
   */
  echo: { rank: 0, lasts: 0 },
} as const satisfies Record<string, Row>;

type FaultKind = keyof typeof FAULTS;

/**
 * Cease subcodes (RFC 4486) after which the session should come back at once, or that accompany whatever was wrong
 * before: the neighbour backs off.
 */
const ECHOES: ReadonlySet<number> = new Set([
  CEASE.administrativeReset,
  CEASE.otherConfigurationChange,
  CEASE.connectionRejected,
  CEASE.connectionCollision,
]);

/** The kind of a NOTIFICATION, unwrapped from a Hard Reset (RFC 8538). */
export function faultKindOf(content: NotificationContent): FaultKind {
  const { code, subcode } = unwrapHardReset(content);
  if (code !== ERROR.cease) return 'said';
  return ECHOES.has(subcode) ? 'echo' : 'ended';
}

/** Why a session is down: the cause, and what the network has reported since, if that differs. */
interface Blame {
  readonly cause: SessionFault;
  readonly since?: SessionFault;
}

/** The cause among faults, which are the last of each kind; undefined if there is none. */
export function blame(faults: readonly SessionFault[]): Blame | undefined {
  const byTime = [...faults].sort((a, b) => a.at - b.at);
  const last = byTime.at(-1);
  if (!last) return undefined;
  const standing = byTime.filter((fault) => fault === last || last.at - fault.at <= rowOf(fault).lasts * 1000);
  const most = Math.max(...standing.map((fault) => rowOf(fault).rank));
  const cause = standing.findLast((fault) => rowOf(fault).rank === most)!;
  const news = byTime.findLast((fault) => rowOf(fault).isNews && fault.at > cause.at);
  return { cause, ...(news && rowOf(cause).lasts > 0 && { since: news }) };
}

const rowOf = ({ kind }: SessionFault): Row => FAULTS[kind];

/** The faults of a session since it was up, created or reconfigured: the last of each kind. */
export class Faults {
  private all: readonly SessionFault[] = [];
  /** The previous faults are obsolete: the next one starts a new list. */
  private isOver = false;
  /** The last NOTIFICATION, whatever happened since. */
  lastNotification: SessionFault | undefined;

  /** The session is up, or is trying with other parameters. */
  settle(): void {
    this.isOver = true;
  }

  /** It will use other AS numbers: faults about the previous ones no longer apply. */
  forgetNumbers(): void {
    this.all = this.all.filter(({ code, subcode }) => code !== ERROR.open || subcode !== OPEN_ERROR.badPeerAs);
  }

  add(fault: SessionFault): void {
    this.all = [...(this.isOver ? [] : this.all.filter(({ kind }) => kind !== fault.kind)), fault];
    this.isOver = false;
    if (fault.code !== undefined) this.lastNotification = fault;
  }

  /** Those that may explain why the session is down; while it is up, those from before. */
  list(): readonly SessionFault[] {
    return this.all;
  }
}
