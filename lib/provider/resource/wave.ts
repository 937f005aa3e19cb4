import type { AgentSummary } from '../../control/status';
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
              description: `Seconds until every session between nodes that run the release must be up with all its routes, and the kernel must hold them; ${DEFAULT.gateWithin} if absent.`,
            },
          },
        },
        set: 'optional',
        description: 'What must hold for the wave to stand; else its nodes return to what they ran before.',
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

  async read({ state }) {
    const fleet = new Fleet(endpointsOf(state.nodes)),
      survey = await fleet.survey();
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
  const deployed = deployedOf(config, stop),
    ground = await explore(deployed);
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
      await rollBack(deployed, ground, nodes, stop.aborted ? STOPPED : 'The release could not be activated', [
        ...refused,
      ]),
    );
  const part = deployed.fleet.only((node) => nodes.includes(node));
  const faults = await waitUntilHealthy(part, nodes, activation.release, gateWithin(config), stop);
  if (stop.aborted) return failure(await rollBack(deployed, ground, nodes, STOPPED, []));
  if (faults.length === 0) {
    const before = asSurveyed(ground.survey, prior, running),
      now = (node: string) => (nodes.includes(node) ? activation.release : before(node));
    return { failed: [], behind: behindOf(deployed.fleet.nodes, activation.release, now) };
  }
  const reasons = faults.map(({ node, message }): [string, string] => [node, message]);
  const what = `The wave was not healthy within ${gateWithin(config)} s`;
  return failure(await rollBack(deployed, ground, nodes, what, reasons));
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

async function rollBack(
  { fleet, activation }: Deployed,
  { owner }: Ground,
  nodes: readonly string[],
  what: string,
  reasons: readonly (readonly [string, string])[],
): Promise<Diagnostic> {
  const shown = listing(reasons.slice(0, MOST_FAULTS)),
    more = reasons.length > MOST_FAULTS ? `\n  and ${reasons.length - MOST_FAULTS} more` : '';
  const reason = reasons.length > 0 ? `${what}: node ${reasons[0][0]}: ${reasons[0][1]}` : what;
  const left = await fleet.send('rollback', nodes, (node) => ({ ...activation, node, owner, reason }));
  const undone =
    left.size === 0
      ? 'Its nodes run again what they ran before.'
      : `These could not be told to go back, and do it by themselves when no confirmation comes:\n${listing(left)}`;
  return error(what, [shown + more, undone].filter((part) => part !== '').join('\n'));
}
