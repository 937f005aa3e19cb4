/**
 * The transaction of one agent as a pure state machine (docs/adr/0001-transaction.md): stage, activate, confirm,
 * finalise, roll back, and the confirm timer. Every verb is idempotent: repeating it has no effect.
 */
import type { Trial } from './demand';

/** One run of a release. Activating the same release again is another activation. */
export interface Activation {
  /** Digest of the release. */
  readonly release: string;
  /** A number that only increases within a fabric. */
  readonly activation: number;
}

/** An activation, with its fabric and owner. */
export interface Claim extends Activation {
  /** Name of its fabric. */
  readonly fabric: string;
  /** Who deployed it. */
  readonly owner: string;
}

/** An activation that runs, or that is the target of a rollback. */
export interface Running extends Claim {
  /**
   * Local AS numbers (RFC 7705) of sessions with outside neighbours that do not use the node's own number yet, by
   * session key.
   */
  readonly localAs?: Readonly<Record<string, number>>;
  /** It is from a fabric file, and its owner is no deployer. */
  readonly isFromFile?: true;
}

/** AS numbers of both ends of sessions, by session key. */
export type UpBy = Readonly<Record<string, { readonly localAs: number; readonly remoteAs: number }>>;

/** A release whose sessions continue for a while although the active one lacks them or changes them. */
export interface Retiring extends Activation {
  /**
   * `kept`: all of them. `draining`: finalised; traffic is being drained from them (RFC 8326) before they are closed.
   * `closed`: all but those with nodes that are {@link behind}.
   */
  readonly phase: 'kept' | 'draining' | 'closed';
  /** Nodes that still run the previous release: sessions with them stay until a later finalise. */
  readonly behind: readonly string[];
}

/** A node taken out of service by command: by whom, and when (ISO 8601, UTC). */
interface Drain {
  readonly by: string;
  readonly at: string;
}

/** A time of a monotonic clock. Such times are not comparable across reboots, so the boot is recorded. */
export interface Instant {
  readonly boot: string;
  /** Milliseconds since that boot. */
  readonly at: number;
}

export interface TransactionState {
  /** The highest activation ever seen here: a new one must be higher. */
  readonly activation: number;
  /** The target of a rollback. Its fabric and owner hold the agent: an unconfirmed activation binds nobody. */
  readonly confirmed: Running | null;
  /**
   * The fabric of `confirmed` has released the node while another was taking it: it runs on until then, and binds
   * nobody.
   */
  readonly freed: boolean;
  /** What runs: `confirmed`, or a later one that awaits confirmation. */
  readonly active: Running | null;
  /** Stored and validated, but not running yet. */
  readonly staged: Claim | null;
  /** The release whose sessions continue until finalised. */
  readonly retiring: Retiring | null;
  /** When the confirm timer expires, while `active` is not confirmed. */
  readonly deadline: Instant | null;
  /** The gate's demands on `active`, while it is not confirmed. */
  readonly trial?: Trial;
  /**
   * AS numbers of established sessions with outside neighbours that no release here defines that way any more, by
   * session key: a release that was staged, but no longer is, did. Established sessions continue until a release is
   * confirmed. Absent if there are none.
   */
  readonly upBy?: UpBy;
  /** The last rollback to a confirmed release, and why. */
  readonly returned: (Activation & { readonly reason: string }) | null;
  /** Taken out of service by command; a node may also be drained by its entry in the release. */
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

/** Why a verb was not executed; nothing changed. */
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
    /** Fields of a release, as paths, that are not known here. */
    readonly unknownFields: readonly string[] = [],
  ) {}
}

/** The fields of every verb: owner, fabric, release and activation. */
export interface Command extends Claim {}

/** Additional parameters of staging. */
interface Consent {
  /** Other fabrics that the node may be taken from: former names of this one, and those that released it. */
  readonly from?: readonly string[];
  /** A former owner, as declared when the fabric was imported: what it confirmed may be taken over. */
  readonly takes?: string;
}

/** Who holds the agent; undefined if nobody does. */
export const holderOf = (state: Pick<TransactionState, 'confirmed' | 'freed'>): Running | undefined =>
  state.confirmed && !state.freed ? state.confirmed : undefined;

/** The owner for display: of what is confirmed, otherwise on trial, otherwise staged. */
export const ownerOf = ({
  confirmed,
  active,
  staged,
}: Pick<TransactionState, 'confirmed' | 'active' | 'staged'>): string | null =>
  (confirmed ?? active ?? staged)?.owner ?? null;

/** Whether both are the same activation of the same release. */
export const isSame = (a: Activation | null, b: Activation): boolean =>
  a !== null && a.release === b.release && a.activation === b.activation;
const isOf = (step: Claim | null, command: Command): boolean =>
  isSame(step, command) && step?.owner === command.owner && step.fabric === command.fabric;
const only = ({ release, activation }: Activation): Activation => ({ release, activation });
const claim = ({ release, activation, fabric, owner }: Command): Claim => ({ release, activation, fabric, owner });

/** Refuses if the agent is held by another owner or fabric. */
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
 * Stages a release next to the running one. Compare and swap: an activation that is not higher than all seen here comes
 * from an outdated plan (another pipeline deployed meanwhile) and is refused. `upBy`: sessions that are up with other
 * AS numbers than in the active release, possibly because of what was staged before; staging closes none.
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

/** The conditions of an activation at one node. */
export interface Terms {
  /** Unless confirmed before, the agent returns to the last confirmed release. */
  readonly deadline: Instant;
  readonly localAs?: Running['localAs'];
  readonly trial?: Trial;
  /** Whether the node's entry specifies its drain state: this overrides the command. */
  readonly saysDrain?: boolean;
}

/** Runs the staged release, on trial until it is confirmed. */
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
 * The confirmed release continues alongside the activated one; activating the same release again leaves what continues
 * unchanged.
 */
function retiringAfter({ confirmed, retiring }: TransactionState, { release }: Activation): Retiring | null {
  if (confirmed === null) return null;
  if (confirmed.release === release) return retiring?.release === release ? null : retiring;
  return { ...only(confirmed), phase: 'kept', behind: [] };
}

/** Makes the active release permanent: from now on its fabric and owner hold the agent. */
export function confirm(state: TransactionState, command: Command): TransactionState | Refusal {
  if (isOf(state.confirmed, command)) return state;
  if (!isOf(state.active, command)) return notActive(state, command);
  return {
    ...goingOn(withoutTrial(state), {}),
    ...{ confirmed: state.active, freed: false, deadline: null, returned: null },
  };
}

/**
 * Releases the sessions that only the previous release had: they drain, and are closed on {@link emptied}. Sessions
 * with nodes that are `behind` (absent, and still running the previous release) stay.
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

/** The draining sessions carry no more traffic: they are closed. */
export function emptied(state: TransactionState): TransactionState {
  const { retiring } = state;
  if (retiring?.phase !== 'draining') return state;
  return { ...state, retiring: retiring.behind.length > 0 ? { ...retiring, phase: 'closed' } : null };
}

/** Takes the node out of service by command, or back into it; the first requester is kept. */
export const drain = (state: TransactionState, drained: Drain): TransactionState =>
  state.drained ? state : { ...state, drained };
export const undrain = (state: TransactionState): TransactionState =>
  state.drained ? { ...state, drained: null } : state;

/**
 * Rolls back an unconfirmed activation, and discards a staged one; `upBy`: as for {@link stage}. A confirmed one stays:
 * it is undone by deploying another.
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

/** The state at `now`, after the confirm timer. */
export function expire(state: TransactionState, now: Instant): TransactionState {
  if (state.deadline === null || !isPast(state.deadline, now)) return state;
  return returnToConfirmed(state, 'no confirmation arrived in time');
}

/**
 * A fabric releases the node. If nothing else is here everything ends: the agent is as before the first deploy. What
 * another fabric has staged or on trial stays, and so does what runs, until that one is confirmed; what another fabric
 * confirmed stays.
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

/** Discards what is staged or on trial of these. */
function withdraw(state: TransactionState, isOurs: (step: Claim | null) => boolean): TransactionState {
  const next = isOurs(state.staged) ? { ...state, staged: null } : state;
  return next.deadline && isOurs(next.active) ? returnToConfirmed(next, LEFT) : next;
}

/** Reason for rolling back a fabric's trial when it released the node. */
const LEFT = 'the node was removed from the fabric';

/** After a reboot the elapsed time is unknown: the deadline counts as past. */
function isPast(deadline: Instant, now: Instant): boolean {
  return deadline.boot !== now.boot || now.at >= deadline.at;
}

function returnToConfirmed(state: TransactionState, reason: string): TransactionState {
  const returned = state.active && { ...only(state.active), reason };
  return { ...withoutTrial(state), active: state.confirmed, retiring: null, deadline: null, returned };
}

/** Records these established sessions. */
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
