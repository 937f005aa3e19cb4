import { ADDRESS_FAMILIES, type AddressFamily, IpAddress } from '../model/address';
import type { Fabric } from '../model/fabric';
import { sure } from '../model/problem';
import { addressOf, sessionsOf } from '../topology/derive';
import { type LabMachine, type LabPlan, NO_PLAN, OUTSIDE_INTERFACE, type Workload } from './lab-plan';
import { innerCables, isOnLinksAlone } from './links';
import { outsideMachines } from './outside';
import { fresh, nameMatching, nextFree } from './plan-names';
import { onUplinks, spineSessions, uplinksOf } from './uplink';
import { WorkloadAddresses } from './workload-addresses';

/** Outside hosts are in documentation prefixes (RFC 5737, RFC 3849), one for each outside machine. */
const OUTSIDE: Record<AddressFamily, (ordinal: number) => string> = {
  ipv4: (ordinal) => `203.0.113.${ordinal}`,
  ipv6: (ordinal) => `2001:db8:ffff::${ordinal.toString(16)}`,
};

/**
 * Plans a lab: a machine for each node and outside neighbour, one workload behind each node that has workload settings,
 * and one host behind each outside machine. Names are unique. What existed in `before` keeps its names, interfaces and
 * addresses.
 */
export function planLab(fabric: Fabric, before: LabPlan = NO_PLAN): LabPlan {
  const taken = new Set([...Object.keys(fabric.nodes), ...[...before.machines, ...before.workloads].map(nameOf)]);
  const ports = new Set(before.machines.map(({ port }) => String(port)));
  const was = new Map(before.machines.map((machine) => [machine.name, machine]));
  const beyondNodes = outsideMachines(
    fabric,
    before.machines.filter(({ kind }) => kind === 'outside'),
  );
  const toOutside = beyondNodes.flatMap(({ sessions }) => sessions);
  const portOf = (name: string) => was.get(name)?.port ?? Number(nextFree(String, ports));
  const nodes = Object.entries(fabric.nodes).map(([name, node]): LabMachine => {
    const own = toOutside.filter((session) => session.node === name);
    return {
      name,
      kind: 'node',
      addresses: perFamily((family) => addressOf(node, family)),
      isOnSwitch: !isOnLinksAlone(fabric, name) && (own.length === 0 || own.some(({ isCabled }) => !isCabled)),
      ...(sessionsOf(fabric, name).some(({ bfd }) => bfd) && { hasBfd: true as const }),
      port: portOf(name),
      sessions: [],
    };
  });
  const named = beyondNodes.map(({ known, ...machine }, i, all) => ({
    ...machine,
    name: known ?? fresh(numbered('tor', i, all.length), taken),
  }));
  const outside = named.map(
    (machine): LabMachine => ({
      ...{ name: machine.name, kind: 'outside', addresses: machine.addresses, isOnSwitch: true },
      port: portOf(machine.name),
      ...(machine.sessions.some(({ bfd }) => bfd) && { hasBfd: true as const }),
      sessions: [...machine.sessions, ...spineSessions(machine, named)],
    }),
  );
  const uplinks = uplinksOf(outside, before.uplinks);
  return {
    machines: [...nodes, ...outside.map((machine) => onUplinks(machine, uplinks))],
    workloads: [...workloadsOf(fabric, nodes, before, taken), ...hostsOf(outside, before, taken)],
    uplinks: [...uplinks, ...innerCables(fabric)],
  };
}

/** A workload behind each node that has workload settings. */
function workloadsOf(fabric: Fabric, nodes: readonly LabMachine[], before: LabPlan, taken: Set<string>): Workload[] {
  const given = before.workloads.flatMap(({ addresses }) => Object.values(addresses));
  const pool = new WorkloadAddresses(fabric, given);
  return nodes.flatMap(({ name, addresses }, i): Workload[] => {
    const [pattern] = fabric.nodes[name].workloadInterfaces;
    const known = before.workloads.find(({ host }) => host === name);
    if (pattern === undefined) return [];
    return [
      {
        name: known?.name ?? fresh(`w-${name}`, taken),
        host: name,
        interface: known?.interface ?? nameMatching(pattern, 1),
        addresses: perFamily(
          (family) => addresses[family] && (known?.addresses[family] ?? pool.next(name, family, i + 1)),
        ),
      },
    ];
  });
}

/** A host behind each outside machine. */
function hostsOf(outside: readonly LabMachine[], before: LabPlan, taken: Set<string>): Workload[] {
  const used = new Set(before.workloads.flatMap(({ addresses }) => Object.values(addresses).map(String)));
  return outside.map(({ name, addresses }, i): Workload => {
    const known = before.workloads.find(({ host }) => host === name);
    return {
      name: known?.name ?? fresh(numbered('outside', i, outside.length), taken),
      host: name,
      interface: OUTSIDE_INTERFACE,
      addresses: perFamily(
        (family) => addresses[family] && (known?.addresses[family] ?? address(nextFree(OUTSIDE[family], used, i + 1))),
      ),
    };
  });
}

const nameOf = ({ name }: { readonly name: string }): string => name;

/** Builds a record of the families for which there is a value. */
function perFamily<T>(value: (family: AddressFamily) => T | undefined): Readonly<Partial<Record<AddressFamily, T>>> {
  const pairs = ADDRESS_FAMILIES.flatMap((family) => {
    const one = value(family);
    return one === undefined ? [] : [[family, one] as const];
  });
  return Object.fromEntries(pairs) as Partial<Record<AddressFamily, T>>;
}

const numbered = (name: string, i: number, count: number) => (count === 1 ? name : `${name}${i + 1}`);

const address = (text: string) => sure(IpAddress.parse(text));
