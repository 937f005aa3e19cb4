import { makeRelease, type Release } from '../../control/release';
import type { AgentSummary } from '../../control/status';
import { FIRST_EDITION, NEWEST_EDITION } from '../../model/edition';
import type { Fabric } from '../../model/fabric';
import { withFormerSecrets } from '../../model/former-secrets';
import { fabricShape } from '../../model/shape';
import { type Diagnostic, error, hasErrors, warning } from '../diagnostic';
import type { Fleet } from '../fleet';
import { ownerHere } from '../owner';
import type { Resource } from '../resource-api';
import { computed, schemaAttributes } from '../schema';
import { absentAtRefresh, listing, obstacles, type Survey, unguarded } from '../survey';
import { type Attributes, holdsUnknown, isValues, mapValues, UNKNOWN, type Values } from '../value';
import { UNREACHABLE, unreachableOf } from './attributes';
import { heard, listedInDeploy, stillListed } from './back';
import { activationOf, asSurveyed, BEHIND, behindOf, notRunning, plannedBehind } from './behind';
import { alreadyDeployed, drained, foreign, highestActivation, stale } from './claims';
import { defaultPolicyWarnings } from './default-policy';
import { EDITION, editionOf, editionWarnings, problemsByItself, withEdition } from './edition';
import {
  fabricNames,
  fleetOf,
  isRotated,
  keptAfter,
  keptAsSurveyed,
  mustDeploy,
  nextActivation,
  nodesOf,
  type PrivateState,
  problemsOf,
  readingOf,
  runningFabric,
} from './fabric-values';
import { isCarriedOut, stages } from './followers';
import { demandDiagnostics } from './gate-demands';
import { hostBitWarnings } from './host-bits';
import { idleBfdTtlWarnings } from './idle-bfd-ttl';
import { idleSelectorWarnings } from './idle-selectors';
import { CHANGE, deployedAgain, IMPACT, type ImpactReport, impactOfChange, NO_IMPACT } from './impact';
import { consentTo, importedAttributes, runningAt } from './import';
import { confirmedInstead } from './last-confirmed';
import { announce, clean, keptLeft, leaversOf, lookFor } from './leaving';
import { leftoversOn } from './leftovers';
import { Claims, heldElsewhere, notLetGo, untilLetGo } from './moves';
import { hearOutside, unpackOutside } from './outside';
import { packedPrediction } from './prediction';
import { SECRETS, secretsFor } from './secrets';
import { type Staging, stageFleet, stopped } from './staging';

const MODEL = schemaAttributes(fabricShape());

/**
 * `peerform_fabric`: the topology. Apply stages the release on every node, or changes nothing. Maps always have the
 * names of the attributes here, see `forms.ts`.
 */
export const fabric: Resource = {
  schema: {
    version: 1,
    description: 'The topology of a fabric. Applying it stages its release on every node; waves then activate it.',
    attributes: {
      ...MODEL,
      former_names: {
        type: { list: 'string' },
        set: 'optional',
        description: 'Previous names of the fabric: its nodes are taken over from them without affecting any session.',
      },
      edition: EDITION,
      unreachable: UNREACHABLE,
      ...CHANGE,
      ...SECRETS,
      ...computed({
        release: ['string', 'Digest of the topology; it identifies the release.'],
        activation: ['number', 'Number of the attempt to activate the release; it only increases.'],
        behind: [BEHIND, 'Nodes that do not have the release, each with the release that it has instead, or none.'],
        impact: [IMPACT, 'Effect of this change on the network.'],
      }),
    },
  },

  validate: problemsByItself,

  complete: (state) => (typeof state.edition === 'number' ? state : { ...state, edition: FIRST_EDITION }),

  async plan({ config: given, prior, private: kept }, { stop }) {
    const config = withEdition(given, prior ? editionOf(prior) : NEWEST_EDITION);
    const problems = [...problemsOf(config), ...claimed(config, prior, kept, stop)];
    const unknowns: Values = { release: UNKNOWN, activation: UNKNOWN, impact: UNKNOWN, behind: plannedBehind(config) };
    const after = holdsUnknown(inputs(config)) ? undefined : readingOf(config).fabric;
    if (!prior && !hasErrors(problems)) problems.push(...(await takenOver(config, stop)));
    if (!after || hasErrors(problems)) {
      const planned: Values = { ...config, ...unknowns };
      return { planned, diagnostics: hasErrors(problems) ? problems : [...problems, ...stages(stop, planned)] };
    }
    const release = makeRelease(after).digest;
    const diagnostics = [
      ...problems,
      ...editionWarnings(after, given),
      ...defaultPolicyWarnings(after),
      ...idleSelectorWarnings(after),
      ...idleBfdTtlWarnings(after),
      ...hostBitWarnings(config),
    ];
    if (prior && !mustDeploy(prior, config, release)) {
      const { activation, behind, impact } = prior;
      const back = stillListed(stop, fleetOf(config), prior, config);
      return {
        planned: { ...config, release, activation, behind, impact },
        diagnostics: [...diagnostics, ...back],
      };
    }
    const { impact, diagnostics: found } = impactOn(prior, kept, { digest: release, fabric: after }, config);
    const activation = prior ? nextActivation(prior, config, kept) : UNKNOWN;
    const planned: Values = { ...config, release, activation, behind: plannedBehind(config), impact };
    const asked = await demanded(prior, kept, { digest: release, fabric: after }, config, stop);
    const back = prior ? listedInDeploy(stop, fleetOf(config), prior, config) : [];
    return { planned, diagnostics: [...diagnostics, ...found, ...stages(stop, planned), ...asked, ...back] };
  },

  async create({ planned, config }, context) {
    const owner = ownerHere();
    const desired = desiredOf(planned, config);
    const wanted = desiredFabric(desired, null, {});
    if ('problems' in wanted) return { state: null, diagnostics: wanted.problems };
    isCarriedOut(context.stop, desired);
    const fleet = fleetOf(desired, context.stop);
    const survey = await fleet.standing();
    const found = [...obstacles(survey, wanted.mayBeAbsent), ...foreign(survey, owner)];
    if (found.length > 0) return { state: null, diagnostics: found };
    const { from, refused } = await takenFrom(
      fleet,
      survey,
      desired,
      { owner },
      fabricNames(desired, null, {}),
      context.stop,
    );
    if (refused.length > 0) return { state: null, diagnostics: refused };
    const activation = 1 + highestActivation(survey);
    const failed = await stageFleet(
      {
        ...{ fleet, survey, owner, consent: from, activation, release: wanted.release, secrets: wanted.secrets },
        prediction: predicted(null, {}, wanted, desired),
      },
      context,
    );
    if (failed.length > 0) return { state: null, diagnostics: failed };
    return {
      state: {
        ...planned,
        ...wanted.known,
        activation,
        behind: behindAfter(survey, desired, null, wanted, activation),
      },
      private: { owner, confirmed: null } satisfies PrivateState,
      diagnostics: unguarded(),
    };
  },

  async read({ state, private: kept }, { stop }) {
    const fleet = fleetOf(state, stop);
    const survey = await fleet.refresh();
    heard(stop, fleet, survey);
    const { left = {}, outside: earlier, ...rest } = kept as PrivateState;
    const names = fabricNames(state, null, rest);
    const outside = await hearOutside(fleet, survey, earlier);
    const instead = await confirmedInstead(fleet, survey, {
      ...{ release: state.release, names },
      known: () => digestOf(runningFabric(state, rest), state, rest),
    });
    // Older state does not cover nodes that were added since.
    const ours = { owner: ownerHere(), ...rest, names };
    const { leavers, behind: back } = await lookFor(
      instead ? leaversOf(instead.endpoints, left, fleet, ours) : left,
      stop,
    );
    // A node that left and still runs its last release makes a deploy due: the commit that should have cleaned it may
    // not know about it.
    const behind = behindOf(nodesOf(state), asSurveyed(survey, state, activationOf(state), KEEPS));
    return {
      // What the previous deploy did is not part of the next plan.
      state: { ...state, behind: { ...back, ...behind }, impact: NO_IMPACT },
      private: {
        ...keptAsSurveyed(state, survey, {
          ...{ ...rest, ...keptLeft(leavers) },
          ...(instead && { confirmed: instead.packed }),
          ...(outside !== undefined && { outside }),
        }),
      },
      diagnostics: [...absentAtRefresh(survey), ...unguarded(), ...drained(survey, state.nodes)],
    };
  },

  async update({ prior, planned, config, private: before }, context) {
    const kept: PrivateState = { ...before, owner: (before as PrivateState).owner ?? ownerHere() };
    const owner = kept.owner as string;
    const desired = desiredOf(planned, config);
    const wanted = desiredFabric(desired, prior, kept);
    if ('problems' in wanted) return { state: prior, diagnostics: wanted.problems };
    isCarriedOut(context.stop, desired);
    const { release, secrets, mayBeAbsent } = wanted;
    if (!mustDeploy(prior, desired, release.digest)) {
      const { activation, behind, impact } = prior; // Equivalent spelling: no agent needs to be contacted.
      return { state: { ...planned, release: release.digest, activation, behind, impact } };
    }
    const fleet = fleetOf(desired, context.stop);
    const survey = await fleet.standing();
    const names = fabricNames(desired, prior, kept);
    // The planned activation is staged; if it was unknown in the plan, the next one.
    const activation =
      typeof planned.activation === 'number'
        ? planned.activation
        : 1 + Math.max(prior.activation as number, kept.seen ?? 0, highestActivation(survey));
    const found = [
      ...obstacles(survey, mayBeAbsent),
      ...foreign(survey, owner, kept.takes),
      ...stale(survey, activation),
    ];
    const { from, refused } =
      found.length > 0 ? NOTHING_TAKEN : await takenFrom(fleet, survey, desired, kept, names, context.stop);
    found.push(...refused);
    const failed =
      found.length > 0
        ? found
        : await stageFleet(
            {
              ...{ fleet, survey, owner, consent: from, activation, release, secrets },
              prediction: predicted(prior, kept, wanted, desired),
            },
            context,
          );
    if (failed.length > 0) {
      const now = await fleetOf(prior, context.stop).survey();
      const seen = Math.max(highestActivation(survey), highestActivation(now));
      return {
        state: refreshed(prior, now),
        private: { ...keptAsSurveyed(prior, now, { ...kept, seen }) },
        diagnostics: failed,
      };
    }
    const formerly = names.filter((name) => name !== desired.name);
    const { seen: _, idle: __, left = {}, ...rest } = keptAfter(prior, desired, release.digest, kept);
    const leavers = leaversOf(fleetOf(prior).endpoints, left, fleet, { ...kept, owner, names });
    announce(context.stop, release.fabric.name, leavers);
    return {
      state: {
        ...planned,
        ...wanted.known,
        activation,
        behind: behindAfter(survey, desired, prior, wanted, activation),
      },
      private: { ...rest, ...keptLeft(leavers), ...(formerly.length > 0 && { formerly }) },
      diagnostics: unguarded(),
    };
  },

  async delete({ prior, private: kept }, context) {
    const fleet = fleetOf(prior, context.stop);
    const survey = await fleet.survey();
    const names = fabricNames(prior, null, kept as PrivateState);
    const { owner = ownerHere(), takes, left: leavers = {} } = kept as PrivateState;
    const mayBeAbsent = unreachableOf(prior);
    const found = [...obstacles(survey, mayBeAbsent), ...foreign(survey, owner, takes)];
    if (context.stop.aborted) found.push(stopped());
    if (found.length > 0) return { state: prior, diagnostics: found };
    Claims.of(context.stop).claim(names, {});
    // Nodes that another fabric has taken are not cleaned by this one.
    const own = [...survey.statuses].filter(([, status]) => isHere(status, names));
    const whose = { fabrics: names, owners: [owner, takes] };
    const leftovers = await leftoversOn(own, (node) => ({ ...whose, endpoint: fleet.endpoints[node] }), context.stop);
    const failed = await fleet.send(
      'remove',
      own.map(([node]) => node),
      (node) => ({
        ...{ node, owner, fabric: names[0] },
        ...consentOf([...names.slice(1), ...(leftovers.get(node) ?? [])], takes),
      }),
    );
    if (failed.all.size > 0) {
      return {
        state: refreshed(prior, await fleet.survey()),
        diagnostics: [error('Not every node is known to be cleaned up', `Destroy again.\n${listing(failed.all)}`)],
      };
    }
    const gone = await clean(leavers, { owner, names, ...(takes !== undefined && { takes }) }, context.stop);
    const left = new Map([...survey.absent, ...gone]);
    return {
      state: null,
      diagnostics:
        left.size === 0
          ? []
          : [
              warning(
                'Some nodes may be unchanged',
                `The agents that were not cleaned up keep running the fabric until they are stopped.\n${listing(left)}`,
              ),
            ],
    };
  },

  async importState(id) {
    const running = await runningAt(id, OF_NO_AGENT);
    if (!('delivery' in running)) return { state: null, diagnostics: running };
    const { owner, activation, delivery, settings } = running;
    const state: Values = {
      ...importedAttributes(delivery),
      ...settings,
      release: delivery.release.digest,
      activation,
      behind: {},
    };
    return { state, private: { owner: ownerHere(), ...consentTo(owner) } satisfies PrivateState };
  },
};

/** Parts of a fabric's configuration that agents do not have. */
const OF_NO_AGENT: Attributes = Object.fromEntries(
  Object.entries(fabric.schema.attributes).filter(
    ([name, { set, isWriteOnly }]) => set === 'optional' && !isWriteOnly && !Object.hasOwn(MODEL, name),
  ),
);

/**
 * What the gate will demand of outside neighbours if the release differs from the running one, and which neighbours
 * contradict it.
 */
async function demanded(
  prior: Values | null,
  kept: PrivateState,
  release: Release,
  config: Values,
  stop: AbortSignal,
): Promise<Diagnostic[]> {
  const { before, isUnchanged } = startOf(prior, kept, release, config);
  const behind = Object.keys((prior?.behind ?? {}) as Values);
  return demandDiagnostics(
    isUnchanged ? undefined : before,
    release.fabric,
    fleetOf(config, stop),
    behind,
    kept.localAs,
  );
}

/** What a deploy starts from. */
interface Start {
  /** The running fabric, with its secrets marked if the deploy may change their values. */
  readonly before: Fabric | undefined;
  /** Its digest. */
  readonly runs: unknown;
  /** The same with its secrets, for comparisons. */
  readonly id: string;
  /** What runs is deployed again, with the same secrets. */
  readonly isUnchanged: boolean;
}

function startOf(prior: Values | null, kept: PrivateState, { digest }: Release, config: Values): Start {
  const running = runningFabric(prior, kept);
  const before = running && isRotated(prior, config, kept) ? withFormerSecrets(running) : running;
  const [runs, isSame] = [digestOf(running, prior, kept), before === running];
  return { before, runs, id: `${String(runs)} ${isSame}`, isUnchanged: runs === digest && isSame };
}

/**
 * The plan's prediction of the deploy, for the agents to keep. Computed only from what the plan had, not from anything
 * newer.
 */
function predicted(
  prior: Values | null,
  kept: PrivateState,
  { release, known }: DesiredFabric,
  config: Values,
): string {
  const { before, runs, isUnchanged } = startOf(prior, kept, release, config);
  return packedPrediction(before, release.fabric, config, {
    outside: unpackOutside(kept.outside),
    ...(kept.localAs && { localAs: kept.localAs }),
    behind: prior ? notRunning(prior, runs) : [],
    about: String(((known.impact ?? {}) as Values).about ?? ''),
    isUnchanged,
  });
}

/** Digest of the running fabric. */
const digestOf = (running: Fabric | undefined, prior: Values | null, { confirmed }: PrivateState) =>
  confirmed === undefined ? prior?.release : running && makeRelease(running).digest;

/** A deploy is over once every node keeps it. */
const KEEPS = ['confirmed'] as const;

/**
 * The target: planned values, which were shown to the user and may differ from the configuration (ignore_changes), plus
 * write-only values, which are only in the configuration.
 */
const desiredOf = (planned: Values, config: Values): Values =>
  mapValues(planned, (value, name) => (fabric.schema.attributes[name]?.isWriteOnly ? config[name] : value));

/** Records which agents the configuration claims, and reports agents claimed by two fabrics. */
function claimed(config: Values, prior: Values | null, kept: PrivateState, stop: AbortSignal): Diagnostic[] {
  if (typeof config.name !== 'string') return [];
  const { endpoints } = fleetOf(config);
  const isWhole = isValues(config.nodes) && nodesOf(config).length === Object.keys(endpoints).length;
  return Claims.of(stop).claim(fabricNames(config, prior, kept), endpoints, isWhole);
}

/**
 * Diagnostics for the plan of a create if this owner keeps another fabric on these nodes that does not release them.
 */
async function takenOver(config: Values, stop: AbortSignal): Promise<Diagnostic[]> {
  if (config.allow_disruption === true || config.allow_disruption === UNKNOWN) return [];
  const fleet = fleetOf(config, stop);
  const held = heldElsewhere(await fleet.refresh(), [ownerHere()], []);
  const again = new Map([...held].filter(([, name]) => name === config.name));
  const others = new Map([...held].filter(([node]) => !again.has(node)));
  return alreadyDeployed(again.size > 0 ? again : await untilLetGo(others, fleet, stop), fleet.endpoints);
}

interface Taken {
  /** The fabrics that each node may be taken from. */
  readonly from: Staging['consent'];
  readonly refused: Diagnostic[];
}
const NOTHING_TAKEN: Taken = { from: () => ({}), refused: [] };

const consentOf = (from: readonly string[], takes: string | undefined): { from?: string[]; takes?: string } => ({
  ...(from.length > 0 && { from: [...from] }),
  ...(takes !== undefined && { takes }),
});

/**
 * The fabrics that nodes may be taken from: this one under its names, and others of the same owner that release them.
 */
async function takenFrom(
  fleet: Fleet,
  survey: Survey,
  desired: Values,
  { owner, takes }: PrivateState,
  names: readonly string[],
  stop: AbortSignal,
): Promise<Taken> {
  const own = [String(desired.name), ...names];
  const elsewhere = heldElsewhere(survey, [owner, takes], own);
  const kept = desired.allow_disruption === true ? new Map<string, string>() : await untilLetGo(elsewhere, fleet, stop);
  return {
    from: (node) => {
      const all = [...names, ...(elsewhere.has(node) ? [elsewhere.get(node)!] : [])];
      return consentOf(
        all.filter((name) => name !== desired.name),
        takes,
      );
    },
    refused: notLetGo(kept),
  };
}

/** Whether a fabric with one of these names has anything on the node. */
const isHere = ({ transaction, fabric: running }: AgentSummary, names: readonly string[]): boolean =>
  [transaction.confirmed, transaction.active, transaction.staged].some(
    (step) => step && names.includes(step.fabric ?? running ?? ''),
  );

/** Configured values. */
const inputs = (values: Values): Values =>
  Object.fromEntries(
    Object.entries(values).filter(([name]) => {
      const attribute = fabric.schema.attributes[name];
      return attribute !== undefined && attribute.set !== 'computed' && !attribute.isWriteOnly;
    }),
  );

interface DesiredFabric {
  readonly release: Release;
  readonly secrets: Readonly<Record<string, string>>;
  readonly mayBeAbsent: ReadonlySet<string>;
  /** Computed values that follow from the configuration and may have been unknown in the plan. */
  readonly known: Values;
}

/** The target of an apply. Everything is validated again, since nothing may be unknown now. */
function desiredFabric(
  desired: Values,
  prior: Values | null,
  kept: PrivateState,
): DesiredFabric | { problems: Diagnostic[] } {
  const problems = problemsOf(desired);
  const after: Fabric | undefined = readingOf(desired).fabric;
  if (!after || problems.length > 0) return { problems };
  const found = secretsFor(after, desired);
  if ('problems' in found) return found;
  const { secrets } = found;
  const release = makeRelease(after);
  if (prior && !mustDeploy(prior, desired, release.digest))
    return { release, secrets, mayBeAbsent: unreachableOf(desired), known: { release: release.digest } };
  const { impact, diagnostics } = impactOn(prior, kept, release, desired);
  if (hasErrors(diagnostics)) return { problems: [...diagnostics] };
  return { release, secrets, mayBeAbsent: unreachableOf(desired), known: { release: release.digest, impact } };
}

/** The impact of a deploy on what runs; none if it is the same, also in its secrets, and only sent to agents again. */
function impactOn(prior: Values | null, kept: PrivateState, release: Release, config: Values): ImpactReport {
  const { digest, fabric: after } = release;
  const { before, id, isUnchanged } = startOf(prior, kept, release, config);
  if (isUnchanged) return { impact: deployedAgain(Object.keys((prior?.behind ?? {}) as Values)), diagnostics: [] };
  const of = JSON.stringify([id, digest, config.allow_disruption, config.waves, kept.outside, kept.localAs, kept.idle]);
  if (lastImpact?.of !== of)
    lastImpact = {
      of,
      impact: impactOfChange(before, after, config, unpackOutside(kept.outside), kept.localAs, kept.idle),
    };
  return lastImpact.impact;
}

/** The last impact: an apply needs that of its plan again. */
let lastImpact: { readonly of: string; readonly impact: ImpactReport } | undefined;

/** Nodes that are behind after a release was staged on every node that responded. */
const behindAfter = (
  survey: Survey,
  desired: Values,
  prior: Values | null,
  { release }: DesiredFabric,
  activation: number,
): Values => {
  const instead = asSurveyed(survey, prior, { release: release.digest, activation }, KEEPS);
  return behindOf(nodesOf(desired), (node) => (survey.statuses.has(node) ? undefined : instead(node)));
};

/** The state after a failure, with what the agents report. */
const refreshed = (prior: Values, survey: Survey): Values => ({
  ...prior,
  behind: behindOf(nodesOf(prior), asSurveyed(survey, prior, activationOf(prior), KEEPS)),
});
