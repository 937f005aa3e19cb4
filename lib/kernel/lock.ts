import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { abstractAddress } from './codec/socket-address';
import { KernelError } from './error';
import * as ffi from './ffi';

/** A lock that is held until it is released or the process ends, however it ends. */
export interface AgentLock {
  release(): void;
}

/**
 * Makes this process the one agent of this network namespace for a route protocol number: two would remove each other's
 * routes. The lock is the name of a socket, which the kernel keeps per network namespace and forgets with the process.
 */
export function lockAgent(protocol: number): AgentLock | KernelError {
  const unloaded = ffi.loadSystem();
  if (unloaded) return unloaded;
  const name = `peerform-agent-${protocol}`;
  const fd = ffi.socket(ffi.AF.unix, ffi.SOCK.stream | ffi.SOCK.nonblock | ffi.SOCK.cloexec, 0);
  if (fd < 0) return KernelError.of('open a socket', fd);
  const bound = ffi.bind(fd, abstractAddress(name));
  const result = bound < 0 ? bound : ffi.listen(fd, 1); // listening, so that the other one can ask who it is
  if (result >= 0) return { release: () => void ffi.close(fd) };
  ffi.close(fd);
  if (result !== -constants.errno.EADDRINUSE) return KernelError.of('lock the network namespace', result);
  const pid = holderOf(name);
  const who = pid === undefined ? 'another agent' : `the agent with process id ${pid}`;
  return KernelError.of('lock the network namespace', result, `${who} runs here already`);
}

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;

/** The process that holds the name, as the kernel knows it. */
function holderOf(name: string): number | undefined {
  if (!readFileSync('/proc/net/unix', 'latin1').includes(`@${name}\n`)) return undefined;
  const fd = ffi.socket(ffi.AF.unix, ffi.SOCK.stream | ffi.SOCK.nonblock | ffi.SOCK.cloexec, 0);
  if (fd < 0) return undefined;
  const credentials = new Uint8Array(12); // struct ucred: pid, uid, gid; pid 0 where it is of another pid namespace
  const connected = ffi.connect(fd, abstractAddress(name));
  const result = connected < 0 ? connected : ffi.getOctets(fd, SOL_SOCKET, SO_PEERCRED, credentials);
  ffi.close(fd);
  const pid = new Int32Array(credentials.buffer)[0];
  return result < 0 || pid === 0 ? undefined : pid;
}
