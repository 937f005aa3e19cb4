import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { unixAddress } from '../../../lib/kernel/codec/socket-address';
import * as ffi from '../../../lib/kernel/system/ffi';
import { tellServiceManager } from '../../../lib/kernel/system/service-manager';

let folder: string;
const open: number[] = [];
/** A service manager that listens there. */
function listen(name: string): () => string {
  expect(ffi.loadSystem()).toBeUndefined();
  const fd = ffi.socket(ffi.AF.unix, ffi.SOCK.datagram | ffi.SOCK.nonblock | ffi.SOCK.cloexec, 0);
  expect(ffi.bind(fd, unixAddress(name))).toBe(0);
  open.push(fd);
  return () => {
    const into = new Uint8Array(4096);
    const length = ffi.receive(fd, into);
    return length < 0 ? '' : new TextDecoder().decode(into.subarray(0, length));
  };
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'peerform-notify-'));
});
afterEach(() => {
  for (const fd of open.splice(0)) ffi.close(fd);
  rmSync(folder, { recursive: true });
});

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('a service manager hears lines at a path and at an abstract name', () => {
  for (const [socket, name] of [
    [join(folder, 'notify'), join(folder, 'notify')],
    [`@peerform-test-${process.pid}`, `\0peerform-test-${process.pid}`],
  ]) {
    const hear = listen(name);
    expect(tellServiceManager(socket, 'READY=1', 'STATUS=prêt')).toBeUndefined();
    expect(hear()).toBe('READY=1\nSTATUS=prêt');
  }
});

onLinux('one that is not there, or reads nothing, is a failure that says so and is not waited for', () => {
  const path = join(folder, 'notify');
  expect(tellServiceManager(path, 'READY=1')).toMatchObject({ code: 'ENOENT' });
  expect(tellServiceManager(`/${'x'.repeat(108)}`, 'READY=1')).toMatchObject({ code: 'ENAMETOOLONG' });
  listen(path);
  let failed: unknown;
  for (let count = 0; count < 100_000 && !failed; count++) failed = tellServiceManager(path, 'WATCHDOG=1');
  expect(failed).toMatchObject({ errno: constants.errno.EAGAIN, operation: `tell the service manager at ${path}` });
});
