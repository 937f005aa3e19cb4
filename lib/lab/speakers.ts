import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentClient, Unreachable } from '../control/client';
import { birdConf } from './birdconf';
import type { Host } from './host';
import type { LabPlan, Machine } from './plan';
import { isAlive, type Tracked } from './process';
import { standInFabric } from './stand-in';

/** How an agent is started: this build's own command line. It is the same folder whether this runs from `lib` or from `dist`. */
export const AGENT_COMMAND: readonly string[] = [process.execPath, resolve(__dirname, '../../dist/cli/main.js')];

/** The files of a member's speaker, all in its own folder. */
export const filesOf = (folder: string, member: string) => {
  const own = (file: string) => join(folder, member, file);
  return {
    own,
    log: own('log'),
    agentSocket: own('agent.sock'),
    agentState: own('state'),
    birdSocket: own('bird.ctl'),
  };
};

/** The version of the BIRD that would run, if it is one that the lab can use. */
export async function birdVersion(host: Host): Promise<string | undefined> {
  const outcome = await host.attempt(['sh', '-c', 'bird --version 2>&1']);
  const version = /BIRD version (\d+)(\.\S+)?/.exec(outcome.stdout);
  return outcome.code === 0 && version && Number(version[1]) >= 2 ? `${version[1]}${version[2] ?? ''}` : undefined;
}

/** The command of an agent of a member; with a fabric's file it runs that, without it waits for a deploy. */
export function agentArgv(command: readonly string[], folder: string, member: string, fabricFile?: string): string[] {
  const { agentSocket, agentState } = filesOf(folder, member);
  mkdirSync(agentState, { recursive: true });
  const given = fabricFile === undefined ? [] : ['--fabric', fabricFile];
  return [...command, 'agent', '--node', member, '--socket', agentSocket, '--state', agentState, ...given];
}

/** The command of a BIRD that stands for an outside machine; its configuration is written. */
export function birdArgv(folder: string, plan: LabPlan, machine: Machine): string[] {
  const { own, birdSocket } = filesOf(folder, machine.name);
  mkdirSync(own(''), { recursive: true });
  writeFileSync(own('bird.conf'), birdConf(plan, machine));
  return ['bird', '-f', '-c', own('bird.conf'), '-s', birdSocket, '-P', own('bird.pid')];
}

/** The command of an agent that stands for an outside machine; its fabric is written. */
export function standInArgv(command: readonly string[], folder: string, machine: Machine): string[] {
  const { own } = filesOf(folder, machine.name);
  mkdirSync(own(''), { recursive: true });
  writeFileSync(own('fabric.json'), JSON.stringify(standInFabric(machine), null, 2));
  return agentArgv(command, folder, machine.name, own('fabric.json'));
}

/** Waits until a speaker that was just started takes orders; throws, with the end of its log, where it ends or does not come. */
export async function awaitSpeaker(
  folder: string,
  member: string,
  kind: 'agent' | 'bird',
  process: Tracked,
): Promise<void> {
  const { agentSocket, birdSocket, log } = filesOf(folder, member);
  const until = Date.now() + 30_000;
  const answers = async () => {
    if (kind === 'bird') return existsSync(birdSocket);
    try {
      await new AgentClient(`unix://${agentSocket}`).status();
      return true;
    } catch (error) {
      if (error instanceof Unreachable) return false;
      throw error;
    }
  };
  while (!(await answers())) {
    if (!isAlive(process)) throw new Error(`the ${kind} of ${member} exited at startup${lastLines(log)}`);
    if (Date.now() >= until) throw new Error(`the ${kind} of ${member} does not respond${lastLines(log)}`);
    await sleep(20);
  }
}

function lastLines(log: string): string {
  const text = existsSync(log) ? readFileSync(log, 'utf8').trimEnd() : '';
  return text === '' ? '' : `; the end of its log:\n${text.split('\n').slice(-10).join('\n')}`;
}
