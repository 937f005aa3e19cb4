import {
  type AsPair,
  CHANGE,
  changedFields,
  changeOf,
  type SessionConfig,
  transportOf,
} from '../../../lib/bgp/session/config';
import { Prefix } from '../../../lib/model/prefix';
import { sure } from '../../../lib/model/problem';
import { sessionTo } from '../simulation';

const base = sessionTo('10.0.0.1', '10.0.0.2');
const change = (more: Partial<SessionConfig>, current?: AsPair) => changeOf(base, { ...base, ...more }, current);
const old: AsPair = { localAs: 64512, remoteAs: 64512 },
  next: AsPair = { localAs: 65000, remoteAs: 65000 };

describe('a change of configuration', () => {
  test('of what a session is called, why it is there and who dials, does nothing to it', () => {
    expect(change({ name: 'x', reason: 'y', dial: 'never', retiring: true }, old)).toBe('none');
  });

  test('of policy retunes it; equal policies are no change, whoever made them', () => {
    const rules = () => [{ prefix: sure(Prefix.parse('10.0.0.0/8')), action: 'accept' as const }];
    const filtered = { ...base, importPolicy: { rules: rules(), otherwise: 'reject' as const } };
    expect(changeOf(base, filtered, old)).toBe('retune');
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
    expect(change({ acceptable: [next, old] }, old)).toBe('none');
    expect(change({ acceptable: [{ ...old, localAs: 65000 }, old] }, old)).toBe('reset');
    expect(change({ ...dials, acceptable: [{ ...old, remoteAs: 65000 }, old] }, old)).toBe('none');
    expect(change({ ...dials, acceptable: [next, old] }, next)).toBe('none');
    expect(change({ acceptable: [next] }, old)).toBe('reset');
    expect(change({ acceptable: [next] })).toBe('none');
  });

  test('that takes the unused numbers away leaves a session alone that had fallen back', () => {
    const before = { ...base, acceptable: [next, old] };
    expect(changeOf(before, { ...base, acceptable: [next, old, { localAs: 1, remoteAs: 2 }] }, old)).toBe('none');
  });

  test('is known for every field', () => {
    for (const field of Object.keys(base)) expect(CHANGE).toHaveProperty(field);
  });
});

describe('sockets', () => {
  const outside = { acceptable: [{ localAs: 64512, remoteAs: 65001 }] };

  test('send with TTL 1 to a neighbour of another AS, 64 to a distant one, and as the system does within the AS', () => {
    expect(transportOf({ ...base, ...outside })).toEqual({ ttl: 1 });
    expect(transportOf({ ...base, ...outside, multihop: true })).toEqual({ ttl: 64 });
    expect(transportOf(base)).toEqual({});
  });

  test('send and want 255 under GTSM, less a hop for each that is allowed (RFC 5082)', () => {
    expect(transportOf({ ...base, gtsmHops: 1 })).toEqual({ ttl: 255, minTtl: 255 });
    expect(transportOf({ ...base, ...outside, gtsmHops: 3 })).toEqual({ ttl: 255, minTtl: 253 });
  });

  test('know the name of a secret, never its value', () => {
    expect(transportOf({ ...base, authentication: 'rack1#2', interface: 'eth0' })).toEqual({
      authentication: 'rack1#2',
      interface: 'eth0',
    });
  });
});
