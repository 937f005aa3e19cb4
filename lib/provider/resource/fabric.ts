import { makeRelease, type Release } from '../../control/release';

import type { Fabric } from '../../model/fabric';
import { fabricShape } from '../../model/shape';
import { type Diagnostic, error, hasErrors, warning } from '../diagnostic';
import { absentAtRefresh, type Fleet, listing, obstacles, type Survey } from '../fleet';
import { ownerHere } from '../owner';
import { attributesOf as attributesOfShape, computed } from '../schema';
import type { Resource } from '../server';
import { holdsUnknown, UNKNOWN, type Values } from '../value';
import { UNREACHABLE, unreachableOf } from './attributes';
import { asSurveyed, BEHIND, behindOf, plannedBehind } from './behind';
import { alreadyDeployed, drained, foreign, highestActivation, stale } from './claims';
import { defaultPolicyWarnings } from './default-policy';
import {
  fleetOf,
  heldOf,
  type Kept,
  keptAfter,
  mustDeploy,
  nodesOf,
  problemsOf,
  readingOf,
  renamed,
  runningFabric,
} from './fabric-values';
import { idleSelectorWarnings } from './idle-selectors';
import { CHANGE, IMPACT, impactOfChange } from './impact';
import { attributesOf, runningAt } from './import';
import { isConfirmed } from './last-confirmed';
import { SECRETS, secretsFor } from './secrets';
import { stage, stopped } from './staging';

/** `peerform_fabric`: the topology. Its apply stages the release on every node, or changes nothing. */
export const fabric: Resource = {
  schema: {
    version: 0,
    description: 'The topology of a fabric. Applying it stages its release on every node; waves then activate it.',
    attributes: {
      ...attributesOfShape(fabricShape()),
      unreachable: UNREACHABLE,
      ...CHANGE,
      ...SECRETS,
      ...computed({
        release: ['string', 'Digest of the topology: what runs is named by it.'],
        activation: ['number', 'The attempt to make the release run; it only grows.'],
        behind: [BEHIND, 'Nodes that do not hold the release, each with the one that it has, or none.'],
        impact: [IMPACT, 'What this change does to the network.'],
      }),
    },
  },

  validate: problemsOf,

  async plan({ config, prior, private: kept }) {
    const problems = [...problemsOf(config), ...renamed(prior, config)];
    const unknowns: Values = { release: UNKNOWN, activation: UNKNOWN, impact: UNKNOWN, behind: plannedBehind(config) };
    const after = holdsUnknown(inputs(config)) ? undefined : readingOf(config).fabric;
    if (!after || hasErrors(problems)) return { planned: { ...config, ...unknowns }, diagnostics: problems };
    const release = makeRelease(after).digest,
      diagnostics = [...problems, ...defaultPolicyWarnings(after), ...idleSelectorWarnings(after)];
    const change = prior?.release === release ? undefined : impactOfChange(runningFabric(prior, kept), after, config);
    if (prior && !mustDeploy(prior, config, release)) {
      const { activation, behind, impact } = prior;
      return { planned: { ...config, release, activation, behind, impact }, diagnostics };
    }
    return {
      planned: {
        ...config,
        release,
        activation: typeof prior?.activation === 'number' ? prior.activation + 1 : UNKNOWN,
        behind: plannedBehind(config),
        impact: change ? change.impact : prior!.impact,
      },
      diagnostics: [...diagnostics, ...(change?.diagnostics ?? [])],
    };
  },

  async create({ planned, config }, context) {
    const owner = ownerHere(),
      wish = wishOf(config, null, {});
    if ('problems' in wish) return { state: null, diagnostics: wish.problems };
    const fleet = fleetOf(config, context.stop);
    const survey = await fleet.survey();
    const found = [
      ...obstacles(survey, wish.mayBeAbsent),
      ...foreign(survey, owner),
      ...alreadyDeployed(survey, owner),
    ];
    if (found.length > 0) return { state: null, diagnostics: found };
    const activation = 1 + highestActivation(survey);
    const failed = await stage(
      { fleet, survey, owner, activation, release: wish.release, secrets: wish.secrets },
      context,
    );
    if (failed.length > 0) return { state: null, diagnostics: failed };
    return {
      state: { ...planned, ...wish.known, activation, behind: behindAfter(survey, config, null, wish.release) },
      private: { owner, confirmed: null } satisfies Kept,
    };
  },

  async read({ state, private: kept }, { stop }) {
    const survey = await fleetOf(state, stop).refresh(),
      seen = highestActivation(survey);
    const activation = typeof state.activation === 'number' ? Math.max(state.activation, seen) : state.activation;
    const behind = behindOf(nodesOf(state), state.release, asSurveyed(survey, state, heldOf(activation)));
    const { owner } = kept as Kept;
    return {
      state: { ...state, activation, behind },
      private: isConfirmed(survey.statuses.values(), state.release) ? ({ owner } satisfies Kept) : kept,
      diagnostics: [...absentAtRefresh(survey.absent), ...drained(survey, state.nodes)],
    };
  },

  async update({ prior, planned, config, private: kept }, context) {
    const wish = wishOf(config, prior, kept);
    if ('problems' in wish) return { state: prior, diagnostics: wish.problems };
    const { release, secrets, mayBeAbsent } = wish;
    if (!mustDeploy(prior, config, release.digest)) {
      const { activation, behind, impact } = prior; // Another spelling of the same: no agent need hear of it.
      return { state: { ...planned, release: release.digest, activation, behind, impact } };
    }
    const owner = (kept as Kept).owner ?? ownerHere(),
      fleet = fleetOf(config, context.stop);
    const survey = await fleet.survey(),
      activation = (prior.activation as number) + 1;
    const found = [...obstacles(survey, mayBeAbsent), ...foreign(survey, owner), ...stale(survey, activation)];
    const failed =
      found.length > 0 ? found : await stage({ fleet, survey, owner, activation, release, secrets }, context);
    if (failed.length > 0) {
      const state = await truthOf(prior, fleetOf(prior, context.stop));
      return { state, private: { ...kept, owner }, diagnostics: failed };
    }
    return {
      state: { ...planned, ...wish.known, activation, behind: behindAfter(survey, config, prior, wish.release) },
      private: { ...keptAfter(prior, owner, release.digest, kept) },
    };
  },

  async delete({ prior, private: kept }, context) {
    const fleet = fleetOf(prior, context.stop),
      survey = await fleet.survey();
    const owner = (kept as Kept).owner ?? ownerHere(),
      mayBeAbsent = unreachableOf(prior);
    const found = [...obstacles(survey, mayBeAbsent), ...foreign(survey, owner)];
    if (context.stop.aborted) found.push(stopped());
    if (found.length > 0) return { state: prior, diagnostics: found };
    const failed = await fleet.send('remove', [...survey.statuses.keys()], (node) => ({ node, owner }));
    if (failed.size > 0) {
      return {
        state: await truthOf(prior, fleet),
        diagnostics: [error('Nodes were not cleaned', `Destroy again.\n${listing(failed)}`)],
      };
    }
    const left =
      survey.absent.size === 0
        ? []
        : [
            warning(
              'Some nodes were left as they are',
              `Their agents go on until somebody stops them.\n${listing(survey.absent)}`,
            ),
          ];
    return { state: null, diagnostics: left };
  },

  async importState(id) {
    const running = await runningAt(id);
    if (!('delivery' in running)) return { state: null, diagnostics: running };
    const { owner, activation, delivery } = running;
    const state: Values = { ...attributesOf(delivery), release: delivery.release.digest, activation, behind: {} };
    return { state, private: { owner } satisfies Kept };
  },
};

/** What the configuration sets. */
const inputs = (values: Values): Values =>
  Object.fromEntries(
    Object.entries(values).filter(([name]) => {
      const attribute = fabric.schema.attributes[name];
      return attribute !== undefined && attribute.set !== 'computed' && !attribute.isWriteOnly;
    }),
  );

interface Wish {
  readonly release: Release;
  readonly secrets: Readonly<Record<string, string>>;
  readonly mayBeAbsent: ReadonlySet<string>;
  /** Computed values that follow from the configuration, which the plan may not have known. */
  readonly known: Values;
}

/** What an apply is to reach; everything is checked once more, as nothing may be unknown now. */
function wishOf(config: Values, prior: Values | null, kept: Kept): Wish | { problems: Diagnostic[] } {
  const problems = [...problemsOf(config), ...renamed(prior, config)];
  const after: Fabric | undefined = readingOf(config).fabric;
  if (!after || problems.length > 0) return { problems };
  const found = secretsFor(after, config);
  if ('problems' in found) return found;
  const { secrets } = found,
    release = makeRelease(after);
  const isSame = prior?.release === release.digest;
  const change = isSame ? undefined : impactOfChange(runningFabric(prior, kept), after, config);
  if (change && hasErrors(change.diagnostics)) return { problems: [...change.diagnostics] };
  const impact = change ? change.impact : prior!.impact;
  return { release, secrets, mayBeAbsent: unreachableOf(config), known: { release: release.digest, impact } };
}

/** Who is behind after a release was staged on every node that answered. */
const behindAfter = (survey: Survey, config: Values, prior: Values | null, { digest }: Release): Values =>
  behindOf(
    nodesOf(config),
    digest,
    asSurveyed(survey, prior, () => digest),
  );

/** A state after something failed: what its nodes have now, as their agents say. */
async function truthOf(prior: Values, fleet: Fleet): Promise<Values> {
  const has = asSurveyed(await fleet.survey(), prior, heldOf(prior.activation));
  return { ...prior, behind: behindOf(nodesOf(prior), prior.release, has) };
}
