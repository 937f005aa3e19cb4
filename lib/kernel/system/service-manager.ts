import { constants } from 'node:os';
import { UNIX_NAME_LENGTH, unixAddress } from '../codec/socket-address';
import { KernelError } from './error';
import * as ffi from './ffi';

/**
 * Sends these lines, in the format of sd_notify(3), to the service manager behind `socket`: a path or, with `@`, an
 * abstract name. Never waits: a manager that does not read must not block a router.
 */
export function tellServiceManager(socket: string, ...lines: readonly string[]): KernelError | undefined {
  const operation = `tell the service manager at ${socket}`;
  const address = unixAddress(socket.replace(/^@/, '\0'));
  if (address.length > 2 + UNIX_NAME_LENGTH) return KernelError.of(operation, constants.errno.ENAMETOOLONG);
  const unloaded = ffi.loadSystem();
  if (unloaded) return unloaded;
  const fd = ffi.socket(ffi.AF.unix, ffi.SOCK.datagram | ffi.SOCK.nonblock | ffi.SOCK.cloexec, 0);
  if (fd < 0) return KernelError.of('open a socket', fd);
  const bytes = new TextEncoder().encode(lines.join('\n'));
  const connected = ffi.connect(fd, address);
  const sent = connected < 0 ? connected : ffi.send(fd, bytes, bytes.length);
  ffi.close(fd);
  return sent < 0 ? KernelError.of(operation, sent) : undefined;
}
