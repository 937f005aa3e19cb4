import { isLeak, isOnlyForOthers, missingOnlyToCustomer } from '../../../lib/bgp/rib/only-to-customer';
import { PeerState } from '../../../lib/bgp/rib/peer';
import { AttributeFacts, MARK } from '../../../lib/bgp/rib/table/attribute-facts';
import { RibTables } from '../../../lib/bgp/rib/tables';
import type { RoleName } from '../../../lib/bgp/session/config';
import { context, OWN_AS, peer } from './world';

type Role = RoleName | undefined;
const ROLES: readonly Role[] = ['customer', 'provider', 'peer', 'routeServer', 'routeServerClient', undefined];
const FROM_AS = 65001;

/** A neighbour towards which this node has a role, with its session up. */
function neighbour(number: number, as: number, role: Role): PeerState {
  const config = peer(number, as, role ? { role } : {});
  const state = new PeerState(number, config);
  state.setContext(context(config));
  return state;
}

/** A route from a neighbour towards which this node has a role, or of its own (`own`), with these marks. */
function route(from: Role | 'own', marks = 0) {
  const tables = new RibTables();
  const number = from === 'own' ? 0 : 1;
  if (from !== 'own') tables.peers[1] = neighbour(1, FROM_AS, from);
  const facts = new AttributeFacts();
  facts.marks = marks;
  const octets = Uint8Array.of(1);
  const set = tables.attributes.add(tables.attributes.hash(octets, 0, 1, 4), 4, octets, 0, 1, 0, facts, 0, number);
  return { tables, set };
}

/** For each role of this node towards the neighbour that it advertises to: what is said of a route. */
const towards = <T>(told: (to: PeerState) => T) =>
  Object.fromEntries(ROLES.map((role) => [role ?? 'none', told(neighbour(2, 65002, role))]));

describe('a route with ONLY_TO_CUSTOMER (RFC 9234 section 5)', () => {
  const [marked, ofAnother] = [MARK.onlyToCustomer, MARK.onlyToCustomer | MARK.foreignOnlyToCustomer];

  test('is a leak from a customer or a client of a route server, and from a peer that did not add it itself', () => {
    expect(towards((from) => [isLeak(marked, from), isLeak(ofAnother, from)])).toEqual({
      customer: [false, false],
      provider: [true, true],
      peer: [false, true],
      routeServer: [true, true],
      routeServerClient: [false, false],
      none: [false, false],
    });
  });

  test('is none where it has no such mark, whatever else it has', () => {
    for (const role of ROLES) expect(isLeak(MARK.noExport | MARK.ipv6, neighbour(2, 65002, role))).toBe(false);
  });

  test('keeps its AS number on the way', () => {
    const { tables, set } = route('customer', marked);
    expect(new Set(Object.values(towards((to) => missingOnlyToCustomer(tables, set, to))))).toEqual(new Set([0]));
  });

  test('goes to customers and to clients of a route server alone', () => {
    const { tables, set } = route('own', marked);
    expect(towards((to) => isOnlyForOthers(tables, set, to))).toEqual({
      customer: true,
      provider: false,
      peer: true,
      routeServer: false,
      routeServerClient: true,
      none: false,
    });
  });
});

describe('a route without ONLY_TO_CUSTOMER (RFC 9234 section 5)', () => {
  test.each<Role>(['customer', 'peer', 'routeServerClient'])(
    'from above or beside (%s) gets the AS number of its neighbour, and goes to customers alone',
    (from) => {
      const { tables, set } = route(from);
      expect(new Set(Object.values(towards((to) => missingOnlyToCustomer(tables, set, to))))).toEqual(
        new Set([FROM_AS]),
      );
      expect(missingOnlyToCustomer(tables, set, undefined)).toBe(FROM_AS);
      expect(ROLES.filter((role) => isOnlyForOthers(tables, set, neighbour(2, 65002, role)))).toEqual([
        'customer',
        'peer',
        'routeServerClient',
      ]);
    },
  );

  test.each<Role | 'own'>(['own', 'provider', 'routeServer', undefined])(
    'from below or from this node (%s) gets the own AS number towards customers and peers, and goes to all',
    (from) => {
      const { tables, set } = route(from);
      expect(towards((to) => missingOnlyToCustomer(tables, set, to))).toEqual({
        customer: 0,
        provider: OWN_AS,
        peer: OWN_AS,
        routeServer: OWN_AS,
        routeServerClient: 0,
        none: 0,
      });
      expect(missingOnlyToCustomer(tables, set, undefined)).toBe(0);
      expect(ROLES.filter((role) => isOnlyForOthers(tables, set, neighbour(2, 65002, role)))).toEqual([]);
    },
  );

  test('gets the AS number that its neighbour has negotiated, and the configured one after that has gone down', () => {
    const { tables, set } = route('customer');
    const from = tables.peers[1]!;
    from.setContext(context(from.config, { peerAs: 65009 }));
    expect(missingOnlyToCustomer(tables, set, undefined)).toBe(65009);
    from.setContext(undefined);
    expect(missingOnlyToCustomer(tables, set, undefined)).toBe(FROM_AS);
  });

  test('is not concerned by a role towards a neighbour in the own AS, where roles mean nothing', () => {
    const { tables, set } = route('customer');
    const inside = neighbour(2, OWN_AS, 'peer');
    expect([
      isLeak(MARK.onlyToCustomer | MARK.foreignOnlyToCustomer, inside),
      isOnlyForOthers(tables, set, inside),
    ]).toEqual([false, false]);
  });
});
