import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServiceManager } from '../../../lib/agent/host/service-manager';
import { unixAddress } from '../../../lib/kernel/codec/socket-address';
import * as ffi from '../../../lib/kernel/system/ffi';
import { eventually } from '../../e2e/support/network';

const onLinux = process.platform === 'linux' ? test : test.skip;

let folder: string;
let socket: string;
let fd: number;
const warnings: string[] = [];
const log = { warn: (text: string) => void warnings.push(text) } as ConstructorParameters<typeof ServiceManager>[0];
/** What was said since the last time. */
function heard(): string[] {
  const all: string[] = [];
  const into = new Uint8Array(4096);
  for (let length = ffi.receive(fd, into); length > 0; length = ffi.receive(fd, into))
    all.push(new TextDecoder().decode(into.subarray(0, length)));
  return all;
}

beforeEach(() => {
  warnings.length = 0;
  folder = mkdtempSync(join(tmpdir(), 'peerform-notify-'));
  socket = join(folder, 'notify');
  expect(ffi.loadSystem()).toBeUndefined();
  fd = ffi.socket(ffi.AF.unix, ffi.SOCK.datagram | ffi.SOCK.nonblock | ffi.SOCK.cloexec, 0);
  expect(ffi.bind(fd, unixAddress(socket))).toBe(0);
});
afterEach(() => {
  ffi.close(fd);
  rmSync(folder, { recursive: true });
});

onLinux(
  'the service manager is told that the agent serves, and then that it lives as long as its event loop turns',
  async () => {
    const manager = new ServiceManager(log, { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '30000' });
    manager.ready();
    expect(heard()).toEqual(['READY=1', 'WATCHDOG=1']);
    await eventually(() => expect(heard()).toContain('WATCHDOG=1'));
    manager.close();
  },
);

onLinux('it is told nothing of a life that it does not ask for, or that is not meant for this process', () => {
  for (const more of [{}, { WATCHDOG_USEC: '30000', WATCHDOG_PID: '1' }]) {
    const manager = new ServiceManager(log, { NOTIFY_SOCKET: socket, ...more });
    manager.ready();
    expect(heard()).toEqual(['READY=1']);
  }
});

onLinux('a reload begins before the secrets are read and is over after it', () => {
  const manager = new ServiceManager(log, { NOTIFY_SOCKET: socket });
  let before: string[] = [];
  manager.reload(() => {
    before = heard();
  });
  expect(before).toEqual([expect.stringMatching(/^RELOADING=1\nMONOTONIC_USEC=\d+$/)]);
  expect(heard()).toEqual(['READY=1']);
});

onLinux('one that is gone is warned of once, and heard again when it is back', () => {
  const manager = new ServiceManager(log, { NOTIFY_SOCKET: `${socket}2` });
  manager.stopping('ends');
  manager.stopping('ends');
  expect(warnings).toEqual([expect.stringContaining('the service manager cannot be notified')]);
  const second = ffi.socket(ffi.AF.unix, ffi.SOCK.datagram | ffi.SOCK.nonblock | ffi.SOCK.cloexec, 0);
  expect(ffi.bind(second, unixAddress(`${socket}2`))).toBe(0);
  [fd] = [second, ffi.close(fd)];
  manager.stopping('ends');
  expect(heard()).toEqual(['STOPPING=1\nSTATUS=ends']);
});

test('where no manager started the agent nobody is told, and nothing is warned of', () => {
  const manager = new ServiceManager(log, {});
  manager.ready();
  manager.close();
  expect(warnings).toEqual([]);
});
