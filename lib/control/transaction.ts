/**
 * The transaction of one agent as a pure state machine (docs/adr/0001-transaction.md): stage, activate, confirm,
 * finalise, roll back, and the confirm timer. Every verb is idempotent: said twice it does nothing the second time.
 */
import type { Trial } from './demand';

/** A release that was made to run once. The same release activated again is another activation. */
export interface Activation {
  /** Digest of the release. */
  readonly release: string;
  /** A number that only grows within a fabric. */
  readonly activation: number;
}

/** An activation, and whose it is. */
export interface Claim extends Activation {
  /** Name of the fabric that it is of. */
  readonly fabric: string;
  /** Who deployed it. */
  readonly owner: string;
}

/** An activation that runs, or that is to be gone back to. */
export interface Running extends Claim {
  /**
   * Local AS numbers (RFC 7705) of sessions with outside neighbours that have not seen the node's own number yet, by
   * session key.
   */
  readonly localAs?: Readonly<Record<string, number>>;
}

/** AS numbers of both ends of sessions, by session key. */
export type UpBy = Readonly<Record<string, { readonly localAs: number; readonly remoteAs: number }>>;

/** A release whose sessions go on for a while, where the active one has them no more or otherwise. */
export interface Retiring extends Activation {
  /**
   * `kept`: all of them. `draining`: finalised; they are being emptied of traffic (RFC 8326) and then closed. `closed`:
   * all but those with nodes that are {@link behind}.
   */
  readonly phase: 'kept' | 'draining' | 'closed';
  /** Nodes that still run what this one left: sessions with them stay until a later finalise. */
  readonly behind: readonly string[];
}

/** A node out of service by command: who asked, and when (ISO 8601, UTC). */
interface Drain {
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
  /** The highest activation ever seen here: a new one is above it. */
  readonly activation: number;
  /** What the agent returns to. Whose this is, theirs is the agent: what was never confirmed binds nobody. */
  readonly confirmed: Running | null;
  /**
   * The fabric of `confirmed` has let the node go while another was taking it: it runs on until then, and binds nobody.
   */
  readonly freed: boolean;
  /** What runs: `confirmed`, or a later one that awaits its confirmation. */
  readonly active: Running | null;
  /** What is on disk, checked, and not running yet. */
  readonly staged: Claim | null;
  /** The release whose sessions go on until final. */
  readonly retiring: Retiring | null;
  /** When the confirm timer expires, while `active` is not confirmed. */
  readonly deadline: Instant | null;
  /** What the gate holds `active` to, while it is not confirmed. */
  readonly trial?: Trial;
  /**
   * AS numbers by which sessions with outside neighbours are up though no release here has them any more, by session
   * key: one that was staged and is not now had. What is up continues until a release is confirmed; absent: there are
   * none.
   */
  readonly upBy?: UpBy;
  /** The last return to a confirmed release, and why. */
  readonly returned: (Activation & { readonly reason: string }) | null;
  /** Taken out of service by command; a node may be drained by its entry in the release, too. */
  readonly drained: Drain | null;
}

export const INITIAL_STATE: TransactionState = {
  activation: 0,
  confirmed: null,
  freed: false,
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
      | 'fabric'
      | 'protocol'
      | 'disk'
      | 'activation'
      | 'not-delivered'
      | 'not-staged'
      | 'not-active'
      | 'returned'
      | 'invalid'
      | 'secret'
      | 'busy',
    readonly message: string,
  ) {}
}

/** What every verb names: for whom, of which fabric, and which activation of which release. */
export interface Command extends Claim {}

/** What staging may say beyond that. */
interface Consent {
  /** Other fabrics that the node may be taken from: former names of this one, and those that let it go. */
  readonly from?: readonly string[];
  /** An owner that is gone, by the word of who imported the fabric: what it confirmed may be taken over. */
  readonly takes?: string;
}

/** Who the agent belongs to; undefined: nobody. */
export const holderOf = (state: Pick<TransactionState, 'confirmed' | 'freed'>): Running | undefined =>
  state.confirmed && !state.freed ? state.confirmed : undefined;

/** Who deployed what is here, for people: what is confirmed, else what is on trial, else what is staged. */
export const ownerOf = ({
  confirmed,
  active,
  staged,
}: Pick<TransactionState, 'confirmed' | 'active' | 'staged'>): string | null =>
  (confirmed ?? active ?? staged)?.owner ?? null;

/** Whether two are the same activation of the same release. */
export const isSame = (a: Activation | null, b: Activation): boolean =>
  a !== null && a.release === b.release && a.activation === b.activation;
const isOf = (step: Claim | null, command: Command): boolean =>
  isSame(step, command) && step?.owner === command.owner && step.fabric === command.fabric;
const only = ({ release, activation }: Activation): Activation => ({ release, activation });
const claim = ({ release, activation, fabric, owner }: Command): Claim => ({ release, activation, fabric, owner });

/** Whether the agent is somebody else's, or another fabric's. */
function checkHolder(
  state: TransactionState,
  { owner, fabric }: Pick<Command, 'owner' | 'fabric'>,
  { from = [], takes }: Consent = {},
): Refusal | undefined {
  const holder = holderOf(state);
  if (holder === undefined) return undefined;
  if (holder.owner !== owner && holder.owner !== takes)
    return new Refusal(
      'owner',
      `this agent belongs to fabric ${holder.fabric}, deployed by ${holder.owner}; ${owner} may not change it. Destroy the fabric there or deploy from there; if that owner no longer exists, take it over with terraform import`,
    );
  if (holder.fabric === fabric || from.includes(holder.fabric)) return undefined;
  return new Refusal(
    'fabric',
    `this agent belongs to fabric ${holder.fabric}, which has not released it; fabric ${fabric} may not change it. Remove the node from fabric ${holder.fabric} in the same deploy or an earlier one`,
  );
}

/**
 * Puts a release beside the running one. Compare and swap: an activation that was seen here already, or is lower than
 * one seen here, comes from a plan that is behind (another pipeline deployed meanwhile) and is refused. `upBy`:
 * sessions that are up otherwise than the active release has them; what was staged until now may be why, and staging
 * ends none.
 */
export function stage(
  state: TransactionState,
  command: Command,
  consent: Consent = {},
  upBy: UpBy = {},
): TransactionState | Refusal {
  const refused = checkHolder(state, command, consent);
  if (refused) return refused;
  if (isOf(state.active, command) || isOf(state.staged, command)) return state;
  if (command.activation <= state.activation)
    return new Refusal(
      'activation',
      `activation ${command.activation} is not new: this agent has seen activation ${state.activation}. Plan again with a refresh`,
    );
  return { ...goingOn(state, upBy), activation: command.activation, staged: claim(command) };
}

/** What activating a release brings with it at one node. */
export interface Terms {
  /** Unless it is confirmed before, the agent returns to the last confirmed release. */
  readonly deadline: Instant;
  readonly localAs?: Running['localAs'];
  readonly trial?: Trial;
  /** Whether the node's entry says whether it is drained: then no command does any more. */
  readonly saysDrain?: boolean;
}

/** Makes the staged release run, until it is confirmed on trial. */
export function activate(state: TransactionState, command: Command, terms: Terms): TransactionState | Refusal {
  if (isOf(state.active, command)) return state;
  if (isOf(state.staged, command)) {
    const { deadline, localAs, saysDrain, trial } = terms;
    return {
      ...withoutTrial(state),
      active: { ...claim(command), ...(localAs && Object.keys(localAs).length > 0 && { localAs }) },
      staged: null,
      retiring: retiringAfter(state, command),
      deadline,
      ...(trial && { trial }),
      drained: saysDrain ? null : state.drained,
    };
  }
  if (isSame(state.returned, command)) return hasReturned(state, command);
  return (
    checkHolder(state, command) ??
    new Refusal('not-staged', `activation ${command.activation} is not staged here. Deploy again`)
  );
}

/**
 * What was confirmed continues beside what is activated; the same release again leaves alone what still continues
 * beside it.
 */
function retiringAfter({ confirmed, retiring }: TransactionState, { release }: Activation): Retiring | null {
  if (confirmed === null) return null;
  if (confirmed.release === release) return retiring?.release === release ? null : retiring;
  return { ...only(confirmed), phase: 'kept', behind: [] };
}

/** Keeps the active release permanently: from now on the agent belongs to its fabric and its owner. */
export function confirm(state: TransactionState, command: Command): TransactionState | Refusal {
  if (isOf(state.confirmed, command)) return state;
  if (!isOf(state.active, command)) return notActive(state, command);
  return {
    ...goingOn(withoutTrial(state), {}),
    ...{ confirmed: state.active, freed: false, deadline: null, returned: null },
  };
}

/**
 * Releases the sessions that only the previous release had: they drain, and are closed when {@link emptied} says so.
 * Sessions with nodes that are `behind` (they were absent, and still run the previous release) stay.
 */
export function finalise(
  state: TransactionState,
  command: Command,
  behind: readonly string[] = [],
): TransactionState | Refusal {
  if (!isOf(state.confirmed, command)) return notActive(state, command);
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

/**
 * Undoes an activation that is not confirmed, and forgets a staged one; `upBy`: as for {@link stage}. A confirmed one
 * stays: it is undone by deploying another.
 */
export function rollBack(
  state: TransactionState,
  command: Command,
  reason: string,
  upBy: UpBy = {},
): TransactionState | Refusal {
  if (isOf(state.staged, command)) return { ...goingOn(state, upBy), staged: null };
  if (isOf(state.active, command)) return isSame(state.confirmed, command) ? state : returnToConfirmed(state, reason);
  return checkHolder(state, command) ?? state;
}

/** The confirm timer: what the state is at `now`. */
export function expire(state: TransactionState, now: Instant): TransactionState {
  if (state.deadline === null || !isPast(state.deadline, now)) return state;
  return returnToConfirmed(state, 'no confirmation arrived in time');
}

/**
 * A fabric lets the node go. Where nothing else is here everything ends: the agent is as it was before the first
 * deploy. What another fabric has staged or on trial stays, and so does what runs, until that one is confirmed; what
 * another fabric confirmed is not its own to end.
 */
export function remove(
  state: TransactionState,
  whose: Pick<Command, 'owner' | 'fabric'>,
  consent: Consent = {},
): TransactionState | Refusal {
  const fabrics = [whose.fabric, ...(consent.from ?? [])];
  const owners = [whose.owner, consent.takes];
  const isOurs = (step: Claim | null) => step !== null && fabrics.includes(step.fabric) && owners.includes(step.owner);
  const holder = holderOf(state);
  const isHeldByOthers = holder !== undefined && !isOurs(holder);
  const left = withdraw(state, isOurs);
  if (isHeldByOthers) return left === state ? (checkHolder(state, whose, { takes: consent.takes }) ?? state) : left;
  if (left.staged === null && left.deadline === null) return INITIAL_STATE;
  return left.freed || left.confirmed === null ? left : { ...left, freed: true };
}

/** Forgets what of these is staged or on trial. */
function withdraw(state: TransactionState, isOurs: (step: Claim | null) => boolean): TransactionState {
  const next = isOurs(state.staged) ? { ...state, staged: null } : state;
  return next.deadline && isOurs(next.active) ? returnToConfirmed(next, LEFT) : next;
}

/** Why what a fabric had on trial was undone where it let the node go. */
const LEFT = 'the node was removed from the fabric';

/** After a reboot nobody knows how long it took: the deadline counts as past. */
function isPast(deadline: Instant, now: Instant): boolean {
  return deadline.boot !== now.boot || now.at >= deadline.at;
}

function returnToConfirmed(state: TransactionState, reason: string): TransactionState {
  const returned = state.active && { ...only(state.active), reason };
  return { ...withoutTrial(state), active: state.confirmed, retiring: null, deadline: null, returned };
}

/** With these sessions up as they are. */
function goingOn({ upBy: _, ...state }: TransactionState, upBy: UpBy): TransactionState {
  return Object.keys(upBy).length > 0 ? { ...state, upBy } : state;
}

function withoutTrial({ trial: _, ...state }: TransactionState): TransactionState {
  return state;
}

function notActive(state: TransactionState, command: Command): Refusal {
  if (isSame(state.returned, command)) return hasReturned(state, command);
  return (
    checkHolder(state, command) ??
    new Refusal('not-active', `activation ${command.activation} is not running here. Deploy again`)
  );
}

function hasReturned(state: TransactionState, command: Command): Refusal {
  return new Refusal(
    'returned',
    `activation ${command.activation} was rolled back here: ${state.returned?.reason}. Deploy again`,
  );
}
