import type { Request, StoredVerb, Verb } from '../control/protocol';
import { type Release, shortDigest } from '../control/release';
import type { DeployVerb, EventStep } from '../control/status';
import {
  activate,
  type Command,
  confirm,
  drain,
  finalise,
  Refusal,
  remove,
  rollBack,
  stage,
  type Terms,
  type TransactionState,
  type UpBy,
  undrain,
} from '../control/transaction';

/** What the agent contributes to a verb. */
export interface Circumstances {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The conditions of activating this release here. */
  terms(request: Request<'activate'>): Terms;
  /** Sessions with outside neighbours that are up with other AS numbers than the running release has for them. */
  upBy(): UpBy;
}

/** The circumstances of a verb on this node. */
interface Here extends Circumstances {
  readonly node: string;
  /** The release that the request names, stored or delivered. */
  readonly release: Release | undefined;
}

type Step<V extends StoredVerb> = (
  state: TransactionState,
  request: Request<V>,
  here: Here,
) => TransactionState | Refusal;

/** The new state for each verb. */
const STEPS: { readonly [V in StoredVerb]: Step<V> } = {
  stage: (state, r, here) => unstageable(r, here) ?? stage(state, commandOf(r, here), r, here.upBy()),
  activate: (state, r, here) => activate(state, commandOf(r, here), here.terms(r)),
  confirm: (state, r, here) => confirm(state, commandOf(r, here)),
  finalise: (state, r, here) => finalise(state, commandOf(r, here), r.behind),
  rollback: (state, r, here) => rollBack(state, commandOf(r, here), r.reason, here.upBy()),
  drain: (state, { by }, { at }) => drain(state, { by, at }),
  undrain,
  remove: (state, { owner, fabric, ...consent }) =>
    fabric === undefined ? UNNAMED : remove(state, { owner, fabric }, consent),
};

/** The state after a verb, or why it is refused. */
export const stepOf = <V extends StoredVerb>(
  verb: V,
  state: TransactionState,
  request: Request<V>,
  here: Here,
): TransactionState | Refusal => STEPS[verb](state, request, here);

/** A client with protocol 1 does not name the fabric: it is that of the release. */
const commandOf = ({ owner, release, activation, fabric }: Request<'confirm'>, here: Here): Command => ({
  ...{ owner, release, activation },
  fabric: fabric ?? here.release?.fabric.name ?? '',
});

/** Why the release cannot be staged: it was not delivered, or is not one of this node and of the named fabric. */
function unstageable(request: Request<'stage'>, { node, release }: Here): Refusal | undefined {
  if (!release)
    return new Refusal(
      'not-delivered',
      `release ${shortDigest(request.release)} was not delivered here, or the agent has restarted since. Deploy again`,
    );
  if (!release.fabric.nodes[node]) return new Refusal('wrong-node', `the release has no node ${node}`);
  const { fabric = release.fabric.name } = request;
  return fabric === release.fabric.name
    ? undefined
    : new Refusal('fabric', `the release is of fabric ${release.fabric.name}, not of ${fabric}`);
}

const UNNAMED = new Refusal(
  'protocol',
  'this provider is older than the agent, and does not say which fabric releases the node: upgrade Peerform where you deploy from',
);

/** A request, for display. */
export function describeRequest(verb: Verb, request: Request<Verb>): string {
  if ('by' in request) return `${verb} requested by ${request.by}`;
  if (!('release' in request)) return `${verb} requested by ${request.owner}: leaving the fabric`;
  const more =
    'confirmWithin' in request
      ? `, to be confirmed within ${request.confirmWithin} s`
      : 'reason' in request
        ? `: ${request.reason}`
        : '';
  return `${verb} activation ${request.activation}, release ${shortDigest(request.release)}${more}`;
}

/** The step of a deploy that a request is; empty if it is none. */
export const deployStepOf = (verb: Verb, request: Request<Verb>): EventStep =>
  'release' in request ? { step: verb as DeployVerb, activation: request.activation } : {};

/** A rollback that no request caused, for display, and the step of a deploy that it is. */
export function describeReturn({ active, returned }: TransactionState): { message: string; deploy: EventStep } {
  const to = active ? `release ${shortDigest(active.release)}` : 'no release';
  return {
    message: `rolling back to ${to}: ${returned?.reason}`,
    deploy: returned ? { step: 'rollback', activation: returned.activation } : {},
  };
}
