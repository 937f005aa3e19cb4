import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Unreachable } from '../control/client';
import { ETCD_VARIABLES } from '../control/fleet/access';
import { daemonOf, type SpeakerKind } from './daemon/daemons';
import type { Outcome } from './host';
import { isAlive, type Tracked } from './process';

/** Command line of the agent: this build's own. The relative path is the same from `lib` and `dist`. */
export const AGENT_COMMAND: readonly string[] = [process.execPath, resolve(__dirname, '../../dist/cli/main.js')];

/** Files of a member's speaker, in its folder. */
export const filesOf = (folder: string, member: string) => {
  const own = (file: string) => join(folder, member, file);
  return {
    own,
    log: own('log'),
    agentSocket: own('agent.sock'),
    agentState: own('state'),
    bfdSocket: own('bfd.sock'),
    bfdLog: own('bfd.log'),
    relayLog: own('relay.log'),
  };
};

/** The one who starts a lab may be set up to deploy to a real fleet, or to one without TLS. */
const NOT_INHERITED = ['PEERFORM_ETCD', ETCD_VARIABLES.plaintext].flatMap((name) => ['-u', name]);

/** Environment of an agent: variables to set. */
type Environment = Readonly<Record<string, string>>;

/** Command line of a member's agent. */
export function agentArgv(
  command: readonly string[],
  folder: string,
  member: string,
  environment: Environment = {},
): string[] {
  const { agentSocket, agentState, bfdSocket } = filesOf(folder, member);
  mkdirSync(agentState, { recursive: true });
  const paths = ['--socket', agentSocket, '--state', agentState, '--bfd-socket', bfdSocket];
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return ['env', ...NOT_INHERITED, ...variables, ...command, 'agent', '--node', member, ...paths];
}

/** What is needed to tell whether a speaker is ready. */
interface Running {
  readonly folder: string;
  agent(name: string): { status(): Promise<unknown> };
  run(name: string, argv: readonly string[]): Promise<Pick<Outcome, 'code'>>;
}

/** Waits until a new speaker is ready. Throws, with the end of its log, if it exits or times out. */
export async function awaitSpeaker(lab: Running, member: string, kind: SpeakerKind, process: Tracked): Promise<void> {
  const { own, log } = filesOf(lab.folder, member);
  const daemon = daemonOf(kind);
  const until = Date.now() + 30_000;
  const answers = async () => {
    if (daemon) return (await lab.run(member, daemon.sessions.argv(own))).code === 0;
    try {
      await lab.agent(member).status();
      return true;
    } catch (error) {
      if (error instanceof Unreachable) return false;
      throw error;
    }
  };
  const what = daemon ? daemon.title : 'agent';
  while (!(await answers())) {
    if (!isAlive(process)) throw new Error(`the ${what} of ${member} exited at startup${lastLines(log)}`);
    if (Date.now() >= until) throw new Error(`the ${what} of ${member} does not respond${lastLines(log)}`);
    await sleep(20);
  }
}

/** The end of a log, for the message about a process that ended. */
export function lastLines(log: string): string {
  const text = existsSync(log) ? readFileSync(log, 'utf8').trimEnd() : '';
  return text === '' ? '' : `; the end of its log:\n${text.split('\n').slice(-10).join('\n')}`;
}
