import { isMissing, isWanted } from '../../control/amiss';
import type { AgentStatus, SessionStatus } from '../../control/status';
import { labels, type MetricFamily, type Sample } from './exposition';

/** The sources of a node's metrics at a scrape. */
interface NodeNumbers {
  readonly status: AgentStatus;
  /** Connections refused for lack of a session, since the agent started. */
  readonly rejected: number;
}

/** One metric: its description and samples. */
type Row = readonly [
  name: string,
  type: MetricFamily['type'],
  help: string,
  samples: (numbers: NodeNumbers) => readonly Sample[],
];

const STATES: readonly SessionStatus['state'][] = [
  'Idle',
  'Connect',
  'Active',
  'OpenSent',
  'OpenConfirm',
  'Established',
];

type Counted = 'received' | 'accepted' | 'advertised' | 'martians';

const routes =
  (field: Counted): Row[3] =>
  ({ status: { sessions } }) =>
    (['ipv4', 'ipv6'] as const).map((family) => [
      labels({ family }),
      sessions.reduce((sum, session) => sum + (session.routes[family]?.[field] ?? 0), 0),
    ]);

const count =
  (holds: (session: SessionStatus) => boolean): Row[3] =>
  ({ status: { sessions } }) => [['', sessions.filter(holds).length]];

const one =
  (value: (status: AgentStatus) => number): Row[3] =>
  ({ status }) => [['', value(status)]];

const differences: Row[3] = ({ status: { kernel } }) =>
  Object.entries(kernel.differences).map(([kind, number]) => [labels({ kind }), number]);

/** Metrics of the whole node: their number does not grow with the fabric. */
const ROWS: readonly Row[] = [
  [
    'build_info',
    'gauge',
    'The version of the agent, and of Node.js; always 1.',
    ({ status: { version } }) => [[labels({ version, nodejs: process.versions.node }), 1]],
  ],
  [
    'release_info',
    'gauge',
    'The release that is running, by the start of its digest; always 1, missing if none is running.',
    ({ status: { fabric = '', transaction } }) =>
      transaction.active
        ? [[labels({ fabric, release: transaction.active.release.replace('sha256:', '').slice(0, 12) }), 1]]
        : [],
  ],
  ['activation', 'gauge', 'The activation that is running; 0 if none.', one(activation)],
  ['unconfirmed', 'gauge', '1 while a release awaits its confirmation.', one(isUnconfirmed)],
  [
    'rolled_back',
    'gauge',
    '1 if the last release that was activated was rolled back and none was confirmed since.',
    one(({ transaction }) => (transaction.returned ? 1 : 0)),
  ],
  [
    'out_of_service',
    'gauge',
    '1 while the node is draining or drained.',
    one(({ service }) => (service === 'full' ? 0 : 1)),
  ],
  [
    'sessions',
    'gauge',
    'Sessions by state (RFC 4271 section 8.2.2).',
    ({ status: { sessions } }) =>
      STATES.map((state) => [labels({ state }), sessions.filter((session) => session.state === state).length]),
  ],
  ['sessions_wanted', 'gauge', 'Sessions that the release expects to be up.', count(isWanted)],
  ['sessions_missing', 'gauge', 'Of those, the ones that are not Established.', count(isMissing)],
  [
    'sessions_admin_down',
    'gauge',
    'Sessions that adminDown keeps down; they also count as Idle.',
    count(({ isAdminDown }) => isAdminDown === true),
  ],
  ['routes_received', 'gauge', 'Routes received from all neighbours.', routes('received')],
  ['routes_accepted', 'gauge', 'Routes accepted by import policy.', routes('accepted')],
  ['routes_martian', 'gauge', 'Routes to martians (RFC 6890), which are not used.', routes('martians')],
  ['routes_advertised', 'gauge', 'Routes advertised to all neighbours.', routes('advertised')],
  [
    'kernel_routes_wanted',
    'gauge',
    'Routes selected by BGP for the kernel whose next hop is reachable.',
    one(({ kernel }) => kernel.wanted),
  ],
  [
    'kernel_routes_installed',
    'gauge',
    'Routes installed in the kernel as selected.',
    one(({ kernel }) => kernel.installed),
  ],
  [
    'kernel_routes_waiting',
    'gauge',
    'Routes whose next hop is unreachable.',
    one(({ kernel }) => kernel.waiting.reduce((sum, { routes: waiting }) => sum + waiting, 0)),
  ],
  [
    'kernel_differences_total',
    'counter',
    'Changes that others made to routes of this agent since it started, by kind; all were repaired.',
    differences,
  ],
  [
    'kernel_differences',
    'gauge',
    'Deprecated: use peerform_kernel_differences_total. Changes that others made to routes of this agent since it started, by kind.',
    differences,
  ],
  [
    'kernel_last_difference_timestamp_seconds',
    'gauge',
    'When such a change was last noticed, in Unix time; 0 if never.',
    one(({ kernel }) => (kernel.lastDifference === undefined ? 0 : Date.parse(kernel.lastDifference) / 1000)),
  ],
  ['route_memory_bytes', 'gauge', 'Memory used by the routes of all neighbours.', one((s) => s.routeMemory?.used ?? 0)],
  [
    'route_memory_limit_bytes',
    'gauge',
    'Maximum memory for the routes of all neighbours.',
    one((s) => s.routeMemory?.limit ?? 0),
  ],
  [
    'sessions_out_of_resources_total',
    'counter',
    'Sessions closed since the agent started because routes used too much memory (RFC 4486).',
    one((s) => s.routeMemory?.ended ?? 0),
  ],
  [
    'sessions_out_of_resources',
    'gauge',
    'Deprecated: use peerform_sessions_out_of_resources_total. Sessions closed because routes used too much memory.',
    one((s) => s.routeMemory?.ended ?? 0),
  ],
  ['workloads', 'gauge', 'Workload prefixes that this node advertises.', one(({ kernel }) => kernel.workloads)],
  [
    'connections_rejected_total',
    'counter',
    'Connections refused since the agent started because no session accepts them.',
    ({ rejected }) => [['', rejected]],
  ],
  [
    'bfd_process_up',
    'gauge',
    '1 while the BFD process responds, 0 while it does not; missing if no session uses BFD.',
    ({ status: { bfd } }) => (bfd ? [['', bfd.problem === undefined ? 1 : 0]] : []),
  ],
  [
    'bfd_real_time',
    'gauge',
    '1 if the BFD process has real-time scheduling.',
    ({ status: { bfd } }) => (bfd?.isRealTime === undefined ? [] : [['', bfd.isRealTime ? 1 : 0]]),
  ],
  [
    'bfd_discarded_packets_total',
    'counter',
    'BFD packets that were discarded since the BFD process started, by reason (RFC 5880 section 6.8.6); updated every 5 s.',
    ({ status: { bfd } }) =>
      Object.entries(bfd?.discarded ?? {}).map(([reason, number]) => [labels({ reason }), number]),
  ],
  [
    'messages_left_out_total',
    'counter',
    'Log lines and events suppressed since the agent started, by kind, as others cause too many.',
    ({ status: { leftOut = [] } }) => leftOut.map(({ kind, count: number }) => [labels({ kind }), number]),
  ],
];

function activation({ transaction }: AgentStatus): number {
  return transaction.active?.activation ?? 0;
}

function isUnconfirmed({ transaction }: AgentStatus): number {
  return transaction.returnsInMs === null ? 0 : 1;
}

/** The metrics of the whole node. */
export const nodeFamilies = (numbers: NodeNumbers): MetricFamily[] =>
  ROWS.map(([name, type, help, samples]) => ({ name, type, help, samples: samples(numbers) }));
