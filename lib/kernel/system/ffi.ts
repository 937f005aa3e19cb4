/**
 * System calls that Node does not expose, through koffi. The only file that imports koffi, and only its binding for
 * this machine: the `koffi` package around it has an install script, which package managers refuse or ask about, and
 * nothing that is used here.
 *
 * All calls return what the kernel does: zero or more, or a negative errno. Nothing is loaded before {@link
 * loadSystem}: the pure parts of this room, and commands that never touch the kernel, work where koffi has no binary.
 */
import { constants } from 'node:os';
import { KernelError } from './error';

/** Constants from the Linux headers. */
export const AF = { unix: 1, netlink: 16 } as const;
export const SOCK = { stream: 1, datagram: 2, raw: 3, nonblock: 0o4000, cloexec: 0o2000000 } as const;
export const CLONE_NEWNET = 0x40000000;
const LOCK_EX = 2;
const LOCK_NB = 4;

type Bytes = Uint8Array;
type Call = (...args: unknown[]) => number;

/** The part of koffi used here; its own types are those of an ES module, which CommonJS code cannot import. */
interface Koffi {
  load(path: string | null): { func(definition: string): Call & { async: (...args: unknown[]) => void } };
  errno(): number;
  address(value: Bytes): bigint;
  // Not documented in 3.3.4; the callback receives (status, events), unlike the .d.ts.
  node: { poll(fd: number, on: { readable: boolean }, callback: (status: number) => void): PollHandle };
}
interface PollHandle {
  start(on: { readable: boolean }, callback: (status: number) => void): void;
  close(): void;
  ref(): void;
  unref(): void;
}

/** The bindings by Node's name of the platform. */
const BINDINGS: Readonly<Record<string, () => unknown>> = {
  x64: () => require('@koromix/koffi-linux-x64'),
  arm64: () => require('@koromix/koffi-linux-arm64'),
  arm: () => require('@koromix/koffi-linux-arm'),
  ia32: () => require('@koromix/koffi-linux-ia32'),
  riscv64: () => require('@koromix/koffi-linux-riscv64'),
  loong64: () => require('@koromix/koffi-linux-loong64'),
  ppc64: () => require('@koromix/koffi-linux-ppc64'),
};

/** Throws if there is none for this machine, or if it is not installed. */
function binding(): Koffi {
  const load = process.platform === 'linux' ? BINDINGS[process.arch] : undefined;
  if (!load)
    throw new Error(`koffi is not available for ${process.platform} on ${process.arch}: the agent runs on Linux only`);
  return load() as Koffi;
}

interface System {
  koffi: Koffi;
  socket: Call;
  bind: Call;
  connect: Call;
  listen: Call;
  close: Call;
  open: Call;
  setns: Call;
  flock: Call;
  setsockopt: Call;
  getsockopt: Call;
  getsockname: Call;
  send: Call & { async: (...args: unknown[]) => void };
  sendto: Call;
  recv: Call;
  recvmsg: Call;
  sched_setscheduler: Call;
}

let system: System | undefined;

/** Loads koffi and tests its bindings. Call it once at start; later calls are free. */
export function loadSystem(): KernelError | undefined {
  if (system) return undefined;
  let loaded: System;
  try {
    const koffi = binding();
    const libc = koffi.load(null);
    loaded = {
      koffi,
      socket: libc.func('int socket(int, int, int)'),
      bind: libc.func('int bind(int, void *, unsigned int)'),
      connect: libc.func('int connect(int, void *, unsigned int)'),
      listen: libc.func('int listen(int, int)'),
      close: libc.func('int close(int)'),
      open: libc.func('int open(const char *, int)'),
      setns: libc.func('int setns(int, int)'),
      flock: libc.func('int flock(int, int)'),
      setsockopt: libc.func('int setsockopt(int, int, int, void *, unsigned int)'),
      getsockopt: libc.func('int getsockopt(int, int, int, void *, void *)'),
      getsockname: libc.func('int getsockname(int, void *, void *)'),
      send: libc.func('long send(int, void *, size_t, int)'),
      sendto: libc.func('long sendto(int, void *, size_t, int, void *, unsigned int)'),
      recv: libc.func('long recv(int, void *, size_t, int)'),
      recvmsg: libc.func('long recvmsg(int, void *, int)'),
      sched_setscheduler: libc.func('int sched_setscheduler(int, int, void *)'),
    };
  } catch (error) {
    return KernelError.of('load koffi', constants.errno.ENOSYS, error instanceof Error ? error.message : String(error));
  }
  system = loaded;
  const wrong = selfTest();
  if (wrong !== undefined) {
    system = undefined;
    return KernelError.of('self-test of koffi', constants.errno.ENOSYS, wrong);
  }
  return undefined;
}

/** Checks each loaded function against a known result; returns what is wrong. */
function selfTest(): string | undefined {
  if (typeof calls().koffi.node?.poll !== 'function')
    return 'koffi.node.poll is gone: use the koffi that package.json pins';
  if (close(-1) !== -constants.errno.EBADF) return 'close(-1) did not return EBADF';
  const fd = socket(AF.unix, SOCK.stream | SOCK.nonblock | SOCK.cloexec, 0);
  if (fd < 0) return `socket returned ${fd}`;
  const type = getOption(fd, 1, 3);
  const name = getName(fd);
  close(fd);
  if (type !== SOCK.stream) return `getsockopt(SO_TYPE) returned ${type}`;
  return typeof name === 'number' || name[0] !== AF.unix ? 'getsockname did not return AF_UNIX' : undefined;
}

function calls(): System {
  if (!system) throw new Error('loadSystem() must be called before everything else in the kernel room');
  return system;
}

const answer = (result: number): number => (result < 0 ? -calls().koffi.errno() : result);

/** Always synchronous: a thread of libuv's pool may be in another network namespace than the main thread. */
export const socket = (domain: number, type: number, protocol: number): number =>
  answer(calls().socket(domain, type, protocol));
export const bind = (fd: number, address: Bytes): number => answer(calls().bind(fd, address, address.length));
export const connect = (fd: number, address: Bytes): number => answer(calls().connect(fd, address, address.length));
export const listen = (fd: number, backlog: number): number => answer(calls().listen(fd, backlog));
export const close = (fd: number): number => answer(calls().close(fd));
/**
 * Locks an open file description without waiting (flock): -EAGAIN if somebody else holds the lock. The kernel releases
 * it with the process.
 */
export const lockFile = (fd: number): number => answer(calls().flock(fd, LOCK_EX | LOCK_NB));
/** Opens for reading, close-on-exec. */
export const open = (path: string): number => answer(calls().open(path, SOCK.cloexec));
/** Moves this thread, and sockets created from now on, into the network namespace of `fd`. */
export const setNetworkNamespace = (fd: number): number => answer(calls().setns(fd, CLONE_NEWNET));

/** Sets an integer option, or a structured one given as octets. */
export function setOption(fd: number, level: number, option: number, value: number | Bytes): number {
  const bytes = typeof value === 'number' ? new Uint8Array(Int32Array.of(value).buffer) : value;
  return answer(calls().setsockopt(fd, level, option, bytes, bytes.length));
}

/**
 * A classic BPF program (SO_ATTACH_FILTER): instructions of 8 octets. struct sock_fprog points to it, so both must live
 * until the call returns.
 */
export function attachFilter(fd: number, program: Bytes): number {
  const wrapped = new Uint8Array(16);
  const view = new DataView(wrapped.buffer);
  view.setUint16(0, program.length / 8, true);
  view.setBigUint64(8, pointerTo(program), true);
  const result = setOption(fd, 1, 26, wrapped);
  view.setUint32(0, program.length, true); // keeps `program` referenced until here
  return result;
}

/** Reads an integer option. */
export function getOption(fd: number, level: number, option: number): number {
  const value = new Int32Array(1);
  const length = Uint32Array.of(4);
  const result = answer(calls().getsockopt(fd, level, option, value, length));
  return result < 0 ? result : value[0];
}

/** Reads a structured option into `into`. */
export const getOctets = (fd: number, level: number, option: number, into: Bytes): number =>
  answer(calls().getsockopt(fd, level, option, into, Uint32Array.of(into.length)));

/** The octets of the socket's own address (struct sockaddr), or a negative errno. */
export function getName(fd: number): Bytes | number {
  const name = new Uint8Array(128);
  const length = Uint32Array.of(128);
  const result = answer(calls().getsockname(fd, name, length));
  return result < 0 ? result : name.subarray(0, length[0]);
}

/**
 * The address of a buffer, for a struct that points to it. The caller keeps `bytes` alive until the kernel has read it.
 */
export const pointerTo = (bytes: Bytes): bigint => calls().koffi.address(bytes);

export const send = (fd: number, bytes: Bytes, length: number): number => answer(calls().send(fd, bytes, length, 0));
/** Sends a datagram to an address (struct sockaddr). */
export const sendTo = (fd: number, bytes: Bytes, address: Bytes): number =>
  answer(calls().sendto(fd, bytes, bytes.length, 0, address, address.length));
/** Returns the number of octets received. */
export const receive = (fd: number, into: Bytes): number => answer(calls().recv(fd, into, into.length, 0));

/** The same with a struct msghdr, which points to buffers for the datagram, its sender and its control messages. */
export const receiveMessage = (fd: number, header: Bytes): number => answer(calls().recvmsg(fd, header, 0));
/** Sets the scheduling of the calling thread: a policy, and a struct sched_param. */
export const setScheduler = (policy: number, parameters: Bytes): number =>
  answer(calls().sched_setscheduler(0, policy, parameters));

/** Has the C library return freed memory to the system, where it can (glibc): each thread keeps some otherwise. */
export function returnFreed(): void {
  try {
    calls().koffi.load(null).func('int malloc_trim(size_t)')(0);
  } catch {
    // musl has no such function
  }
}

/** Of <malloc.h>: the maximum number of heaps. */
const M_ARENA_MAX = -8;

/**
 * Has the threads of this process share the heaps of the C library (glibc) that exist already, instead of one more for
 * each: every heap keeps what was freed at its end, and {@link returnFreed} returns that of the first one only.
 */
export function shareHeaps(): void {
  try {
    binding().load(null).func('int mallopt(int, int)')(M_ARENA_MAX, 1);
  } catch {
    // musl has no such function, and one heap
  }
}

/** Buffers that a pool thread is reading. This reference alone protects them from garbage collection. */
const inFlight = new Set<Bytes>();

/**
 * Sends on libuv's pool, so that a long send (a netlink batch may take 0.9 s) does not block the event loop. `bytes`
 * must not be touched until `done`, which receives the number of octets or a negative errno.
 */
export function sendAsync(fd: number, bytes: Bytes, length: number, done: (result: number) => void): void {
  inFlight.add(bytes);
  calls().send.async(fd, bytes, length, 0, (error: unknown, result: number) => {
    const answered = error ? -constants.errno.EIO : answer(result); // koffi carries over the pool thread's errno
    inFlight.delete(bytes);
    outsideOfKoffi(() => done(answered));
  });
}

/** A running watch of a descriptor. */
export interface Poll {
  /** Stops it; the descriptor stays open. */
  close(): void;
  /** Lets the process exit while it runs. */
  unref(): void;
}

// A poll handle without a strong reference is garbage-collected, and then closed silently.
const polls = new Set<PollHandle>();

/** Calls `readable` whenever `fd` is readable; `lost` is true after a socket error (ENOBUFS: events were lost). */
export function pollReadable(fd: number, readable: (lost: boolean) => void): Poll {
  const { koffi } = calls();
  let open = true;
  const callback = (status: number): void => {
    if (!open) return;
    // An error (ENOBUFS) raises EPOLLERR, upon which libuv stops the poll permanently: start it again, or no more
    // events arrive.
    if (status < 0) handle.start({ readable: true }, callback);
    outsideOfKoffi(() => readable(status < 0));
  };
  const handle = koffi.node.poll(fd, { readable: true }, callback);
  polls.add(handle);
  return {
    close() {
      if (!open) return;
      open = false;
      polls.delete(handle);
      handle.close();
    },
    unref: () => handle.unref(),
  };
}

/**
 * An exception thrown from a koffi callback stays pending and surfaces in the next, unrelated koffi call. Throw it as
 * an uncaught exception from the event loop, with its own stack.
 */
function outsideOfKoffi(body: () => void): void {
  try {
    body();
  } catch (error) {
    setImmediate(() => {
      throw error;
    });
  }
}
