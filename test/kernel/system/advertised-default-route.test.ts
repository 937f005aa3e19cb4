import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AdvertisedDefaultRoutes } from '../../../lib/kernel/system/advertised-default-route';

let proc: string;
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'pf-proc-'));
});
afterEach(() => rmSync(proc, { recursive: true }));

const path = (setting: string) => join(proc, 'sys/net/ipv6/conf/eth0', setting);
function machine(settings: Readonly<Record<string, string>>): AdvertisedDefaultRoutes {
  mkdirSync(join(proc, 'sys/net/ipv6/conf/eth0'), { recursive: true });
  for (const [setting, value] of Object.entries(settings)) writeFileSync(path(setting), `${value}\n`);
  return new AdvertisedDefaultRoutes(undefined, proc);
}
const value = () => readFileSync(path('accept_ra_defrtr'), 'utf8').trim();

const HOST = { accept_ra: '1', forwarding: '0', accept_ra_defrtr: '1' };

test('a host learns no default route from a neighbour while a session needs its advertisements, and does again after', () => {
  const routes = machine(HOST);
  expect(routes.refuse('eth0')).toBeUndefined();
  expect(routes.refuse('eth0')).toBeUndefined();
  expect(value()).toBe('0');
  routes.restoreAllBut(new Set());
  expect(value()).toBe('1');
});

test.each([
  ['does not accept advertisements', { ...HOST, accept_ra: '0' }],
  ['forwards packets', { ...HOST, forwarding: '1' }],
])('a machine that %s is left alone', (_, settings) => {
  const routes = machine(settings);
  expect(routes.refuse('eth0')).toBeUndefined();
  expect(value()).toBe('1');
});

test('a router that accepts advertisements all the same is treated as a host', () => {
  machine({ ...HOST, accept_ra: '2', forwarding: '1' }).refuse('eth0');
  expect(value()).toBe('0');
});

test('what was 0 before, or was changed by others meanwhile, is not touched', () => {
  const routes = machine({ ...HOST, accept_ra_defrtr: '0' });
  routes.refuse('eth0');
  routes.restoreAllBut(new Set());
  expect(value()).toBe('0');
  writeFileSync(path('accept_ra_defrtr'), '1');
  routes.refuse('eth0');
  writeFileSync(path('accept_ra_defrtr'), '2');
  routes.restoreAllBut(new Set());
  expect(value()).toBe('2');
});

test('says what to set where it is not permitted to, and nothing where there is no such interface', () => {
  const routes = machine({ accept_ra: '1', forwarding: '0' });
  mkdirSync(path('accept_ra_defrtr'));
  expect(routes.refuse('eth0')).toBeUndefined(); // a setting that cannot be read is that of a kernel without IPv6
  expect(routes.refuse('eth9')).toBeUndefined();
  rmSync(path('accept_ra_defrtr'), { recursive: true });
  const sealed = new (class extends AdvertisedDefaultRoutes {
    protected override write(): string {
      return 'EROFS: read-only file system';
    }
  })(undefined, proc);
  writeFileSync(path('accept_ra_defrtr'), '1\n');
  expect(sealed.refuse('eth0')).toContain('run sysctl -w net/ipv6/conf/eth0/accept_ra_defrtr=0');
});

test('what a killed process left is restored by the next one, which does not take the 0 for the former value', () => {
  machine(HOST);
  const note = join(proc, 'state/accept-ra-defrtr');
  new AdvertisedDefaultRoutes(note, proc).refuse('eth0');
  const next = new AdvertisedDefaultRoutes(note, proc);
  next.restoreAllBut(new Set(['eth0']));
  next.refuse('eth0');
  expect(value()).toBe('0');
  next.restoreAllBut(new Set());
  expect(value()).toBe('1');
  writeFileSync(note, '{"../eth0":"7", broken');
  expect(new AdvertisedDefaultRoutes(note, proc).refuse('eth0')).toBeUndefined();
});
