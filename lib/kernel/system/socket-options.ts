import { constants } from 'node:os';
import type { IpAddress } from '../../model/address';
import * as ffi from './ffi';

/** Constants from the Linux headers. */
export const SOL_SOCKET = 1;
export const SO = {
  reuseAddress: 2,
  sendBuffer: 7,
  receiveBuffer: 8,
  reusePort: 15,
  peerCredentials: 17,
  bindToDevice: 25,
  sendBufferForce: 32,
  receiveBufferForce: 33,
  /** SO_TIMESTAMPNS: of words of this machine, and of 64 bits. */
  timestamps: { 8: 35, 4: 64 },
  memory: 55,
} as const;
/** Options by family, with their level. `minTtl`: the minimum accepted (RFC 5082; only TCP honours it). */
export const IP = {
  ipv4: { level: 0, tos: 1, ttl: 2, receiveTtl: 12, packetInfo: 8, freeBind: 15, minTtl: 21 },
  ipv6: { level: 41, tos: 67, ttl: 16, receiveTtl: 51, packetInfo: 49, freeBind: 78, minTtl: 73 },
} as const;
export const IPV6_V6ONLY = 26;

/** Octets of an interface name with its terminator (IFNAMSIZ). */
const LONGEST_NAME = 16;

/** Allows binding to an address that does not exist yet. */
export function permitAnyAddress(fd: number, family: IpAddress['family']): void {
  ffi.setOption(fd, IP[family].level, IP[family].freeBind, 1);
}

/** Binds a socket to an interface: zero, or a negative errno. */
export const bindToInterface = (fd: number, name: string): number =>
  ffi.setOption(
    fd,
    SOL_SOCKET,
    SO.bindToDevice,
    Uint8Array.from(`${name}\0`, (letter) => letter.charCodeAt(0)),
  );

/** Whether the interface that a socket is bound to is gone: it does not move to a new one of that name. */
export const hasLostInterface = (fd: number): boolean =>
  ffi.getOctets(fd, SOL_SOCKET, SO.bindToDevice, new Uint8Array(LONGEST_NAME)) === -constants.errno.ENODEV;
