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
let unnumbered: Unnumbered;
beforeEach(() => {
  [links, addresses, changes] = [[], [], 0];
  unnumbered = new Unnumbered(
    { links: () => links, addresses: () => addresses },
    new AdvertisedDefaultRoutes(() => links, undefined, '/nowhere'),
    () => {
      changes++;
    },
    { say() {} },
    () => 0,
  );
});
afterEach(() => unnumbered.close());

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
    [up, 'link eth0 has no link-local address: enable IPv6 on it', 'no-link-local'],
  ] as const) {
    await turn();
    const before = changes;
    links = [link];
    unnumbered.linkChanged();
    unnumbered.linkChanged();
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
