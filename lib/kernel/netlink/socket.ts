import { constants } from 'node:os';
import { emptyMessage, type NetlinkMessage, nextMessage, readMessage } from '../codec/header';
import { putU16, u32 } from '../codec/octets';
import { KernelError } from '../system/error';
import * as ffi from '../system/ffi';
import { SO, SOL_SOCKET } from '../system/socket-options';

const SOL_NETLINK = 270;
const NETLINK = { addMembership: 1, capAck: 10, extAck: 11, strictCheck: 12 } as const;
const NETLINK_ROUTE = 0;

/** Multicast groups (RTNLGRP_*). */
export const GROUP = {
  link: 1,
  ipv4Address: 5,
  ipv4Route: 7,
  ipv4Rule: 8,
  ipv6Address: 9,
  ipv6Route: 11,
  ipv6Rule: 19,
  nexthop: 32,
} as const;

/** Options that are set before the socket is bound. */
interface NetlinkOptions {
  readonly groups?: readonly number[];
  /** Octets; the kernel doubles it. */
  readonly receiveBuffer?: number;
  readonly sendBuffer?: number;
  /** Dumps obey the filters in their request, and requests with unknown attributes fail. */
  readonly strict?: boolean;
  /** A classic BPF program: instructions of 8 octets. */
  readonly filter?: Uint8Array;
}

/** A dump returns at most 32 KB per read, whatever the buffer; one event is far smaller. */
const READ_BUFFER = 65536;
/** Consecutive reads before yielding to the event loop. */
const READS_A_TURN = 32;

/** Why a read loop ended. */
export type ReadEnd = 'empty' | 'more' | 'lost' | KernelError;

/** A non-blocking route netlink socket (NETLINK_ROUTE). */
export class NetlinkSocket {
  private readonly buffer = new Uint8Array(READ_BUFFER);
  private readonly message: NetlinkMessage = emptyMessage();
  private poll: ffi.Poll | undefined;
  private closed = false;

  private constructor(
    private readonly fd: number,
    /** The port id, which events caused by this socket carry. */
    readonly port: number,
    /** Buffers may be larger than the system's limit (CAP_NET_ADMIN in the initial user namespace). */
    readonly privileged: boolean,
  ) {}

  static open(options: NetlinkOptions = {}): NetlinkSocket | KernelError {
    const unloaded = ffi.loadSystem();
    if (unloaded) return unloaded;
    const fd = ffi.socket(ffi.AF.netlink, ffi.SOCK.raw | ffi.SOCK.nonblock | ffi.SOCK.cloexec, NETLINK_ROUTE);
    if (fd < 0) return KernelError.of('open a netlink socket', fd);
    const made = NetlinkSocket.prepare(fd, options);
    if (made instanceof KernelError) ffi.close(fd);
    return made;
  }

  private static prepare(fd: number, options: NetlinkOptions): NetlinkSocket | KernelError {
    const { receiveBuffer = 8 << 20, sendBuffer = 8 << 20 } = options;
    const privileged = force(fd, SO.receiveBufferForce, SO.receiveBuffer, receiveBuffer);
    force(fd, SO.sendBufferForce, SO.sendBuffer, sendBuffer);
    // NETLINK_NO_ENOBUFS is never set: events would still be lost, but without a report.
    const wanted = [NETLINK.capAck, NETLINK.extAck, ...(options.strict ? [NETLINK.strictCheck] : [])];
    for (const option of wanted) {
      const result = ffi.setOption(fd, SOL_NETLINK, option, 1);
      if (result < 0) return KernelError.of(`set netlink option ${option}`, result);
    }
    if (options.filter) {
      const result = ffi.attachFilter(fd, options.filter);
      if (result < 0) return KernelError.of('attach a filter to a netlink socket', result);
    }
    const address = new Uint8Array(12); // struct sockaddr_nl; port 0: the kernel chooses
    putU16(address, 0, ffi.AF.netlink);
    const bound = ffi.bind(fd, address);
    if (bound < 0) return KernelError.of('bind a netlink socket', bound);
    for (const group of options.groups ?? []) {
      const result = ffi.setOption(fd, SOL_NETLINK, NETLINK.addMembership, group);
      if (result < 0) return KernelError.of(`join netlink group ${group}`, result);
    }
    const name = ffi.getName(fd);
    if (typeof name === 'number') return KernelError.of('name a netlink socket', name);
    return new NetlinkSocket(fd, u32(name, 4), privileged);
  }

  /** Sends complete messages; returns 0 or a negative errno. The responses are queued when it returns. */
  send(bytes: Uint8Array, length = bytes.length): number {
    if (this.closed) return -constants.errno.EBADF;
    return Math.min(0, ffi.send(this.fd, bytes, length));
  }

  /** Sends on a pool thread; `bytes` must not be touched until `done` is called with 0 or a negative errno. */
  sendAsync(bytes: Uint8Array, length: number, done: (result: number) => void): void {
    ffi.sendAsync(this.fd, bytes, length, (result) => done(Math.min(0, result)));
  }

  /**
   * Reads messages until there are none, after `reads` reads, or until the kernel reports lost events (then there may
   * be more to read). The octets are only valid during `visit`.
   */
  read(visit: (bytes: Uint8Array, message: NetlinkMessage) => void, reads = READS_A_TURN): ReadEnd {
    for (let i = 0; i < reads; i++) {
      if (this.closed) return 'empty';
      const length = ffi.receive(this.fd, this.buffer);
      if (length === -constants.errno.EAGAIN) return 'empty';
      if (length === -constants.errno.EINTR) continue;
      if (length === -constants.errno.ENOBUFS) return 'lost';
      if (length < 0) return KernelError.of('read from a netlink socket', length);
      for (let at = 0; ; ) {
        const message = readMessage(this.buffer, at, length, this.message);
        if (!message) break;
        at = nextMessage(message); // before the visit, which may itself read into the same message
        visit(this.buffer, message);
      }
    }
    return 'more';
  }

  /** Calls `readable` whenever there is something to read; `lost` if events were lost. */
  watch(readable: (lost: boolean) => void): void {
    this.poll = ffi.pollReadable(this.fd, readable);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.poll?.close();
    ffi.close(this.fd);
  }
}

/** Tries the option that overrides the system's limit, then the one that obeys it. True for the first. */
function force(fd: number, forced: number, plain: number, octets: number): boolean {
  if (ffi.setOption(fd, SOL_SOCKET, forced, octets) >= 0) return true;
  ffi.setOption(fd, SOL_SOCKET, plain, octets);
  return false;
}
