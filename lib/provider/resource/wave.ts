import type { UnmetDemand } from '../../control/gate';
import type { AgentSummary } from '../../control/status';
import { isSame } from '../../control/transaction';
import { type Diagnostic, error } from '../diagnostic';
import { Fleet } from '../fleet';
import type { Context, Resource } from '../resource-api';
import { computed } from '../schema';
import { absentAtRefresh, listing } from '../survey';
import { isValues, type Value, type Values } from '../value';
import { DEPLOYED, endpointsOf } from './attributes';
import { activationOf, asSurveyed, BEHIND, behindOf } from './behind';
import { type Deployed, deployedOf, deployedProblems, fleetPreflight, isDue, plannedOf, refreshed } from './deployed';
import { downOutside } from './down-outside';
import { follows } from './followers';
import { type WaveGate, waitUntilHealthy } from './gate';
import { deployedAt } from './import';
import { recordTrial } from './on-trial';
import { rollBackWave } from './wave-rollback';

/** Defaults in seconds. */
const DEFAULT = { gateWithin: 60, confirmWithin: 600 } as const;
const LONGEST = 86_400;

/**
 * `peerform_wave`: activates a staged release on some nodes and waits until they are healthy; otherwise they are rolled
 * back at once.
 */
export const wave: Resource = {
  schema: {
    version: 0,
    description:
      'Activates a staged release on some nodes and waits until they are healthy. Unless a commit confirms it in time, they roll back by themselves.',
    attributes: {
      ...DEPLOYED,
      gate: {
        type: {
          object: {
            within: {
              type: 'number',
              set: 'optional',
              description: `Seconds within which every session between nodes that run the release must be up with all of its routes, sessions with outside neighbours must be up as before, the kernel must have the routes, and no prefix may have lost its last path. Default: ${DEFAULT.gateWithin}.`,
            },
            outside: {
              type: 'string',
              set: 'optional',
              description:
                'Sessions with outside neighbours that must be up: `all`, those that were up before and new ones; `kept`, those that were up before, or what replaces them. On a node that is new to the fabric, sessions that are not up are reported in a warning. Default: `all`.',
            },
          },
        },
        set: 'optional',
        description:
          'Conditions for the wave to succeed; otherwise its nodes, and those of earlier waves, are rolled back to what they ran before.',
      },
      allow_disruption: {
        type: 'bool',
        set: 'optional',
        description: 'Allows this change to take away the last path to prefixes; otherwise the gate fails if it does.',
      },
      confirm_within: {
        type: 'number',
        set: 'optional',
        description: `Seconds until a node rolls back to what it ran before if no commit arrives. Must cover everything that follows, up to the commit. Default: ${DEFAULT.confirmWithin}.`,
      },
      ...computed({
        behind: [BEHIND, 'Nodes that do not run the release, each with the release that it runs, or none.'],
      }),
    },
  },

  validate: problemsOf,

  plan: async ({ config, prior }, { stop }) => ({
    planned: plannedOf(config, prior),
    diagnostics: [...problemsOf(config), ...follows(stop, 'wave', config)],
  }),

  async create({ planned }, context) {
    const { failed, behind, told } = await activate(planned, null, context);
    if (failed.length > 0) return { state: null, diagnostics: failed };
    return { state: { ...planned, behind }, diagnostics: told };
  },

  async read({ state }, { stop }) {
    const fleet = new Fleet(endpointsOf(state.nodes), stop);
    const survey = await fleet.refresh();
    const behind = behindOf(fleet.nodes, asSurveyed(survey, state, activationOf(state), RUNS));
    return { state: { ...state, behind }, diagnostics: absentAtRefresh(survey) };
  },

  async update({ prior, planned }, context) {
    if (!isDue(planned, prior)) return { state: { ...planned, behind: prior.behind } };
    const { failed, behind, told } = await activate(planned, prior, context);
    if (failed.length === 0) return { state: { ...planned, behind }, diagnostics: told };
    return { state: await refreshed(prior, RUNS, context), diagnostics: failed };
  },

  /** Removes it from the state only. What runs continues; deleting the fabric cleans the nodes. */
  delete: async () => ({ state: null }),

  importState: (id) => deployedAt(id, wave.schema.attributes),
};

/** Whether it is confirmed is the commit's concern. */
const RUNS = ['unconfirmed', 'confirmed'] as const;

const seconds = (value: Value | undefined, absent: number): number => (typeof value === 'number' ? value : absent);
const gateWithin = ({ gate }: Values) => seconds(isValues(gate) ? gate.within : null, DEFAULT.gateWithin);
const outsideOf = ({ gate }: Values): Value | undefined => (isValues(gate) ? gate.outside : null);
const confirmWithin = ({ confirm_within: value }: Values) => seconds(value, DEFAULT.confirmWithin);

function problemsOf(config: Values): Diagnostic[] {
  const problems = deployedProblems(config, 'wave');
  const [gate, confirm] = [gateWithin(config), confirmWithin(config)];
  const outside = outsideOf(config);
  if (typeof outside === 'string' && outside !== 'all' && outside !== 'kept')
    problems.push(
      error(`gate.outside: ${JSON.stringify(outside)} is not all or kept`, 'Write all or kept.', ['gate', 'outside']),
    );
  const isWhole = (value: number, least: number) => Number.isInteger(value) && value >= least && value <= LONGEST;
  if (!isWhole(gate, 0))
    problems.push(
      error(`gate.within: ${gate} is not a valid time`, `Write 0 to ${LONGEST} seconds.`, ['gate', 'within']),
    );
  if (!isWhole(confirm, 1))
    problems.push(
      error(`confirm_within: ${confirm} is not a valid time`, `Write 1 to ${LONGEST} seconds.`, ['confirm_within']),
    );
  else if (confirm <= gate)
    problems.push(
      error(
        `confirm_within: ${confirm} s is not longer than the gate's ${gate} s`,
        'A node would roll back by itself while the gate is still waiting. Set a longer time, which covers everything that follows as well.',
        ['confirm_within'],
      ),
    );
  return problems;
}

/** Result of an activation: why it failed, or the nodes that are behind. */
interface Activated {
  readonly failed: readonly Diagnostic[];
  readonly behind: Values;
  /** Warnings, although it succeeded. */
  readonly told: readonly Diagnostic[];
}

const failure = (...failed: readonly Diagnostic[]): Activated => ({ failed, behind: {}, told: [] });

/** Activates and waits for the gate. Whatever failed is rolled back before this returns. */
async function activate(config: Values, prior: Values | null, { stop }: Context): Promise<Activated> {
  const problems = problemsOf(config);
  if (problems.length > 0) return failure(...problems);
  const deployed = deployedOf(config, stop);
  if (deployed.fleet.nodes.length === 0) return { failed: [], behind: {}, told: [] };
  const checked = await fleetPreflight(deployed);
  if (!('survey' in checked)) return failure(...checked);
  const unstaged = [...checked.survey.statuses].filter(
    ([
      node,
      {
        transaction: { staged, active },
      },
    ]) =>
      !isSame(staged, deployed.activation) && !isSame(active, deployed.activation) && !deployed.mayBeAbsent.has(node),
  );
  if (unstaged.length > 0) return failure(notStaged(deployed, unstaged));
  if (stop.aborted) return failure(error('Stopped', 'The deploy was stopped before anything was changed.'));
  const nodes = [...checked.survey.statuses.keys()].filter((node) => !unstaged.some(([name]) => name === node));
  const { activation, fabric } = deployed;
  const failed = await deployed.fleet.send('activate', nodes, (node) => ({
    ...activation,
    fabric,
    node,
    owner: checked.owner,
    confirmWithin: confirmWithin(config),
  }));
  const activated = nodes.filter((node) => !failed.refused.has(node));
  recordTrial(stop, activation, deployed.fleet, { nodes: activated, seconds: confirmWithin(config) });
  const undone = async (what: string, faults: readonly UnmetDemand[]) =>
    failure(await rollBackWave(deployed, { nodes, owner: checked.owner, failed, what, faults }, stop));
  if (failed.all.size > 0)
    return undone(
      stop.aborted ? STOPPED : failed.refused.size > 0 ? NOT_ACTIVATED : NOT_ANSWERED,
      [...failed.all].map(([node, message]) => ({ node, message })),
    );
  const part = deployed.fleet.only((node) => nodes.includes(node));
  const gate: WaveGate = {
    release: activation.release,
    within: gateWithin(config),
    allowsDisruption: config.allow_disruption === true,
    outside: outsideOf(config) === 'kept' ? 'kept' : 'all',
  };
  const { faults, isLoss, listed } = await waitUntilHealthy(part, nodes, gate, stop);
  if (stop.aborted) return undone(STOPPED, []);
  if (faults.length === 0) {
    const before = asSurveyed(checked.survey, prior, activation, RUNS);
    const now = (node: string) => (nodes.includes(node) ? undefined : before(node));
    return { failed: [], behind: behindOf(deployed.fleet.nodes, now), told: downOutside(listed) };
  }
  const what = isLoss
    ? 'The release takes away the last path to prefixes: keep a session that provides one, or set allow_disruption = true (allowDisruption in constructs) if this is intended'
    : `The wave was not healthy within ${gateWithin(config)} s`;
  return undone(what, faults);
}

function notStaged({ activation }: Deployed, nodes: readonly [string, AgentSummary][]): Diagnostic {
  const reasons = nodes.map(([node, { transaction }]): [string, string] => {
    const undone = isSame(transaction.returned, activation) ? transaction.returned?.reason : undefined;
    return [node, undone === undefined ? 'it is not staged here' : `it was rolled back here: ${undone}`];
  });
  return error(
    `Activation ${activation.activation} cannot be activated on ${reasons.map(([node]) => node).join(', ')}`,
    `This step changed nothing. Deploy the fabric again, with a refresh, to get a new activation.\n${listing(reasons)}`,
  );
}

const STOPPED = 'The wave was stopped';
const NOT_ACTIVATED = 'The release could not be activated';
const NOT_ANSWERED = 'Not every node answered that it activated the release';
