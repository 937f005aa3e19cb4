import type { Command } from 'commander';
import { type Answer, statusOfAll } from '../../control/agents';
import { shortDigest } from '../../control/release';
import type { AgentStatus, SessionStatus } from '../../control/status';
import { table } from '../table';
import { withVia } from '../via';

/** `peerform status`: the nodes of the fabric, what they run, and every session. Exits with 1 where an agent does not answer. */
export function register(program: Command): void {
  withVia(program.command('status'))
    .description('show the nodes of the fabric, what they run, and every session')
    .option('--json', 'print what the agents say as JSON')
    .action(async ({ via, json }: { via: string; json?: boolean }) => {
      const answers = await statusOfAll(via);
      process.stdout.write(json ? `${JSON.stringify(answers, null, 2)}\n` : describe(answers));
      if (answers.some(({ error }) => error)) process.exitCode = 1;
    });
}

/** The status of a fleet for people: a table of nodes and one of sessions. */
export function describe(answers: readonly Answer[]): string {
  const nodes = answers.map(({ node, status, error }) =>
    status ? nodeRow(status) : [node, '', '', '', '', `no answer: ${error}`],
  );
  const sessions = answers.flatMap(
    ({ status }) => status?.sessions.map((session) => sessionRow(status.node, session)) ?? [],
  );
  const lines = [table(['NODE', 'AS', 'RELEASE', 'ACTIVATION', 'KERNEL', 'STATE'], nodes)];
  if (sessions.length > 0)
    lines.push(
      '',
      table(['NODE', 'NEIGHBOUR', 'AS', 'WHY', 'STATE', 'SINCE', 'ROUTES IN', 'OUT', 'LAST ERROR'], sessions),
    );
  return `${lines.join('\n')}\n`;
}

const SERVICE = { full: '', leaving: ', drains', none: ', out of service' } as const;

function nodeRow({ node, asNumber, transaction, kernel, service }: AgentStatus): string[] {
  const { active, returnsInMs, returned, drained } = transaction;
  const by = drained ? ` (${drained.by}, ${drained.at.replace(/\.\d+Z$/, 'Z')})` : '';
  const state = !active
    ? 'no release'
    : returnsInMs !== null
      ? `returns in ${Math.ceil(returnsInMs / 1000)} s unless confirmed`
      : returned
        ? `returned: ${returned.reason}`
        : 'confirmed';
  return [
    node,
    String(asNumber ?? ''),
    active ? shortDigest(active.release) : '',
    String(active?.activation ?? ''),
    `${kernel.installed}/${kernel.wanted}`,
    state + SERVICE[service] + by,
  ];
}

function sessionRow(node: string, session: SessionStatus): string[] {
  const sum = (field: 'accepted' | 'advertised') =>
    Object.values(session.routes).reduce((all, routes) => all + routes[field], 0);
  return [
    node,
    session.remoteNode ? `${session.remoteNode} ${session.remoteAddress}` : session.remoteAddress,
    String(session.remoteAs),
    session.isRetiring ? 'retiring' : session.origin,
    session.state,
    session.since.replace(/\.\d+Z$/, 'Z'),
    String(sum('accepted')),
    String(sum('advertised')),
    session.state === 'Established' ? '' : (session.down ?? session.lastError?.text ?? ''), // what is over troubles nobody
  ];
}
