import { fromHex } from './octets';

/** A socket in /proc/net/udp or /proc/net/udp6. */
interface UdpSocketLine {
  /** Octets of its own address. */
  readonly local: Uint8Array;
  readonly port: number;
  readonly uid: number;
}

/** What precedes an IPv4 address in an IPv6 socket: ::ffff:0:0/96. */
export const IPV4_MAPPED: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** `1: 0100007F:0EC8 00000000:0000 07 …`: each 32-bit word of an address is in the byte order of the machine. */
const LINE = /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) \S+ \S+ \S+ \S+ \S+\s+(\d+) /;

/** The sockets in the text of such a file. */
export const udpSocketsIn = (table: string): UdpSocketLine[] =>
  table.split('\n').flatMap((line) => {
    const [, local, port, uid] = LINE.exec(line) ?? [];
    const octets = local === undefined ? undefined : fromHex(local.toLowerCase());
    if (!octets) return [];
    for (let at = 0; at < octets.length; at += 4) octets.subarray(at, at + 4).reverse();
    return [{ local: octets, port: Number.parseInt(port, 16), uid: Number(uid) }];
  });
