import type { AddressFamily, IpAddress } from '../model/address';
import type { AsNumber } from '../model/as-number';
import type { SecretReference } from '../model/secret-reference';
import type { SessionBfd } from '../topology/session';

/** Addresses of a machine, at most one per family. */
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
  /** It runs over a cable: the node's end is not one of the node's own addresses. */
  readonly isCabled: boolean;
  /** The node's interface, if the cable has no addresses, and the machine's own. */
  readonly link?: string;
  readonly interface?: string;
  /** It is the node's top-of-rack neighbour. */
  readonly isTopOfRack: boolean;
  /** TCP MD5 key (RFC 2385). Unset: not signed. */
  readonly password?: SecretReference;
  /** Maximum number of hops (RFC 5082). Unset: not checked. */
  readonly ttlSecurity?: number;
  /** Unset: no BFD. */
  readonly bfd?: SessionBfd;
}

/** A node of the fabric, or an outside machine. */
export interface LabMachine {
  readonly name: string;
  readonly kind: 'node' | 'outside';
  readonly addresses: Addresses;
  /**
   * It is on the lab's switch with these addresses. A node with cables to all of its neighbours is not, and has its
   * addresses on the loopback interface.
   */
  readonly isOnSwitch: boolean;
  /** BFD is enabled for one of its neighbours. */
  readonly hasBfd?: true;
  /** Number of its switch port. */
  readonly port: number;
  /** Sessions of an outside machine, seen from it; nodes derive their own. */
  readonly sessions: readonly MachineSession[];
}

/** A host behind a machine: a container of a node, or an outside host. */
export interface Workload {
  readonly name: string;
  /** The machine that it is behind. */
  readonly host: string;
  /** The machine's end of the cable. */
  readonly interface: string;
  readonly addresses: Addresses;
}

/**
 * A cable between a node and an outside machine, or another node, with a subnet in each family in which sessions use an
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

/** What a lab consists of, as a pure function of the fabric. */
export interface LabPlan {
  readonly machines: readonly LabMachine[];
  readonly workloads: readonly Workload[];
  readonly uplinks: readonly Uplink[];
}

/** An empty lab. */
export const NO_PLAN: LabPlan = { machines: [], workloads: [], uplinks: [] };

/** Interface of an outside machine towards its host. */
export const OUTSIDE_INTERFACE = 'lan1';
