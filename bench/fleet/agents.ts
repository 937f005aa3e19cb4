/**
 * Agents of nodes FROM to TO (exclusive) in one process: the agent's own connection to etcd, each with its own TLS
 * connection and certificate, and the real transaction behind the real endpoint; without BGP and kernel.
 * `node agents.js HOST AUTHORITY FOLDER FROM TO`: says `ready` when all are connected, and ends with its
 * standard input.
 */
import { FleetListener } from '../../lib/agent/fleet/listener';
import { userOf } from '../../lib/control/fleet/presence';
import { exchange } from '../../lib/control/http-exchange';
import type { AgentStatus } from '../../lib/control/status';
import { type AgentDouble, FleetDouble } from '../../test/provider/agent-double';
import { Authority } from './authority';
import { nodeOf, PREFIX } from './topology';

/** Agents that connect at the same time. */
const AT_ONCE = 16;

/** Milliseconds until sessions are up that a release adds. */
const COMES_UP_MS = 1_000;

/** Sessions of a double depend on both ends, which may be in another process: here they come up a moment later. */
function withSessions(agent: AgentDouble): void {
  const status = agent.status.bind(agent);
  let firstRan: number | undefined;
  agent.status = (): AgentStatus => {
    const { sessions, ...more } = status();
    if (sessions.length > 0) firstRan ??= performance.now();
    const isUp = firstRan !== undefined && performance.now() - firstRan > COMES_UP_MS;
    const routes = { ipv4: { received: 0, accepted: 0, advertised: 0, endOfRib: true } };
    return {
      ...more,
      sessions: sessions.map((one) => ({ ...one, state: isUp || !one.isInside ? 'Established' : 'Connect', routes })),
    };
  };
}

async function main(): Promise<void> {
  const [host, certificates, folder, from, to] = process.argv.slice(2);
  const authority = new Authority(certificates);
  const fleet = new FleetDouble(folder);
  const numbers = Array.from({ length: Number(to) - Number(from) }, (_, i) => Number(from) + i);
  const connect = async (number: number) => {
    const node = nodeOf(number);
    const agent = fleet.add(node);
    withSessions(agent);
    await agent.start();
    const tls = authority.issue(userOf({ prefix: PREFIX, node }));
    await new Promise<void>((connected) => {
      new FleetListener(
        { scheme: 'etcd', hosts: [host], prefix: PREFIX, node },
        ({ method, path, body = '' }) => {
          const headers = { 'content-length': Buffer.byteLength(body) };
          return exchange(agent.socket, { method, path, body, headers, timeout: 120_000 });
        },
        { info: () => connected(), warn: (...what: unknown[]) => console.error(node, ...what) } as never,
        () => ({ hosts: [host], tls }),
      );
    });
  };
  const rest = numbers.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const number of rest) await connect(number);
    }),
  );
  console.log('ready');
  process.stdin.resume().on('end', () => process.exit(0));
}

void main();
