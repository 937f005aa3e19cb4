import { unwrapHardReset } from '../wire/notification';
import { CEASE, ERROR, OPEN_ERROR } from '../wire/notification-codes';
import type { NotificationContent } from '../wire/verdict';

/** What a fault is that is not a NOTIFICATION, for programs. */
export type FaultReason = 'refused' | 'unreachable' | 'silence' | 'own-address' | 'signature' | 'ttl';

/** Something that went wrong with a session, or who ended it. Times are milliseconds of the speaker's clock. */
export interface SessionFault {
  readonly kind: FaultKind;
  readonly at: number;
  /** `sent` and `received`: a NOTIFICATION; `local`: the network, or a decision here. */
  readonly direction: 'sent' | 'received' | 'local';
  /** For people. */
  readonly text: string;
  /** Of a local fault, where it is known. */
  readonly reason?: FaultReason;
  /** Of the NOTIFICATION. */
  readonly code?: number;
  readonly subcode?: number;
}

interface Row {
  /** Of two that stand, the one of the higher rank is the cause; of the same rank, the later one. */
  readonly rank: number;
  /** Seconds for which it is taken for the cause of what comes after; 0: of nothing, but while it is the last. */
  readonly lasts: number;
  /** True of the network now, and shown along with an earlier cause. */
  readonly isNews?: true;
}

/**
 * Attempts are minutes apart where a neighbour holds off after an error (BIRD: up to 300 s), and each that gets so far
 * says it again.
 */
const SAID_AGAIN = 900;

/** Which fault is the cause, and which but follows from it: the only place that says so. The gravest first. */
export const FAULTS = {
  /** This node lacks what the session leaves from: no packet of it gets out. Only while it is so. */
  ours: { rank: 4, lasts: 0 },
  /**
   * A NOTIFICATION by which somebody ended the session and that stays true: a shutdown, a limit, a neighbour that has
   * us no more.
   */
  ended: { rank: 3, lasts: Number.POSITIVE_INFINITY },
  /** Any other that says what is wrong: a wrong AS number, a capability, a malformed message, a timer. */
  said: { rank: 3, lasts: SAID_AGAIN },
  /**
   * What came from the neighbour was dropped for its signature, as far as the kernel tells. Only while nothing else
   * comes.
   */
  key: { rank: 2, lasts: 0, isNews: true },
  /** The connection could not be made, and the network said why. */
  network: { rank: 1, lasts: 0, isNews: true },
  /** Nothing answers. */
  silence: { rank: 1, lasts: 0, isNews: true },
  /**
   * A connection ended without a reason, or with one that is over with it or says but that it is not wanted now: what
   * was before is why.
   */
  echo: { rank: 0, lasts: 0 },
} as const satisfies Record<string, Row>;

type FaultKind = keyof typeof FAULTS;

/**
 * Cease (RFC 4486) after which the session is to come back at once, or that comes with whatever was wrong before: the
 * neighbour holds off.
 */
const ECHOES: ReadonlySet<number> = new Set([
  CEASE.administrativeReset,
  CEASE.otherConfigurationChange,
  CEASE.connectionRejected,
  CEASE.connectionCollision,
]);

/** What kind of fault a NOTIFICATION is, out of a Hard Reset (RFC 8538) where it is in one. */
export function faultKindOf(content: NotificationContent): FaultKind {
  const { code, subcode } = unwrapHardReset(content);
  if (code !== ERROR.cease) return 'said';
  return ECHOES.has(subcode) ? 'echo' : 'ended';
}

/** Why a session is down: the cause, and what the network says of it since, where that is something else. */
interface Blame {
  readonly cause: SessionFault;
  readonly since?: SessionFault;
}

/** The cause among faults, at most one of a kind, the last of each; undefined where there is none. */
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

/** What went wrong with a session since it was up, made again or configured otherwise: the last of each kind. */
export class Faults {
  private all: readonly SessionFault[] = [];
  /** What was is over: the next fault is of its own. */
  private isOver = false;
  /** The last NOTIFICATION, whatever came after it. */
  lastNotification: SessionFault | undefined;

  /** The session is up, or tries with something else. */
  settle(): void {
    this.isOver = true;
  }

  /** It is to have other AS numbers now: what was said of those before is not said of these. */
  forgetNumbers(): void {
    this.all = this.all.filter(({ code, subcode }) => code !== ERROR.open || subcode !== OPEN_ERROR.badPeerAs);
  }

  add(fault: SessionFault): void {
    this.all = [...(this.isOver ? [] : this.all.filter(({ kind }) => kind !== fault.kind)), fault];
    this.isOver = false;
    if (fault.code !== undefined) this.lastNotification = fault;
  }

  /** Those that may tell why the session is down; after it came up, those of before. */
  list(): readonly SessionFault[] {
    return this.all;
  }
}
