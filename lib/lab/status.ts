import type { AgentStatus } from '../control/status';
import type { Daemon } from './daemon/daemon';
import { daemonOf, type SpeakerKind } from './daemon/daemons';
import type { Outcome } from './host';
import type { LabMember, LabState } from './lab-state';
import { filesOf } from './speakers';

/** Status of a lab member. */
export interface MemberStatus {
  readonly name: string;
  readonly kind: LabMember['kind'];
  readonly addresses: readonly string[];
  /** Its BGP speaker, its process, and whether it is running. */
  readonly speaker?: SpeakerKind;
  readonly pid?: number;
  readonly isRunning: boolean;
  /** Status from its agent. */
  readonly agent?: AgentStatus;
  /** Number of Established sessions. */
  readonly sessions?: { readonly established: number; readonly total: number };
  /** Why there is no status. */
  readonly error?: string;
}

/** What the status of a lab's members is read from. */
interface Running {
  readonly folder: string;
  readonly state: LabState;
  isRunning(name: string): boolean;
  agent(name: string): { status(): Promise<AgentStatus> };
  run(name: string, argv: readonly string[]): Promise<Pick<Outcome, 'stdout'>>;
}

export async function memberStatus(lab: Running, name: string, member: LabMember): Promise<MemberStatus> {
  const { kind, addresses, speaker } = member;
  const isRunning = lab.isRunning(name);
  const known = { name, kind, addresses, speaker, pid: lab.state.processes[name]?.pid, isRunning };
  if (!isRunning || speaker === undefined) return known;
  const daemon = daemonOf(speaker);
  try {
    return { ...known, ...(daemon ? await ofDaemon(lab, name, daemon) : await ofAgent(lab, name)) };
  } catch (error) {
    return { ...known, error: (error as Error).message };
  }
}

async function ofAgent(lab: Running, name: string): Promise<Partial<MemberStatus>> {
  const agent = await lab.agent(name).status();
  const established = agent.sessions.filter(({ state }) => state === 'Established').length;
  return { agent, sessions: { established, total: agent.sessions.length } };
}

async function ofDaemon(lab: Running, name: string, daemon: Daemon): Promise<Partial<MemberStatus>> {
  const { stdout } = await lab.run(name, daemon.sessions.argv(filesOf(lab.folder, name).own));
  const sessions = daemon.sessions.read(stdout);
  return { sessions: { established: sessions.filter(Boolean).length, total: sessions.length } };
}

/** Whether every agent runs a fabric and all its sessions are Established. */
export const isSettled = (members: readonly MemberStatus[]): boolean =>
  members
    .filter(({ kind }) => kind === 'node')
    .every(({ agent }) => agent?.fabric !== undefined && agent.sessions.every(({ state }) => state === 'Established'));
