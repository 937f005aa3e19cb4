import { constants } from 'node:os';
import { IpAddress } from '../model/address';
import { sure } from '../model/problem';
import { decodeAcknowledgement } from './codec/acknowledgement';
import { NLM_FLAG, netlinkMessage, TYPE } from './codec/header';
import { encodeNexthop } from './codec/nexthop';
import { ROUTE_HEADER } from './codec/route';
import { OWN_PROTOCOL } from './codec/route-protocol';
import { md5Signature, socketFamily } from './codec/socket-address';
import { NetlinkSocket } from './netlink/socket';
import { KernelError } from './system/error';
import * as ffi from './system/ffi';

/** What this process is permitted to do in this kernel, found by trying. */
interface Capabilities {
  /** Write routes. Undefined if permitted; the agent cannot run without it. */
  readonly routes: KernelError | undefined;
  /** Nexthop objects: when a next hop is lost, all its routes move at once. */
  readonly nexthopObjects: boolean;
  /** Buffers beyond the system's limit, for larger batches and fewer lost events. */
  readonly largeBuffers: boolean;
  /** TCP MD5 signatures. */
  readonly md5: boolean;
}

/** Tries each capability without changing anything. Returns an error if netlink is unavailable. */
export function probeCapabilities(): Capabilities | KernelError {
  const socket = NetlinkSocket.open();
  if (socket instanceof KernelError) return socket;
  try {
    // Deleting a route that does not exist fails with EPERM, or with not found.
    const route = new Uint8Array(ROUTE_HEADER);
    route.set([2, 32, 0, 0, 254, OWN_PROTOCOL, 255, 0]);
    const written = request(socket, TYPE.delRoute, route);
    const nexthop = request(socket, TYPE.delNexthop, encodeNexthop({ id: 0xffffffff, protocol: 0 }));
    return {
      routes: written === -constants.errno.EPERM ? KernelError.of('write routes', written) : undefined,
      nexthopObjects: nexthop === 0 || nexthop === -constants.errno.ENOENT,
      largeBuffers: socket.privileged,
      md5: probeMd5(),
    };
  } finally {
    socket.close();
  }
}

/** One line for each missing capability and its consequence. */
export function describeCapabilities(has: Capabilities): string[] {
  return [
    has.routes && String(has.routes),
    !has.nexthopObjects &&
      'no nexthop objects: when a next hop goes away, each of its routes is rewritten individually',
    !has.largeBuffers &&
      'small netlink buffers (no CAP_NET_ADMIN in the initial user namespace): smaller batches, more comparisons',
    !has.md5 && 'no TCP MD5 signatures: sessions with a password stay down',
  ].filter((line) => typeof line === 'string');
}

function request(socket: NetlinkSocket, type: number, payload: Uint8Array): number {
  const sent = socket.send(netlinkMessage(type, NLM_FLAG.request | NLM_FLAG.ack, 1, payload));
  let answer = sent;
  socket.read((bytes, one) => {
    if (one.type === TYPE.error) answer = decodeAcknowledgement(bytes, one)?.error ?? answer;
  });
  return answer;
}

function probeMd5(): boolean {
  const neighbour = sure(IpAddress.parse('192.0.2.1')); // RFC 5737: documentation address, never a host
  const fd = ffi.socket(socketFamily(neighbour), ffi.SOCK.stream | ffi.SOCK.nonblock | ffi.SOCK.cloexec, 0);
  if (fd < 0) return false;
  const result = ffi.setOption(fd, 6, 14, md5Signature(neighbour, Uint8Array.of(1)));
  ffi.close(fd);
  return result >= 0;
}
