import type { AgentSummary } from '../../control/status';
import type { Activation } from '../../control/transaction';
import { type Diagnostic, error } from '../diagnostic';
import { absentAtRefresh, Fleet, listing } from '../fleet';
import { computed } from '../schema';
import type { Context, Resource } from '../server';
import { isValues, type Value, type Values } from '../value';
import { DEPLOYED, endpointsOf } from './attributes';
import { asSurveyed, BEHIND, behindOf } from './behind';
import {
  type Deployed,
  deployedOf,
  deployedProblems,
  explore,
  type Ground,
  isDue,
  isSame,
  plannedOf,
  truthOf,
} from './deployed';
import { waitUntilHealthy } from './gate';
import { deployedAt } from './import';
import { NO_PATH } from './losses';

/** Seconds, where the configuration says nothing. */
const DEFAULT = { gateWithin: 60, confirmWithin: 600 } as const;
const LONGEST = 86_400;

/** `peerform_wave`: activates a staged release on some nodes, and waits until they are healthy; else they go back at once. */
export const wave: Resource = {
  schema: {
    version: 0,
    description:
      'Activates a staged release on some nodes and waits until they are healthy. Unless a commit confirms it in time, they return by themselves.',
    attributes: {
      ...DEPLOYED,
      gate: {
        type: {
          object: {
            within: {
              type: 'number',
              set: 'optional',
              description: `Seconds until every session between nodes that run the release must be up with all its routes, the kernel must hold them, and no prefix may have lost its last path; ${DEFAULT.gateWithin} if absent.`,
            },
          },
        },
        set: 'optional',
        description:
          'What must hold for the wave to stand; else its nodes, and those of earlier waves, return to what they ran before.',
      },
      allow_disruption: {
        type: 'bool',
        set: 'optional',
        description:
          'Whether prefixes may lose their last path by this change; without it the gate fails where they do.',
      },
      confirm_within: {
        type: 'number',
        set: 'optional',
        description: `Seconds until a node returns to what it ran before if no commit comes; ${DEFAULT.confirmWithin} if absent. Longer than everything that comes after, up to the commit.`,
      },
      ...computed({ behind: [BEHIND, 'Nodes that do not run the release, each with the one that it runs, or none.'] }),
    },
  },

  validate: problemsOf,

  plan: async ({ config, prior }) => ({
    planned: plannedOf(config, prior),
    diagnostics: problemsOf(config),
  }),

  async create({ config }, context) {
    const { failed, behind } = await activate(config, null, context);
    return failed.length > 0 ? { state: null, diagnostics: failed } : { state: { ...config, behind } };
  },

  async read({ state }, { stop }) {
    const fleet = new Fleet(endpointsOf(state.nodes), stop),
      survey = await fleet.refresh();
    const behind = behindOf(fleet.nodes, state.release, asSurveyed(survey, state, running));
    return { state: { ...state, behind }, diagnostics: absentAtRefresh(survey.absent) };
  },

  async update({ prior, config }, context) {
    if (!isDue(config, prior)) return { state: { ...config, behind: prior.behind } };
    const { failed, behind } = await activate(config, prior, context);
    if (failed.length === 0) return { state: { ...config, behind } };
    return { state: await truthOf(prior, running, context), diagnostics: failed };
  },

  /** Forgets. What runs goes on; the fabric's deletion is what cleans nodes. */
  delete: async () => ({ state: null }),

  importState: deployedAt,
};

const running = ({ transaction }: AgentSummary): string | null => transaction.active?.release ?? null;

const seconds = (value: Value | undefined, absent: number): number => (typeof value === 'number' ? value : absent);
const gateWithin = ({ gate }: Values) => seconds(isValues(gate) ? gate.within : null, DEFAULT.gateWithin);
const confirmWithin = ({ confirm_within: value }: Values) => seconds(value, DEFAULT.confirmWithin);

function problemsOf(config: Values): Diagnostic[] {
  const problems = deployedProblems(config);
  const [gate, confirm] = [gateWithin(config), confirmWithin(config)];
  const isWhole = (value: number, least: number) => Number.isInteger(value) && value >= least && value <= LONGEST;
  if (!isWhole(gate, 0))
    problems.push(error(`gate.within: ${gate} is no time`, `Write 0 to ${LONGEST} seconds.`, ['gate', 'within']));
  if (!isWhole(confirm, 1))
    problems.push(error(`confirm_within: ${confirm} is no time`, `Write 1 to ${LONGEST} seconds.`, ['confirm_within']));
  else if (confirm <= gate)
    problems.push(
      error(
        `confirm_within: ${confirm} s is not longer than the gate's ${gate} s`,
        'A node would return by itself while the gate still waits. Write a longer time, for all that comes after too.',
        ['confirm_within'],
      ),
    );
  return problems;
}

/** What came of an activation: why it failed, else the nodes that are left behind. */
interface Activated {
  readonly failed: readonly Diagnostic[];
  readonly behind: Values;
}

const failure = (...failed: readonly Diagnostic[]): Activated => ({ failed, behind: {} });

/** Activates and waits at the gate. What failed was rolled back before this returns. */
async function activate(config: Values, prior: Values | null, { stop }: Context): Promise<Activated> {
  const problems = problemsOf(config);
  if (problems.length > 0) return failure(...problems);
  const deployed = deployedOf(config, stop);
  if (deployed.fleet.nodes.length === 0) return { failed: [], behind: {} };
  const ground = await explore(deployed);
  if (!('survey' in ground)) return failure(...ground);
  const unstaged = [...ground.survey.statuses].filter(
    ([
      node,
      {
        transaction: { staged, active },
      },
    ]) =>
      !isSame(staged, deployed.activation) && !isSame(active, deployed.activation) && !deployed.mayBeAbsent.has(node),
  );
  if (unstaged.length > 0) return failure(notStaged(deployed, unstaged));
  if (stop.aborted) return failure(error('Stopped', 'It was stopped before anything was changed.'));
  const nodes = [...ground.survey.statuses.keys()].filter((node) => !unstaged.some(([name]) => name === node));
  const { activation } = deployed;
  const refused = await deployed.fleet.send('activate', nodes, (node) => ({
    ...activation,
    node,
    owner: ground.owner,
    confirmWithin: confirmWithin(config),
  }));
  if (refused.size > 0)
    return failure(
      await rollBack(
        deployed,
        ground,
        nodes,
        stop.aborted ? STOPPED : 'The release could not be activated',
        [...refused],
        stop,
      ),
    );
  const part = deployed.fleet.only((node) => nodes.includes(node));
  const gate = {
    release: activation.release,
    within: gateWithin(config),
    allowsDisruption: config.allow_disruption === true,
  };
  const faults = await waitUntilHealthy(part, nodes, gate, stop);
  if (stop.aborted) return failure(await rollBack(deployed, ground, nodes, STOPPED, [], stop));
  if (faults.length === 0) {
    const before = asSurveyed(ground.survey, prior, running),
      now = (node: string) => (nodes.includes(node) ? activation.release : before(node));
    return { failed: [], behind: behindOf(deployed.fleet.nodes, activation.release, now) };
  }
  const isLoss = faults.some(({ message }) => message.includes(NO_PATH));
  const reasons = faults.map(({ node, message }): [string, string] => [node, message]);
  const what = isLoss
    ? 'The release takes the last path of prefixes: keep a session that leads there, or write allow_disruption = true if this is meant'
    : `The wave was not healthy within ${gateWithin(config)} s`;
  return failure(await rollBack(deployed, ground, nodes, what, reasons, stop));
}

function notStaged({ activation }: Deployed, nodes: readonly [string, AgentSummary][]): Diagnostic {
  const reasons = nodes.map(([node, { transaction }]): [string, string] => {
    const undone = isSame(transaction.returned, activation) ? transaction.returned?.reason : undefined;
    return [node, undone === undefined ? 'it is not staged here' : `it was undone here: ${undone}`];
  });
  return error(
    `Activation ${activation.activation} cannot be activated on ${reasons.map(([node]) => node).join(', ')}`,
    `Nothing was changed. Deploy the fabric again.\n${listing(reasons)}`,
  );
}

const STOPPED = 'The wave was stopped';

/** Most faults that an error lists; the first tell enough. */
const MOST_FAULTS = 20;

/** The wave goes back, and what earlier waves activated and nobody confirmed with it: the release as a whole was not healthy. */
async function rollBack(
  { fleet, activation }: Deployed,
  { owner }: Ground,
  nodes: readonly string[],
  what: string,
  reasons: readonly (readonly [string, string])[],
  stop: AbortSignal,
): Promise<Diagnostic> {
  const shown = listing(reasons.slice(0, MOST_FAULTS)),
    more = reasons.length > MOST_FAULTS ? `\n  and ${reasons.length - MOST_FAULTS} more` : '';
  const reason = reasons.length > 0 ? `${what}: node ${reasons[0][0]}: ${reasons[0][1]}` : what;
  const command = (node: string) => ({ ...activation, node, owner, reason });
  const left = await fleet.send('rollback', nodes, command);
  const earlier = await earlierWaves(fleet, activation, stop);
  const undone = earlier.undone.length > 0 ? await earlier.fleet.send('rollback', earlier.undone, command) : new Map();
  for (const [node, why] of undone) left.set(node, why);
  const parts = [
    shown + more,
    earlier.undone.length > 0 ? `Earlier waves went back with it: ${earlier.undone.join(', ')}.` : '',
    earlier.kept.length > 0
      ? `These had been confirmed and keep the release, which the others work with: ${earlier.kept.join(', ')}.`
      : '',
    left.size === 0
      ? 'Its nodes run again what they ran before.'
      : `These could not be told to go back, and do it by themselves when no confirmation comes:\n${listing(left)}`,
  ];
  return error(what, parts.filter((part) => part !== '').join('\n'));
}

/** The nodes of the fabric outside this wave that run the activation: those that may still go back, and those that keep it. */
async function earlierWaves(wave: Fleet, activation: Activation, stop: AbortSignal) {
  const [any] = wave.nodes;
  const known = any === undefined ? {} : await wave.endpointsBy(any).catch(() => ({}));
  const others = Object.entries(known).filter(([node]) => wave.endpoints[node] === undefined);
  const fleet = new Fleet(Object.fromEntries(others), stop),
    { statuses } = await fleet.survey();
  const running = [...statuses].filter(
    ([node, status]) => status.node === node && isSame(status.transaction.active, activation),
  );
  const isKept = ({ transaction }: AgentSummary) => isSame(transaction.confirmed, activation);
  const names = (kept: boolean) =>
    running
      .filter(([, status]) => isKept(status) === kept)
      .map(([node]) => node)
      .sort();
  return { fleet, undone: names(false), kept: names(true) };
}
