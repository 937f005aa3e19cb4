import { CommandFailed, type Host } from './host';
import type { LabPlan, Machine, Workload } from './plan';
import { cableLines, machineLines, settings, switchLines, uplinkLine, workloadLines } from './wiring';

/** Name of the namespace of a member. No member's name holds an `@` or begins with `_`, so names of labs never meet. */
export const namespaceOf = (lab: string, member: string): string => `${member}@${lab}`;

/** Namespace of a lab's switch. */
export const switchOf = (lab: string): string => namespaceOf(lab, '_switch');

/** Every namespace of a planned lab, the switch first. */
export const namespacesOf = (lab: string, plan: LabPlan): string[] => [
  switchOf(lab),
  ...[...plan.machines, ...plan.workloads].map(({ name }) => namespaceOf(lab, name)),
];

/** Makes the namespace of the switch, of which each name of a lab has one. False: another lab of this name has it. */
export async function claimSwitch(host: Host, lab: string): Promise<boolean> {
  const name = switchOf(lab),
    add = ['ip', 'netns', 'add', name],
    outcome = await host.attempt(add);
  if (outcome.code === 0) return true;
  const all = JSON.parse((await host.run(['ip', '-json', 'netns', 'list'])) || '[]') as { readonly name: string }[];
  if (all.some((one) => one.name === name)) return false;
  throw new CommandFailed(add, outcome);
}

/** Gives every namespace but the switch, which exists, a name and its settings. */
export async function makeNamespaces(host: Host, lab: string, plan: LabPlan): Promise<void> {
  await host.run([
    'sh',
    '-c',
    'for name; do ip netns add "$name" || exit; done',
    'sh',
    ...namespacesOf(lab, plan).slice(1),
  ]);
  const all = [
    ...plan.machines.map((m) => ({ m, forwards: true })),
    ...plan.workloads.map((m) => ({ m, forwards: false })),
  ];
  await eachOf(all, ({ m, forwards }) => configure(host, namespaceOf(lab, m.name), forwards));
}

/** Lays all cables and gives all addresses and on-link routes. */
export async function wire(host: Host, lab: string, plan: LabPlan): Promise<void> {
  const machines = plan.machines.map((machine) => ({ machine, namespace: namespaceOf(lab, machine.name) }));
  await host.batch(switchOf(lab), switchLines(machines.filter(({ machine }) => machine.isOnSwitch)));
  await eachOf(machines, async ({ machine, namespace }) => {
    const uplinks = plan.uplinks.filter((uplink) => uplink.machine === machine.name);
    const lines = uplinks.map((uplink) => uplinkLine(uplink, namespaceOf(lab, uplink.node)));
    if (lines.length > 0) await host.batch(namespace, lines);
  });
  await eachOf(machines, ({ machine, namespace }) => host.batch(namespace, linesOf(lab, plan, machine)));
  await eachOf(plan.workloads, (workload) => host.batch(namespaceOf(lab, workload.name), workloadLines(workload)));
}

const linesOf = (lab: string, plan: LabPlan, machine: Machine): string[] => [
  ...machineLines(plan, machine),
  ...plan.workloads
    .filter((workload) => workload.host === machine.name)
    .flatMap((workload) => cableLines(workload, namespaceOf(lab, workload.name))),
];

/** Makes a workload of a lab that is up: the route to it is the last thing to appear. */
export async function plugIn(host: Host, lab: string, workload: Workload): Promise<void> {
  const namespace = namespaceOf(lab, workload.name);
  await host.run(['ip', 'netns', 'add', namespace]);
  await configure(host, namespace, false);
  const lines = cableLines(workload, namespace),
    isRoute = (line: string) => line.startsWith('route ');
  await host.batch(
    namespaceOf(lab, workload.host),
    lines.filter((line) => !isRoute(line)),
  );
  await host.batch(namespace, workloadLines(workload));
  await host.batch(namespaceOf(lab, workload.host), lines.filter(isRoute));
}

/** Takes a workload away: its cable, and with it its routes, then its namespace. */
export async function unplug(
  host: Host,
  lab: string,
  workload: Pick<Workload, 'name' | 'host' | 'interface'>,
): Promise<void> {
  await host.run(['ip', '-netns', namespaceOf(lab, workload.host), 'link', 'delete', workload.interface]);
  await host.run(['ip', 'netns', 'delete', namespaceOf(lab, workload.name)]);
}

/** A kernel without one of the settings does not need it. */
const CONFIGURE = `while read -r path value; do
  [ ! -e "/proc/sys/net/$path" ] || echo "$value" > "/proc/sys/net/$path" || exit
done`;

async function configure(host: Host, namespace: string, forwards: boolean): Promise<void> {
  const lines = Object.entries(settings(forwards)).map(([path, value]) => `${path} ${value}\n`);
  await host.run(['ip', 'netns', 'exec', namespace, 'sh', '-c', CONFIGURE], lines.join(''));
}

/** All of them, a few at a time. Rejects with the first failure, once nothing is under way any more. */
export async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  const outcomes = await Promise.allSettled([worker(), worker(), worker(), worker()]);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
