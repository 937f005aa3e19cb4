import { CommandFailed, type Host } from './host';
import { type LabMachine, type LabPlan, NO_PLAN, type Workload } from './lab-plan';
import { again, cableLines, machineLines, settings, switchLines, undone, uplinkLine, workloadLines } from './wiring';

/** Namespace of a member. Member names cannot contain `@` or begin with `_`, so names of labs never collide. */
export const namespaceOf = (lab: string, member: string): string => `${member}@${lab}`;

/** Namespace of a lab's switch. */
export const switchOf = (lab: string): string => namespaceOf(lab, '_switch');

/** Creates the switch's namespace, which is unique per lab name. Returns false if another lab with this name is up. */
export async function claimSwitch(host: Host, lab: string): Promise<boolean> {
  const name = switchOf(lab);
  const add = ['ip', 'netns', 'add', name];
  const outcome = await host.attempt(add);
  if (outcome.code === 0) return true;
  const all = JSON.parse((await host.run(['ip', '-json', 'netns', 'list'])) || '[]') as { readonly name: string }[];
  if (all.some((one) => one.name === name)) return false;
  throw new CommandFailed(add, outcome);
}

/** Creates and configures the namespaces of these members. */
export async function makeNamespaces(
  host: Host,
  lab: string,
  members: readonly (LabMachine | Workload)[],
): Promise<void> {
  const names = members.map(({ name }) => namespaceOf(lab, name));
  await host.run(['sh', '-c', 'for name; do ip netns add "$name" || exit; done', 'sh', ...names]);
  await eachOf(members, (member) => configure(host, namespaceOf(lab, member.name), 'port' in member));
}

/** Removes the namespaces of these members, and their links with them. Missing ones are not an error. */
export async function removeNamespaces(host: Host, lab: string, members: readonly string[]): Promise<void> {
  const names = members.map((name) => namespaceOf(lab, name));
  await host.attempt(['sh', '-c', 'for name; do ip netns delete "$name" 2>/dev/null; done', 'sh', ...names]);
}

/** Lines of `ip -batch`, by the namespace they run in. */
type Lines = ReadonlyMap<string, readonly string[]>;

/** All lines of a lab, in stages: each needs what the previous ones created. */
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

/** Creates the cables, addresses and on-link routes that one plan has in addition to another. */
export async function wire(host: Host, lab: string, plan: LabPlan, before: LabPlan): Promise<void> {
  const former = stagesOf(lab, before);
  for (const [i, stage] of stagesOf(lab, plan).entries())
    await eachOf([...beyond(stage, former[i])], ([namespace, lines]) => host.batch(namespace, lines));
}

/**
 * Restores addresses and routes that a kernel dropped, for example while a link was down. Routes over a link that is
 * still down are not restored.
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
 * Removes what one plan has in addition to another, from namespaces that both have. What is already gone is not an
 * error.
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

/** The lines of one that the other does not have. */
function beyond(one: Lines, other: Lines): Map<string, string[]> {
  const found = [...one].map(([namespace, lines]): [string, string[]] => {
    const known = new Set(other.get(namespace));
    return [namespace, lines.filter((line) => !known.has(line))];
  });
  return new Map(found.filter(([, lines]) => lines.length > 0));
}

/** Adds a workload to a running lab; the route to it is created last. */
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

/** Removes a workload: its cable with its routes, then its namespace. */
export async function unplug(
  host: Host,
  lab: string,
  workload: Pick<Workload, 'name' | 'host' | 'interface'>,
): Promise<void> {
  await host.run(['ip', '-netns', namespaceOf(lab, workload.host), 'link', 'delete', workload.interface]);
  await host.run(['ip', 'netns', 'delete', namespaceOf(lab, workload.name)]);
}

/** A setting that the kernel does not have is skipped. */
const CONFIGURE = `while read -r path value; do
  [ ! -e "/proc/sys/net/$path" ] || echo "$value" > "/proc/sys/net/$path" || exit
done`;

async function configure(host: Host, namespace: string, forwards: boolean): Promise<void> {
  const lines = Object.entries(settings(forwards)).map(([path, value]) => `${path} ${value}\n`);
  await host.run(['ip', 'netns', 'exec', namespace, 'sh', '-c', CONFIGURE], lines.join(''));
}

/** Runs them with limited concurrency. Rejects with the first failure once nothing is running any more. */
export async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  const outcomes = await Promise.allSettled([worker(), worker(), worker(), worker()]);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
