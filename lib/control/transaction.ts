/**
 * The transaction of one agent as a pure state machine (docs/adr/0001-transaction.md): stage, activate, confirm, finalise, roll
 * back, and the dead man. Every verb is idempotent: said twice it does nothing the second time.
 */

/** A release that was made to run once. The same release activated again is another activation. */
export interface Activation {
  /** Digest of the release. */
  readonly release: string;
  /** A number that only grows within a fabric. */
  readonly activation: number;
}

/** An activation that runs, or that is to be gone back to. */
export interface Running extends Activation {
  /** Local AS numbers (RFC 7705) of sessions with neighbours outside that have not been told of the node's own yet, by session key. */
  readonly localAs?: Readonly<Record<string, number>>;
}

/** A release whose sessions go on for a while, where the active one has them no more or otherwise. */
export interface Retiring extends Activation {
  /**
   * `kept`: all of them. `draining`: finalised; they are being emptied of traffic (RFC 8326) and then closed. `closed`: all but those
   * with nodes that are {@link behind}.
   */
  readonly phase: 'kept' | 'draining' | 'closed';
  /** Nodes that still run what this one left: sessions with them stay until a later finalise. */
  readonly behind: readonly string[];
}

/** A node out of service by command: who asked, and when (ISO 8601, UTC). */
export interface Drain {
  readonly by: string;
  readonly at: string;
}

/** A moment of a monotonic clock. Across a reboot such moments do not compare, so the boot is named. */
export interface Instant {
  readonly boot: string;
  /** Milliseconds since that boot. */
  readonly at: number;
}

export interface TransactionState {
  /** Who deploys to this agent: the first to stage; null until then. */
  readonly owner: string | null;
  /** The highest activation ever activated here. */
  readonly activation: number;
  /** What the agent returns to. */
  readonly confirmed: Running | null;
  /** What runs: `confirmed`, or a later one that awaits its confirmation. */
  readonly active: Running | null;
  /** What is on disk, checked, and not running yet. */
  readonly staged: Activation | null;
  /** The release whose sessions go on until final. */
  readonly retiring: Retiring | null;
  /** When the dead man acts, while `active` is not confirmed. */
  readonly deadline: Instant | null;
  /** The last return to a confirmed release, and why. */
  readonly returned: (Activation & { readonly reason: string }) | null;
  /** Taken out of service by command; a node may be drained by its entry in the release, too. */
  readonly drained: Drain | null;
}

export const NOTHING: TransactionState = {
  owner: null,
  activation: 0,
  confirmed: null,
  active: null,
  staged: null,
  retiring: null,
  deadline: null,
  returned: null,
  drained: null,
};

/** Why a verb was not carried out; nothing changed. */
export class Refusal {
  constructor(
    readonly code:
      | 'wrong-node'
      | 'owner'
      | 'activation'
      | 'not-delivered'
      | 'not-staged'
      | 'not-active'
      | 'returned'
      | 'invalid'
      | 'busy',
    readonly message: string,
  ) {}
}

/** What every verb names: for whom, and which activation of which release. */
export interface Command extends Activation {
  readonly owner: string;
}

const same = (a: Activation | null, b: Activation) =>
  a !== null && a.release === b.release && a.activation === b.activation;
const only = ({ release, activation }: Activation): Activation => ({ release, activation });

function checkOwner(state: TransactionState, command: Command): Refusal | undefined {
  if (state.owner === null || state.owner === command.owner) return undefined;
  return new Refusal(
    'owner',
    `this agent belongs to the fabric deployed by ${state.owner}; ${command.owner} may not change it. Destroy the fabric there first, or deploy from there`,
  );
}

/**
 * Puts a release beside the running one. Compare and swap: an activation that was used here already, or is lower than one used
 * here, comes from a plan that is behind (another pipeline deployed meanwhile) and is refused.
 */
export function stage(state: TransactionState, command: Command): TransactionState | Refusal {
  const refused = checkOwner(state, command);
  if (refused) return refused;
  if (same(state.active, command) || same(state.staged, command)) return { ...state, owner: command.owner };
  if (command.activation <= state.activation)
    return new Refusal(
      'activation',
      `activation ${command.activation} is not new: this agent has seen activation ${state.activation}. Plan again with a refresh`,
    );
  return { ...state, owner: command.owner, staged: only(command) };
}

/** What activating a release brings with it at one node. */
export interface Terms {
  /** Unless it is confirmed before, the agent returns to the last confirmed release. */
  readonly deadline: Instant;
  readonly localAs?: Running['localAs'];
  /** Whether the node's entry says whether it is drained: then no command does any more. */
  readonly saysDrain?: boolean;
}

/** Makes the staged release run, until it is confirmed on trial. */
export function activate(state: TransactionState, command: Command, terms: Terms): TransactionState | Refusal {
  const refused = checkOwner(state, command);
  if (refused) return refused;
  if (same(state.active, command)) return state;
  if (same(state.returned, command)) return hasReturned(state, command);
  if (!same(state.staged, command))
    return new Refusal('not-staged', `activation ${command.activation} is not staged here. Deploy again`);
  const { deadline, localAs, saysDrain } = terms;
  return {
    ...state,
    activation: command.activation,
    active: { ...only(command), ...(localAs && Object.keys(localAs).length > 0 && { localAs }) },
    staged: null,
    retiring: retiringAfter(state, command),
    deadline,
    drained: saysDrain ? null : state.drained,
  };
}

/** What was confirmed goes on beside what is activated; the same release again leaves alone what still goes on beside it. */
function retiringAfter({ confirmed, retiring }: TransactionState, { release }: Activation): Retiring | null {
  if (confirmed === null) return null;
  if (confirmed.release === release) return retiring?.release === release ? null : retiring;
  return { ...only(confirmed), phase: 'kept', behind: [] };
}

/** Keeps the active release for good. */
export function confirm(state: TransactionState, command: Command): TransactionState | Refusal {
  const refused = checkOwner(state, command);
  if (refused) return refused;
  if (same(state.confirmed, command)) return state;
  if (!same(state.active, command)) return notActive(state, command);
  return { ...state, confirmed: state.active, deadline: null, returned: null };
}

/**
 * Lets go of the sessions that only the former release had: they drain, and are closed when {@link emptied} says so. Sessions with nodes
 * that are `behind` (they were absent, and still run the former release) stay.
 */
export function finalise(
  state: TransactionState,
  command: Command,
  behind: readonly string[] = [],
): TransactionState | Refusal {
  const refused = checkOwner(state, command);
  if (refused) return refused;
  if (!same(state.confirmed, command)) return notActive(state, command);
  const { retiring } = state;
  if (retiring === null) return state;
  const isSame = retiring.behind.length === behind.length && retiring.behind.every((node) => behind.includes(node));
  if (retiring.phase !== 'kept' && isSame) return state;
  return { ...state, retiring: { ...retiring, phase: 'draining', behind } };
}

/** The draining sessions carry no traffic any more: they end. */
export function emptied(state: TransactionState): TransactionState {
  const { retiring } = state;
  if (retiring?.phase !== 'draining') return state;
  return { ...state, retiring: retiring.behind.length > 0 ? { ...retiring, phase: 'closed' } : null };
}

/** Takes the node out of service by command, or back into it; who asked first stands. */
export const drain = (state: TransactionState, drained: Drain): TransactionState =>
  state.drained ? state : { ...state, drained };
export const undrain = (state: TransactionState): TransactionState =>
  state.drained ? { ...state, drained: null } : state;

/** Undoes an activation that is not confirmed, and forgets a staged one. A confirmed one stays: it is undone by deploying another. */
export function rollBack(state: TransactionState, command: Command, reason: string): TransactionState | Refusal {
  const refused = checkOwner(state, command);
  if (refused) return refused;
  const staged = same(state.staged, command) ? null : state.staged;
  if (!same(state.active, command) || same(state.confirmed, command)) return { ...state, staged };
  return returnToConfirmed({ ...state, staged }, reason);
}

/** The dead man: what the state is at `now`. */
export function expire(state: TransactionState, now: Instant): TransactionState {
  if (state.deadline === null || !isPast(state.deadline, now)) return state;
  return returnToConfirmed(state, 'no confirmation came in time');
}

/** Everything ends: the agent is as it was before the first deploy. */
export function remove(state: TransactionState, owner: string): TransactionState | Refusal {
  return checkOwner(state, { owner, release: '', activation: 0 }) ?? NOTHING;
}

/** After a reboot nobody knows how long it took: the deadline counts as past. */
function isPast(deadline: Instant, now: Instant): boolean {
  return deadline.boot !== now.boot || now.at >= deadline.at;
}

function returnToConfirmed(state: TransactionState, reason: string): TransactionState {
  const returned = state.active && { ...only(state.active), reason };
  return { ...state, active: state.confirmed, retiring: null, deadline: null, returned };
}

function notActive(state: TransactionState, command: Command): Refusal {
  if (same(state.returned, command)) return hasReturned(state, command);
  return new Refusal('not-active', `activation ${command.activation} does not run here. Deploy again`);
}

function hasReturned(state: TransactionState, command: Command): Refusal {
  return new Refusal(
    'returned',
    `activation ${command.activation} was undone here: ${state.returned?.reason}. Deploy again`,
  );
}
