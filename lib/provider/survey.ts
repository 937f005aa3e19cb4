import { lackInWords, Misnamed, mayBeDone, Refused, Unreachable, Unusable } from '../control/client';
import { FleetClient } from '../control/fleet/client';
import { PROTOCOL } from '../control/protocol';
import { SCHEMA_VERSION } from '../control/release';
import type { AgentSummary } from '../control/status';
import { printable } from '../model/printable';
import { type Diagnostic, error, warning } from './diagnostic';

/** Result of asking every agent for its summary, or for more. */
export interface Survey<Status = AgentSummary> {
  readonly statuses: ReadonlyMap<string, Status>;
  /** Nodes without a usable answer, and why. */
  readonly absent: ReadonlyMap<string, string>;
  /** The same with the errors: that of a node whose agent did not respond is another than one of an answer. */
  readonly errors?: ReadonlyMap<string, Error>;
}

/** Nodes where a change failed, and why. An answer that was lost says nothing of what the agent did. */
export interface Failed {
  /** Where it was certainly not made. */
  readonly refused: ReadonlyMap<string, string>;
  /** Where it may have been made. */
  readonly unanswered: ReadonlyMap<string, string>;
  /** All of them. */
  readonly all: ReadonlyMap<string, string>;
}

export function failedOf(failed: ReadonlyMap<string, Error>): Failed {
  const part = (has: boolean) => reasonsOf(new Map([...failed].filter(([, error]) => mayBeDone(error) === has)));
  return { refused: part(false), unanswered: part(true), all: reasonsOf(failed) };
}

/** What is wrong with the etcd through which an agent was to be asked, if it is that. */
const etcdIn = (error: Error | undefined): string | undefined =>
  error instanceof Unreachable ? error.etcd : undefined;

/** Formats failures of nodes for a message: the same for all nodes whose etcd cannot be used. */
export const reasonsOf = (failed: ReadonlyMap<string, Error>): Map<string, string> =>
  new Map([...failed].map(([node, error]) => [node, etcdIn(error) ?? error.message]));

/** Nodes by reason, one reason per line. Reasons come from agents and are escaped. */
export function listing(reasons: Iterable<readonly [string, string]>): string {
  const nodes = new Map<string, Set<string>>();
  for (const [node, reason] of [...reasons].sort(([a], [b]) => (a < b ? -1 : 1)))
    nodes.set(reason, (nodes.get(reason) ?? new Set()).add(printable(node)));
  return [...nodes]
    .map(([reason, those]) => `  ${those.size > 1 ? 'nodes' : 'node'} ${[...those].join(', ')}: ${printable(reason)}`)
    .join('\n');
}

const names = (nodes: Iterable<string>): string => [...nodes].sort().join(', ');

type Lacking = readonly (readonly [node: string, why: string])[];

/**
 * Nodes whose agent does not respond, that could not be asked as the etcd in between cannot be used, whose answer
 * cannot be used, and whose answer names another node.
 */
function lackingOf({ absent, errors }: Survey) {
  const answers = (node: string) => {
    const error = errors?.get(node);
    return error instanceof Unusable || error instanceof Refused ? error : undefined;
  };
  const isMisnamed = (node: string) => answers(node) instanceof Misnamed;
  const isCutOff = (node: string) => etcdIn(errors?.get(node)) !== undefined;
  return {
    silent: [...absent].filter(([node]) => !answers(node) && !isCutOff(node)),
    cutOff: [...absent].filter(([node]) => isCutOff(node)),
    unusable: [...absent].filter(([node]) => answers(node) && !isMisnamed(node)),
    misnamed: [...absent].filter(([node]) => isMisnamed(node)),
  };
}

const SILENT = 'Agents not responding';
const CUT_OFF = 'etcd cannot be used, and agents cannot be asked through it';
const UNUSABLE = 'No usable answer for nodes';

/** A diagnostic about nodes with reasons; none, if there are no such nodes. */
export const aboutThem = (
  make: typeof warning | typeof error,
  what: string,
  why: string,
  nodes: readonly (readonly [node: string, reason: string])[],
): Diagnostic[] =>
  nodes.length === 0 ? [] : [make(`${what}: ${names(nodes.map(([node]) => node))}`, `${why}\n${listing(nodes)}`)];

/** Warnings of a refresh about nodes without a usable answer. */
export function absentAtRefresh(survey: Survey): Diagnostic[] {
  const { silent, cutOff, unusable, misnamed } = lackingOf(survey);
  const why = 'What is known of them dates from the last refresh or deploy.';
  return [
    ...aboutThem(warning, SILENT, why, silent),
    ...aboutThem(warning, CUT_OFF, why, cutOff),
    ...aboutThem(warning, UNUSABLE, why, [...unusable, ...misnamed]),
  ];
}

/** Why a node gave no usable answer, in a sentence about its agent. */
export const lackOf = ({ absent, errors }: Pick<Survey, 'absent' | 'errors'>, node: string): string =>
  lackInWords(errors?.get(node) ?? new Error(absent.get(node)));

/** Warnings about each etcd through which agents were asked. */
export const unguarded = (warnings: readonly string[] = FleetClient.warnings()): Diagnostic[] =>
  warnings.map((what) => warning('Any node may command all nodes', what));

const ORELSE =
  'or list them in "unreachable" (in constructs that of the Fabric) to go ahead without them; they catch up in a later deploy.';

/**
 * What prevents an apply from starting: agents without a usable answer (unless listed as unreachable), that belong to
 * another node than expected, or that do not support what would be sent. Nothing was changed.
 */
export function obstacles(survey: Survey, mayBeAbsent: ReadonlySet<string>): Diagnostic[] {
  const { statuses } = survey;
  const { silent, cutOff, unusable, misnamed } = lackingOf(survey);
  const isMissing = ([node]: Lacking[number]) => !mayBeAbsent.has(node);
  const strangers = [...statuses].filter(([node, status]) => status.node !== node);
  const others = [...statuses].filter(([, status]) => status.schemaVersion !== SCHEMA_VERSION);
  const old = [...statuses].filter(([, { protocol = 1 }]) => protocol < PROTOCOL);
  return [
    ...aboutThem(error, SILENT, `This step changed nothing. Start them, ${ORELSE}`, silent.filter(isMissing)),
    ...aboutThem(error, CUT_OFF, 'This step changed nothing.', cutOff.filter(isMissing)),
    ...aboutThem(
      error,
      UNUSABLE,
      `This step changed nothing. Mend what is said of each, ${ORELSE}`,
      unusable.filter(isMissing),
    ),
    ...misnamed.map(([node, why]) =>
      error(`The answer for node ${node} names another node`, `This step changed nothing. ${why}.`, ['nodes', node]),
    ),
    ...strangers.map(([node, status]) =>
      error(
        `The agent at the endpoint of node ${node} is node ${status.node}`,
        'This step changed nothing. Correct the endpoint.',
        ['nodes', node],
      ),
    ),
    ...others.map(([node, status]) =>
      error(
        `The agent of node ${node} (version ${status.version}) supports releases of schema version ${status.schemaVersion}, not ${SCHEMA_VERSION}`,
        'This step changed nothing. Run the same version of Peerform on the node and where you deploy from.',
        ['nodes', node],
      ),
    ),
    ...(old.length > 0
      ? [
          error(
            `Agents are older than this provider: ${names(old.map(([node]) => node))}`,
            `This step changed nothing. These agents do not check which fabric a request is for: upgrade Peerform on these nodes (this does not affect what they run), then deploy again.\n${listing(old.map(([node, { version }]) => [node, `version ${version}`]))}`,
          ),
        ]
      : []),
  ];
}
