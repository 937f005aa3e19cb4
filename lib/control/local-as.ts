import { named } from '../model/named';
import type { AgentSummary } from './status';
import type { Running } from './transaction';

/**
 * The AS numbers that nodes keep using towards outside neighbours (RFC 7705), by node and session key; nodes without
 * any are left out.
 */
export const keptLocalAs = (
  summaries: ReadonlyMap<string, Pick<AgentSummary, 'transaction'>>,
): Record<string, NonNullable<Running['localAs']>> =>
  named(
    [...summaries].flatMap(([node, { transaction }]) => {
      const kept = transaction.active?.localAs;
      return kept ? [[node, kept] as const] : [];
    }),
  );
