import type { AgentStatus } from '../control/status';
import type { Lab } from './lab';
import type { Member } from './state';

/** What one member of a lab is and does now. */
export interface MemberStatus {
  readonly name: string;
  readonly kind: Member['kind'];
  readonly addresses: readonly string[];
  /** What speaks BGP there, its process, and whether that runs. */
  readonly speaker?: 'agent' | 'bird';
  readonly pid?: number;
  readonly isRunning: boolean;
  /** What its agent says. */
  readonly agent?: AgentStatus;
  /** How many of its sessions are Established. */
  readonly sessions?: { readonly established: number; readonly total: number };
  /** Why it says nothing. */
  readonly error?: string;
}

export async function statusOf(lab: Lab, name: string, member: Member): Promise<MemberStatus> {
  const { kind, addresses, speaker } = member,
    isRunning = lab.isRunning(name);
  const known = { name, kind, addresses, speaker, pid: lab.state.processes[name]?.pid, isRunning };
  if (!isRunning || speaker === undefined) return known;
  try {
    return { ...known, ...(speaker === 'agent' ? await ofAgent(lab, name) : await ofBird(lab, name, member)) };
  } catch (error) {
    return { ...known, error: (error as Error).message };
  }
}

async function ofAgent(lab: Lab, name: string): Promise<Partial<MemberStatus>> {
  const agent = await lab.agent(name).status();
  const established = agent.sessions.filter(({ state }) => state === 'Established').length;
  return { agent, sessions: { established, total: agent.sessions.length } };
}

async function ofBird(lab: Lab, name: string, { socket }: Member): Promise<Partial<MemberStatus>> {
  const { stdout } = await lab.run(name, ['birdc', '-r', '-s', socket!, 'show', 'protocols']);
  const sessions = birdProtocols(stdout).filter(({ protocol }) => protocol === 'BGP');
  return {
    sessions: { established: sessions.filter(({ info }) => info === 'Established').length, total: sessions.length },
  };
}

/**
 * The protocols of a BIRD, by the lines of `birdc show protocols` (it has no other form): name, protocol, table, state, since (a time, perhaps after a date), and
 * in a word or more what it has come to, which for BGP begins with the state of the session.
 */
export const birdProtocols = (stdout: string): { readonly protocol: string; readonly info?: string }[] =>
  stdout.split('\n').flatMap((line) => {
    const [, protocol, , , ...rest] = line.trim().split(/\s+/);
    return protocol === undefined ? [] : [{ protocol, info: rest.find((word) => !SINCE.test(word)) }];
  });

const SINCE = /^[\d:.-]+$/;

/** Whether every agent runs a fabric and all sessions that it has are Established. */
export const isSettled = (members: readonly MemberStatus[]): boolean =>
  members
    .filter(({ kind }) => kind === 'node')
    .every(({ agent }) => agent?.fabric !== undefined && agent.sessions.every(({ state }) => state === 'Established'));
