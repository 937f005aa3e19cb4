import type { Command } from 'commander';
import { agentOf } from '../../control/agents';
import { lingeringBfd } from '../../control/bfd-status';
import { type Format, show } from '../output';
import { withNode, withVia } from '../via';
import { explained, sessionsText } from '../view/sessions';
import { matchesOf } from '../why/session-evidence';

interface Flags {
  readonly via: string;
  readonly node?: string;
  readonly explain?: boolean;
  readonly output: Format;
}

/** `peerform sessions`: sessions of one node, and why each exists. */
export function register(program: Command): void {
  withNode(withVia(program.command('sessions')))
    .summary('show the sessions of a node, and why each exists')
    .description(
      'show the sessions of a node; with --explain, which object created each, which side dials and why, which routes it exchanges, and how many of them each rule of its filters decides',
    )
    .option('--explain', 'explain why each session exists and how it is configured')
    .action(async ({ via, node, explain = false, output }: Flags) => {
      const agent = await agentOf(via, node);
      const status = await agent.status();
      const running = explain && status.fabric !== undefined ? (await agent.deployed()).release.fabric : undefined;
      const matches = running ? await matchesOf(agent) : undefined;
      const sessions = status.sessions.map((session) => {
        const lingering = lingeringBfd(status.bfd, session);
        return lingering ? { ...session, hasLingeringBfd: true as const, lingeringBfd: lingering } : session;
      });
      const all = running ? explained(running, status.node, sessions, matches) : sessions;
      await show(output, { data: all, table: (screen) => sessionsText(all, explain, screen) });
    });
}
