import { IpAddress } from '../../model/address';
import { sure } from '../../model/problem';
import { icmpFilter, membership } from '../codec/multicast';
import { socketAddress, socketFamily } from '../codec/socket-address';
import { KernelError } from './error';
import * as ffi from './ffi';
import { ReceivedParts } from './received-parts';
import { bindToInterface, hasLostInterface, IP } from './socket-options';

const ICMPV6 = { protocol: 58, level: 58, filter: 1 } as const;
/** Options of IPv6 multicast, from the Linux headers. */
const MULTICAST = { interface: 17, hops: 18, loop: 19, join: 20 } as const;
/** Octets read of a message: what fits into a packet of 1280 octets, which any link carries. */
const LONGEST = 1280;
/** Consecutive messages read before yielding to the event loop: a station may send very many. */
const READS_A_TURN = 64;

const ALL_NODES = sure(IpAddress.parse('ff02::1'));
const ALL_ROUTERS = sure(IpAddress.parse('ff02::2'));

/** Where router solicitations and advertisements are exchanged. */
interface RouterDiscoveryLink {
  readonly name: string;
  readonly index: number;
  /** Our link-local address on it. */
  readonly source: IpAddress;
}

/** A raw socket for router solicitations and advertisements on one link (RFC 4861). Requires CAP_NET_RAW. */
export class RouterDiscoverySocket {
  private readonly parts = new ReceivedParts(LONGEST);
  private poll: ffi.Poll | undefined;

  private constructor(
    private readonly fd: number,
    private readonly index: number,
  ) {}

  /** `types`: the types of messages that are received; the kernel drops all others, and those with a wrong checksum. */
  static open(
    { name, index, source }: RouterDiscoveryLink,
    types: readonly number[],
  ): RouterDiscoverySocket | KernelError {
    const unloaded = ffi.loadSystem();
    if (unloaded) return unloaded;
    const { raw, nonblock, cloexec } = ffi.SOCK;
    const fd = ffi.socket(socketFamily(source), raw | nonblock | cloexec, ICMPV6.protocol);
    if (fd < 0) return KernelError.of('open a raw ICMPv6 socket', fd);
    const { level, receiveTtl } = IP.ipv6;
    // The filter comes first: until then every ICMPv6 message of every link queues.
    const result =
      ffi.setOption(fd, ICMPV6.level, ICMPV6.filter, icmpFilter(types)) ||
      bindToInterface(fd, name) ||
      ffi.setOption(fd, level, receiveTtl, 1) ||
      ffi.setOption(fd, level, MULTICAST.interface, index) ||
      ffi.setOption(fd, level, MULTICAST.hops, 255) ||
      ffi.setOption(fd, level, MULTICAST.loop, 0) ||
      ffi.setOption(fd, level, MULTICAST.join, membership(ALL_ROUTERS, index)) ||
      // The source of what is sent. What is sent to all nodes or routers arrives nevertheless.
      ffi.bind(fd, socketAddress(source, 0, index));
    if (result >= 0) return new RouterDiscoverySocket(fd, index);
    ffi.close(fd);
    return KernelError.of(`exchange router advertisements on ${name}`, result);
  }

  /** Sends to all routers or all nodes of the link; returns an error if that failed. */
  send(octets: Uint8Array, to: 'routers' | 'nodes'): KernelError | undefined {
    const result = ffi.sendTo(this.fd, octets, socketAddress(to === 'nodes' ? ALL_NODES : ALL_ROUTERS, 0, this.index));
    return result < 0 ? KernelError.of('send', result) : undefined;
  }

  /** Calls `readable` whenever messages are queued. */
  watch(readable: () => void): void {
    this.poll ??= ffi.pollReadable(this.fd, readable);
    this.poll.unref();
  }

  /** Reads queued messages; those that are left make the socket readable again. */
  drain(take: (octets: Uint8Array, from: string, hopLimit: number) => void): void {
    for (let reads = 0; reads < READS_A_TURN; reads++) {
      const length = this.parts.read(this.fd);
      if (length < 0) return;
      const { from, hopLimit } = this.parts;
      if (from !== undefined && hopLimit !== undefined) take(this.parts.octets.subarray(0, length), from, hopLimit);
    }
  }

  /** It no longer receives: its interface is gone. */
  get isLost(): boolean {
    return hasLostInterface(this.fd);
  }

  close(): void {
    this.poll?.close();
    this.poll = undefined;
    ffi.close(this.fd);
  }
}
