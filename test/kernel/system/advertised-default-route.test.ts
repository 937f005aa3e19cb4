import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { AdvertisedDefaultRoutes } from '../../../lib/kernel/system/advertised-default-route';

const ETH0 = { index: 7, name: 'eth0' };
let proc: string;
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'pf-proc-'));
});
afterEach(() => rmSync(proc, { recursive: true }));

const path = (setting: string) => join(proc, 'sys/net/ipv6/conf/eth0', setting);
function machine(settings: Readonly<Record<string, string>>): AdvertisedDefaultRoutes {
  mkdirSync(join(proc, 'sys/net/ipv6/conf/eth0'), { recursive: true });
  for (const [setting, value] of Object.entries(settings)) writeFileSync(path(setting), `${value}\n`);
  return new AdvertisedDefaultRoutes(() => [ETH0], undefined, proc);
}
const value = () => readFileSync(path('accept_ra_defrtr'), 'utf8').trim();

const HOST = { accept_ra: '1', forwarding: '0', accept_ra_defrtr: '1' };

test('a host learns no default route from a neighbour while a session needs its advertisements, and does again after', () => {
  const routes = machine(HOST);
  expect(routes.refuse(ETH0)).toBeUndefined();
  expect(routes.refuse(ETH0)).toBeUndefined();
  expect(value()).toBe('0');
  routes.restoreAllBut(new Set());
  expect(value()).toBe('1');
});

test.each([
  ['does not accept advertisements', { ...HOST, accept_ra: '0' }],
  ['forwards packets', { ...HOST, forwarding: '1' }],
])('a machine that %s learns none either when it does later', (_, settings) => {
  const routes = machine(settings);
  expect(routes.refuse(ETH0)).toBeUndefined();
  expect(value()).toBe('0');
  routes.restoreAllBut(new Set());
  expect(value()).toBe('1');
});

test('a setting that somebody sets back meanwhile is 0 again, and theirs when no session uses it', () => {
  const routes = machine(HOST);
  routes.refuse(ETH0);
  writeFileSync(path('accept_ra_defrtr'), '2');
  expect(routes.refuse(ETH0)).toMatchObject({ is: 'repeated', text: expect.stringContaining('to 2') });
  expect(value()).toBe('0');
  routes.restoreAllBut(new Set());
  expect(value()).toBe('2');
});

test('it stays 0 for the next run of an agent, unless that cannot know what it was', () => {
  machine(HOST);
  const noted = new AdvertisedDefaultRoutes(() => [ETH0], join(proc, 'note'), proc);
  noted.refuse(ETH0);
  noted.leave(false);
  expect(value()).toBe('0');
  new AdvertisedDefaultRoutes(() => [ETH0], join(proc, 'note'), proc).leave(true);
  expect(value()).toBe('1');
  const forgetful = machine(HOST);
  forgetful.refuse(ETH0);
  forgetful.leave(false);
  expect(value()).toBe('1');
});

test('a router that accepts advertisements all the same is treated as a host', () => {
  machine({ ...HOST, accept_ra: '2', forwarding: '1' }).refuse(ETH0);
  expect(value()).toBe('0');
});

test('what was 0 before, or was changed by others meanwhile, is not touched', () => {
  const routes = machine({ ...HOST, accept_ra_defrtr: '0' });
  routes.refuse(ETH0);
  routes.restoreAllBut(new Set());
  expect(value()).toBe('0');
  writeFileSync(path('accept_ra_defrtr'), '1');
  routes.refuse(ETH0);
  writeFileSync(path('accept_ra_defrtr'), '2');
  routes.restoreAllBut(new Set());
  expect(value()).toBe('2');
});

test('says what to set where it is not permitted to, and nothing where there is no such interface', () => {
  const routes = machine({ accept_ra: '1', forwarding: '0' });
  mkdirSync(path('accept_ra_defrtr'));
  expect(routes.refuse(ETH0)).toBeUndefined(); // a setting that cannot be read is that of a kernel without IPv6
  expect(routes.refuse({ index: 9, name: 'eth9' })).toBeUndefined();
  rmSync(path('accept_ra_defrtr'), { recursive: true });
  const sealed = new (class extends AdvertisedDefaultRoutes {
    protected override write(): string {
      return 'EROFS: read-only file system';
    }
  })(() => [ETH0], undefined, proc);
  writeFileSync(path('accept_ra_defrtr'), '1\n');
  expect(sealed.refuse(ETH0)).toMatchObject({
    is: 'failed',
    text: expect.stringContaining('run sysctl -w net/ipv6/conf/eth0/accept_ra_defrtr=0'),
  });
  writeFileSync(path('accept_ra'), '0\n');
  expect(sealed.refuse(ETH0)).toBeUndefined(); // nothing is learned now
});

test('what a killed process left is restored by the next one, which does not take the 0 for the former value', () => {
  machine(HOST);
  const note = join(proc, 'state/accept-ra-defrtr');
  new AdvertisedDefaultRoutes(() => [ETH0], note, proc).refuse(ETH0);
  const next = new AdvertisedDefaultRoutes(() => [ETH0], note, proc);
  next.restoreAllBut(new Set(['eth0']));
  next.refuse(ETH0);
  expect(value()).toBe('0');
  next.restoreAllBut(new Set());
  expect(value()).toBe('1');
  writeFileSync(note, '{"../eth0":"7", broken');
  expect(new AdvertisedDefaultRoutes(() => [ETH0], note, proc).refuse(ETH0)).toBeUndefined();
});

test('what a process left that was killed at the moment of its change is restored by the next one', () => {
  machine(HOST);
  const note = join(proc, 'state/accept-ra-defrtr');
  const killed = new (class extends AdvertisedDefaultRoutes {
    protected override write(name: string, to: string): string | undefined {
      super.write(name, to);
      throw new Error('killed');
    }
  })(() => [ETH0], note, proc);
  expect(() => killed.refuse(ETH0)).toThrow('killed');
  expect(value()).toBe('0');
  new AdvertisedDefaultRoutes(() => [ETH0], note, proc).restoreAllBut(new Set());
  expect(value()).toBe('1');
});

test('a change that fails leaves nothing to restore', () => {
  machine(HOST);
  const note = join(proc, 'state/accept-ra-defrtr');
  const sealed = new (class extends AdvertisedDefaultRoutes {
    protected override write(): string {
      return 'EROFS: read-only file system';
    }
  })(() => [ETH0], note, proc);
  sealed.refuse(ETH0);
  writeFileSync(path('accept_ra_defrtr'), '0\n');
  new AdvertisedDefaultRoutes(() => [ETH0], note, proc).restoreAllBut(new Set());
  expect(value()).toBe('0');
});

test('what a killed process left is restored where the links are read only later', () => {
  machine(HOST);
  const note = join(proc, 'state/accept-ra-defrtr');
  new AdvertisedDefaultRoutes(() => [ETH0], note, proc).refuse(ETH0);
  const links: (typeof ETH0)[] = [];
  const next = new AdvertisedDefaultRoutes(() => links, note, proc);
  next.restoreAllBut(new Set());
  links.push(ETH0);
  next.restoreAllBut(new Set());
  expect(value()).toBe('1');
});

test('what was noted before a boot, after which every setting is fresh, is not restored', () => {
  const note = join(proc, 'accept-ra-defrtr');
  mkdirSync(join(proc, 'sys/kernel/random'), { recursive: true });
  mkdirSync(join(proc, 'thread-self/ns'), { recursive: true });
  symlinkSync('net:[1]', join(proc, 'thread-self/ns/net'));
  writeFileSync(join(proc, 'sys/kernel/random/boot_id'), 'one\n');
  machine(HOST);
  new AdvertisedDefaultRoutes(() => [ETH0], note, proc).refuse(ETH0);
  writeFileSync(join(proc, 'sys/kernel/random/boot_id'), 'two\n');
  new AdvertisedDefaultRoutes(() => [ETH0], note, proc).restoreAllBut(new Set());
  expect(value()).toBe('0');
});

/** What happens to a machine and its agent: a number chooses the link, another the name. */
const HAPPENINGS = ['use', 'rename', 'remove', 'kill'] as const;
const happening = fc.record({ what: fc.constantFrom(...HAPPENINGS), one: fc.nat(3), other: fc.nat(3) });

test('every interface that is left is as it was when no session uses any, whatever it was renamed to', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 12 }), (happenings) => {
      const root = mkdtempSync(join(proc, 'run-'));
      const conf = (name: string) => join(root, 'sys/net/ipv6/conf', name);
      const note = join(root, 'note');
      let links = ['a', 'b', 'c'].map((name, i) => ({ index: i + 1, name, was: String(1 + (i % 2)) }));
      for (const { name, was } of links) {
        mkdirSync(conf(name), { recursive: true });
        for (const [setting, given] of Object.entries({ ...HOST, accept_ra_defrtr: was }))
          writeFileSync(join(conf(name), setting), given);
      }
      const start = () => new AdvertisedDefaultRoutes(() => links, note, root);
      let routes = start();
      const act: Record<(typeof HAPPENINGS)[number], (one: number, other: number) => void> = {
        use: (...names) => {
          const used = links.filter((_, i) => names.includes(i));
          routes.restoreAllBut(new Set(used.map(({ name }) => name)));
          for (const link of used) routes.refuse(link);
        },
        rename: (one, other) => {
          const to = 'abcd'[other];
          if (links[one] === undefined || links.some(({ name }) => name === to)) return;
          renameSync(conf(links[one].name), conf(to));
          links = links.map((link, i) => (i === one ? { ...link, name: to } : link));
        },
        remove: (one) => {
          if (links[one] !== undefined) rmSync(conf(links[one].name), { recursive: true });
          links = links.filter((_, i) => i !== one);
        },
        kill: () => {
          routes = start();
        },
      };
      for (const { what, one, other } of happenings) act[what](one, other);
      routes.restoreAllBut(new Set());
      const values = links.map(({ name }) => readFileSync(join(conf(name), 'accept_ra_defrtr'), 'utf8'));
      expect(values).toEqual(links.map(({ was }) => was));
    }),
    { seed: 22, numRuns: 100 },
  );
});
