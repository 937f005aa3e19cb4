import fc from 'fast-check';
import type { RibPeer } from '../../../lib/bgp/rib/peer';
import { evaluatedAnew } from '../../../lib/bgp/rib/peer-change';
import type { FilterRule } from '../../../lib/model/filter';
import { ip, OWN_AS, peer, prefixOf } from './world';

const BEFORE = peer(1, 65001);
/** What is evaluated again when this changes, in a word each. */
const anew = (change: Partial<RibPeer>, before: Partial<RibPeer> = {}) =>
  [...evaluatedAnew({ ...BEFORE, ...before }, { ...BEFORE, ...before, ...change })].sort().join(' ');

const policy = (otherwise: 'accept' | 'reject', ...rules: FilterRule[]) => ({ rules, otherwise });
const OUTSIDE = { inside: false } as const;

describe('what is evaluated again when the configuration of a neighbour changes', () => {
  test.each<[string, Partial<RibPeer>, string]>([
    ['its name', { name: 'other' }, ''],
    ['its limits', { maxPrefixes: 9, maxRouteMemory: 9, group: 'some' }, ''],
    ['the name of its link', { interface: 'eth1' }, ''],
    ['its address, the last tie-breaker', { address: ip('192.0.2.9') }, 'order'],
    ['our end', { localAddress: ip('192.0.2.253') }, 'order'],
    ['an address of the node', { localAddresses: { ipv4: ip('192.0.2.254') } }, 'order'],
    ['its next hops', { nextHops: { ipv4: ip('192.0.2.253') } }, 'order'],
    ['its import policy', { importPolicy: policy('reject') }, 'imports'],
    ['its export policy', { exportPolicy: policy('reject') }, 'exports'],
    ['how its next hop is chosen', { nextHop: 'self' }, 'exports'],
    ['how often the own AS may be in a path', { allowOwnAs: 1 }, 'imports'],
    ['whether its next hops must be on the link', { singleHop: true }, 'imports'],
    ['whether AS_SETs are refused (RFC 9774)', { refuseAsSets: true }, 'imports'],
    ['the AS number that it moves to', { migrationAs: 65002 }, 'imports'],
    ['its role (RFC 9234)', { role: 'peer' }, 'exports imports'],
    ['the AS number of the node (RFC 7705)', { nodeAs: 65010 }, 'exports imports'],
    ['how both AS numbers are shown (RFC 7705)', { localAsPrepend: 'both' }, 'exports imports'],
    ['graceful shutdown (RFC 8326)', { gracefulShutdown: true }, 'exports imports'],
    ['whether it is a client, which concerns others, too (RFC 4456)', { routeReflectorClient: true }, 'reflection'],
  ])('is what that concerns: %s', (_, change, parts) => {
    expect(anew(change)).toBe(parts);
  });

  test('is all that concerns one of several changes', () => {
    expect(anew({ allowOwnAs: 1, nextHop: 'self', address: ip('192.0.2.9'), routeReflectorClient: true })).toBe(
      'exports imports order reflection',
    );
  });

  test('is nothing where a policy or an address is another object that says the same', () => {
    const rule = (): FilterRule => ({ action: 'reject', prefix: prefixOf('10.0.0.0/8') }) as FilterRule;
    const before = { importPolicy: policy('accept', rule()), exportPolicy: policy('accept', rule()) };
    const same = { importPolicy: policy('accept', rule()), exportPolicy: policy('accept', rule()) };
    expect(anew({ ...same, address: ip('192.0.2.1'), localAddress: ip('192.0.2.254') }, before)).toBe('');
    expect(anew({ importPolicy: policy('accept') }, before)).toBe('imports');
  });

  test('is both ways where an AS number or a move makes a neighbour one from outside, or no more (RFC 8212)', () => {
    expect(anew({ inside: false })).toBe('exports imports');
    expect(anew({ peerAs: 65002 }, OUTSIDE)).toBe('');
    expect(anew({ peerAs: OWN_AS }, OUTSIDE)).toBe('exports imports');
    expect(anew({ localAs: 65001 }, OUTSIDE)).toBe('exports imports');
    expect(anew({ peerAs: 65002 })).toBe('');
  });

  test('leaves paths alone whose neighbour has moved to its new AS number, until it has repeated them', () => {
    const moving = { migrationAs: 65002 };
    expect(anew({ migrationAs: undefined }, moving)).toBe('imports');
    expect(anew({ migrationAs: undefined, peerAs: 65002 }, moving)).toBe('');
    expect(anew({ migrationAs: undefined, localAs: 65002 }, moving)).toBe('');
  });

  test('is nothing without a change, and the same for a change and its reverse', () => {
    const config = fc.record(
      {
        inside: fc.boolean(),
        peerAs: fc.constantFrom(OWN_AS, 65001, 65002),
        migrationAs: fc.constantFrom(undefined, 65002),
        address: fc.constantFrom('192.0.2.1', '192.0.2.9').map(ip),
        nextHop: fc.constantFrom('auto', 'self', 'keep' as const),
        exportPolicy: fc.constantFrom('accept', 'reject' as const).map((otherwise) => policy(otherwise)),
        routeReflectorClient: fc.boolean(),
        role: fc.constantFrom(undefined, 'peer', 'customer' as const),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(config, config, (some, others) => {
        const [a, b] = [some, others].map((more) => peer(1, 65001, more as Partial<RibPeer>));
        expect([...evaluatedAnew(a, { ...a })]).toEqual([]);
        expect([...evaluatedAnew(a, b)].sort()).toEqual([...evaluatedAnew(b, a)].sort());
      }),
    );
  });
});
