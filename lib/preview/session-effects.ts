import { ADMIN_DOWN } from '../bgp/session/change';
import type { ChangedSessions, Impact } from './impact';

/**
 * Effects on sessions for people, most severe first: of resets, those that are not certain, and those that shut a
 * session down or enable it, apart.
 */
export const SESSION_EFFECTS = [
  ...(['reset', 'mayReset', 'shut', 'removed', 'mayRemove'] as const),
  ...(['enabled', 'added', 'mayAdd', 'retuned'] as const),
] as const;
export type SessionEffect = (typeof SESSION_EFFECTS)[number];

type Changed = Pick<ChangedSessions, 'change' | 'reason' | 'otherwise' | 'number'>;

/** What happens to sessions with this change for this reason. */
export const effectOf = ({ change, reason, otherwise }: Omit<Changed, 'number'>): SessionEffect =>
  otherwise !== undefined
    ? UNCERTAIN[change]
    : change === 'reset' && reason === ADMIN_DOWN.set
      ? 'shut'
      : change === 'reset' && reason === ADMIN_DOWN.removed
        ? 'enabled'
        : change;

/** The same if a node may find that something else happens. */
const UNCERTAIN: Readonly<Record<Changed['change'], SessionEffect>> = {
  ...{ reset: 'mayReset', removed: 'mayRemove', added: 'mayAdd', retuned: 'retuned' },
};

/** How many sessions each effect concerns. */
export function effectCounts(
  counts: Impact['counts'],
  sessions: readonly Changed[],
): Readonly<Record<SessionEffect, number>> {
  const numberOf = (effect: SessionEffect) =>
    sessions.reduce((sum, one) => sum + (effectOf(one) === effect ? one.number : 0), 0);
  const [mayReset, shut, enabled] = [numberOf('mayReset'), numberOf('shut'), numberOf('enabled')];
  const [mayRemove, mayAdd] = [numberOf('mayRemove'), numberOf('mayAdd')];
  return {
    ...{ mayReset, mayRemove, mayAdd, shut, enabled, retuned: counts.retuned },
    reset: counts.reset - mayReset - shut - enabled,
    removed: counts.removed - mayRemove,
    added: counts.added - mayAdd,
  };
}
