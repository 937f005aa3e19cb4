import { transportOf } from '../../../lib/bgp/session/config';
import { sessionTo } from '../simulation';

const base = sessionTo('10.0.0.1', '10.0.0.2');

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
