import type { Request } from '../../control/protocol';
import type { AgentSummary } from '../../control/status';
import { isSame } from '../../control/transaction';
import { type Diagnostic, error, warning } from '../diagnostic';
import { Fleet } from '../fleet';
import { pause } from '../pause';
import type { Context, Private, Resource, ResourceResult } from '../resource-api';
import { computed } from '../schema';
import { absentAtRefresh, type Failed, listing, type Survey } from '../survey';
import { UNKNOWN, type Values } from '../value';
import { DEPLOYED, endpointsOf } from './attributes';
import { activationOf, asSurveyed, BEHIND, behindOf } from './behind';
import { deployedOf, deployedProblems, fleetPreflight, isDue, plannedOf, refreshed } from './deployed';
import { follows } from './followers';
import { deployedAt } from './import';
import { announced, free, keptLeft, type Leavers, lookFor } from './leaving';
import { Claims } from './moves';
import { observe } from './observed';
import { onTrial } from './on-trial';

/**
 * `peerform_commit`: confirms what the waves activated, removes what only the previous release had, and cleans nodes
 * that left.
 */
export const commit: Resource = {
  schema: {
    version: 0,
    description:
      'Confirms an activation on all nodes after the last wave, closes sessions that only the previous release had, and cleans up nodes that left the fabric.',
    attributes: {
      ...DEPLOYED,
      final: {
        type: 'bool',
        set: 'optional',
        description:
          'Whether this is the final commit. If false, it only confirms the nodes of one wave, and sessions that only the previous release had stay up. Default: true.',
      },
      ...computed({
        behind: [BEHIND, 'Nodes that have not confirmed the release, each with the release that it keeps, or none.'],
        observed: [
          'string',
          'What the deploy did compared with what its plan predicted, in one line that begins with `as predicted`, `not as predicted` or `not observed`.',
        ],
      }),
    },
  },

  validate: (config) => deployedProblems(config, 'commit'),

  plan: async ({ config, prior }, { stop }) => ({
    planned: {
      ...plannedOf(config, prior),
      observed: prior && !isDue(config, prior) ? (prior.observed ?? null) : UNKNOWN,
    },
    diagnostics: [...deployedProblems(config, 'commit'), ...follows(stop, 'commit', config)],
  }),

  create: ({ planned, private: kept }, context) => apply(planned, null, kept, context),

  async read({ state, private: kept }, { stop }) {
    const fleet = new Fleet(endpointsOf(state.nodes), stop);
    const survey = await fleet.refresh();
    const { left, ...rest } = kept as Kept;
    const back = await lookFor(left ?? {}, stop);
    const behind = behindOf(fleet.nodes, asSurveyed(survey, state, activationOf(state), KEEPS));
    return {
      state: { ...state, behind: { ...back.behind, ...behind } },
      private: { ...rest, ...keptLeft(back.leavers) },
      diagnostics: absentAtRefresh(survey),
    };
  },

  update: async ({ prior, planned, private: kept }, context) =>
    isDue(planned, prior)
      ? apply(planned, prior, kept, context)
      : { state: { ...planned, behind: prior.behind, observed: prior.observed ?? null } },

  /** Removes it from the state only. What runs continues; deleting the fabric cleans the nodes. */
  delete: async () => ({ state: null }),

  importState: (id) => deployedAt(id, commit.schema.attributes),
};

const KEEPS = ['confirmed'] as const;

/** Reported as observed if more of the deploy follows. */
const UNFINISHED = 'not observed: the deploy goes on after this commit';

async function apply(config: Values, prior: Values | null, kept: Private, context: Context): Promise<ResourceResult> {
  const { stop } = context;
  const deployed = deployedOf(config, stop);
  const { fleet, activation, mayBeAbsent } = deployed;
  const failed = async (...diagnostics: Diagnostic[]): Promise<ResourceResult> => ({
    state: prior && (await refreshed(prior, KEEPS, context)),
    diagnostics,
  });
  const problems = deployedProblems(config, 'commit');
  if (problems.length > 0) return failed(...problems);
  const checked = await fleetPreflight(deployed);
  if (!('survey' in checked)) return failed(...checked);
  const { survey, owner } = checked;
  // A node that is no longer in the fabric may be taken by another.
  const names = [...new Set([deployed.fabric, ...(prior ? [String(prior.fabric)] : [])])];
  if (config.final !== false) Claims.of(stop).claim(names, fleet.endpoints);
  const others = [...survey.statuses].filter(([, { transaction }]) => !isSame(transaction.active, activation));
  const missing = others
    .filter(([node]) => !mayBeAbsent.has(node))
    .map(([node, status]) => [node, why(status)] as const);
  if (missing.length > 0)
    return failed(
      error(
        `Activation ${activation.activation} is not running on ${missing.map(([node]) => node).join(', ')}`,
        `This step confirmed nothing; the other nodes roll back by themselves unless they confirmed before. Deploy again.\n${listing(missing)}`,
      ),
    );
  if (stop.aborted)
    return failed(
      error('Stopped', 'This step confirmed nothing; nodes roll back by themselves unless they confirmed before.'),
    );
  const late = new Set(others.map(([node]) => node));
  const nodes = [...survey.statuses.keys()].filter((node) => !late.has(node));
  const command = (node: string) => ({ ...activation, fabric: deployed.fabric, node, owner });
  const unconfirmed = await fleet.send('confirm', nodes, command);
  if (unconfirmed.all.size > 0) return failed(notConfirmed(unconfirmed, survey));
  for (const node of nodes) onTrial(stop, activation).delete(node);
  const before = asSurveyed(survey, prior, activation, KEEPS);
  const now = (node: string) => (nodes.includes(node) ? undefined : before(node));
  const state = { ...config, behind: behindOf(fleet.nodes, now), observed: UNFINISHED };
  if (config.final === false) return { state };
  const diagnostics: Diagnostic[] = [];
  // Nodes that may be unreachable may still run the previous release: sessions with them are kept.
  const behind = fleet.nodes.filter((node) => !nodes.includes(node));
  const { open, unknown } = await finalised(fleet, nodes, (node) => ({ ...command(node), behind }), stop);
  for (const [part, verb] of [
    [open, 'are'],
    [unknown, 'may be'],
  ] as const)
    if (part.size > 0)
      diagnostics.push(
        warning(
          `Previous sessions ${verb} still up on ${[...part.keys()].join(', ')}`,
          `The release is confirmed everywhere. A node that is draining closes them by itself; any other node keeps them until the next deploy.\n${listing(part)}`,
        ),
      );
  const { takes, left } = kept as Kept;
  const leaving = { ...announced(stop, deployed.fabric), ...left };
  const freed = await free(prior, leaving, fleet, { owner, names, ...(takes !== undefined && { takes }) }, stop);
  const outcome = await observe(fleet, activation.activation, stop);
  return {
    state: { ...state, observed: outcome.line },
    private: { ...(takes !== undefined && { takes }), ...keptLeft(freed.leavers) },
    diagnostics: [...diagnostics, ...freed.diagnostics, ...outcome.diagnostics],
  };
}

/** Private state. */
interface Kept {
  /** An owner that is gone, whose nodes may be taken over: the commit was imported. */
  readonly takes?: string;
  /** Nodes that left the fabric and have not been cleaned yet. */
  readonly left?: Leavers;
}

/** Seconds for which retired sessions may drain before a warning. */
const DRAIN_WITHIN = 90;
const LOOK_MS = 250;
/** Milliseconds in which an agent answers although its sessions still drain. */
const PATIENCE_MS = 10_000;

/** Nodes with sessions that are not closed, and those that do not say so; each with why. */
interface Finalised {
  readonly open: ReadonlyMap<string, string>;
  readonly unknown: ReadonlyMap<string, string>;
}

/** Finalises, and waits until traffic has left the retired sessions of these nodes and they are closed. */
async function finalised(
  fleet: Fleet,
  nodes: readonly string[],
  command: (node: string) => Request<'finalise'>,
  stop: AbortSignal,
): Promise<Finalised> {
  const until = performance.now() + DRAIN_WITHIN * 1000;
  const { statuses, failed } = await fleet.finalise(nodes, command, stop.aborted ? 0 : PATIENCE_MS);
  for (let survey: Survey = { statuses, absent: new Map() }; ; ) {
    const drains = [...survey.statuses].filter(([, { transaction }]) => transaction.retiring?.phase === 'draining');
    const draining = new Map(drains.map(([node]) => [node, 'they are still draining']));
    const open = new Set([...survey.absent.keys(), ...draining.keys()]);
    if (open.size === 0 || stop.aborted || performance.now() > until)
      return {
        open: new Map([...failed.refused, ...draining]),
        unknown: new Map([...failed.unanswered, ...survey.absent]),
      };
    await pause(LOOK_MS, stop);
    const patience = stop.aborted ? 0 : Math.max(0, Math.min(PATIENCE_MS, Math.round(until - performance.now())));
    survey = await fleet.only((node) => open.has(node)).drained(patience);
  }
}

/** Nodes that did not confirm, and those whose answer was lost: these may have. */
function notConfirmed({ all, refused, unanswered }: Failed, { statuses }: Survey): Diagnostic {
  const within = (nodes: Iterable<string>) => {
    const ms = Math.max(...[...nodes].map((node) => statuses.get(node)?.transaction.returnsInMs ?? 0));
    return ms > 0 ? ` within ${Math.ceil(ms / 1000)} s` : '';
  };
  const parts = [
    refused.size > 0
      ? `These roll back to what they ran before${within(refused.keys())} unless another deploy confirms them:\n${listing(refused)}`
      : '',
    unanswered.size > 0
      ? `These may have confirmed, as their answers were lost. One that did keeps the release; one that did not rolls back to what it ran before${within(unanswered.keys())} unless another deploy confirms it:\n${listing(unanswered)}`
      : '',
    statuses.size > all.size ? 'The others keep the release.' : '',
  ];
  const nodes = [...all.keys()].join(', ');
  return error(
    refused.size > 0 ? `Not every node confirmed: ${nodes}` : `Not every node is known to have confirmed: ${nodes}`,
    parts.filter((part) => part !== '').join('\n'),
  );
}

const why = ({ transaction: { active, returned } }: AgentSummary): string => {
  if (returned) return `it was rolled back here: ${returned.reason}`;
  return active ? `activation ${active.activation} is running here` : 'nothing is running here';
};
