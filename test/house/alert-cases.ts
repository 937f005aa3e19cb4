/** A node that is well, as series and values of minutes (`1x240`: 1, and 240 times more). */
const NODE = 'instance="n1:9179",job="peerform"';
const SESSION = `${NODE},local_address="10.0.0.1",name="tor",port="179",remote_address="10.0.0.254"`;
const HEALTHY: Readonly<Record<string, string>> = {
  [`up{${NODE}}`]: '1x300',
  [`process_start_time_seconds{${NODE}}`]: '1000x300',
  [`nodejs_eventloop_lag_p99_seconds{${NODE}}`]: '0.01x300',
  [`peerform_sessions_wanted{${NODE}}`]: '4x300',
  [`peerform_sessions_missing{${NODE}}`]: '0x300',
  [`peerform_session_up{${SESSION}}`]: '1x300',
  [`peerform_session_wanted{${SESSION}}`]: '1x300',
  [`peerform_session_flaps_total{${SESSION}}`]: '2x300',
  [`peerform_session_routes_received{${SESSION},family="ipv4"}`]: '50x300',
  [`peerform_session_malformed_updates_total{${SESSION},treatment="withdraw"}`]: '7x300',
  [`peerform_bfd_process_up{${NODE}}`]: '1x300',
  [`peerform_bfd_session_state{${SESSION}}`]: '3x300',
  [`peerform_kernel_routes_wanted{${NODE}}`]: '90x300',
  [`peerform_kernel_routes_installed{${NODE}}`]: '90x300',
  [`peerform_kernel_differences_total{${NODE},kind="missing"}`]: '3x300',
  [`peerform_rolled_back{${NODE}}`]: '0x300',
  [`peerform_unconfirmed{${NODE}}`]: '0x300',
  [`peerform_release_info{${NODE},fabric="lab",release="aa"}`]: '1x300',
  [`peerform_out_of_service{${NODE}}`]: '0x300',
  [`peerform_route_memory_bytes{${NODE}}`]: '100x300',
  [`peerform_route_memory_limit_bytes{${NODE}}`]: '1000x300',
  [`peerform_sessions_out_of_resources_total{${NODE}}`]: '1x300',
};

/** Something that happens: which series are otherwise, until when (minutes) nothing fires, and what fires then. */
type Case = readonly [
  what: string,
  changes: Readonly<Record<string, string>>,
  quiet: number,
  loud: number,
  fires: string[],
];

export const CASES: readonly Case[] = [
  ['nothing happens', {}, 100, 299, []],
  ['an agent does not answer', { up: '1x9 0x290' }, 11, 13, ['PeerformAgentDown']],
  [
    'an agent is started again and again',
    { process_start_time_seconds: '1000 1000 1120 1240 1360x295' },
    3,
    5,
    ['PeerformAgentRestarts'],
  ],
  [
    'no session is up',
    { peerform_sessions_missing: '0x9 4x290', peerform_session_up: '0x300', peerform_session_wanted: '0x300' },
    11,
    13,
    ['PeerformNodeIsolated'],
  ],
  [
    'a session is down',
    { peerform_sessions_missing: '0x9 1x290', peerform_session_up: '1x9 0x290' },
    14,
    16,
    ['PeerformSessionDown', 'PeerformSessionsDown'],
  ],
  ['a session is meant to be down', { peerform_session_up: '0x300', peerform_session_wanted: '0x300' }, 14, 60, []],
  ['a session comes and goes', { peerform_session_flaps_total: '2 2 3 3 4 4 5 5x290' }, 3, 8, ['PeerformSessionFlaps']],
  ['the BFD process is gone', { peerform_bfd_process_up: '1x9 0x290' }, 10, 12, ['PeerformBfdProcessDown']],
  [
    'BFD does not watch a neighbour that is up',
    { peerform_session_up: '1x300', peerform_bfd_session_state: '3x9 1x290' },
    14,
    16,
    ['PeerformBfdSessionDown'],
  ],
  [
    'BFD and the session are down',
    { peerform_session_up: '0x300', peerform_session_wanted: '0x300', peerform_bfd_session_state: '1x300' },
    14,
    60,
    [],
  ],
  [
    'a neighbour sends no routes any more',
    { peerform_session_routes_received: '50x99 0x200' },
    104,
    107,
    ['PeerformRoutesLost'],
  ],
  [
    'an UPDATE is malformed',
    { peerform_session_malformed_updates_total: '7x9 8x290' },
    9,
    11,
    ['PeerformMalformedUpdates'],
  ],
  [
    'the kernel refuses routes',
    { peerform_kernel_routes_installed: '90x9 88x290' },
    14,
    16,
    ['PeerformKernelRoutesMissing'],
  ],
  ['the network is restarted once', { peerform_kernel_differences_total: '3x9 9x290' }, 20, 60, []],
  [
    'routes are taken away again and again',
    { peerform_kernel_differences_total: '3+1x300' },
    29,
    45,
    ['PeerformRoutesOverwritten'],
  ],
  ['a release is undone', { peerform_rolled_back: '0x9 1x290' }, 14, 16, ['PeerformReleaseRolledBack']],
  ['nobody confirms a release', { peerform_unconfirmed: '0x9 1x290' }, 60, 71, ['PeerformReleaseUnconfirmed']],
  [
    'a node runs another release',
    { 'peerform_release_info{instance="n2:9179",fabric="lab",release="bb"}': '1x300' },
    59,
    61,
    ['PeerformReleasesDiffer'],
  ],
  ['a node is drained and forgotten', { peerform_out_of_service: '1x300' }, 239, 241, ['PeerformNodeOutOfService']],
  [
    'routes take nearly all the memory that they may',
    { peerform_route_memory_bytes: '950x300' },
    4,
    6,
    ['PeerformRouteMemoryHigh'],
  ],
  [
    'a session ends for memory',
    { peerform_sessions_out_of_resources_total: '1x9 2x290' },
    9,
    11,
    ['PeerformOutOfResources'],
  ],
  ['an agent is too busy', { nodejs_eventloop_lag_p99_seconds: '3x300' }, 9, 11, ['PeerformEventLoopSlow']],
];

const FIRING = 'count by (alertname) (ALERTS{alertstate="firing"})';
const expected = (minute: number, alerts: readonly string[]) => ({
  expr: FIRING,
  eval_time: `${minute}m`,
  exp_samples: alerts.map((alert) => ({ labels: `{alertname="${alert}"}`, value: 1 })),
});
/** Series by their names, or whole new ones. */
function changed(changes: Readonly<Record<string, string>>): { series: string; values: string }[] {
  const left = { ...changes };
  const series = Object.entries(HEALTHY).map(([name, values]) => {
    const [short] = name.split('{');
    const own = left[short] ?? values;
    delete left[short];
    return { series: name, values: own };
  });
  return [...series, ...Object.entries(left).map(([name, values]) => ({ series: name, values }))];
}

/** All of them as `promtool test rules` reads them, and the words of one alert. */
export const testsOf = (rules: string): string =>
  JSON.stringify({
    rule_files: [rules],
    evaluation_interval: '1m',
    tests: [
      ...CASES.map(([name, changes, quiet, loud, alerts]) => ({
        name,
        interval: '1m',
        input_series: changed(changes),
        promql_expr_test: [expected(quiet, []), expected(loud, alerts)],
      })),
      {
        interval: '1m',
        input_series: changed({ peerform_session_up: '0x300' }),
        alert_rule_test: [
          {
            alertname: 'PeerformSessionDown',
            eval_time: '6m',
            exp_alerts: [
              {
                exp_labels: {
                  ...{ severity: 'warning', instance: 'n1:9179', job: 'peerform', name: 'tor' },
                  ...{ local_address: '10.0.0.1', port: '179', remote_address: '10.0.0.254' },
                },
                exp_annotations: {
                  summary: 'The session of n1:9179 with tor (10.0.0.254) is down',
                  description: 'It is not Established, and the release needs it.',
                  runbook: 'docs/alerts.md#peerformsessiondown',
                },
              },
            ],
          },
        ],
      },
    ],
  });
