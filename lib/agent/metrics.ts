import { createServer, type Server } from 'node:http';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { AgentStatus, SessionStatus } from '../control/status';
import { Failure } from './failure';

/** The numbers of an agent, as Prometheus reads them. Aggregates only: a mesh of thousands must not make a series for each pair. */
export function metricsOf(status: () => AgentStatus): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'peerform_' });
  for (const [name, help, labelNames, values] of GAUGES)
    new Gauge({
      name: `peerform_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      collect() {
        this.reset();
        for (const [labels, value] of values(status())) this.set(labels, value);
      },
    });
  return registry;
}

type Values = readonly (readonly [labels: Record<string, string>, value: number])[];
type Row = readonly [
  name: string,
  help: string,
  labelNames: readonly string[],
  values: (status: AgentStatus) => Values,
];

const STATES: readonly SessionStatus['state'][] = [
  'Idle',
  'Connect',
  'Active',
  'OpenSent',
  'OpenConfirm',
  'Established',
];

const total = (
  sessions: readonly SessionStatus[],
  family: 'ipv4' | 'ipv6',
  field: 'received' | 'accepted' | 'advertised',
) => sessions.reduce((sum, { routes }) => sum + (routes[family]?.[field] ?? 0), 0);

const routes =
  (field: 'received' | 'accepted' | 'advertised'): Row[3] =>
  ({ sessions }) =>
    (['ipv4', 'ipv6'] as const).map((family) => [{ family }, total(sessions, family, field)]);

const GAUGES: readonly Row[] = [
  [
    'sessions',
    'Sessions by state (RFC 4271 section 8.2.2).',
    ['state'],
    ({ sessions }) => STATES.map((state) => [{ state }, sessions.filter((session) => session.state === state).length]),
  ],
  ['routes_received', 'Routes received from all neighbours.', ['family'], routes('received')],
  ['routes_accepted', 'Routes that import policy let in.', ['family'], routes('accepted')],
  ['routes_advertised', 'Routes advertised to all neighbours.', ['family'], routes('advertised')],
  [
    'kernel_routes_wanted',
    'Routes that BGP wants in the kernel and whose next hop can be reached.',
    [],
    ({ kernel }) => [[{}, kernel.wanted]],
  ],
  ['kernel_routes_installed', 'Routes that are in the kernel as wanted.', [], ({ kernel }) => [[{}, kernel.installed]]],
  [
    'kernel_routes_waiting',
    'Routes whose next hop cannot be reached.',
    [],
    ({ kernel }) => [[{}, kernel.waiting.reduce((sum, { routes: waiting }) => sum + waiting, 0)]],
  ],
  [
    'kernel_differences',
    'What others did to routes of this agent since it started, by kind; all of it was mended.',
    ['kind'],
    ({ kernel }) => Object.entries(kernel.differences).map(([kind, count]) => [{ kind }, count]),
  ],
  [
    'kernel_last_difference_timestamp_seconds',
    'When that was noticed last, in Unix time; 0 where it never was.',
    [],
    ({ kernel }) => [[{}, kernel.lastDifference === undefined ? 0 : Date.parse(kernel.lastDifference) / 1000]],
  ],
  ['workloads', 'Workload prefixes that this node advertises.', [], ({ kernel }) => [[{}, kernel.workloads]]],
  [
    'activation',
    'The activation that runs; 0 where none does.',
    [],
    ({ transaction }) => [[{}, transaction.active?.activation ?? 0]],
  ],
  [
    'unconfirmed',
    '1 while a release awaits its confirmation.',
    [],
    ({ transaction }) => [[{}, transaction.returnsInMs === null ? 0 : 1]],
  ],
];

/** Serves the numbers at `/metrics` of `ADDRESS:PORT` (an IPv6 address in brackets). Throws {@link Failure} where that can't be had. */
export function serveMetrics(registry: Registry, at: string): Promise<Server> {
  const [, address, port] = /^\[?([0-9a-fA-F.:]+?)\]?:(\d{1,5})$/.exec(at) ?? [];
  if (!address) throw new Failure('usage', `--metrics ${at}: write an address and a port, such as 127.0.0.1:9179`);
  const server = createServer((request, reply) => {
    if (request.url !== '/metrics') return void reply.writeHead(404).end();
    registry.metrics().then(
      (text) => reply.writeHead(200, { 'content-type': registry.contentType }).end(text),
      (error: Error) => reply.writeHead(500).end(error.message),
    );
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new Failure('usage', `--metrics ${at}: ${error.message}`)));
    server.listen(Number(port), address, () => resolve(server));
  });
}
