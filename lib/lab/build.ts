import { CommandFailed, type Host } from './host';
import { type LabMachine, type LabPlan, NO_PLAN, type Workload } from './lab-plan';
import { again, cableLines, machineLines, settings, switchLines, undone, uplinkLine, workloadLines } from './wiring';

/** Name of the namespace of a member. No member's name holds an `@` or begins with `_`, so names of labs never meet. */
export const namespaceOf = (lab: string, member: string): string => `${member}@${lab}`;

/** Namespace of a lab's switch. */
export const switchOf = (lab: string): string => namespaceOf(lab, '_switch');

/** Makes the namespace of the switch, of which each name of a lab has one. False: another lab of this name has it. */
export async function claimSwitch(host: Host, lab: string): Promise<boolean> {
  const name = switchOf(lab);
  const add = ['ip', 'netns', 'add', name];
  const outcome = await host.attempt(add);
  if (outcome.code === 0) return true;
  const all = JSON.parse((await host.run(['ip', '-json', 'netns', 'list'])) || '[]') as { readonly name: string }[];
  if (all.some((one) => one.name === name)) return false;
  throw new CommandFailed(add, outcome);
}

/** Gives the namespace of each of these members a name and its settings. */
export async function makeNamespaces(
  host: Host,
  lab: string,
  members: readonly (LabMachine | Workload)[],
): Promise<void> {
  const names = members.map(({ name }) => namespaceOf(lab, name));
  await host.run(['sh', '-c', 'for name; do ip netns add "$name" || exit; done', 'sh', ...names]);
  await eachOf(members, (member) => configure(host, namespaceOf(lab, member.name), 'port' in member));
}

/** Removes the namespaces of these members, and with them their links. What is gone already is not an error. */
export async function removeNamespaces(host: Host, lab: string, members: readonly string[]): Promise<void> {
  const names = members.map((name) => namespaceOf(lab, name));
  await host.attempt(['sh', '-c', 'for name; do ip netns delete "$name" 2>/dev/null; done', 'sh', ...names]);
}

/** Lines of `ip -batch`, by the namespace that they run in. */
type Lines = ReadonlyMap<string, readonly string[]>;

/** All lines of a lab, in stages: what one makes, the next needs. */
function stagesOf(lab: string, plan: LabPlan): Lines[] {
  const machines = plan.machines.map((machine) => ({ ...machine, namespace: namespaceOf(lab, machine.name) }));
  const uplinks = machines.map(({ name, namespace }): [string, string[]] => [
    namespace,
    plan.uplinks.filter(({ machine }) => machine === name).map((one) => uplinkLine(one, namespaceOf(lab, one.node))),
  ]);
  return [
    new Map(plan === NO_PLAN ? [] : [[switchOf(lab), switchLines(machines.filter(({ isOnSwitch }) => isOnSwitch))]]),
    new Map(uplinks),
    new Map(machines.map((machine) => [machine.namespace, linesOf(lab, plan, machine)])),
    new Map(plan.workloads.map((workload) => [namespaceOf(lab, workload.name), workloadLines(workload)])),
  ];
}

const linesOf = (lab: string, plan: LabPlan, machine: LabMachine): string[] => [
  ...machineLines(plan, machine),
  ...plan.workloads
    .filter((workload) => workload.host === machine.name)
    .flatMap((workload) => cableLines(workload, namespaceOf(lab, workload.name))),
];

/** Lays the cables and gives the addresses and on-link routes that one plan has beyond another. */
export async function wire(host: Host, lab: string, plan: LabPlan, before: LabPlan): Promise<void> {
  const former = stagesOf(lab, before);
  for (const [i, stage] of stagesOf(lab, plan).entries())
    await eachOf([...beyond(stage, former[i])], ([namespace, lines]) => host.batch(namespace, lines));
}

/**
 * Puts back the addresses and routes that a kernel dropped of what is there, as with a link that was down for a while.
 * Where it is down now, routes stay away.
 */
export async function rewire(host: Host, lab: string, plan: LabPlan): Promise<void> {
  await eachOf(
    stagesOf(lab, plan).flatMap((stage) => [...stage]),
    async ([namespace, lines]) => {
      const missing = lines.flatMap((line) => again(line) ?? []);
      if (missing.length > 0)
        await host.attempt(['ip', '-netns', namespace, '-force', '-batch', '-'], `${missing.join('\n')}\n`);
    },
  );
}

/**
 * Takes away what one plan has beyond another, in the namespaces that both have. What is gone already is not an error.
 */
export async function unwire(host: Host, lab: string, plan: LabPlan, after: LabPlan): Promise<void> {
  const latter = stagesOf(lab, after);
  for (const [i, stage] of stagesOf(lab, plan).entries())
    for (const [namespace, lines] of beyond(stage, latter[i])) {
      const undoing = lines.flatMap((line) => undone(line) ?? []).reverse();
      if (latter.some((one) => one.has(namespace)) && undoing.length > 0)
        await host.attempt(['ip', '-netns', namespace, '-force', '-batch', '-'], `${undoing.join('\n')}\n`);
    }
}

/** The lines that the one has and the other has not. */
function beyond(one: Lines, other: Lines): Map<string, string[]> {
  const found = [...one].map(([namespace, lines]): [string, string[]] => {
    const known = new Set(other.get(namespace));
    return [namespace, lines.filter((line) => !known.has(line))];
  });
  return new Map(found.filter(([, lines]) => lines.length > 0));
}

/** Makes a workload of a lab that is up: the route to it is the last thing to appear. */
export async function plugIn(host: Host, lab: string, workload: Workload): Promise<void> {
  const namespace = namespaceOf(lab, workload.name);
  await host.run(['ip', 'netns', 'add', namespace]);
  await configure(host, namespace, false);
  const lines = cableLines(workload, namespace);
  const isRoute = (line: string) => line.startsWith('route ');
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
