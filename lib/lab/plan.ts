import { ADDRESS_FAMILIES, type AddressFamily, IpAddress } from '../model/address';
import type { Fabric } from '../model/fabric';
import { Prefix } from '../model/prefix';
import { sure } from '../model/problem';
import { addressOf } from '../topology/derive';
import { type Addresses, type OutsideSession, outsideMachines } from './outside';
import { spineSessions, type Uplink, uplinksOf } from './uplink';

/** A node of the fabric, or a neighbour that stands for the outside. */
export interface Machine {
  readonly name: string;
  readonly kind: 'node' | 'outside';
  readonly addresses: Addresses;
  /** It is on the lab's one switch with these addresses. A node that has cables to all its neighbours is not, and has its addresses on the loopback. */
  readonly isOnSwitch: boolean;
  /** What an outside machine says to the nodes, seen from it; a node derives its own. */
  readonly sessions: readonly OutsideSession[];
}

/** A host behind a machine: a container of a node, or a host of the outside. */
export interface Workload {
  readonly name: string;
  /** The machine it lies behind. */
  readonly host: string;
  /** The machine's end of the cable. */
  readonly interface: string;
  readonly addresses: Addresses;
}

/** What a lab builds, as a pure function of the fabric. */
export interface LabPlan {
  readonly machines: readonly Machine[];
  readonly workloads: readonly Workload[];
  readonly uplinks: readonly Uplink[];
}

/** The outside's hosts live in the networks that are kept for documentation (RFC 5737, RFC 3849), one for each outside machine. */
const OUTSIDE: Record<AddressFamily, (ordinal: number) => string> = {
  ipv4: (ordinal) => `203.0.113.${ordinal}`,
  ipv6: (ordinal) => `2001:db8:ffff::${ordinal.toString(16)}`,
};

/** Interface of an outside machine towards its own host. */
export const OUTSIDE_INTERFACE = 'lan1';

/**
 * Plans a lab: a machine for each node and for each outside neighbour, one workload behind each node that looks for workloads,
 * one host behind each outside machine. Every name in a plan is given once.
 */
export function planLab(fabric: Fabric): LabPlan {
  const taken = new Set(Object.keys(fabric.nodes)),
    beyondNodes = outsideMachines(fabric),
    toOutside = beyondNodes.flatMap(({ sessions }) => sessions);
  const nodes = Object.entries(fabric.nodes).map(([name, node]): Machine => {
    const own = toOutside.filter((session) => session.node === name);
    return {
      name,
      kind: 'node',
      addresses: perFamily((family) => addressOf(node, family)),
      isOnSwitch: own.length === 0 || own.some(({ isCabled }) => !isCabled),
      sessions: [],
    };
  });
  const named = beyondNodes.map((machine, i, all) => ({
    ...machine,
    name: fresh(numbered('tor', i, all.length), taken),
  }));
  const outside = named.map(
    ({ name, addresses, sessions, ...machine }): Machine => ({
      ...{ name, kind: 'outside', addresses, isOnSwitch: true },
      sessions: [...sessions, ...spineSessions({ name, addresses, sessions, ...machine }, named)],
    }),
  );
  const pool = workloadPool(fabric);
  const inside = nodes.flatMap(({ name, addresses }, i): Workload[] => {
    const pattern = fabric.nodes[name].workloadInterfaces[0];
    if (pattern === undefined) return [];
    return [
      {
        name: fresh(`w-${name}`, taken),
        host: name,
        interface: interfaceName(pattern, 1),
        addresses: perFamily((family) => addresses[family] && pool[family](i + 1)),
      },
    ];
  });
  const beyond = outside.map(
    ({ name, addresses }, i): Workload => ({
      name: fresh(numbered('outside', i, outside.length), taken),
      host: name,
      interface: OUTSIDE_INTERFACE,
      addresses: perFamily((family) => addresses[family] && address(OUTSIDE[family](i + 1))),
    }),
  );
  return { machines: [...nodes, ...outside], workloads: [...inside, ...beyond], uplinks: uplinksOf(outside) };
}

/** An interface that a workload pattern matches: the ordinal stands for its first `*`. At most 15 characters, the kernel's limit. */
function interfaceName(pattern: string, ordinal: number): string {
  const text = pattern.replace('*', String(ordinal)).replaceAll('*', '');
  return text.length <= 15 ? text : `${pattern.split('*')[0].slice(0, 12)}${ordinal}`;
}

/** A value for each family that has one. */
function perFamily<T>(value: (family: AddressFamily) => T | undefined): Readonly<Partial<Record<AddressFamily, T>>> {
  const pairs = ADDRESS_FAMILIES.flatMap((family) => {
    const one = value(family);
    return one === undefined ? [] : [[family, one] as const];
  });
  return Object.fromEntries(pairs) as Partial<Record<AddressFamily, T>>;
}

const numbered = (name: string, i: number, count: number) => (count === 1 ? name : `${name}${i + 1}`);

/** The name, or the name with the first number that makes it new; it is taken from now on. */
function fresh(name: string, taken: Set<string>): string {
  let result = name;
  for (let i = 2; taken.has(result); i++) result = `${name}-${i}`;
  taken.add(result);
  return result;
}

const address = (text: string) => sure(IpAddress.parse(text));

/** Where workloads get addresses: 10.65.0.0/16 and fd65::/64, or the first networks after them that hold no address of the fabric. */
function workloadPool(fabric: Fabric): Record<AddressFamily, (ordinal: number) => IpAddress> {
  const used = [
    ...Object.values(fabric.nodes).flatMap((node) => [node.ipv4Address, node.ipv6Address]),
    ...Object.values(fabric.peers).map((peer) => peer.address),
  ].filter((one) => one !== undefined);
  const free = (network: (i: number) => string): number => {
    for (let i = 65; i < 99; i++) {
      const prefix = sure(Prefix.parse(network(i)));
      if (!used.some((one) => prefix.contains(Prefix.host(one)))) return i;
    }
    return 99;
  };
  const [v4, v6] = [free((i) => `10.${i}.0.0/16`), free((i) => `fd${i}::/64`)];
  return {
    ipv4: (ordinal) => address(`10.${v4}.${ordinal >> 8}.${ordinal & 0xff}`),
    ipv6: (ordinal) => address(`fd${v6}::${ordinal.toString(16)}`),
  };
}
