import type { AgentSummary } from '../../control/status';
import { type Diagnostic, error, warning } from '../diagnostic';
import { absentAtRefresh, Fleet, listing } from '../fleet';
import { pause } from '../pause';
import { computed } from '../schema';
import type { Context, Outcome, Resource } from '../server';
import type { Values } from '../value';
import { DEPLOYED, endpointsOf } from './attributes';
import { asSurveyed, BEHIND, behindOf } from './behind';
import { deployedOf, deployedProblems, explore, isDue, isSame, plannedOf, truthOf } from './deployed';
import { deployedAt } from './import';

/** `peerform_commit`: confirms what the waves activated, lets go of what only the former release had, and frees nodes that left. */
export const commit: Resource = {
  schema: {
    version: 0,
    description:
      'Confirms an activation on all nodes after the last wave, lets go of sessions that only the former release had, and cleans nodes that left the fabric.',
    attributes: {
      ...DEPLOYED,
      final: {
        type: 'bool',
        set: 'optional',
        description:
          'Whether it is the last one; true if absent. If false, it only confirms the nodes of one wave: sessions that only the former release had go on.',
      },
      ...computed({
        behind: [BEHIND, 'Nodes that do not keep the release for good, each with the one that it keeps, or none.'],
      }),
    },
  },

  validate: deployedProblems,

  plan: async ({ config, prior }) => ({
    planned: plannedOf(config, prior),
    diagnostics: deployedProblems(config),
  }),

  create: ({ config }, context) => apply(config, null, context),

  async read({ state }, { stop }) {
    const fleet = new Fleet(endpointsOf(state.nodes), stop),
      survey = await fleet.refresh();
    const behind = behindOf(fleet.nodes, state.release, asSurveyed(survey, state, keeps));
    return { state: { ...state, behind }, diagnostics: absentAtRefresh(survey.absent) };
  },

  update: async ({ prior, config }, context) =>
    isDue(config, prior) ? apply(config, prior, context) : { state: { ...config, behind: prior.behind } },

  /** Forgets. What runs goes on; the fabric's deletion is what cleans nodes. */
  delete: async () => ({ state: null }),

  importState: deployedAt,
};

const keeps = ({ transaction }: AgentSummary): string | null => transaction.confirmed?.release ?? null;

async function apply(config: Values, prior: Values | null, context: Context): Promise<Outcome> {
  const { stop } = context;
  const deployed = deployedOf(config, stop),
    { fleet, activation, mayBeAbsent } = deployed;
  const failed = async (...diagnostics: Diagnostic[]): Promise<Outcome> => ({
    state: prior && (await truthOf(prior, keeps, context)),
    diagnostics,
  });
  const problems = deployedProblems(config);
  if (problems.length > 0) return failed(...problems);
  const ground = await explore(deployed);
  if (!('survey' in ground)) return failed(...ground);
  const { survey, owner } = ground;
  const others = [...survey.statuses].filter(([, { transaction }]) => !isSame(transaction.active, activation));
  const missing = others
    .filter(([node]) => !mayBeAbsent.has(node))
    .map(([node, status]) => [node, why(status)] as const);
  if (missing.length > 0)
    return failed(
      error(
        `Activation ${activation.activation} does not run on ${missing.map(([node]) => node).join(', ')}`,
        `Nothing was confirmed; the other nodes return by themselves. Deploy again.\n${listing(missing)}`,
      ),
    );
  if (stop.aborted) return failed(error('Stopped', 'Nothing was confirmed; the nodes return by themselves.'));
  const late = new Set(others.map(([node]) => node)),
    nodes = [...survey.statuses.keys()].filter((node) => !late.has(node));
  const command = (node: string) => ({ ...activation, node, owner });
  const unconfirmed = await fleet.send('confirm', nodes, command);
  if (unconfirmed.size > 0)
    return failed(
      error(
        `Not every node confirmed: ${[...unconfirmed.keys()].join(', ')}`,
        `These return to what they ran before unless one more deploy confirms them; the others keep the release.\n${listing(unconfirmed)}`,
      ),
    );
  const before = asSurveyed(survey, prior, keeps),
    now = (node: string) => (nodes.includes(node) ? activation.release : before(node));
  const state = { ...config, behind: behindOf(fleet.nodes, activation.release, now) };
  if (config.final === false) return { state };
  const diagnostics: Diagnostic[] = [];
  // Nodes that may be absent and are still run what this release left: who is connected with them stays so.
  const behind = fleet.nodes.filter((node) => !nodes.includes(node));
  const open = await fleet.send('finalise', nodes, (node) => ({ ...command(node), behind }));
  for (const [node, why] of await untilDrained(
    fleet.only((node) => nodes.includes(node) && !open.has(node)),
    stop,
  ))
    open.set(node, why);
  if (open.size > 0)
    diagnostics.push(
      warning(
        `Former sessions still stand on ${[...open.keys()].join(', ')}`,
        `The release is confirmed everywhere. One that drains closes them by itself; another holds them until the next deploy.\n${listing(open)}`,
      ),
    );
  diagnostics.push(...(await free(new Fleet(endpointsOf(prior?.nodes ?? null), stop), fleet, owner)));
  return { state, diagnostics };
}

/** Seconds for which former sessions may drain before it is said that they still do. */
const DRAIN_WITHIN = 90;
const LOOK_MS = 250;

/** Waits until traffic has left the former sessions of all these nodes and they are closed; gives the nodes where they are not. */
async function untilDrained(fleet: Fleet, stop: AbortSignal): Promise<Map<string, string>> {
  const until = performance.now() + DRAIN_WITHIN * 1000;
  for (let rest = fleet; ; ) {
    const { statuses, absent } = await rest.survey();
    const drains = [...statuses].filter(([, { transaction }]) => transaction.retiring?.phase === 'draining');
    const open = new Map([...absent, ...drains.map(([node]) => [node, 'they still drain'] as const)]);
    if (open.size === 0 || stop.aborted || performance.now() > until) return open;
    rest = rest.only((node) => open.has(node));
    await pause(LOOK_MS, stop);
  }
}

const why = ({ transaction: { active, returned } }: AgentSummary): string => {
  if (returned) return `it was undone here: ${returned.reason}`;
  return active ? `activation ${active.activation} runs here` : 'nothing runs here';
};

/** Cleans nodes that were of the fabric and are no more; one that is dead is dropped with a warning, as nobody can clean it. */
async function free(before: Fleet, now: Fleet, owner: string): Promise<Diagnostic[]> {
  const gone = before.only((node) => !now.endpoints[node]),
    { statuses, absent } = await gone.survey();
  const ours = [...statuses].filter(([node, status]) => status.node === node && status.transaction.owner === owner);
  const failed = await gone.send(
    'remove',
    ours.map(([node]) => node),
    (node) => ({ node, owner }),
  );
  const left = new Map([...absent, ...failed]);
  if (left.size === 0) return [];
  return [
    warning(
      `Nodes that left the fabric were not cleaned: ${[...left.keys()].join(', ')}`,
      `The fabric goes on without them. If one comes back, it still runs its last release: stop its agent and clear its state.\n${listing(left)}`,
    ),
  ];
}
