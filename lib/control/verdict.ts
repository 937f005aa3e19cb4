import { readSessionKey } from '../topology/session';
import { bfdTrouble, isBfdMissing } from './bfd-status';
import type { Demand, Trial } from './demand';
import type { SessionStatus } from './status';

/**
 * What a gate demands of new sessions with outside neighbours: that they come up, or nothing, so that only those that
 * were up before count.
 */
export type OutsideTerms = 'all' | 'kept';

/** The effect of one session on a wave: it passes, passes with a warning, or fails. */
type Verdict = { readonly kind: 'holds' } | { readonly kind: 'listed' | 'fails'; readonly message: string };

/** Administrative Shutdown, Peer De-configured, Administrative Reset (RFC 4486): maintenance at the neighbour. */
const MAINTENANCE: ReadonlySet<number> = new Set([2, 3, 4]);

/**
 * Whether a demand is met by the session as it is, if it exists; otherwise the row of docs/transactions.md (What the
 * gate asks of outside neighbours) that applies.
 */
export function judge(
  demand: Demand,
  session: SessionStatus | undefined,
  { isFirst, at }: Pick<Trial, 'isFirst' | 'at'>,
  outside: OutsideTerms,
): Verdict {
  const message = `${nameOf(demand)} ${stateOf(demand, session)}`;
  // A neighbour without BFD still counts as one.
  if (isMet(session)) return isUnwatched(session) ? { kind: 'listed', message } : { kind: 'holds' };
  switch (demand.before) {
    case 'up': {
      const isTheirs = !demand.isChanged && isMaintained(session, at);
      return isTheirs
        ? {
            kind: 'listed',
            message: `${message} (closed by the neighbour itself, so it does not count against the release)`,
          }
        : { kind: 'fails', message: `${message}; it was Established before` };
    }
    case 'down':
      return { kind: 'listed', message: `${message}; it was not Established before either` };
    case 'none':
      return isFirst || outside === 'kept'
        ? { kind: 'listed', message }
        : { kind: 'fails', message: `${message}; it is new` };
  }
}

/**
 * Whether a session that does not fail the gate may still come up shortly, or its BFD session: it is new or changed,
 * and nothing here keeps it down.
 */
export function maySettle(demand: Demand, session: SessionStatus | undefined, { at }: Pick<Trial, 'at'>): boolean {
  if (isMet(session)) return Date.parse(session.bfd?.since ?? at) >= Date.parse(at);
  return demand.isChanged && session?.down === undefined;
}

const isMet = (session: SessionStatus | undefined): session is SessionStatus & { readonly state: 'Established' } =>
  session !== undefined && session.state === 'Established' && session.unmet === undefined;

/** Of the sessions of a pattern, on any link, the one that meets the demand best. */
export const bestOfPattern = (
  { origin, remoteAddress }: Demand,
  sessions: readonly SessionStatus[],
): SessionStatus | undefined => {
  const all = sessions.filter(
    (one) => one.pattern !== undefined && one.origin === origin && remoteAddress.endsWith(`%${one.pattern}`),
  );
  return all.find(isMet) ?? all[0];
};

const isUnwatched = ({ bfd }: SessionStatus): boolean => bfd !== undefined && isBfdMissing(bfd);

function isMaintained(session: SessionStatus | undefined, since: string): boolean {
  const ended = session?.ended;
  return ended !== undefined && Date.parse(ended.at) >= Date.parse(since) && MAINTENANCE.has(ended.cease ?? 0);
}

const nameOf = ({ remoteAddress, origin, replaces }: Demand): string => {
  const former = replaces && readSessionKey(replaces).remote;
  const instead = former === undefined || former === remoteAddress ? '' : ` in place of ${former}`;
  return `the session with ${remoteAddress} (${origin})${instead}`;
};

function stateOf({ remoteAddress }: Demand, session: SessionStatus | undefined): string {
  if (!session)
    return `does not exist: ${remoteAddress.includes('%') ? 'its interface is gone or down' : 'the neighbour has not connected'}`;
  if (session.state === 'Established') return `is Established, but ${session.unmet ?? bfdTrouble(session.bfd ?? {})}`;
  const why = session.down ?? session.lastError?.text;
  return `is ${session.state}${why === undefined ? '' : `: ${why}`}`;
}
