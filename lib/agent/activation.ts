import type { Terms, TransactionState } from '../control/transaction';
import type { Fabric } from '../model/fabric';
import type { Held } from '../node/held';
import { localAsAfter } from '../node/local-as';
import { trialOf } from '../node/trial';
import { now } from './host/clock';
import type { SessionSummary } from './network/session-status';

/** The state in which a release is activated: what the node holds, and its existing obligations. */
interface Before {
  readonly node: string;
  readonly held: Held;
  readonly trial: TransactionState['trial'];
  readonly outside: readonly SessionSummary[];
}

/**
 * The conditions of activating this fabric's release, to be confirmed within this many seconds; undefined if the
 * release is unknown.
 */
export function termsOf(fabric: Fabric | undefined, confirmWithin: number, before: Before): Terms {
  const { boot, at } = now();
  const deadline = { boot, at: at + confirmWithin * 1000 };
  if (!fabric) return { deadline };
  const { node, held, trial, outside } = before;
  const next = { fabric, localAs: localAsAfter(held.active, fabric, node) };
  const departure = { held: held.active, sessions: outside, trial };
  return {
    ...{ deadline, localAs: next.localAs },
    trial: trialOf(departure, next, node, new Date().toISOString()),
    saysDrain: fabric.nodes[node]?.drain !== undefined,
  };
}
