import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Unnumbered } from '../../../lib/agent/network/unnumbered';
import { ADDRESS_FLAG } from '../../../lib/kernel/codec/interface-address';
import { AdvertisedDefaultRoutes } from '../../../lib/kernel/system/advertised-default-route';
import type { InterfaceAddress, Link } from '../../../lib/kernel/workload/watch';
import { IpAddress } from '../../../lib/model/address';
import { sure } from '../../../lib/model/problem';
import type { RunningSession } from '../../../lib/node/sessions';
import { sessionTo } from '../../bgp/simulation';

const running = (name: string, more: object = {}) =>
  ({ config: { ...sessionTo('::', '::'), key: name, interface: name, unnumbered: true, ...more } }) as RunningSession;
const up: Link = { index: 7, name: 'eth0', up: true, carrier: true };
const linkLocal = (flags: number): InterfaceAddress => ({
  ...{ interface: 7, length: 64, flags },
  address: sure(IpAddress.parse('fe80::1')),
});

let links: Link[];
let addresses: InterfaceAddress[];
let changes: number;
let isLearned: boolean;
let said: string[];
let unnumbered: Unnumbered;
beforeEach(() => {
  [links, addresses, changes, isLearned, said] = [[], [], 0, false, []];
  unnumbered = new Unnumbered(
    { links: () => links, addresses: () => addresses, hasAdvertisedDefault: () => isLearned },
    new AdvertisedDefaultRoutes(() => links, undefined, '/nowhere'),
    () => {
      changes++;
    },
    { say: ({ message }) => void said.push(message) },
    () => 0,
    () => undefined,
  );
});
afterEach(() => unnumbered.close(false));

const turn = () => new Promise((done) => setImmediate(done));
const code = () => unnumbered.hindranceOf('eth0');
const why = () => unnumbered.bind(running('eth0')).config.awaitsNeighbour;

test('a session with addresses is left as it is', () => {
  const session = running('eth0', { unnumbered: undefined });
  unnumbered.run([session.config]);
  expect(unnumbered.bind(session)).toBe(session);
});

test('a session without addresses says what its link lacks, and is configured again when that changes', async () => {
  unnumbered.run([running('eth0').config]);
  expect(why()).toBe('there is no interface eth0');
  expect(code()).toBe('no-interface');
  for (const [link, text, is] of [
    [{ ...up, up: false, carrier: false }, 'link eth0 is down', 'link-down'],
    [{ ...up, carrier: false }, 'link eth0 has no carrier', 'no-carrier'],
    [
      up,
      'link eth0 has no link-local address: enable IPv6 on it (net/ipv6/conf/eth0/disable_ipv6 and addr_gen_mode are 0)',
      'no-link-local',
    ],
    [
      { ...up, mtu: 1279 },
      'link eth0 has an MTU of 1279, and IPv6 needs at least 1280 (RFC 8200): the system has removed it',
      'mtu',
    ],
  ] as const) {
    await turn();
    const before = changes;
    links = [link];
    unnumbered.look();
    unnumbered.look();
    expect(why()).toBe(text);
    expect(code()).toBe(is);
    await turn();
    expect(changes).toBe(before + 1);
  }
  addresses = [linkLocal(ADDRESS_FLAG.tentative)];
  unnumbered.addressChanged(addresses[0]);
  expect(why()).toContain('duplicate address detection is in progress');
  expect(code()).toBe('duplicate-address');
});

test('a pattern that no link matches is no missing interface', () => {
  unnumbered.run([running('eth*').config]);
  expect(unnumbered.hindranceOf('eth*')).toBe('no-match');
  expect(unnumbered.hindranceOf('eth0')).toBeUndefined();
});

test('a default route over the link of a session is reported, once in the log until it is gone', () => {
  unnumbered.run([running('eth0').config]);
  [links, isLearned] = [[up], true];
  unnumbered.look();
  unnumbered.look();
  expect(unnumbered.learnedDefaultOf('eth0')).toContain('ip -6 route del default dev eth0 proto ra');
  expect(unnumbered.learnedDefaultOf('eth1')).toBeUndefined();
  expect(said).toEqual([expect.stringMatching(/^eth0: a default route learned from router advertisements leads over/)]);
  isLearned = false;
  unnumbered.look();
  expect(unnumbered.learnedDefaultOf('eth0')).toBeUndefined();
});

describe('with a setting that another program changes', () => {
  let proc: string;
  const path = () => join(proc, 'sys/net/ipv6/conf/eth0/accept_ra_defrtr');
  const value = () => readFileSync(path(), 'utf8');
  const start = (isSealed = false) => {
    const sealed = class extends AdvertisedDefaultRoutes {
      protected override write(name: string, value: string): string | undefined {
        return isSealed ? 'EROFS' : super.write(name, value);
      }
    };
    const view = { links: () => links, addresses: () => addresses, hasAdvertisedDefault: () => false };
    const say = { say: ({ message }: { message: string }) => void said.push(message) };
    unnumbered = new Unnumbered(
      view,
      new sealed(() => links, join(proc, 'note'), proc),
      () => {},
      say,
      () => 0,
      () => undefined,
    );
  };
  beforeEach(() => {
    proc = mkdtempSync(join(tmpdir(), 'pf-proc-'));
    mkdirSync(join(proc, 'sys/net/ipv6/conf/eth0'), { recursive: true });
    const given = { accept_ra: '1', forwarding: '0', accept_ra_defrtr: '1' };
    for (const [name, text] of Object.entries(given)) writeFileSync(join(proc, 'sys/net/ipv6/conf/eth0', name), text);
    links = [{ ...up, carrier: false }];
  });
  afterEach(() => rmSync(proc, { recursive: true }));

  test('it is set again, and reported', () => {
    start();
    unnumbered.run([running('eth0').config]);
    expect([value(), said]).toEqual(['0', []]);
    writeFileSync(path(), '1');
    unnumbered.look();
    unnumbered.look();
    expect(value()).toBe('0');
    expect(said).toEqual([expect.stringMatching(/^eth0: another program set .*accept_ra_defrtr to 1/)]);
  });

  test('it stays 0 over a restart, also before the next run knows its sessions, and is restored when none uses it', () => {
    start();
    unnumbered.run([running('eth0').config]);
    unnumbered.close(false);
    expect(value()).toBe('0');
    start();
    unnumbered.look();
    expect(value()).toBe('0');
    unnumbered.run([]);
    expect(value()).toBe('1');
  });

  test('it is restored when the agent stops for good', () => {
    start();
    unnumbered.run([running('eth0').config]);
    unnumbered.close(true);
    expect(value()).toBe('1');
  });

  test('a session that is up is not closed where the agent cannot change it', () => {
    start(true);
    links = [up];
    addresses = [linkLocal(0)];
    writeFileSync(path(), '0');
    unnumbered.run([running('eth0').config]);
    unnumbered.moved('eth0', true);
    writeFileSync(path(), '1');
    unnumbered.look();
    expect(code()).not.toBe('default-route');
    expect(said.at(-1)).toContain('the agent cannot prevent that (EROFS)');
    unnumbered.moved('eth0', false);
    unnumbered.look();
    expect(code()).toBe('default-route');
  });
});

test('a station that connects and has not advertised itself is named, with the reason why it is refused', async () => {
  unnumbered.run([running('eth0').config]);
  expect(unnumbered.refused('fe80::2%eth0')).toBe('there is no interface eth0');
  expect(unnumbered.refused('fe80::2%eth1')).toBeUndefined();
  expect(unnumbered.refused('192.0.2.2')).toBeUndefined();
});
