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

/** `birdc show protocols` has a line for each protocol: name, kind, table, state, since, and what a BGP session has come to. */
async function ofBird(lab: Lab, name: string, { socket }: Member): Promise<Partial<MemberStatus>> {
  const { stdout } = await lab.run(name, ['birdc', '-r', '-s', socket!, 'show', 'protocols']);
  const sessions = stdout.split('\n').filter((line) => /^\S+\s+BGP\s/.test(line));
  return {
    sessions: { established: sessions.filter((line) => line.includes('Established')).length, total: sessions.length },
  };
}

/** Whether every agent runs a fabric and all sessions that it has are Established. */
export const isSettled = (members: readonly MemberStatus[]): boolean =>
  members
    .filter(({ kind }) => kind === 'node')
    .every(({ agent }) => agent?.fabric !== undefined && agent.sessions.every(({ state }) => state === 'Established'));
