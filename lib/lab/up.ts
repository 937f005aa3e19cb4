import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { canonicalFabric, type Json } from '../model/canonical';
import type { Fabric } from '../model/fabric';
import { claimSwitch, eachOf, makeNamespaces, namespaceOf, namespacesOf, wire } from './build';
import { Lab } from './lab';
import { type LabPlan, planLab } from './plan';
import { LAB_NAME } from './read-state';
import { AGENT_COMMAND, agentArgv, birdArgv, birdVersion, filesOf, standInArgv } from './speakers';
import { labsFolder, makeFolder, newState, writeState } from './state';
import { hold, mayMakeNamespaces } from './user-namespace';

interface LabOptions {
  readonly fabric: Fabric;
  /** Name of the lab; absent: the fabric's. Two labs of one name never run side by side. */
  readonly name?: string;
  /** Its folder; absent: one by its name. */
  readonly folder?: string;
  /** Whether agents run the fabric at once, wait for a deploy, or are not started at all. Absent: `running`. */
  readonly agents?: 'running' | 'idle' | 'none';
  /** In a user namespace of its own also where root would do. */
  readonly withoutRoot?: boolean;
  /** False: one of our agents stands for an outside machine also where BIRD is installed. */
  readonly bird?: boolean;
  readonly agentCommand?: readonly string[];
  /** Told what is about to be done, in a few words. */
  readonly onStep?: (step: string) => void;
  /** Ends the start; what was made by then is unmade. */
  readonly signal?: AbortSignal;
}

/** The limit of a unix socket's path is 108 octets; deeper ones fail late and with a message that does not say why. */
const LONGEST_SOCKET_PATH = 100;

/** Brings a lab up. Rejects, with nothing left behind, where a part of it does not come up. */
export async function up(options: LabOptions): Promise<Lab> {
  const withoutRoot = options.withoutRoot ?? !mayMakeNamespaces();
  const name = options.name ?? options.fabric.name,
    folder = resolve(options.folder ?? join(labsFolder(!withoutRoot), name)),
    plan = planLab(options.fabric),
    step = (text: string) => {
      options.signal?.throwIfAborted();
      options.onStep?.(text);
    };
  checkNames(name, folder, plan, withoutRoot);
  makeFolder(folder);
  const state = newState(name);
  writeState(folder, state);
  const lab = new Lab(folder, state);
  try {
    if (withoutRoot) {
      step('enter a new user namespace, as this is not root');
      await hold((holder) => {
        state.holder = holder;
        lab.save();
      });
    }
    await makeNetwork(lab, plan, step);
    await startSpeakers(lab, plan, options, step);
    options.signal?.throwIfAborted();
    return lab;
  } catch (error) {
    await lab.down();
    throw error;
  }
}

function checkNames(name: string, folder: string, plan: LabPlan, withoutRoot: boolean): void {
  if (!LAB_NAME.test(name))
    throw new Error(
      `${JSON.stringify(name)} is not a valid lab name: use letters, digits, dots, dashes and underscores`,
    );
  for (const { name: member } of plan.machines)
    if (filesOf(folder, member).agentSocket.length > LONGEST_SOCKET_PATH)
      throw new Error(`the path ${folder} is too long for the socket of ${member}; choose a shorter folder with --dir`);
  if (withoutRoot && /^(\/var)?\/run(\/|$)/.test(folder))
    throw new Error(`${folder} is hidden in a rootless lab, which has its own /run; choose another with --dir`);
}

async function makeNetwork(lab: Lab, plan: LabPlan, step: (text: string) => void): Promise<void> {
  const { name, state, host } = lab;
  step(`create ${plan.machines.length + plan.workloads.length + 1} network namespaces`);
  // One of two labs of one name gets the switch; the other fails here, and owns nothing that it would take away.
  if (!(await claimSwitch(host, name))) throw new Error(`a lab named ${name} is already up; choose another --name`);
  state.namespaces = namespacesOf(name, plan);
  for (const { name: member, kind, addresses } of plan.machines)
    lab.add(member, { kind, namespace: namespaceOf(name, member), addresses: Object.values(addresses).map(String) });
  for (const { name: member, addresses, host: machine, interface: device } of plan.workloads)
    lab.add(member, {
      kind: 'workload',
      namespace: namespaceOf(name, member),
      addresses: Object.values(addresses).map(String),
      host: machine,
      interface: device,
    });
  lab.save();
  await makeNamespaces(host, name, plan);
  step('create links and addresses');
  await wire(host, name, plan);
}

async function startSpeakers(
  lab: Lab,
  plan: LabPlan,
  options: LabOptions,
  step: (text: string) => void,
): Promise<void> {
  const { folder } = lab,
    command = options.agentCommand ?? AGENT_COMMAND,
    agents = options.agents ?? 'running';
  const file = join(folder, 'fabric.json');
  writeFileSync(file, `${JSON.stringify(withEndpoints(options.fabric, folder), null, 2)}\n`);
  const outside = plan.machines.filter(({ kind }) => kind === 'outside'),
    nodes = agents === 'none' ? [] : plan.machines.filter(({ kind }) => kind === 'node');
  const version = options.bird === false ? undefined : await birdVersion(lab.host);
  const names = outside.map(({ name }) => name).join(', ');
  if (version && names) step(`start BIRD ${version} as ${names}`);
  else if (names)
    step(`start a Peerform agent as ${names}${options.bird === false ? '' : ': BIRD 2 is not installed'}`);
  await eachOf(outside, (machine) =>
    lab.start(
      machine.name,
      version ? 'bird' : 'agent',
      version ? birdArgv(folder, plan, machine) : standInArgv(command, folder, machine),
    ),
  );
  if (nodes.length > 0) step(`start ${nodes.length === 1 ? 'an agent' : `${nodes.length} agents`}`);
  await eachOf(nodes, ({ name }) =>
    lab.start(name, 'agent', agentArgv(command, folder, name, agents === 'running' ? file : undefined)),
  );
}

/** The fabric as a file, in which every node's endpoint is the lab's. */
function withEndpoints(fabric: Fabric, folder: string): Json {
  const document = canonicalFabric(fabric) as { nodes?: Record<string, Record<string, Json>> };
  const nodes = Object.entries(document.nodes ?? {}).map(([name, node]) => {
    const endpoint = `unix://${filesOf(folder, name).agentSocket}`;
    return [name, { ...node, endpoint }];
  });
  return { ...document, nodes: Object.fromEntries(nodes) } as Json;
}
