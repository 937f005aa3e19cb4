import type { AddressFamily, IpAddress } from '../model/address';
import type { AsNumber } from '../model/as-number';
import type { SecretReference } from '../model/secret-reference';
import type { SessionBfd } from '../topology/session';

/** Addresses of a machine, at most one a family. */
export type Addresses = Readonly<Partial<Record<AddressFamily, IpAddress>>>;

/** A session between an outside machine and a node, seen from the outside machine. */
export interface MachineSession {
  /** The node at the other end. */
  readonly node: string;
  readonly localAddress: IpAddress;
  readonly localPort: number;
  readonly localAs: AsNumber;
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
  readonly remoteAs: AsNumber;
  readonly families: readonly AddressFamily[];
  /** Seconds. */
  readonly holdTime: number;
  /** The machine reflects routes to the node (RFC 4456). */
  readonly reflects: boolean;
  /** It runs over a cable between the two: the node's end is not one of the node's own addresses. */
  readonly isCabled: boolean;
  /** The node has it as the top of its rack. */
  readonly isTopOfRack: boolean;
  /** What signs it (RFC 2385); absent: nothing does. */
  readonly password?: SecretReference;
  /** How many hops away each end may be at most (RFC 5082); absent: no check. */
  readonly ttlSecurity?: number;
  /** How BFD watches the node; absent: it does not. */
  readonly bfd?: SessionBfd;
}

/** A node of the fabric, or a neighbour that stands for the outside. */
export interface LabMachine {
  readonly name: string;
  readonly kind: 'node' | 'outside';
  readonly addresses: Addresses;
  /**
   * It is on the lab's one switch with these addresses. A node that has cables to all its neighbours is not, and has
   * its addresses on the loopback.
   */
  readonly isOnSwitch: boolean;
  /** BFD watches a neighbour of it. */
  readonly hasBfd?: true;
  /** Number of its port at the switch. */
  readonly port: number;
  /** What an outside machine says to the nodes, seen from it; a node derives its own. */
  readonly sessions: readonly MachineSession[];
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

/**
 * A cable between a node and an outside machine, with a subnet of its own in each family that sessions leave from an
 * address of it.
 */
export interface Uplink {
  readonly node: string;
  readonly machine: string;
  /** Names of its two interfaces. */
  readonly nodeInterface: string;
  readonly machineInterface: string;
  readonly ends: readonly {
    readonly nodeAddress: IpAddress;
    readonly machineAddress: IpAddress;
    readonly length: number;
  }[];
}

/** What a lab builds, as a pure function of the fabric. */
export interface LabPlan {
  readonly machines: readonly LabMachine[];
  readonly workloads: readonly Workload[];
  readonly uplinks: readonly Uplink[];
}

/** A lab of nothing. */
export const NO_PLAN: LabPlan = { machines: [], workloads: [], uplinks: [] };

/** Interface of an outside machine towards its own host. */
export const OUTSIDE_INTERFACE = 'lan1';
