import { ADDRESS_BITS, type IpAddress } from '../../../model/address';
import type { Prefix } from '../../../model/prefix';
import type { InterfaceAddress } from '../../codec/interface-address';
import type { Link } from '../../codec/link';

/**
 * Protocols whose routes without a gateway are those of subnets: the kernel's own, and of router advertisements and
 * DHCP where a daemon acts on them.
 */
export const CONNECTED_PROTOCOLS: readonly number[] = [2, 9, 16];

/** A route of another writer that matters here. */
export interface ForeignRoute {
  readonly prefix: Prefix;
  readonly table: number;
  readonly protocol: number;
  readonly metric: number;
  /** Index of the output interface; 0 where there are several or none. */
  readonly interface: number;
  /** Empty: what it leads to is on the link itself. */
  readonly gateways: readonly IpAddress[];
}

/** What the kernel has, and whom sessions are with. */
export interface Surroundings {
  /** By index. */
  readonly links: ReadonlyMap<number, Link>;
  readonly addresses: readonly InterfaceAddress[];
  /** Of other writers in main and in our table, without a gateway, but for those to single hosts. */
  readonly onLink: readonly ForeignRoute[];
  /** Of routes of other writers. */
  readonly gateways: readonly IpAddress[];
  readonly neighbours: readonly IpAddress[];
  /** The table of our routes. */
  readonly table: number;
  /** Of other writers, to a single host on a link. */
  readonly hostsAt: (address: IpAddress) => readonly ForeignRoute[];
  /** Another number where these are others for somebody who matters. */
  readonly hosts: number;
  /** The route of another writer in our table to a prefix where a route to nowhere is wanted. */
  readonly other: (prefix: Prefix) => ForeignRoute | undefined;
  /** Whether a route of another writer in our table covers a prefix. */
  readonly isCovered: (prefix: Prefix) => boolean;
}

/**
 * Whether a route of another writer is that of a host on a link, as workloads have them: it matters where that is a
 * neighbour or a gateway alone.
 */
export const isHostRoute = ({ prefix, gateways, protocol }: ForeignRoute): boolean =>
  gateways.length === 0 && prefix.length === ADDRESS_BITS[prefix.family] && !CONNECTED_PROTOCOLS.includes(protocol);
