import type { Fabric } from '../model/fabric';
import { readFabric } from '../model/read';
import { eachOf, makeNamespaces, namespaceOf, removeNamespaces, rewire, unwire, wire } from './build';
import { deploy } from './deploy';
import { awaitConnected, etcdHost, makeCertificates, prepareEtcd, startEtcd } from './etcd';
import { type Keys, secretsOf, withDelivered } from './keys';
import type { Lab } from './lab';
import type { LabMachine, LabPlan, Workload } from './lab-plan';
import type { LabEtcd } from './lab-state';
import { type OutsideSpeaker, refreshOutside, startOutside } from './outside-speakers';
import { isAlive } from './process';

/** Target of a lab update. */
export interface Following {
  readonly lab: Lab;
  readonly fabric: Fabric;
  readonly plan: LabPlan;
  /** The current plan; of a new lab, empty. */
  readonly before: LabPlan;
  readonly keys: Keys;
  readonly outside: OutsideSpeaker;
  readonly agentCommand: readonly string[];
  /** Called before each step. */
  readonly step: (text: string) => void;
}

/**
 * Updates a lab to a plan: first creates and wires what is new, then makes all agents run the fabric, then removes what
 * is gone. What is unchanged is not affected.
 */
export async function follow(following: Following): Promise<void> {
  const { lab, plan, before, step } = following;
  const added = membersOf(plan).filter(({ name }) => !has(before, name));
  writeDown(following);
  if (added.length > 0) await make(following, added);
  await rewire(lab.host, lab.name, before);
  await wire(lab.host, lab.name, plan, before);
  await raiseBfd(following);
  await raiseOutside(following);
  if (lab.state.etcd) await raiseEtcd(following, lab.state.etcd);
  if (lab.state.agents !== 'none') await raiseAgents(following);
  if (lab.state.etcd && lab.state.agents !== 'none') await awaitConnected(lab.folder, lab.state.etcd, nodesOf(plan));
  if (lab.state.agents === 'running') await deployFabric(following);
  await retract(lab, before, plan, step);
}

/** Whether some of what is new exists already: the process that created it was killed. */
export const isHalfGrown = ({ lab, plan, before }: Following): boolean =>
  membersOf(plan).some(({ name }) => !has(before, name) && lab.state.members[name] !== undefined);

/** Undoes as much of the update as was done. */
export async function unfollow({ lab, plan, before, keys, outside }: Following): Promise<void> {
  await retract(lab, plan, before, () => {});
  for (const machine of outsideOf(before))
    if (lab.isRunning(machine.name))
      await refreshOutside({ lab, plan: before, machine, keys }, outside.kind, plan).catch(() => undefined);
}

const membersOf = ({ machines, workloads }: LabPlan): (LabMachine | Workload)[] => [...machines, ...workloads];
const nodesOf = ({ machines }: LabPlan) => machines.filter(({ kind }) => kind === 'node').map(({ name }) => name);
const has = (plan: LabPlan, name: string) => membersOf(plan).some((one) => one.name === name);
const outsideOf = ({ machines }: LabPlan) => machines.filter(({ kind }) => kind === 'outside');
const namesOf = (members: readonly { readonly name: string }[]) => members.map(({ name }) => name).join(', ');

/** Everything is recorded before it is created. */
function writeDown({ lab, plan }: Following): void {
  for (const member of membersOf(plan)) {
    const { name } = member;
    const addresses = Object.values(member.addresses).map(String);
    const namespace = namespaceOf(lab.name, name);
    const what =
      'port' in member
        ? { kind: member.kind }
        : { kind: 'workload' as const, host: member.host, interface: member.interface };
    lab.add(name, { ...lab.state.members[name], namespace, addresses, ...what });
    if (!lab.state.namespaces.includes(namespace)) lab.state.namespaces.push(namespace);
  }
  lab.save();
}

async function make({ lab, before, step }: Following, added: readonly (LabMachine | Workload)[]): Promise<void> {
  const isNew = before.machines.length === 0;
  step(`create ${added.length + Number(isNew)} network namespaces${isNew ? '' : `: ${namesOf(added)}`}`);
  await makeNamespaces(lab.host, lab.name, added);
  step('create links and addresses');
}

/** Agents connect to the BFD process as soon as they run the fabric. */
async function raiseBfd({ lab, plan, outside, agentCommand, step }: Following): Promise<void> {
  const hasAgent = ({ kind }: LabMachine) => (kind === 'node' ? lab.state.agents !== 'none' : outside.kind === 'agent');
  const machines = plan.machines.filter((machine) => machine.hasBfd && hasAgent(machine));
  if (machines.length === 0) return;
  step(`run BFD for ${namesOf(machines)}`);
  await eachOf(machines, ({ name }) => lab.startBfd(name, agentCommand));
}

async function raiseOutside(following: Following): Promise<void> {
  const { lab, plan, before, keys, outside, agentCommand, step } = following;
  const machines = outsideOf(plan);
  const missing = machines.filter(({ name }) => !lab.isRunning(name));
  if (missing.length > 0)
    step(
      `start ${outside.title} as ${namesOf(missing)}${outside.writesKernelRoutes ? '' : ' (it writes no kernel routes, so packets do not cross it)'}`,
    );
  await eachOf(missing, (machine) => startOutside({ lab, plan, machine, keys }, outside.kind, agentCommand));
  await eachOf(
    machines.filter((machine) => !missing.includes(machine) && has(before, machine.name)),
    async (machine) => {
      if (await refreshOutside({ lab, plan, machine, keys }, outside.kind, before))
        step(`reconfigure ${machine.name}, whose sessions changed`);
    },
  );
}

/** Before the agents, which connect to it. */
async function raiseEtcd({ lab, plan, step }: Following, etcd: LabEtcd): Promise<void> {
  const nodes = nodesOf(plan);
  await makeCertificates(lab.folder, etcd, nodes);
  if (!etcd.process || !isAlive(etcd.process)) {
    step(`start etcd at ${etcdHost(etcd)}`);
    await startEtcd(lab.folder, etcd, (process) => {
      etcd.process = process;
      lab.save();
    });
  }
  await prepareEtcd(lab.folder, etcd, nodes);
  await eachOf(nodes, (node) => lab.startRelay(node));
}

async function raiseAgents({ lab, plan, agentCommand, step }: Following): Promise<void> {
  const missing = plan.machines.filter(({ kind, name }) => kind === 'node' && !lab.isRunning(name));
  if (missing.length === 0) return;
  step(`start ${missing.length === 1 ? 'an agent' : `${missing.length} agents`}`);
  await eachOf(missing, ({ name }) => lab.startAgent(name, agentCommand));
}

async function deployFabric({ lab, plan, fabric, keys, step }: Following): Promise<void> {
  const nodes = plan.machines.filter(({ kind }) => kind === 'node');
  const { endpoints } = lab;
  if (nodes.length === 0) return;
  const isNew = await deploy({
    fabric: readFabric(withDelivered(fabric)).fabric!,
    owner: lab.owner,
    agents: Object.fromEntries(nodes.map(({ name }) => [name, lab.agent(name)])),
    endpoints: Object.fromEntries(nodes.map(({ name }) => [name, endpoints[name]])),
    secrets: secretsOf(keys),
  });
  if (isNew) step(`deployed the fabric to ${nodes.length === 1 ? 'the agent' : `${nodes.length} agents`}`);
}

/** Removes what one plan has in addition to another. */
async function retract(lab: Lab, plan: LabPlan, after: LabPlan, step: (text: string) => void): Promise<void> {
  const gone = membersOf(plan).filter(({ name }) => !has(after, name));
  if (gone.length > 0) step(`remove ${namesOf(gone)}`);
  for (const { name } of gone) {
    await lab.stop(name);
    await lab.stopBeside('bfd', name);
    await lab.stopBeside('relays', name);
  }
  await removeNamespaces(
    lab.host,
    lab.name,
    gone.map(({ name }) => name),
  );
  await unwire(lab.host, lab.name, plan, after);
  for (const { name } of gone) lab.forget(name);
  lab.save();
}
