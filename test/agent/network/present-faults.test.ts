import { KeyWatch } from '../../../lib/agent/network/key-watch';
import { presentFaults } from '../../../lib/agent/network/present-faults';
import type { SessionFault } from '../../../lib/bgp/session/fault';
import type { SpeakerSession } from '../../../lib/bgp/speaker';
import { IpAddress } from '../../../lib/model/address';
import { sure } from '../../../lib/model/problem';

const links = [{ index: 2, name: 'eth0', up: true, carrier: true }];
const addresses = [{ interface: 2, address: sure(IpAddress.parse('10.0.0.1')), length: 24 }];
const carried = [
  { key: 'k', localAddress: sure(IpAddress.parse('10.0.0.1')), remoteAddress: sure(IpAddress.parse('10.0.0.2')) },
];
const NOW = 60_000;

/** A watch that saw packets with another key at this time. */
function keysGrownAt(at: number): KeyWatch {
  let failures = 0;
  const keys = new KeyWatch(() => `TcpExt: TCPMD5Failure\nTcpExt: ${failures++}\n`);
  keys.look(at - 2_000);
  keys.look(at);
  return keys;
}
const fault = (kind: SessionFault['kind'], at: number): SessionFault => ({ kind, at, direction: 'local', text: kind });
const session = (more: Partial<SpeakerSession> = {}): SpeakerSession =>
  ({ key: 'k', localAddress: '10.0.0.1', remoteAddress: '10.0.0.2', state: 'Connect', faults: [], ...more }) as never;
const found = (one: SpeakerSession, { isSigned = true, grewAt = 50_000, has = addresses } = {}) =>
  presentFaults(
    [one],
    new Map(isSigned ? [['k', { isSigned, isSecured: false }]] : []),
    { addresses: has, links, keys: keysGrownAt(grewAt), carried },
    NOW,
  ).get('k')?.kind;

describe('what an agent adds to the faults of a session', () => {
  test.each<[string, Partial<SpeakerSession>, SessionFault['kind'] | undefined]>([
    ['has heard nothing yet', {}, 'key'],
    ['hears nothing', { faults: [fault('silence', 55_000)] }, 'key'],
    ['ended before, without a word since', { ended: { at: 40_000 }, faults: [fault('said', 40_000)] }, 'key'],
    [
      'was refused by its neighbour, which must have the key for that',
      { faults: [fault('network', 55_000)] },
      undefined,
    ],
    ['was told something', { faults: [fault('said', 45_000)] }, undefined],
    [
      'was told something before, and hears nothing since',
      { faults: [fault('said', 40_000), fault('silence', 55_000)] },
      'key',
    ],
    [
      'was told something after that, and hears nothing since',
      { faults: [fault('said', 52_000), fault('silence', 55_000)] },
      undefined,
    ],
    ['ended after that', { ended: { at: 52_000 } }, undefined],
    ['has its connection', { state: 'OpenSent' }, undefined],
    ['is up', { state: 'Established' }, undefined],
    ['is kept down', { down: 'a secret is missing' }, undefined],
  ])('tells a session that must have the right key from one that may not: it %s', (_, more, kind) => {
    expect(found(session(more))).toBe(kind);
  });

  test('is no key where it has none', () => {
    expect(found(session(), { isSigned: false })).toBeUndefined();
  });

  test('is a TTL that is too low also where there is a connection, over which nothing comes', () => {
    let drops = 0;
    const keys = new KeyWatch(() => `TcpExt: TCPMinTTLDrop\nTcpExt: ${drops++}\n`);
    const machine = { addresses, links, keys, carried };
    const secured = new Map([['k', { isSigned: false, isSecured: true }]]);
    for (const at of [40_000, 50_000]) keys.look(at);
    const of = (state: SpeakerSession['state'], asked: typeof secured) =>
      presentFaults([session({ state })], asked, machine, NOW).get('k')?.text;
    for (const state of ['Connect', 'OpenSent'] as const) expect(of(state, secured)).toContain('too low a TTL');
    expect(of('OpenConfirm', secured)).toBeUndefined();
    expect(of('OpenSent', new Map())).toBeUndefined();
  });

  test('is its own address before all else', () => {
    expect(found(session(), { has: [] })).toBe('ours');
  });
});
