import * as net from 'node:net';
import { constants } from 'node:os';
import { IpAddress } from '../../model/address';
import { MD5_KEY_LENGTH, md5Signature, socketAddress, socketFamily } from '../codec/socket-address';
import { KernelError } from './error';
import * as ffi from './ffi';
import { bindToInterface, IP, IPV6_V6ONLY, permitAnyAddress, SO, SOL_SOCKET } from './socket-options';

const TCP = { level: 6, md5: 14, md5Extended: 32 } as const;
/**
 * Connections that may wait to be accepted: a thousand neighbours reconnect at once after a failure. The system may cap
 * it (net.core.somaxconn).
 */
const BACKLOG = 4096;

/** Options of a connection to a neighbour. */
export interface ConnectOptions {
  /** Source address; it need not exist yet. */
  readonly local?: string;
  /** A literal address. */
  readonly remote: string;
  readonly port: number;
  /** TTL of sent packets: 1 for an on-link neighbour, 255 with {@link minTtl}. */
  readonly ttl?: number;
  /** Packets with a lower TTL are dropped (GTSM, RFC 5082). */
  readonly minTtl?: number;
  /**
   * TCP MD5 signature key, RFC 2385; at most 80 octets. A wrong or missing key results in a timeout, not in a refusal.
   */
  readonly password?: string;
  /** By name: also the scope of link-local addresses. */
  readonly interface?: string;
}

/** TTL of sent packets, and the minimum accepted. */
interface Ttl {
  readonly ttl?: number;
  readonly minTtl?: number;
}

/** TCP sockets with options that BGP needs and Node does not expose. */
export interface TcpSocketFactory {
  /** Returns a connecting socket; later failures are reported by its `error` event. */
  connect(options: ConnectOptions): net.Socket | Error;
  /** A listener on one address of one family: keys of IPv4 neighbours are refused by a listener at `::`. */
  listen(options: {
    readonly address: string;
    readonly port: number;
    /** Default: {@link BACKLOG}. */
    readonly backlog?: number;
  }): Promise<net.Server | Error>;
  /**
   * Sets or removes (undefined) the key of a neighbour on a live listener; accepted sockets inherit it. `prefixLength`:
   * the key applies to all neighbours in the prefix of this length; the kernel uses the key with the longest prefix.
   */
  protect(
    server: net.Server,
    neighbour: string,
    password: string | undefined,
    prefixLength?: number,
  ): Error | undefined;
  /**
   * For accepted sockets, before anything is read. A minimum TTL on the listener itself would drop every other
   * neighbour that sends with less.
   */
  applyTtl(socket: net.Socket, ttl: Ttl): Error | undefined;
  /**
   * Sets the key of an accepted socket, which inherits its listener's unless it was accepted before that was set:
   * unsigned segments are dropped.
   */
  sign(socket: net.Socket, password: string): Error | undefined;
}

export const tcp: TcpSocketFactory = { connect, listen, protect, applyTtl, sign };

function connect(options: ConnectOptions): net.Socket | Error {
  const remote = addressOf(options.remote);
  if (remote instanceof Error) return remote;
  const fd = open(remote);
  if (typeof fd !== 'number') return fd;
  const failed =
    bindTo(fd, remote, options) ??
    setTtl(fd, remote.family, options) ??
    (options.password === undefined ? undefined : setKey(fd, remote, options.password));
  if (failed) {
    ffi.close(fd);
    return failed;
  }
  // Node takes over the descriptor as it is if it connects in the same tick.
  const scope = remote.isLinkLocal && options.interface !== undefined ? `%${options.interface}` : '';
  const socket = new net.Socket({ fd });
  socket.connect({ host: options.remote + scope, port: options.port });
  return socket;
}

async function listen(options: {
  readonly address: string;
  readonly port: number;
  readonly backlog?: number;
}): Promise<net.Server | Error> {
  const address = addressOf(options.address);
  if (address instanceof Error) return address;
  const fd = open(address);
  if (typeof fd !== 'number') return fd;
  const what = `listen on ${options.address} port ${options.port}`;
  ffi.setOption(fd, SOL_SOCKET, SO.reuseAddress, 1);
  // A neighbour with a minimum TTL drops a SYN-ACK sent with the usual 64, before there is an accepted socket to set it
  // on.
  setTtl(fd, address.family, { ttl: 255 });
  if (address.family === 'ipv6') ffi.setOption(fd, IP.ipv6.level, IPV6_V6ONLY, 1);
  // the address may appear later than the agent
  permitAnyAddress(fd, address.family);
  const result = ffi.bind(fd, socketAddress(address, options.port));
  const backlog = options.backlog ?? BACKLOG;
  const listening = result < 0 ? result : ffi.listen(fd, backlog);
  if (listening < 0) {
    ffi.close(fd);
    return failure(what, listening);
  }
  const server = net.createServer({ pauseOnConnect: true });
  descriptors.set(server, fd);
  return new Promise((done) => {
    const failed = (error: Error) => done(error);
    server.once('error', failed);
    server.listen({ fd }, backlog, () => {
      server.off('error', failed);
      done(server);
    });
  });
}

function protect(
  server: net.Server,
  neighbour: string,
  password: string | undefined,
  prefixLength?: number,
): Error | undefined {
  const fd = server.listening ? descriptors.get(server) : undefined;
  const address = addressOf(neighbour);
  if (address instanceof Error) return address;
  return fd === undefined
    ? new Error('this server is not listening')
    : setKey(fd, address, password ?? '', prefixLength);
}

function applyTtl(socket: net.Socket, ttl: Ttl): Error | undefined {
  const { remoteFamily } = socket;
  const fd = descriptorOf(socket);
  if (fd === undefined || remoteFamily === undefined) return new Error('this socket is not connected');
  return setTtl(fd, remoteFamily === 'IPv6' ? 'ipv6' : 'ipv4', ttl);
}

function sign(socket: net.Socket, password: string): Error | undefined {
  const fd = descriptorOf(socket);
  const remote = IpAddress.parse(socket.remoteAddress?.replace(/%.*$/, ''));
  if (fd === undefined || !(remote instanceof IpAddress)) return new Error('this socket is not connected');
  return setKey(fd, remote, password);
}

/** The handle's descriptor is not public, but the only way to a socket that Node accepted. */
function descriptorOf(socket: net.Socket): number | undefined {
  const fd = (socket as unknown as { _handle?: { fd?: number } })._handle?.fd;
  return fd === undefined || fd < 0 ? undefined : fd;
}

/** Descriptors of the listeners created here: Node does not expose them. */
const descriptors = new WeakMap<net.Server, number>();

function addressOf(text: string): IpAddress | Error {
  const address = IpAddress.parse(text);
  return address instanceof IpAddress ? address : new Error(String(address));
}

function open(address: IpAddress): number | Error {
  const unloaded = ffi.loadSystem();
  if (unloaded) return new Error(String(unloaded));
  const fd = ffi.socket(socketFamily(address), ffi.SOCK.stream | ffi.SOCK.nonblock | ffi.SOCK.cloexec, 0);
  return fd < 0 ? failure('open a socket', fd) : fd;
}

function bindTo(fd: number, remote: IpAddress, options: ConnectOptions): Error | undefined {
  if (options.interface !== undefined) {
    const result = bindToInterface(fd, options.interface);
    if (result < 0) return failure(`bind to interface ${options.interface}`, result);
  }
  if (options.local === undefined) return undefined;
  const local = addressOf(options.local);
  if (local instanceof Error) return local;
  if (local.family !== remote.family) return new Error(`${local} and ${remote} are of different address families`);
  permitAnyAddress(fd, local.family); // the address may appear later than the agent
  const result = ffi.bind(fd, socketAddress(local, 0));
  return result < 0 ? failure(`bind to ${options.local}`, result) : undefined;
}

function setTtl(fd: number, family: 'ipv4' | 'ipv6', { ttl, minTtl }: Ttl): Error | undefined {
  const option = IP[family];
  for (const [number, value] of [
    [option.ttl, ttl],
    [option.minTtl, minTtl],
  ] as const) {
    if (value === undefined) continue;
    const result = ffi.setOption(fd, option.level, number, value);
    if (result < 0) return failure(`set the TTL ${value}`, result);
  }
  return undefined;
}

/** An empty key removes it. */
function setKey(fd: number, neighbour: IpAddress, password: string, prefixLength?: number): Error | undefined {
  const key = new TextEncoder().encode(password);
  if (key.length > MD5_KEY_LENGTH) return new Error(`a TCP MD5 key is limited to ${MD5_KEY_LENGTH} octets`);
  const option = prefixLength === undefined ? TCP.md5 : TCP.md5Extended;
  const result = ffi.setOption(fd, TCP.level, option, md5Signature(neighbour, key, prefixLength));
  if (key.length === 0 && result === -constants.errno.ENOENT) return undefined; // there was none
  return result < 0
    ? failure(`set the TCP MD5 key of ${neighbour}${prefixLength === undefined ? '' : `/${prefixLength}`}`, result)
    : undefined;
}

/** As Node's own network errors: with `code`. */
function failure(operation: string, errno: number): Error {
  const error = KernelError.of(operation, errno);
  return Object.assign(new Error(String(error)), { code: error.code, syscall: operation });
}
