import { constants } from 'node:os';
import { abstractAddress } from '../codec/socket-address';
import { KernelError } from './error';
import * as ffi from './ffi';
import { type LockFile, takeLockFile } from './lock-file';
import { describeProcess, holderOfName, type SocketHolder, uidOf } from './name-holder';
import { networkNamespace } from './network-namespace';

/** A lock that is held until it is released or the process ends, however it ends. */
export interface AgentLock {
  /** The holder of the lock's name if that is not an agent: then only the file keeps other agents out. */
  readonly warning?: string;
  release(): void;
}

/** Folder of lock files: `RuntimeDirectory` of the service. */
const LOCK_FOLDER = '/run/peerform';

/** The user of the service. */
const SERVICE_USER = 'peerform';

const OPERATION = 'lock the network namespace';

/**
 * Makes this process the only agent of this network namespace for a route protocol number: two would remove each
 * other's routes. The lock is an abstract socket name, which the kernel keeps per network namespace and releases with
 * the process, so that it works across containers that share a namespace. Any process may take such a name: if its
 * holder runs neither as root nor as the agent's user, a lock file in `folder` is used instead, named after the
 * namespace. The file is taken in any case.
 */
export function lockAgent(protocol: number, folder = LOCK_FOLDER): AgentLock | KernelError {
  const unloaded = ffi.loadSystem();
  if (unloaded) return unloaded;
  const trusted = [0, process.geteuid?.() ?? 0, uidOf(SERVICE_USER) ?? 0];
  const file = takeLockFile(folder, `agent-${protocol}-${networkNamespace()}.lock`, trusted);
  if (file.state === 'taken') return taken({ pid: file.pid });
  const lock = lockName(`peerform-agent-${protocol}`, trusted, file);
  if (lock instanceof KernelError && file.state === 'ours') file.release();
  return lock;
}

function lockName(
  name: string,
  trusted: readonly number[],
  file: Exclude<LockFile, { state: 'taken' }>,
): AgentLock | KernelError {
  const releaseFile = () => file.state === 'ours' && file.release();
  const fd = ffi.socket(ffi.AF.unix, ffi.SOCK.stream | ffi.SOCK.nonblock | ffi.SOCK.cloexec, 0);
  if (fd < 0) return KernelError.of('open a socket', fd);
  const bound = ffi.bind(fd, abstractAddress(name));
  const result = bound < 0 ? bound : ffi.listen(fd, 1); // listening, so that others can look up the holder
  const release = () => {
    ffi.close(fd);
    releaseFile();
  };
  if (result >= 0) return { release };
  ffi.close(fd);
  if (result !== -constants.errno.EADDRINUSE) return KernelError.of(OPERATION, result);
  const holder = holderOfName(name);
  if (holder?.uid === undefined || trusted.includes(holder.uid)) return taken(holder);
  const stranger = `process ${holder.pid ?? 'of an unknown id'} (${describeProcess(holder)}) holds the name @${name}, by which agents detect each other, but is not an agent`;
  if (file.state !== 'ours')
    return KernelError.of(OPERATION, result, `${stranger}; a lock file cannot be used instead: ${file.why}`);
  return {
    warning: `${stranger}. A lock file keeps a second agent out instead, except one in a container with another /run. Find out who started that process`,
    release: () => void releaseFile(),
  };
}

function taken(holder: SocketHolder = {}): KernelError {
  const who = holder.pid === undefined ? 'another agent' : `the agent with process id ${holder.pid}`;
  const more = describeProcess(holder);
  return KernelError.of(
    OPERATION,
    constants.errno.EADDRINUSE,
    `${who} is already running here${more === '' ? '' : `: ${more}`}`,
  );
}
