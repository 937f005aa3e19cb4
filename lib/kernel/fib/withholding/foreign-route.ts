import { ADDRESS_BITS, type IpAddress } from '../../../model/address';
import type { Prefix } from '../../../model/prefix';
import type { InterfaceAddress } from '../../codec/interface-address';
import type { Link } from '../../codec/link';

/**
 * Protocols whose routes without a gateway are subnets: the kernel's own, and those of router advertisements and DHCP
 * if a daemon handles them.
 */
export const CONNECTED_PROTOCOLS: readonly number[] = [2, 9, 16];

/** A foreign route that matters here. */
export interface ForeignRoute {
  readonly prefix: Prefix;
  readonly table: number;
  readonly protocol: number;
  readonly metric: number;
  /** Index of the output interface; 0 if there are several or none. */
  readonly interface: number;
  /** Empty: the destination is on-link. */
  readonly gateways: readonly IpAddress[];
}

/** The kernel's state, and the addresses of neighbours. */
export interface Surroundings {
  /** By index. */
  readonly links: ReadonlyMap<number, Link>;
  readonly addresses: readonly InterfaceAddress[];
  /** Foreign routes in main and in our table, without a gateway, other than host routes. */
  readonly onLink: readonly ForeignRoute[];
  /** Gateways of foreign routes. */
  readonly gateways: readonly IpAddress[];
  readonly neighbours: readonly IpAddress[];
  /** The table of our routes. */
  readonly table: number;
  /** Foreign on-link routes to a single host. */
  readonly hostsAt: (address: IpAddress) => readonly ForeignRoute[];
  /** Changes when what `hostsAt` returns changes for a host that matters. */
  readonly hosts: number;
  /** The foreign route in our table to a prefix for which a blackhole route is wanted. */
  readonly other: (prefix: Prefix) => ForeignRoute | undefined;
  /** Whether a foreign route in our table covers a prefix. */
  readonly isCovered: (prefix: Prefix) => boolean;
}

/**
 * Whether a foreign route is an on-link host route, as workloads have: it only matters if the host is a neighbour or a
 * gateway.
 */
export const isHostRoute = ({ prefix, gateways, protocol }: ForeignRoute): boolean =>
  gateways.length === 0 && prefix.length === ADDRESS_BITS[prefix.family] && !CONNECTED_PROTOCOLS.includes(protocol);
