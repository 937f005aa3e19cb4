import { mkdirSync, writeFileSync } from 'node:fs';
import { readFabric } from '../model/read';
import { type OutsideConfig, outsideConfig } from './daemon/config';
import type { Daemon } from './daemon/daemon';
import { DAEMONS, daemonOf, type SpeakerKind } from './daemon/daemons';
import { deploy } from './deploy';
import { CommandFailed, type Host } from './host';
import type { Keys } from './keys';
import { secretsOf } from './keys';
import type { Lab } from './lab';
import type { LabMachine, LabPlan } from './lab-plan';
import { agentArgv, filesOf } from './speakers';
import { standInFabric } from './stand-in';

/** What stands for the outside of a lab: one of the daemons, in its version, or agents of ours. */
export interface OutsideSpeaker {
  readonly kind: SpeakerKind;
  /** For people: `BIRD 2.0.12`. */
  readonly title: string;
  /** Whether packets follow the routes that it learns. */
  readonly writesKernelRoutes: boolean;
}

const AGENT: OutsideSpeaker = { kind: 'agent', title: 'a Peerform agent', writesKernelRoutes: true };

/**
 * What is to stand for the outside: the one that is asked for; absent: BIRD if it is installed, else agents. Throws
 * where it cannot run here.
 */
export async function chooseOutside(host: Host, withoutRoot: boolean, asked?: SpeakerKind): Promise<OutsideSpeaker> {
  if (asked === 'agent') return AGENT;
  const kind = asked ?? 'bird';
  const { title, package: name, needsRoot, writesKernelRoutes } = DAEMONS[kind] as Daemon;
  const version = await versionOf(host, DAEMONS[kind]);
  if (version === undefined && asked === undefined)
    return { ...AGENT, title: `${AGENT.title} (BIRD 2 is not installed)` };
  if (version === undefined)
    throw new Error(`--outside ${kind} needs ${title}, which is not installed here (Debian: apt-get install ${name})`);
  if (needsRoot !== undefined && withoutRoot)
    throw new Error(`--outside ${kind} needs root, as ${title} does not run in a user namespace: ${needsRoot}`);
  return { kind, title: `${title} ${version}`, writesKernelRoutes };
}

/** The version of a daemon that would run, if it is one that the lab can use. */
async function versionOf(host: Host, { version }: Daemon): Promise<string | undefined> {
  const outcome = await host.attempt(['sh', '-c', '"$@" 2>&1', 'sh', ...version.argv()]);
  return version.pattern.exec(outcome.stdout)?.[1];
}

/** One machine of the outside, and what it is to do. */
interface Outside {
  readonly lab: Lab;
  readonly plan: LabPlan;
  readonly machine: LabMachine;
  readonly keys: Keys;
}

/** Starts what speaks BGP in an outside machine. */
export async function startOutside(
  outside: Outside,
  kind: SpeakerKind,
  agentCommand: readonly string[],
): Promise<void> {
  const { lab, machine } = outside;
  const { own } = filesOf(lab.folder, machine.name);
  const daemon = daemonOf(kind);
  mkdirSync(own(''), { recursive: true });
  if (!daemon) {
    await lab.start(machine.name, kind, agentArgv(agentCommand, lab.folder, machine.name));
    await deployStandIn(outside);
    return;
  }
  const config = writeConfig(outside, daemon);
  await lab.start(machine.name, kind, daemon.argv(own, config));
  await runAll(lab, machine.name, daemon.commands?.(config) ?? []);
}

/** Has it take up what changed since; what stays of its sessions is not touched. False: nothing did. */
export async function refreshOutside(outside: Outside, kind: SpeakerKind, before: LabPlan): Promise<boolean> {
  const { lab, machine, keys } = outside;
  const { own } = filesOf(lab.folder, machine.name);
  const daemon = daemonOf(kind);
  if (!daemon) return deployStandIn(outside);
  const former = outsideConfig(before, before.machines.find(({ name }) => name === machine.name)!, keys);
  const isSame = JSON.stringify(daemon.files(former)) === JSON.stringify(daemon.files(configOf(outside)));
  if (isSame) return false;
  const config = writeConfig(outside, daemon);
  await runAll(lab, machine.name, daemon.reload(own, config, former, lab.state.processes[machine.name].pid));
  await runAll(lab, machine.name, daemon.commands?.(config) ?? []);
  return true;
}

const configOf = ({ plan, machine, keys }: Outside): OutsideConfig => outsideConfig(plan, machine, keys);

/** There may be keys in it. */
function writeConfig(outside: Outside, daemon: Daemon): OutsideConfig {
  const { own } = filesOf(outside.lab.folder, outside.machine.name);
  const config = configOf(outside);
  for (const [name, content] of Object.entries(daemon.files(config)))
    writeFileSync(own(name), content, { mode: 0o600 });
  return config;
}

async function runAll(lab: Lab, member: string, commands: readonly (readonly string[])[]): Promise<void> {
  for (const argv of commands) {
    const outcome = await lab.run(member, argv);
    if (outcome.code !== 0) throw new CommandFailed(argv, outcome);
  }
}

const deployStandIn = ({ lab, machine, keys }: Outside): Promise<boolean> =>
  deploy({
    fabric: readFabric(standInFabric(machine)).fabric!,
    owner: lab.owner,
    agents: { [machine.name]: lab.agent(machine.name) },
    endpoints: {},
    secrets: secretsOf(keys),
  });
