import { makeRelease, type Release } from '../../control/release';

import type { Fabric } from '../../model/fabric';
import { readFabric } from '../../model/read';
import { fabricShape } from '../../model/shape';
import { type Diagnostic, error, hasErrors, warning } from '../diagnostic';
import { absentAtRefresh, Fleet, listing, obstacles, type Survey } from '../fleet';
import { ownerHere } from '../owner';
import { attributesOf, computed } from '../schema';
import type { Resource } from '../server';
import { specOf } from '../spec';
import { holdsUnknown, mapValues, UNKNOWN, type Value, type Values } from '../value';
import { UNREACHABLE, unreachableOf } from './attributes';
import { alreadyDeployed, foreign, highestActivation, stale } from './claims';
import { defaultPolicyWarnings } from './default-policy';
import { fabricOf, fleetOf, heldRelease, type Kept, mustDeploy, nodesOf, problemsOf, renamed } from './fabric-values';
import { IMPACT, impactValues } from './impact';
import { NODE_DIGESTS, plannedDigests, readDigests } from './node-digests';
import { stage, stopped } from './staging';

/** `peerform_fabric`: the topology. Its apply stages the release on every node, or changes nothing. */
export const fabric: Resource = {
  schema: {
    version: 0,
    description: 'The topology of a fabric. Applying it stages its release on every node; waves then activate it.',
    attributes: {
      ...attributesOf(fabricShape()),
      unreachable: UNREACHABLE,
      ...computed({
        release: ['string', 'Digest of the topology: what runs is named by it.'],
        activation: ['number', 'The attempt to make the release run; it only grows.'],
        staged: [NODE_DIGESTS, 'The release that each node holds, as its agent says.'],
        impact: [IMPACT, 'What this change does to the network.'],
      }),
    },
  },

  validate: problemsOf,

  async plan({ config, prior, private: kept }) {
    const problems = [...problemsOf(config), ...renamed(prior, config)];
    const unknowns: Values = { release: UNKNOWN, activation: UNKNOWN, staged: UNKNOWN, impact: UNKNOWN };
    const after = holdsUnknown(inputs(config)) ? undefined : readFabric(specOf(config)).fabric;
    if (!after || hasErrors(problems)) return { planned: { ...config, ...unknowns }, diagnostics: problems };
    const release = makeRelease(after).digest,
      diagnostics = [...problems, ...defaultPolicyWarnings(after)];
    if (prior && !mustDeploy(prior, config, release, kept)) {
      const { activation, staged, impact } = prior;
      return { planned: { ...config, release, activation, staged, impact }, diagnostics };
    }
    return {
      planned: {
        ...config,
        release,
        activation: typeof prior?.activation === 'number' ? prior.activation + 1 : UNKNOWN,
        staged: plannedDigests(nodesOf(config), release, unreachableOf(config)),
        impact: prior?.release === release ? prior.impact : impactValues(fabricOf(prior), after),
      },
      diagnostics,
    };
  },

  async create({ planned, config }, context) {
    const owner = ownerHere(),
      wish = wishOf(config, null);
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
    const failed = await stage({ fleet, survey, owner, activation, release: wish.release }, context);
    if (failed.length > 0) return { state: null, diagnostics: failed };
    return {
      state: { ...planned, ...wish.known, activation, staged: stagedOn(survey, config, null, wish.release) },
      private: { owner },
    };
  },

  async read({ state, private: kept }) {
    const { release } = state,
      fleet = fleetOf(state);
    const survey = await fleet.survey(),
      mayBeAbsent = unreachableOf(state);
    const isBehind = [...survey.statuses].some(
      ([node, { transaction }]) => !mayBeAbsent.has(node) && transaction.active?.release !== release,
    );
    const runs = isBehind ? false : survey.absent.size > 0 ? (kept as Kept).runs !== false : true;
    const seen = highestActivation(survey);
    return {
      state: {
        ...state,
        staged: readDigests(nodesOf(state), survey, state.staged, heldRelease),
        activation: typeof state.activation === 'number' ? Math.max(state.activation, seen) : state.activation,
      },
      private: { ...kept, runs } satisfies Kept,
      diagnostics: absentAtRefresh(survey.absent),
    };
  },

  async update({ prior, planned, config, private: kept }, context) {
    const wish = wishOf(config, prior);
    if ('problems' in wish) return { state: prior, diagnostics: wish.problems };
    const { release, mayBeAbsent } = wish;
    if (!mustDeploy(prior, config, release.digest, kept)) {
      const { activation, staged, impact } = prior; // Another spelling of the same: no agent need hear of it.
      return { state: { ...planned, release: release.digest, activation, staged, impact } };
    }
    const owner = (kept as Kept).owner ?? ownerHere(),
      fleet = fleetOf(config, context.stop);
    const survey = await fleet.survey(),
      activation = (prior.activation as number) + 1;
    const found = [...obstacles(survey, mayBeAbsent), ...foreign(survey, owner), ...stale(survey, activation)];
    const failed = found.length > 0 ? found : await stage({ fleet, survey, owner, activation, release }, context);
    if (failed.length > 0) {
      const truth = await fleetOf(prior, context.stop).survey();
      const state = { ...prior, staged: readDigests(nodesOf(prior), truth, prior.staged, heldRelease) };
      return { state, private: { ...kept, owner }, diagnostics: failed };
    }
    return {
      state: { ...planned, ...wish.known, activation, staged: stagedOn(survey, config, prior.staged, wish.release) },
      private: { owner },
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
      const truth = await fleet.survey();
      return {
        state: { ...prior, staged: readDigests(nodesOf(prior), truth, prior.staged, heldRelease) },
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
    const [, name, endpoint] = /^([^@]+)@(.+)$/.exec(id) ?? [];
    if (!name)
      return {
        state: null,
        diagnostics: [error(`${id} names no fabric`, 'Write name@endpoint; any agent of it will do.')],
      };
    const survey = await new Fleet({ [name]: endpoint }).survey(),
      status = survey.statuses.get(name);
    if (!status) return { state: null, diagnostics: obstacles(survey, new Set()) };
    const { owner, active } = status.transaction;
    if (status.fabric !== name || owner === null || active === null)
      return {
        state: null,
        diagnostics: [
          error(`The agent at ${endpoint} does not run fabric ${name}`, `It runs ${status.fabric ?? 'none'}.`),
        ],
      };
    const nodes = mapValues(status.endpoints, (at): Values => ({ endpoint: at }));
    const state: Values = { name, nodes, release: active.release, activation: active.activation };
    return { state, private: { owner } satisfies Kept };
  },
};

/** What the configuration sets. */
const inputs = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).filter(([name]) => fabric.schema.attributes[name]?.set !== 'computed'));

interface Wish {
  readonly release: Release;
  readonly mayBeAbsent: ReadonlySet<string>;
  /** Computed values that follow from the configuration, which the plan may not have known. */
  readonly known: Values;
}

/** What an apply is to reach; everything is checked once more, as nothing may be unknown now. */
function wishOf(config: Values, prior: Values | null): Wish | { problems: Diagnostic[] } {
  const problems = [...problemsOf(config), ...renamed(prior, config)];
  const after: Fabric | undefined = readFabric(specOf(config)).fabric;
  if (!after || problems.length > 0) return { problems };
  const release = makeRelease(after);
  const isSame = prior?.release === release.digest;
  const impact = isSame ? prior.impact : impactValues(fabricOf(prior), after);
  return { release, mayBeAbsent: unreachableOf(config), known: { release: release.digest, impact } };
}

/** The state after a release was staged on every node that answered. */
const stagedOn = (survey: Survey, config: Values, before: Value, release: Release): Values =>
  readDigests(nodesOf(config), survey, before, () => release.digest);
