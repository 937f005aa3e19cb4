import { constants } from 'node:os';
import type { IpAddress } from '../../model/address';
import { dropUnexpected, type Expected } from '../codec/filter';
import { socketAddress, socketFamily } from '../codec/socket-address';
import { KernelError } from './error';
import * as ffi from './ffi';
import { ReceivedParts, WORD } from './received-parts';
import { bindToInterface, hasLostInterface, IP, permitAnyAddress, SO, SOL_SOCKET } from './socket-options';

/** Internetwork Control (RFC 2474: CS6), as usual for routing protocols: not to be lost behind other traffic. */
const TOS = 0xc0;
/** Octets read of a datagram: more than any of our packets has. */
const LONGEST = 256;
/** Octets of datagrams that may queue while this process is not running. */
const RECEIVE_BUFFER = 1 << 20;
/** Senders in a filter: it is a list, and the kernel limits its length. */
const MOST_SOURCES = 250;
/**
 * Datagrams read at once: more than wait after any ordinary pause, and few enough that a flood of them, read by a
 * process with real-time priority, leaves the processor to others.
 */
const READS_A_TURN = 250;

/** Where a socket is bound: to an address and, optionally, to an interface. */
interface UdpPlace {
  readonly address: IpAddress;
  readonly port: number;
  readonly interface?: string;
}

/** A datagram, which is only valid during the call that receives it. */
export interface Datagram {
  readonly octets: Uint8Array;
  /** An address. */
  readonly from: string;
  readonly hopLimit: number;
  /** The index of the interface at which it arrived. */
  readonly link: number;
  /** Milliseconds since it arrived, by the kernel's clock. */
  readonly age: number;
}

/** Values of SO_MEMINFO: octets that are queued, and that may be. */
const [QUEUED, MAY_QUEUE] = [0, 1];
/** Octets that a small datagram occupies in a queue, at most. */
const A_DATAGRAM = 4096;

/** A UDP socket that reports the TTL or hop limit of received datagrams, which Node's does not. */
export class UdpReceiver {
  private readonly parts = new ReceivedParts(LONGEST);
  private poll: ffi.Poll | undefined;

  private constructor(
    private readonly fd: number,
    private readonly family: IpAddress['family'],
  ) {}

  /**
   * `expected`: the kernel drops other datagrams, except for a sample. No other user can bind the same address and
   * port. `isSoleListener`: fails if any socket listens there, and lets others listen afterwards.
   */
  static open(
    place: UdpPlace,
    { expected, isSoleListener = false }: { readonly expected: Expected; readonly isSoleListener?: boolean },
  ): UdpReceiver | KernelError {
    const { level, receiveTtl, packetInfo } = IP[place.address.family];
    const fd = open(place, (socket) => {
      // Not SO_REUSEADDR, with which any local user could bind the same place, and receive instead. By SO_REUSEPORT the
      // sockets of one user share a place.
      const shares = isSoleListener ? 0 : ffi.setOption(socket, SOL_SOCKET, SO.reusePort, 1);
      const failed =
        shares || ffi.setOption(socket, level, receiveTtl, 1) || ffi.setOption(socket, level, packetInfo, 1);
      ffi.setOption(socket, SOL_SOCKET, SO.receiveBuffer, RECEIVE_BUFFER);
      ffi.setOption(socket, SOL_SOCKET, SO.timestamps[WORD], 1);
      return failed || ffi.attachFilter(socket, dropUnexpected(place.address.family, expected));
    });
    if (fd instanceof KernelError) return fd;
    if (isSoleListener) ffi.setOption(fd, SOL_SOCKET, SO.reuseAddress, 1);
    return new UdpReceiver(fd, place.address.family);
  }

  /** The same from now on. Of more senders than a filter may have, any is accepted. */
  expect({ minimumTtl, sources = [] }: Expected): void {
    const isTooLong = sources.length > MOST_SOURCES;
    const failed = isTooLong || ffi.attachFilter(this.fd, dropUnexpected(this.family, { minimumTtl, sources })) < 0;
    if (failed) ffi.attachFilter(this.fd, dropUnexpected(this.family, { minimumTtl }));
  }

  /** Reads queued datagrams; returns whether those were all. */
  drain(take: (datagram: Datagram) => void): boolean {
    const now = Date.now();
    let hasFailed = false;
    for (let reads = 0; reads < READS_A_TURN; reads++) {
      const length = this.parts.read(this.fd);
      // An error caused by an ICMP message is cleared by reading it; all others are reported again.
      if (length < 0 && (hasFailed || length === -constants.errno.EAGAIN)) return true;
      hasFailed ||= length < 0;
      if (length < 0) continue;
      const { from, hopLimit, link, arrival = now } = this.parts;
      if (from === undefined || hopLimit === undefined || link === undefined) continue;
      const octets = this.parts.octets.subarray(0, length);
      take({ octets, from, hopLimit, link, age: Math.max(0, now - arrival) });
    }
    return false;
  }

  /** No more datagrams fit into the queue: some may have been lost. */
  get isFull(): boolean {
    const values = new Uint32Array(9);
    const result = ffi.getOctets(this.fd, SOL_SOCKET, SO.memory, new Uint8Array(values.buffer));
    return result >= 0 && values[QUEUED] + A_DATAGRAM > values[MAY_QUEUE];
  }

  /** It no longer receives: its interface is gone. */
  get isLost(): boolean {
    return hasLostInterface(this.fd);
  }

  /** Calls `readable` whenever datagrams are queued. */
  watch(readable: () => void): void {
    this.poll ??= ffi.pollReadable(this.fd, readable);
  }

  /** Stops calling until it is watched again. */
  unwatch(): void {
    this.poll?.close();
    this.poll = undefined;
  }

  close(): void {
    this.unwatch();
    ffi.close(this.fd);
  }
}

/** A UDP socket that sends to one neighbour, with the maximum TTL. */
export class UdpSender {
  /** The neighbour has refused the datagram before the last one: nothing listens at its port. */
  isRefused = false;

  private constructor(private readonly fd: number) {}

  static open(
    local: UdpPlace,
    remote: { readonly address: IpAddress; readonly port: number },
  ): UdpSender | KernelError {
    const { level, ttl, tos } = IP[local.address.family];
    const fd = open(
      local,
      (socket) => ffi.setOption(socket, level, ttl, 255) || ffi.setOption(socket, level, tos, TOS),
    );
    if (fd instanceof KernelError) return fd;
    const connected = ffi.connect(fd, socketAddress(remote.address, remote.port));
    if (connected >= 0) return new UdpSender(fd);
    ffi.close(fd);
    return KernelError.of(`reach ${remote.address} from ${local.address}`, connected);
  }

  /** Sends a datagram; returns an error if that failed. */
  send(octets: Uint8Array): KernelError | undefined {
    let result = ffi.send(this.fd, octets, octets.length);
    // The response to the previous datagram (port unreachable), which says nothing about this one.
    this.isRefused = result === -constants.errno.ECONNREFUSED;
    if (this.isRefused) result = ffi.send(this.fd, octets, octets.length);
    return result < 0 && result !== -constants.errno.ECONNREFUSED ? KernelError.of('send', result) : undefined;
  }

  close(): void {
    ffi.close(this.fd);
  }
}

/** A bound socket; `prepare` returns zero or a negative errno. */
function open({ address, port, ...on }: UdpPlace, prepare: (fd: number) => number): number | KernelError {
  const unloaded = ffi.loadSystem();
  if (unloaded) return unloaded;
  const fd = ffi.socket(socketFamily(address), ffi.SOCK.datagram | ffi.SOCK.nonblock | ffi.SOCK.cloexec, 0);
  if (fd < 0) return KernelError.of('open a socket', fd);
  permitAnyAddress(fd, address.family); // it may appear later
  const kept = on.interface === undefined ? 0 : bindToInterface(fd, on.interface);
  const result = kept || prepare(fd) || ffi.bind(fd, socketAddress(address, port));
  if (result >= 0) return fd;
  ffi.close(fd);
  return KernelError.of(`bind to ${address} port ${port}`, result);
}
