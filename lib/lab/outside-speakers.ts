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

/** What acts as the outside of a lab: a daemon, with its version, or our own agents. */
export interface OutsideSpeaker {
  readonly kind: SpeakerKind;
  /** Display name: `BIRD 2.0.12`. */
  readonly title: string;
  /** Whether it installs learned routes in the kernel. */
  readonly writesKernelRoutes: boolean;
}

const AGENT: OutsideSpeaker = { kind: 'agent', title: 'a Peerform agent', writesKernelRoutes: true };

/**
 * The requested speaker or, by default, BIRD if it is installed and agents otherwise. Throws if the requested one
 * cannot run here.
 */
export async function chooseOutside(
  host: Host,
  withoutRoot: boolean,
  asked?: SpeakerKind,
  isOverLinks = false,
): Promise<OutsideSpeaker> {
  if (asked === 'agent') return AGENT;
  const kind = asked ?? 'bird';
  const { title, package: name, needsRoot, writesKernelRoutes, findsNeighbours = false } = DAEMONS[kind] as Daemon;
  if (isOverLinks && !findsNeighbours)
    throw new Error(
      `${title} does not find neighbours on links without addresses: choose --outside bird, frr or agent`,
    );
  const version = await versionOf(host, DAEMONS[kind]);
  if (version === undefined && asked === undefined)
    return { ...AGENT, title: `${AGENT.title} (BIRD 2 is not installed)` };
  if (version === undefined)
    throw new Error(`--outside ${kind} needs ${title}, which is not installed here (Debian: apt-get install ${name})`);
  if (needsRoot !== undefined && withoutRoot)
    throw new Error(`--outside ${kind} needs root, as ${title} does not run in a user namespace: ${needsRoot}`);
  return { kind, title: `${title} ${version}`, writesKernelRoutes };
}

/** Version of a daemon, if it is installed and usable. */
async function versionOf(host: Host, { version }: Daemon): Promise<string | undefined> {
  const outcome = await host.attempt(['sh', '-c', '"$@" 2>&1', 'sh', ...version.argv()]);
  return version.pattern.exec(outcome.stdout)?.[1];
}

/** An outside machine and its configuration. */
interface Outside {
  readonly lab: Lab;
  readonly plan: LabPlan;
  readonly machine: LabMachine;
  readonly keys: Keys;
}

/** Starts the BGP speaker of an outside machine. */
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

/** Applies configuration changes; unchanged sessions are not affected. Returns false if nothing changed. */
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

/** May contain keys. */
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
