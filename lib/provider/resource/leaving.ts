import { shortDigest } from '../../control/release';
import type { AgentSummary } from '../../control/status';
import { named } from '../../model/named';
import { type Diagnostic, warning } from '../diagnostic';
import { Fleet } from '../fleet';
import { perRun } from '../per-run';
import { listing } from '../survey';
import { mapValues, type Values } from '../value';
import { endpointsOf } from './attributes';
import { NONE } from './behind';
import { holderAt } from './claims';
import { leftoversOn } from './leftovers';

/**
 * A node that left the fabric and could not be cleaned yet: it was unreachable, or could not write. Kept in the
 * commit's private state.
 */
interface Leaver {
  readonly endpoint: string;
  /** Names by which it may know the fabric. */
  readonly fabrics: readonly string[];
  readonly owners: readonly string[];
  /** Number of refreshes at which it did not respond. */
  readonly missed: number;
}
export type Leavers = Readonly<Record<string, Leaver>>;

/** Private state of the leavers. */
export const keptLeft = (left: Leavers): { readonly left?: Leavers } => (Object.keys(left).length > 0 ? { left } : {});

/** Number of refreshes after which a node that does not respond is given up: every plan waits for its timeout. */
const MOST_MISSED = 30;

/** Whose nodes a commit may clean. */
interface Ours {
  readonly owner: string;
  /** The fabric's name first, then previous names that nodes may use. */
  readonly names: readonly string[];
  /** An owner that is gone: the commit was imported. */
  readonly takes?: string;
}

/**
 * Whether the node still belongs to the fabric that it left: by what it keeps or, if it keeps another fabric, by what
 * it has staged or on trial.
 */
function isOf(node: string, status: AgentSummary, { fabrics, owners }: Leaver): boolean {
  const { staged, active, returnsInMs } = status.transaction;
  return (
    status.node === node &&
    [holderAt(status) ?? active, staged, returnsInMs === null ? null : active].some(
      (step) => step && fabrics.includes(step.fabric) && owners.includes(step.owner),
    )
  );
}

const announcedIn = perRun(() => new Map<string, Leavers>());

/**
 * Records nodes that leave by what a fabric's apply staged in this run: its commit is applied later, and may not know
 * the state before.
 */
export function announce(stop: AbortSignal, fabric: string, leavers: Leavers): void {
  announcedIn(stop).set(fabric, leavers);
}
export const announced = (stop: AbortSignal, fabric: string): Leavers => announcedIn(stop).get(fabric) ?? {};

/** Nodes of a state that are no longer wanted, and those that left earlier. `now`: the wanted agents. */
export function leaversOf(
  before: Readonly<Record<string, string>>,
  earlier: Leavers,
  now: Fleet,
  { owner, names, takes }: Ours,
): Leavers {
  const owners = [owner, ...(takes === undefined ? [] : [takes])];
  const stays = new Set(Object.values(now.endpoints));
  const gone: Leavers = {
    ...earlier,
    ...mapValues(before, (endpoint) => ({ endpoint, fabrics: names, owners, missed: 0 })),
  };
  return named(Object.entries(gone).filter(([node, { endpoint }]) => !now.endpoints[node] && !stays.has(endpoint)));
}

/** Makes nodes forget the fabric that they left. Returns those that may not have, and why. */
export async function clean(
  leaving: Leavers,
  { owner, names, takes }: Ours,
  stop: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const fleet = new Fleet(
    mapValues(leaving, ({ endpoint }) => endpoint),
    stop,
  );
  const { statuses, absent } = await fleet.survey();
  // A node that another fabric has taken since belongs to that one.
  const ours = [...statuses].filter(([node, status]) => isOf(node, status, leaving[node]));
  const leftovers = await leftoversOn(ours, (node) => leaving[node], stop);
  const failed = await fleet.send(
    'remove',
    ours.map(([node]) => node),
    (node) => ({
      ...{ node, owner, fabric: names[0] },
      from: [...leaving[node].fabrics, ...(leftovers.get(node) ?? [])],
      ...(takes !== undefined && { takes }),
    }),
  );
  const maybe = [...failed.unanswered].map(([node, why]) => [node, `it may have been cleaned up: ${why}`] as const);
  return new Map([...absent, ...failed.refused, ...maybe]);
}

/** Cleans nodes that left the fabric. Returns those that could not be cleaned yet. */
export async function free(
  before: Values | null,
  earlier: Leavers,
  now: Fleet,
  ours: Ours,
  stop: AbortSignal,
): Promise<{ readonly leavers: Leavers; readonly diagnostics: readonly Diagnostic[] }> {
  const leaving = leaversOf(endpointsOf(before?.nodes ?? null), earlier, now, ours);
  const left = await clean(leaving, ours, stop);
  if (left.size === 0) return { leavers: {}, diagnostics: [] };
  return {
    leavers: named(Object.entries(leaving).filter(([node]) => left.has(node))),
    diagnostics: [
      warning(
        `Nodes that left the fabric may not have been cleaned up: ${[...left.keys()].join(', ')}`,
        `The fabric continues without them. A node that comes back runs its last release until the next deploy cleans it up.\n${listing(left)}`,
      ),
    ],
  };
}

/**
 * Checks on nodes that left and were not cleaned: which are back and still run the old release, and which are still
 * missing.
 */
export async function lookFor(
  leavers: Leavers,
  stop: AbortSignal,
): Promise<{ readonly leavers: Leavers; readonly behind: Values }> {
  const { statuses, absent } = await new Fleet(
    mapValues(leavers, ({ endpoint }) => endpoint),
    stop,
  ).refresh();
  const back = [...statuses].filter(([node, status]) => isOf(node, status, leavers[node]));
  const away = [...absent.keys()].map(
    (node) => [node, { ...leavers[node], missed: leavers[node].missed + 1 }] as const,
  );
  return {
    leavers: named([
      ...back.map(([node]) => [node, leavers[node]] as const),
      ...away.filter(([, { missed }]) => missed < MOST_MISSED),
    ]),
    behind: Object.fromEntries(
      back.map(
        ([
          node,
          {
            transaction: { active },
          },
        ]) => [node, `${active ? shortDigest(active.release) : NONE} (left the fabric)`],
      ),
    ),
  };
}
