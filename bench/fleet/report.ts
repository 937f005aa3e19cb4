import type { Cost } from './costs';

/** A run of the provider. */
export interface Figures {
  readonly title: string;
  /** Seconds of each step: `refresh`, `fabric` (stage), `wave` (activate, with its gate), `commit`, `all`. */
  readonly seconds: Readonly<Record<string, number>>;
  /** Peak of resident memory. */
  readonly megabytes: number;
  /** Most connections to etcd at a time. */
  readonly connections: number;
  /** Requests to agents, by what they ask. */
  readonly requests: Readonly<Record<string, number>>;
  /** CPU seconds. */
  readonly cpu: Readonly<Cost & { readonly provider: number }>;
}

/** What the fleet took apart from deploys. */
export interface Setup {
  readonly nodes: number;
  /** Load average of the machine before: more than 0 means that others use it, too. */
  readonly load: number;
  /** Seconds to write all users and roles, and until all agents were connected. */
  readonly rights: number;
  readonly connecting: number;
  /** CPU seconds a second while nothing is deployed. */
  readonly idle: Cost;
  /** Of etcd: peak of resident memory in megabytes, and octets of its database. */
  readonly etcd: number;
  readonly database: number;
}

/** Aims for a fleet of 5,000 nodes. */
const AIMS = { refresh: 5, stageAndActivate: 15, megabytes: 300, connections: 1 } as const;

const staged = ({ seconds }: Figures): number => (seconds.fabric ?? 0) + (seconds.wave ?? 0);

/** Aims that were missed, a line each. */
export const missedAims = (figures: readonly Figures[]): string[] =>
  figures.flatMap((row) => {
    const over = (what: string, value: number, aim: number, unit: string) =>
      value > aim ? [`${row.title}: ${what} ${value.toFixed(1)} ${unit}, aim ${aim}`] : [];
    return [
      ...over('the refresh took', row.seconds.refresh ?? 0, AIMS.refresh, 's'),
      ...over('stage and activate took', staged(row), AIMS.stageAndActivate, 's'),
      ...over('the provider had', row.megabytes, AIMS.megabytes, 'MB'),
      ...over('the provider had', row.connections, AIMS.connections, 'connections'),
    ];
  });

const sum = (requests: Figures['requests']): number => Object.values(requests).reduce((all, one) => all + one, 0);

/** Who spent the CPU seconds of a run, and what would be left of its time if agents ran on machines of their own. */
function sharesOf({ title, seconds, cpu }: Figures): string {
  const all = cpu.etcd + cpu.agents + cpu.provider;
  const share = (part: number) => `${((100 * part) / all).toFixed(0)} %`;
  return `- ${title}: ${all.toFixed(1)} CPU seconds in ${seconds.all.toFixed(1)} s; of the agents ${share(cpu.agents)}, of etcd ${share(cpu.etcd)}, of the provider ${share(cpu.provider)}. Without the agents, whose machines these are not, one core of etcd and one of the provider would need at least ${Math.max(cpu.etcd, cpu.provider).toFixed(1)} s`;
}

const countsOf = (requests: Figures['requests'], nodes: number): string =>
  Object.entries(requests)
    .map(([what, count]) => `${what} ${(count / nodes).toFixed(2)}`)
    .join(', ');

export function report(setup: Setup, figures: readonly Figures[], missed: readonly string[], machine: string): string {
  const s = (value: number | undefined) => (value === undefined ? '' : value.toFixed(1));
  const rows = figures.map(({ title, seconds, cpu, requests, megabytes, connections }) =>
    [
      ...[title, s(seconds.refresh), s(seconds.fabric), s(seconds.wave), s(seconds.commit)],
      ...[s(sum(requests) / setup.nodes), s(cpu.etcd), s(cpu.agents), s(cpu.provider)],
      ...[megabytes.toFixed(0), String(connections)],
    ].join(' | '),
  );
  return `# A fleet of ${setup.nodes} nodes over etcd

${machine}. One etcd with mutual TLS and the rights of \`peerform fleet init\`; every agent has its own TLS connection and certificate, and its
own part of etcd's requests, transactions and real state machine, without BGP and kernel. Simulated agents, etcd and provider share these
cores: compare seconds of the clock with the CPU seconds of each part. The agents of a real fleet run on their own machines.

| run | refresh s | stage s | activate s | commit s | requests per node | CPU etcd | CPU agents | CPU provider | provider MB | connections |
|---|---|---|---|---|---|---|---|---|---|---|
${rows.map((row) => `| ${row} |`).join('\n')}

*Stage* is from the first write to the last answer that the release is staged; *activate* ends when the gate has passed: in the first apply all sessions
come up a second after the activation.

Requests per node:

${figures.map(({ title, requests }) => `- ${title}: ${countsOf(requests, setup.nodes)}`).join('\n')}

Who spends the processors:

${figures.map(sharesOf).join('\n')}

- All users and roles were written in ${s(setup.rights)} s; all agents were connected after ${s(setup.connecting)} s.
- Idle, etcd took ${(setup.idle.etcd * 100).toFixed(0)} % of a core, and all agents together ${(setup.idle.agents * 100).toFixed(0)} %.
- Before the run the load average of the machine was ${s(setup.load)}: what others do there lengthens the seconds of the clock.
- At most etcd had ${setup.etcd.toFixed(0)} MB of memory; its database had ${(setup.database / 1024 ** 2).toFixed(0)} MB at the end.

${missed.length === 0 ? 'All aims were met' : `Missed: ${missed.join('; ')}`} (refresh ${AIMS.refresh} s; stage and activate ${AIMS.stageAndActivate} s; provider ${AIMS.megabytes} MB and one connection).
`;
}
