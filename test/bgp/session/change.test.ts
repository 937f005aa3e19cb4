import { evaluatedAnew } from '../../../lib/bgp/rib/peer-change';
import { ribPeerOf } from '../../../lib/bgp/rib-peer';
import { changedFields, changeOf } from '../../../lib/bgp/session/change';
import type { AsPair, SessionConfig } from '../../../lib/bgp/session/config';
import { IpAddress } from '../../../lib/model/address';
import { Prefix } from '../../../lib/model/prefix';
import { sure } from '../../../lib/model/problem';
import { sessionTo } from '../simulation';

const ip = (text: string) => sure(IpAddress.parse(text));
const base = sessionTo('10.0.0.1', '10.0.0.2');
const change = (more: Partial<SessionConfig>, current?: AsPair) => changeOf(base, { ...base, ...more }, current).cost;
const old: AsPair = { localAs: 64512, remoteAs: 64512 };
const next: AsPair = { localAs: 65000, remoteAs: 65000 };

/** Another value of each field. */
const OTHERS: Readonly<Required<SessionConfig>> = {
  key: 'other',
  name: 'other',
  reason: 'other',
  localAddress: ip('10.0.0.9'),
  remoteAddress: ip('10.0.0.9'),
  port: 1179,
  listenPort: 1179,
  interface: 'eth0',
  acceptable: [next],
  routerId: 9,
  families: ['ipv6 unicast'],
  dial: 'never',
  holdTime: 30,
  keepaliveTime: 10,
  connectRetryTime: 9,
  multihop: true,
  gtsmHops: 1,
  authentication: 'env:KEY',
  otherAuthentications: [null],
  bfd: {
    ...{ transmitInterval: 300, receiveInterval: 300, detectMultiplier: 3, passive: false },
    ...{ multihop: false, minimumTtl: 255, strict: false },
  },
  role: 'peer',
  strictRole: true,
  gracefulRestartTime: 9,
  addPath: { receive: ['ipv4 unicast'], send: [] },
  extendedNextHop: true,
  adminDown: 'maintenance',
  blocked: 'no secret',
  unnumbered: true,
  awaitsNeighbour: 'nobody is there',
  template: 'other',
  retiring: true,
  yields: true,
  leavesMore: true,
  inside: false,
  importPolicy: { rules: [], otherwise: 'reject' },
  exportPolicy: { rules: [], otherwise: 'reject' },
  nextHop: 'self',
  routeReflectorClient: true,
  allowOwnAs: 1,
  maxPrefixes: 9,
  maxPrefixWarning: 9,
  maxPrefixRestart: 9,
  maxRouteMemory: 9,
  nodeAs: 65009,
  localAsPrepend: 'both',
  refuseAsSets: true,
  gracefulShutdown: true,
  localAddresses: { ipv4: ip('10.0.0.9') },
};

describe('a change of configuration', () => {
  test('of what a session is called, why it is there and who dials, does nothing to it', () => {
    expect(change({ name: 'x', reason: 'y', dial: 'never', retiring: true }, old)).toBe('none');
  });

  test('of policy retunes it; equal policies are no change, whoever made them', () => {
    const rules = () => [{ prefix: sure(Prefix.parse('10.0.0.0/8')), action: 'accept' as const }];
    const filtered = { ...base, importPolicy: { rules: rules(), otherwise: 'reject' as const } };
    expect(changeOf(base, filtered, old)).toMatchObject({ cost: 're-evaluate', words: 'import policy' });
    expect(changedFields(filtered, { ...base, importPolicy: { rules: rules(), otherwise: 'reject' } })).toEqual([]);
  });

  test('of what was negotiated resets it, unless the neighbour does', () => {
    expect(change({ holdTime: 30 }, old)).toBe('reset');
    expect(change({ holdTime: 30, yields: true }, old)).toBe('none');
    expect(change({ multihop: true, yields: true }, old)).toBe('reset');
    expect(change({ families: ['ipv6 unicast'], importPolicy: { rules: [], otherwise: 'reject' } }, old)).toBe('reset');
  });

  test('of acceptable AS numbers resets it only where it must move, and on one side of the two', () => {
    const dials = { dial: 'first' as const };
    expect(change({ ...dials, acceptable: [old, next] }, old)).toBe('none');
    expect(change({ ...dials, acceptable: [next, old] }, old)).toBe('reset');
    expect(change({ acceptable: [next, old] }, old)).toBe('re-evaluate');
    expect(change({ acceptable: [{ ...old, localAs: 65000 }, old] }, old)).toBe('reset');
    expect(change({ ...dials, acceptable: [{ ...old, remoteAs: 65000 }, old] }, old)).toBe('re-evaluate');
    expect(change({ ...dials, acceptable: [next, old] }, next)).toBe('re-evaluate');
    expect(change({ acceptable: [next] }, old)).toBe('reset');
    expect(change({ acceptable: [next] })).toBe('re-evaluate');
  });

  test('that takes the unused numbers away leaves a session alone that had fallen back', () => {
    const before = { ...base, acceptable: [next, old] };
    const after = { ...base, acceptable: [next, old, { localAs: 1, remoteAs: 2 }] };
    expect(changeOf(before, after, old).cost).toBe('none');
  });

  test('of the AS number that an outside neighbour should have does nothing while it may have the former one', () => {
    const outside = { ...base, inside: false };
    const acceptable = [{ ...old, remoteAs: 65000 }, old];
    expect(changeOf(outside, { ...outside, acceptable }, old).cost).toBe('none');
    expect(changeOf({ ...outside, acceptable }, { ...outside, acceptable: [acceptable[0]] }, old).cost).toBe('reset');
  });

  test('of what has no bearing on it does nothing: the order of families, an own address that no route of it can have, why it is down', () => {
    const both = { ...base, families: ['ipv4 unicast', 'ipv6 unicast'] as const };
    expect(changeOf(both, { ...both, families: ['ipv6 unicast', 'ipv4 unicast'] }, old).cost).toBe('none');
    const addresses = { ...base.localAddresses, ipv6: ip('fd00::1') };
    expect(change({ localAddresses: addresses }, old)).toBe('none');
    expect(changeOf(both, { ...both, localAddresses: addresses }, old)).toMatchObject({ cost: 're-evaluate' });
    const down = { ...base, adminDown: 'maintenance' };
    expect(changeOf(down, { ...down, adminDown: 'later', holdTime: 30 }).cost).toBe('none');
    expect(changeOf(base, { ...down, holdTime: 30 }, old)).toMatchObject({ cost: 'reset', words: 'admin-down' });
  });

  test.each(Object.entries(OTHERS) as [keyof SessionConfig, unknown][])(
    'of %s is told where the routing table evaluates routes anew, or counts otherwise',
    (field, value) => {
      const after = { ...base, [field]: value };
      const peers = [base, after].map((config) => {
        const [{ localAs, remoteAs }] = base.acceptable;
        return ribPeerOf(config, localAs, remoteAs, false);
      });
      const { cost, fields } = changeOf(base, after, old);
      expect(fields).toContain(field);
      const [was, is] = peers.map(({ name: _, ...rest }) => JSON.stringify(rest));
      if (was !== is) expect(cost).not.toBe('none');
      if (evaluatedAnew(peers[0], peers[1]).size > 0) expect(['re-evaluate', 'reset']).toContain(cost);
    },
  );
});
