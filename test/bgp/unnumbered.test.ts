import type { Effect } from '../../lib/bgp/effects';
import { changeOf } from '../../lib/bgp/session/change';
import type { SessionConfig } from '../../lib/bgp/session/config';
import { pairFor } from '../../lib/bgp/session/negotiation';
import { Speaker } from '../../lib/bgp/speaker';
import { IpAddress } from '../../lib/model/address';
import { sure } from '../../lib/model/problem';
import { sessionTo } from './simulation';

const ip = (text: string) => sure(IpAddress.parse(text));
const EXTERNAL = { inside: false, dial: 'first' as const };
/** A session over a link without addresses, at the end with `local`. */
const over = (local: string, remote: string, more: Partial<SessionConfig> = {}): SessionConfig =>
  sessionTo(local, remote, {
    ...{ ...EXTERNAL, key: 'n1/local%eth0 n1%eth0 179', interface: 'eth0', unnumbered: true, extendedNextHop: true },
    families: ['ipv4 unicast', 'ipv6 unicast'],
    acceptable: [{ localAs: 64512, remoteAs: 4294967294, anyExternal: true }],
    localAddresses: { ipv6: ip(local) },
    routerId: 1,
    ...more,
  });
const WAITING = { awaitsNeighbour: 'nobody is there' };

describe('a session over a link without addresses', () => {
  let speaker: Speaker;
  let now = 0;
  const configure = (...sessions: SessionConfig[]): readonly Effect[] => [
    ...speaker.handle({ kind: 'configure', routing: { routerId: 1 }, sessions }, ++now),
  ];
  const dialled = (effects: readonly Effect[]) =>
    effects.flatMap((one) => (one.kind === 'connect' ? [`${one.local} ${one.remote} ${one.transport.interface}`] : []));
  beforeEach(() => {
    speaker = new Speaker({ seed: 1 });
  });

  test('waits without its neighbour, says why, and dials it on the link as soon as it is known', () => {
    expect(dialled(configure(over('::', '::', WAITING)))).toEqual([]);
    expect(speaker.status(now)).toMatchObject([{ state: 'Idle', down: 'nobody is there', downBy: 'awaits-neighbour' }]);
    expect(dialled(configure(over('fe80::1', 'fe80::2')))).toEqual(['fe80::1 fe80::2 eth0']);
    expect(speaker.status(now)).toHaveLength(1);
  });

  test('is closed when its neighbour is lost, and dials the next one', () => {
    configure(over('fe80::1', 'fe80::2'));
    expect(configure(over('fe80::1', 'fe80::2', WAITING)).map(({ kind }) => kind)).toContain('close');
    expect(dialled(configure(over('fe80::1', 'fe80::3')))).toEqual(['fe80::1 fe80::3 eth0']);
    expect(speaker.status(now)).toMatchObject([{ remoteAddress: 'fe80::3' }]);
  });

  test('is that of the link on which a neighbour connects, if others have the same addresses', () => {
    const links = ['eth0', 'eth1'].map((name) =>
      over('fe80::1', 'fe80::2', { key: name, interface: name, dial: 'never' }),
    );
    configure(...links);
    const accept = (connection: number, link: string) =>
      speaker.handle({ kind: 'accepted', connection, local: `fe80::1%${link}`, remote: `fe80::2%${link}` }, ++now);
    accept(1, 'eth1');
    expect(speaker.status(now).map(({ key, state }) => [key, state])).toEqual([
      ['eth0', 'Active'],
      ['eth1', 'OpenSent'],
    ]);
    expect(accept(3, 'eth2').map(({ kind }) => kind)).toContain('close');
  });
});

describe('a neighbour in any AS but ours', () => {
  const { acceptable } = over('fe80::1', 'fe80::2');

  test('is in the AS that its OPEN says; one in ours is refused', () => {
    expect(pairFor(acceptable, 65001)).toEqual({ localAs: 64512, remoteAs: 65001 });
    expect(pairFor(acceptable, 65001, acceptable[0])).toEqual({ localAs: 64512, remoteAs: 65001 });
    expect(pairFor(acceptable, 64512)).toBeUndefined();
  });

  test('may be named, or no longer, while it is up: the session stays unless its AS is another one', () => {
    const [any, one, ours] = [
      over('fe80::1', 'fe80::2'),
      over('fe80::1', 'fe80::2', { acceptable: [{ localAs: 64512, remoteAs: 65001 }] }),
      over('fe80::1', 'fe80::2', { acceptable: [{ localAs: 64512, remoteAs: 64512 }] }),
    ];
    const up = (remoteAs: number) => ({ localAs: 64512, remoteAs });
    expect(changeOf(any, one, up(65001)).cost).toBe('none');
    expect(changeOf(one, any, up(65001)).cost).toBe('none');
    expect(changeOf(any, one, up(65002)).cost).toBe('reset');
    expect(changeOf(ours, any, up(64512)).cost).toBe('reset');
  });

  test('is told of our new AS number at once, also where it is the one that connects', () => {
    const [old, next] = [64512, 65009].map(
      (localAs) => ({ localAs, remoteAs: 4294967294, anyExternal: true }) as const,
    );
    const [was, is] = [[old], [next, old]].map((acceptable) =>
      over('fe80::1', 'fe80::2', { acceptable, dial: 'never' }),
    );
    expect(changeOf(was, is, { localAs: 64512, remoteAs: 65001 }).cost).toBe('reset');
  });
});
