import { type BestRouteChange, Rib, type RibPeer } from '../../../lib/bgp/rib/rib';
import type { WireContext } from '../../../lib/bgp/wire/context';
import { type PathAttributes, SEGMENT } from '../../../lib/bgp/wire/path-attributes';
import { takenChanges } from './taken-changes';
import {
  BOTH,
  context,
  endOf,
  feed,
  ip,
  Listener,
  messages,
  mirrored,
  OWN_AS,
  peer,
  prefixOf,
  ROUTER_ID,
  updates,
} from './world';

const P1 = prefixOf('10.1.0.0/16');
const P2 = prefixOf('10.2.0.0/16');
const P3 = prefixOf('10.3.0.0/16');
const V6 = prefixOf('2001:db8:1::/48');

const path = (...members: number[]) => (members.length === 0 ? [] : [{ type: SEGMENT.sequence, members }]);
const route = (more: Partial<PathAttributes> = {}): PathAttributes => ({
  origin: 0,
  asPath: path(65001),
  nextHop: ip('198.51.100.1').bytes,
  ...more,
});

/** A RIB with some neighbours, all up unless said otherwise. */
function world(configs: readonly RibPeer[], more: Partial<WireContext> = {}, options = {}) {
  const rib = new Rib({ routerId: ROUTER_ID, ...options });
  const ids = configs.map((config) => rib.addPeer(config));
  const contexts = configs.map((config) => context(config, more));
  const up = (n: number) => {
    rib.peerUp(ids[n], { ...contexts[n], peerRouterId: 0x0b000000 + n });
    return new Listener(contexts[n]);
  };
  const listeners = configs.map((_, n) => up(n));
  const announce = (n: number, attributes: PathAttributes, ...prefixes: (typeof P1)[]) =>
    feed(rib, ids[n], updates(contexts[n], prefixes, attributes));
  const withdraw = (n: number, ...prefixes: (typeof P1)[]) => feed(rib, ids[n], updates(contexts[n], prefixes));
  const heard = (n: number) => {
    listeners[n].listen(rib, ids[n]);
    return listeners[n];
  };
  const changes = () => {
    const all: BestRouteChange[] = [];
    for (const change of takenChanges(rib)) all.push(change);
    return all.map(({ prefix, nextHops, peer: number }) => `${prefix} ${nextHops?.join('+') ?? 'gone'} ${number}`);
  };
  return { rib, ids, contexts, listeners, up, announce, withdraw, heard, changes };
}

describe('routes that come in', () => {
  test('become best routes, and go when they are withdrawn', () => {
    const { announce, withdraw, changes } = world([peer(1, 65001)]);
    announce(0, route(), P1, P2);
    expect(changes()).toEqual(['10.1.0.0/16 198.51.100.1 1', '10.2.0.0/16 198.51.100.1 1']);
    withdraw(0, P1);
    expect(changes()).toEqual(['10.1.0.0/16 gone 0']);
  });

  test('are told as changes with their latest state only', () => {
    const { announce, withdraw, changes } = world([peer(1, 65001)]);
    announce(0, route(), P1, P2);
    announce(0, route({ nextHop: ip('198.51.100.2').bytes }), P1);
    withdraw(0, P2);
    expect(changes()).toEqual(['10.1.0.0/16 198.51.100.2 1']);
  });

  test('may be taken a few at a time', () => {
    const { rib, announce } = world([peer(1, 65001)]);
    announce(0, route(), P1, P2);
    const seen: string[] = [];
    seen.push(String(rib.takeChange()?.prefix));
    expect(seen).toEqual(['10.1.0.0/16']);
    expect(rib.hasChanges).toBe(true);
    seen.push(String(rib.takeChange()?.prefix));
    expect(seen).toEqual(['10.1.0.0/16', '10.2.0.0/16']);
    expect(rib.hasChanges).toBe(false);
  });

  test('are withdrawn where RFC 7606 treats the message so, and the verdict says why', () => {
    const { rib, ids, contexts, announce, changes } = world([peer(1, 65001)]);
    announce(0, route(), P1, P2);
    changes();
    const [body] = updates(contexts[0], [P1], route());
    body[body.indexOf(0x40) + 3] = 9; // ORIGIN 9
    expect(rib.update(ids[0], body, 0, body.length)).toMatchObject({ kind: 'treat-as-withdraw' });
    expect(changes()).toEqual(['10.1.0.0/16 gone 0']);
  });

  test('of IPv6 are withdrawn in the same way, those of IPv4 beside them stay', () => {
    const { rib, ids, contexts, announce, changes } = world([peer(1, 65001)]);
    announce(0, route(), P1);
    announce(0, route({ nextHop: ip('2001:db8:f::1').bytes }), V6);
    changes();
    const [body] = updates(contexts[0], [V6], route({ nextHop: ip('2001:db8:f::1').bytes }));
    body[body.length - 10] = 9; // ORIGIN, in front of an AS_PATH of 9 octets
    expect(rib.update(ids[0], body, 0, body.length)).toMatchObject({ kind: 'treat-as-withdraw' });
    expect(changes()).toEqual(['2001:db8:1::/48 gone 0']);
  });

  test('keep the verdict of attributes that were discarded, also when the same set comes again', () => {
    const { announce, changes } = world([peer(1, 65001)]);
    const attributes = route({ localPref: 500 }); // from an external neighbour
    expect(announce(0, attributes, P1).kind).toBe('attribute-discard');
    expect(announce(0, attributes, P2).kind).toBe('attribute-discard');
    expect(changes()).toHaveLength(2);
  });

  test('with a loop are kept, but not used', () => {
    const { rib, ids, announce, changes } = world([peer(1, 65001)]);
    announce(0, route({ asPath: path(65001, OWN_AS) }), P1);
    expect(changes()).toEqual([]);
    expect(rib.view.counts(ids[0])['ipv4 unicast']).toMatchObject({ received: 1, accepted: 0, advertised: 0 });
    rib.changePeer(ids[0], peer(1, 65001, { allowOwnAs: 1 }));
    expect(changes()).toEqual(['10.1.0.0/16 198.51.100.1 1']);
  });

  test('with a next hop that is this node itself are not used', () => {
    const { announce, changes } = world([peer(1, 65001)]);
    announce(0, route({ nextHop: ip('192.0.2.254').bytes }), P1);
    expect(changes()).toEqual([]);
  });

  test('from an outside eBGP neighbour without a policy are not used (RFC 8212)', () => {
    const outside = peer(1, 65001, { inside: false, importPolicy: undefined, exportPolicy: undefined });
    const { rib, announce, changes, heard } = world([outside]);
    announce(0, route(), P1);
    rib.originate(P2);
    expect(changes()).toEqual(['10.2.0.0/16  0']);
    expect(heard(0).routes.size).toBe(0);
  });

  test('of both families go through one session', () => {
    const { announce, changes, heard } = world([peer(1, 65001), peer(2, OWN_AS)]);
    announce(0, route(), P1);
    announce(0, route({ nextHop: ip('2001:db8:f::1').bytes }), V6);
    expect(changes()).toEqual(['10.1.0.0/16 198.51.100.1 1', '2001:db8:1::/48 2001:db8:f::1 1']);
    expect([...heard(1).routes.keys()]).toEqual(['10.1.0.0/16', '2001:db8:1::/48']);
  });

  test('may be several to one prefix under ADD-PATH, each withdrawn on its own', () => {
    const addPath = new Set(['ipv4 unicast'] as const);
    const { rib, ids, changes } = world([peer(1, 65001)], { addPathReceive: addPath });
    const announceAs = (pathId: number, withdraw: boolean, hop: string) => {
      const plain = updates(context(peer(1, 65001)), [P1], withdraw ? undefined : route({ nextHop: ip(hop).bytes }))[0];
      // The prefix is the last of an announcement and the first of a withdrawal; its path identifier goes before it.
      const at = withdraw ? 2 : plain.length - 3;
      const body = Uint8Array.of(...plain.slice(0, at), 0, 0, 0, pathId, ...plain.slice(at));
      if (withdraw) body[1] += 4;
      expect(rib.update(ids[0], body, 0, body.length).kind).toBe('accept');
    };
    announceAs(1, false, '198.51.100.1');
    announceAs(2, false, '198.51.100.2');
    expect(rib.view.size.paths).toBe(2);
    expect(changes()).toEqual(['10.1.0.0/16 198.51.100.1 1']);
    announceAs(1, true, '');
    expect(changes()).toEqual(['10.1.0.0/16 198.51.100.2 1']);
    rib.peerDown(ids[0], { retain: false });
    expect(changes()).toEqual(['10.1.0.0/16 gone 0']);
  });

  test('are too many where the limit says so', () => {
    const { rib, ids, announce, withdraw } = world([peer(1, 65001, { maxPrefixes: 1 })]);
    announce(0, route(), P1);
    expect(rib.view.limitReached(ids[0])).toBe(false);
    announce(0, route(), P2);
    expect(rib.view.limitReached(ids[0])).toBe(true);
    withdraw(0, P1);
    expect(rib.view.limitReached(ids[0])).toBe(false);
  });

  test('are told apart by their next hops under multipath, up to the number allowed', () => {
    const { announce, withdraw, changes } = world(
      [peer(1, 65001), peer(2, 65002), peer(3, 65003)],
      {},
      { multipath: 2 },
    );
    announce(0, route(), P1);
    announce(1, route({ asPath: path(65002), nextHop: ip('198.51.100.2').bytes }), P1);
    announce(2, route({ asPath: path(65003, 7), nextHop: ip('198.51.100.3').bytes }), P1);
    expect(changes()).toEqual(['10.1.0.0/16 198.51.100.1+198.51.100.2 1']);
    withdraw(1, P1);
    expect(changes()).toEqual(['10.1.0.0/16 198.51.100.1 1']);
  });

  describe('under multipath', () => {
    const several = (multipath: number, numbers = [1, 2, 3]) => {
      const all = world(
        numbers.map((n) => peer(n, 65000 + n)),
        {},
        { multipath },
      );
      const announce = (at: number) => {
        const n = numbers[at];
        all.announce(at, route({ asPath: path(65000 + n), nextHop: ip(`198.51.100.${n}`).bytes }), P1);
      };
      return { ...all, announce };
    };

    test('lose the next hop of a neighbour that has no path any more, also where one path is left', () => {
      const { rib, ids, announce, changes } = several(4, [1, 2]);
      for (const at of [0, 1]) announce(at);
      changes();
      rib.peerDown(ids[1], { retain: false });
      expect(changes()).toEqual(['10.1.0.0/16 198.51.100.1 1']);
    });

    test('have the same next hops in the same order, whatever order they came in', () => {
      for (const order of [
        [0, 1, 2],
        [2, 1, 0],
        [1, 2, 0],
      ]) {
        const { announce, changes } = several(2);
        for (const at of order) announce(at);
        expect(changes()).toEqual(['10.1.0.0/16 198.51.100.1+198.51.100.2 1']);
      }
    });

    test('are listed with those that are used beside the best one', () => {
      const beside = (multipath: number) => {
        const { rib, announce } = several(multipath);
        for (const at of [0, 1, 2]) announce(at);
        const [{ best, paths }] = [...rib.view.routes()];
        return [paths[best].peer, ...paths.filter((one) => one.beside).map(({ peer }) => peer)].sort();
      };
      expect(beside(1)).toEqual([1]);
      expect(beside(2)).toEqual([1, 2]);
      expect(beside(4)).toEqual([1, 2, 3]);
    });

    test('name a next hop once that two neighbours give', () => {
      const { announce, changes } = world([peer(1, 65001), peer(2, 65001)], {}, { multipath: 4 });
      for (const n of [0, 1]) announce(n, route(), P1);
      expect(changes()).toEqual(['10.1.0.0/16 198.51.100.1 1']);
    });

    test('share the list of their next hops', () => {
      const { rib, contexts, ids } = several(4, [1, 2]);
      for (const n of [0, 1])
        feed(
          rib,
          ids[n],
          updates(contexts[n], [P1, P2], route({ asPath: path(65001 + n), nextHop: ip(`198.51.100.${n}`).bytes })),
        );
      const lists = new Set<unknown>();
      for (const { nextHops } of takenChanges(rib)) lists.add(nextHops);
      expect(lists.size).toBe(1);
    });

    test('are never of internal and external neighbours at once', () => {
      const { announce, changes } = world([peer(1, 65001), peer(2, OWN_AS)], {}, { multipath: 4 });
      announce(0, route(), P1);
      announce(1, route({ nextHop: ip('198.51.100.2').bytes, localPref: 100 }), P1);
      expect(changes()).toEqual(['10.1.0.0/16 198.51.100.1 1']);
    });

    test('are told anew where the number allowed changes, and no others', () => {
      const { rib, announce, contexts, ids, changes } = several(1);
      for (const at of [0, 1, 2]) announce(at);
      feed(rib, ids[0], updates(contexts[0], [P2], route()));
      expect(changes()).toHaveLength(2);
      rib.setMultipath(3);
      expect(changes()).toEqual(['10.1.0.0/16 198.51.100.1+198.51.100.2+198.51.100.3 1']);
      rib.setMultipath(2);
      expect(changes()).toEqual(['10.1.0.0/16 198.51.100.1+198.51.100.2 1']);
      rib.setMultipath(2);
      expect(changes()).toEqual([]);
    });
  });
});

describe('next hops', () => {
  test('out of reach take their routes out of use until they come back', () => {
    const { rib, announce, changes } = world([peer(1, 65001)]);
    const address = ip('198.51.100.1');
    announce(0, route(), P1);
    changes();
    rib.setNextHops([{ address, state: { reachable: false, metric: 0 } }]);
    expect(changes()).toEqual(['10.1.0.0/16 gone 0']);
    rib.setNextHops([{ address, state: undefined }]);
    expect(changes()).toEqual(['10.1.0.0/16 198.51.100.1 1']);
  });

  test('out of reach are so for routes that come later, too', () => {
    const { rib, announce, changes } = world([peer(1, 65001)]);
    rib.setNextHops([{ address: ip('198.51.100.1'), state: { reachable: false, metric: 0 } }]);
    announce(0, route(), P1);
    expect(changes()).toEqual([]);
  });

  test('nearer by are preferred', () => {
    const { rib, announce, changes } = world([peer(1, 65001), peer(2, 65001)]);
    announce(0, route(), P1);
    announce(1, route({ nextHop: ip('198.51.100.2').bytes }), P1);
    changes();
    rib.setNextHops([{ address: ip('198.51.100.1'), state: { reachable: true, metric: 10 } }]);
    expect(changes()).toEqual(['10.1.0.0/16 198.51.100.2 2']);
  });
});

describe('what a neighbour is told', () => {
  test('is the whole table when it comes up, then End-of-RIB for each family', () => {
    const { rib, heard, ids } = world([peer(1, 65001)]);
    rib.originate(P1);
    rib.originate(V6);
    expect([...heard(0).routes.keys()].sort()).toEqual(['10.1.0.0/16', '2001:db8:1::/48']);
    expect(heard(0).ended).toEqual(new Set(['ipv4 unicast', 'ipv6 unicast']));
    expect(rib.hasOutput(ids[0])).toBe(false);
    expect(rib.takeOutput(ids[0], 65536)).toBeUndefined();
  });

  test('is an End-of-RIB also where there is no route', () => {
    expect(world([peer(1, 65001)]).heard(0).ended.size).toBe(2);
  });

  test('are only families that were negotiated', () => {
    const { rib, heard } = world([peer(1, 65001)], { families: new Set(['ipv6 unicast']) });
    rib.originate(P1);
    rib.originate(V6);
    expect([...heard(0).routes.keys()]).toEqual(['2001:db8:1::/48']);
    expect(heard(0).ended).toEqual(new Set(['ipv6 unicast']));
  });

  test('to an external one has the own AS number in front, this node as next hop, no LOCAL_PREF and no MED of others', () => {
    const { announce, heard } = world([peer(1, OWN_AS), peer(2, 65002)]);
    announce(0, route({ asPath: path(65009), localPref: 300, med: 7 }), P1);
    const told = heard(1).attributes.get(String(P1))!;
    expect(told).toEqual({ origin: 0, asPath: path(OWN_AS, 65009), nextHop: ip('192.0.2.254').bytes });
  });

  test('to an internal one keeps the next hop and has LOCAL_PREF 100', () => {
    const { announce, heard } = world([peer(1, 65001), peer(2, OWN_AS)]);
    announce(0, route({ med: 7 }), P1);
    expect(heard(1).attributes.get(String(P1))).toEqual(route({ localPref: 100, med: 7 }));
  });

  test('from one internal neighbour to another passes by a reflector only, marked (RFC 4456)', () => {
    const client = { routeReflectorClient: true };
    const { announce, heard } = world(
      [peer(1, OWN_AS, client), peer(2, OWN_AS), peer(3, OWN_AS), peer(4, OWN_AS, client)],
      {},
      { clusterId: 99 },
    );
    announce(0, route({ asPath: [], localPref: 100 }), P1);
    announce(1, route({ asPath: [], localPref: 100 }), P2);
    expect([...heard(2).routes.keys()]).toEqual(['10.1.0.0/16']); // not that of the other non-client
    expect([...heard(3).routes.keys()]).toEqual(['10.1.0.0/16', '10.2.0.0/16']);
    expect(heard(3).attributes.get(String(P1))).toMatchObject({ originatorId: 0x0b000000, clusterList: [99] });
    expect([...heard(0).routes.keys()]).toEqual(['10.2.0.0/16']); // not its own
  });

  test('of a client that is back with another identifier is told on with this, and no kernel route changes', () => {
    const configs = [peer(1, OWN_AS, { routeReflectorClient: true }), peer(2, OWN_AS, { routeReflectorClient: true })];
    const { rib, ids, announce, heard, changes } = world(configs);
    announce(0, route({ asPath: [], localPref: 100 }), P1);
    expect(heard(1).attributes.get(String(P1))?.originatorId).toBe(0x0b000000);
    changes();
    rib.peerDown(ids[0], { retain: true });
    rib.peerUp(ids[0], { ...context(configs[0]), peerRouterId: 77 });
    announce(0, route({ asPath: [], localPref: 100 }), P1);
    rib.sweepStale(ids[0]);
    expect(heard(1).attributes.get(String(P1))?.originatorId).toBe(77);
    expect(changes()).toEqual(['10.1.0.0/16 198.51.100.1 1']);
  });

  test('that it reflected is told anew with another cluster id, and what came is judged by it (RFC 4456 section 8)', () => {
    const { rib, announce, heard, changes } = world(
      [peer(1, OWN_AS, { routeReflectorClient: true }), peer(2, OWN_AS), peer(3, 65003)],
      {},
      { clusterId: 99 },
    );
    const reflected = (...clusterList: number[]) =>
      route({ asPath: [], localPref: 100, originatorId: 7, clusterList, med: clusterList.length });
    announce(0, reflected(99, 5), P1);
    announce(0, reflected(5, 77), P2);
    announce(0, reflected(1, 2, 3), P3);
    announce(2, route({ asPath: path(65003) }), P1);
    expect(changes().sort()).toEqual([
      '10.1.0.0/16 198.51.100.1 3',
      '10.2.0.0/16 198.51.100.1 1',
      '10.3.0.0/16 198.51.100.1 1',
    ]);
    expect(heard(1).attributes.get(String(P3))?.clusterList).toEqual([99, 1, 2, 3]);

    rib.setClusterId(77);
    expect([...rib.view.routes({ prefix: P1 })][0].paths.map(({ reason }) => reason)).toEqual([
      undefined,
      'as-path-length',
    ]);
    expect([...rib.view.routes({ prefix: P2 })][0]).toMatchObject({ best: -1, paths: [{ reason: 'reflection-loop' }] });
    expect(changes().sort()).toEqual(['10.1.0.0/16 198.51.100.1 1', '10.2.0.0/16 gone 0']);
    expect([...heard(1).routes.keys()]).toEqual(['10.1.0.0/16', '10.3.0.0/16']);
    expect(heard(1).attributes.get(String(P3))?.clusterList).toEqual([77, 1, 2, 3]);
    announce(0, reflected(99, 5), P2);
    announce(0, reflected(5, 77), P1);
    expect([P1, P2].map((prefix) => [...rib.view.routes({ prefix })][0].paths.map(({ reason }) => reason))).toEqual([
      [undefined, 'reflection-loop'],
      [undefined],
    ]);

    changes();
    rib.setClusterId(50, { later: true });
    rib.setClusterId(99, { later: true });
    while (rib.hasWork) rib.work(1);
    expect(changes().sort()).toEqual(['10.1.0.0/16 198.51.100.1 1', '10.2.0.0/16 gone 0']);
  });

  test('that came back by its own ORIGINATOR_ID stays a loop whatever the cluster id', () => {
    const { rib, announce } = world([peer(1, OWN_AS)], {}, { clusterId: 99 });
    announce(0, route({ asPath: [], localPref: 100, originatorId: ROUTER_ID, clusterList: [99] }), P1);
    rib.setClusterId(77);
    expect([...rib.view.routes()][0].paths).toMatchObject([{ reason: 'reflection-loop' }]);
  });

  test('is judged anew by another router id, and by each one that neighbours know this node by', () => {
    const { rib, announce } = world([peer(1, OWN_AS)], {}, { clusterId: 99 });
    for (const [originatorId, of] of [
      [7, P1],
      [8, P2],
      [9, P3],
    ] as const)
      announce(0, route({ asPath: [], localPref: 100, originatorId, ...(of === P3 ? {} : { clusterList: [1] }) }), of);
    const loops = () =>
      [...rib.view.routes()]
        .filter(({ best }) => best < 0)
        .map(({ prefix }) => String(prefix))
        .sort();
    expect(loops()).toEqual([]);
    rib.setRouterId(7, [9]);
    expect(loops()).toEqual([P1, P3].map(String));
    announce(0, route({ asPath: [], localPref: 200, originatorId: 9, clusterList: [1] }), P2);
    expect(loops()).toEqual([P1, P2, P3].map(String));
    rib.setRouterId(8, [], { later: true });
    while (rib.hasWork) rib.work(1);
    expect(loops()).toEqual([]);
  });

  test('is withdrawn when its own route becomes the best one', () => {
    const { announce, heard } = world([peer(1, 65001), peer(2, 65002)]);
    announce(0, route({ asPath: path(65001, 7) }), P1);
    expect([...heard(1).routes.keys()]).toEqual(['10.1.0.0/16']);
    announce(1, route({ asPath: path(65002) }), P1);
    expect([...heard(1).routes.keys()]).toEqual([]);
    expect([...heard(0).routes.keys()]).toEqual(['10.1.0.0/16']);
  });

  test('has two-octet AS numbers and AS4_PATH where it asks for that (RFC 6793)', () => {
    const { announce, heard } = world([peer(1, 4200000001), peer(2, 65002)], { as4: false });
    announce(0, route({ asPath: path(4200000001) }), P1);
    expect(heard(1).attributes.get(String(P1))?.asPath).toEqual(path(OWN_AS, 4200000001));
  });

  test('has no extended communities that stay within the AS (RFC 4360)', () => {
    const extended = [Uint8Array.of(0, 2, 0, 0, 0, 0, 0, 1), Uint8Array.of(0x43, 0, 0, 0, 0, 0, 0, 2)];
    const { announce, heard } = world([peer(1, OWN_AS), peer(2, 65002), peer(3, 65003)]);
    announce(0, route({ localPref: 100, asPath: [], extendedCommunities: extended }), P1);
    expect(heard(1).attributes.get(String(P1))?.extendedCommunities).toEqual([extended[0]]);
  });

  test('of IPv4 routes over an IPv6 next hop needs RFC 8950', () => {
    const only6 = (n: number) =>
      peer(n, 65000 + n, { localAddress: ip('2001:db8::254'), localAddresses: { ipv6: ip('2001:db8::254') } });
    const without = world([only6(1)]);
    without.rib.originate(P1);
    expect(without.heard(0).routes.size).toBe(0);
    const withIt = world([only6(1)], { extendedNextHop: new Set(['ipv4 unicast'] as const) });
    withIt.rib.originate(P1);
    expect(withIt.heard(0).attributes.get(String(P1))?.nextHop).toEqual(ip('2001:db8::254').bytes);
  });

  test('has the address of the session as next hop of an external one, that of the node of an internal one', () => {
    const localAddress = ip('203.0.113.1');
    const { rib, heard, announce } = world([
      ...[peer(1, 65001, { localAddress }), peer(2, OWN_AS, { localAddress })],
      ...[peer(3, 65003, { localAddress, nextHop: 'keep' }), peer(4, OWN_AS, { localAddress, nextHop: 'self' })],
      peer(5, 65005),
    ]);
    rib.originate(P1);
    announce(4, route({ asPath: path(65005) }), P2);
    const hops = (n: number) => [P1, P2].map((one) => heard(n).attributes.get(String(one))?.nextHop);
    const [session, node, theirs] = ['203.0.113.1', '192.0.2.254', '198.51.100.1'].map((text) => ip(text).bytes);
    expect([0, 1, 2, 3, 4].map(hops)).toEqual([
      ...[
        [session, session],
        [node, theirs],
      ],
      ...[
        [session, theirs],
        [node, node],
      ],
      [node, undefined],
    ]);
  });

  test('is told anew, in the family concerned, when the link of the session has another address, and withdrawn when it has none', () => {
    const linked = (ipv6?: string) =>
      peer(1, 65001, { nextHops: { ipv4: ip('192.0.2.254'), ...(ipv6 && { ipv6: ip(ipv6) }) } });
    const { rib, ids, heard } = world([linked('2001:db8:2::1')]);
    rib.originate(P1);
    rib.originate(V6);
    const hop = () => heard(0).attributes.get(String(V6))?.nextHop;
    expect(hop()).toEqual(ip('2001:db8:2::1').bytes);
    const before = heard(0).messages;
    rib.changePeer(ids[0], linked('2001:db8:2::2'));
    expect([hop(), heard(0).messages - before]).toEqual([ip('2001:db8:2::2').bytes, 1]);
    rib.changePeer(ids[0], linked());
    expect([[...heard(0).routes.keys()], rib.view.lacksNextHop(ids[0])]).toEqual([[String(P1)], ['ipv6 unicast']]);
    rib.changePeer(ids[0], linked('2001:db8:2::2'));
    expect([[...heard(0).routes.keys()].sort(), rib.view.lacksNextHop(ids[0])]).toEqual([[String(P1), String(V6)], []]);
    rib.changePeer(ids[0], linked('2001:db8:2::2'));
    expect(rib.hasOutput(ids[0])).toBe(false);
  });

  test('starts a new segment where the AS_PATH has no room for one AS more', () => {
    const members = Array.from({ length: 255 }, (_, i) => (i === 0 ? 65001 : 100 + i));
    const { announce, heard } = world([peer(1, 65001), peer(2, 65002)]);
    announce(0, route({ asPath: path(...members) }), P1);
    expect(heard(1).attributes.get(String(P1))?.asPath).toEqual([...path(OWN_AS), ...path(...members)]);
  });

  test('is withdrawn where its attributes have outgrown a message', () => {
    const large = Array.from({ length: 332 }, (_, i) => [1, 2, i] as const);
    const { announce, heard } = world([peer(1, 65001), peer(2, 65002)]);
    announce(0, route(), P1);
    expect([...heard(1).routes.keys()]).toEqual(['10.1.0.0/16']);
    const fits = route({ largeCommunities: large });
    expect(announce(0, fits, P1).kind).toBe('accept');
    expect([...heard(1).routes.keys()]).toEqual(['10.1.0.0/16']);
    announce(0, route({ asPath: path(...Array.from({ length: 13 }, () => 65001)), largeCommunities: large }), P1);
    expect([...heard(1).routes.keys()]).toEqual([]);
  });

  test('shares messages between prefixes of one attribute set', () => {
    const { announce, heard } = world([peer(1, 65001), peer(2, 65002)]);
    heard(1);
    const before = heard(1).messages;
    const many = Array.from({ length: 2000 }, (_, i) => prefixOf(`10.${i >> 8}.${i & 255}.0/24`));
    for (let i = 0; i < many.length; i += 2) {
      announce(0, route(), many[i]);
      announce(0, route({ med: 5, asPath: path(65001, 9) }), many[i + 1]);
    }
    expect(heard(1).routes.size).toBe(2000);
    expect(heard(1).messages - before).toBe(2);
  });

  test('is the latest state only, and all of it, when it reads late and little', () => {
    const { rib, ids, announce, withdraw, listeners } = world([peer(1, 65001), peer(2, 65002)]);
    const many = Array.from({ length: 3000 }, (_, i) => prefixOf(`10.${i >> 8}.${i & 255}.0/24`));
    for (const [i, prefix] of many.entries()) {
      announce(0, route({ med: i }), prefix);
      if (i % 3 === 0) withdraw(0, prefix);
      announce(0, route({ asPath: path(65001, 1 + i) }), many[i >> 1]);
      if (i % 100 === 0) listeners[1].listen(rib, ids[1], 4096, 1);
    }
    const outputs: number[] = [];
    for (let bytes = rib.takeOutput(ids[1], 4096); bytes; bytes = rib.takeOutput(ids[1], 4096)) {
      outputs.push(bytes.length);
      expect([...messages(bytes)].length).toBeGreaterThan(0);
    }
    expect(Math.max(...outputs)).toBeLessThanOrEqual(4096);
    expect(rib.view.counts(ids[1])['ipv4 unicast'].advertised).toBe(rib.view.counts(ids[0])['ipv4 unicast'].received);
  });

  test('comes again when it asks for it (RFC 2918), between marks where both know them (RFC 7313)', () => {
    const { rib, ids, heard } = world([peer(1, 65001)]);
    rib.originate(P1);
    heard(0);
    rib.refreshRequested(ids[0], 'ipv4 unicast');
    expect([...messages(rib.takeOutput(ids[0], 65536)!)]).toHaveLength(1);
    rib.refreshRequested(ids[0], 'ipv4 unicast', true);
    const bytes = rib.takeOutput(ids[0], 65536)!;
    const types: number[] = [];
    for (let at = 0; at < bytes.length; at += (bytes[at + 16] << 8) | bytes[at + 17]) types.push(bytes[at + 18]);
    expect(types).toEqual([5, 2, 5]);
    expect(rib.takeOutput(ids[0], 65536)).toBeUndefined();
  });

  test('changes with the export policy, without a reset', () => {
    const { rib, ids, heard } = world([peer(1, 65001)]);
    rib.originate(P1);
    rib.originate(P2);
    heard(0);
    rib.changePeer(
      ids[0],
      peer(1, 65001, { exportPolicy: { rules: [{ prefix: P1, action: 'reject' }], otherwise: 'accept' } }),
    );
    expect([...heard(0).routes.keys()]).toEqual(['10.2.0.0/16']);
    rib.changePeer(ids[0], peer(1, 65001));
    expect([...heard(0).routes.keys()].sort()).toEqual(['10.1.0.0/16', '10.2.0.0/16']);
  });

  test('is nothing new when its configuration is replaced by an equal one', () => {
    const { rib, ids, heard } = world([peer(1, 65001)]);
    rib.originate(P1);
    heard(0);
    rib.changePeer(ids[0], peer(1, 65001, { importPolicy: { rules: [], otherwise: 'accept' } }));
    expect(rib.hasOutput(ids[0])).toBe(false);
  });

  test('are all paths that it may have under ADD-PATH, each with an identifier that stays (RFC 7911)', () => {
    const rib = new Rib({ routerId: ROUTER_ID });
    const configs = [peer(1, 65001), peer(2, 65002), peer(3, OWN_AS)];
    const contexts = configs.map((config, n) => context(config, n === 2 ? { addPathSend: new Set(BOTH) } : {}));
    const ids = configs.map((config) => rib.addPeer(config));
    for (const [n, id] of ids.entries()) rib.peerUp(id, { ...contexts[n], peerRouterId: n + 1 });
    const announce = (n: number, med: number) =>
      feed(rib, ids[n], updates(contexts[n], [P1], route({ asPath: path(65001 + n), med })));
    const listener = new Listener(contexts[2]);
    const heard = () => {
      listener.listen(rib, ids[2]);
      return new Map([...listener.routes.keys()].map((key) => [listener.attributes.get(key)!.med, key]));
    };
    announce(0, 1);
    announce(1, 2);
    rib.originate(P1, { med: 3 });
    const first = heard();
    expect([...first.keys()].sort()).toEqual([1, 2, 3]);
    expect(new Set(first.values()).size).toBe(3);
    announce(0, 4);
    expect(heard().get(4)).toBe(first.get(1));
    rib.withdrawOrigin(P1);
    expect([...heard()].sort()).toEqual([
      [2, first.get(2)],
      [4, first.get(1)],
    ]);
    expect(rib.view.counts(ids[2])['ipv4 unicast'].advertised).toBe(2);
    rib.peerDown(ids[0], { retain: false });
    rib.peerDown(ids[1], { retain: false });
    expect(heard().size).toBe(0);
    while (rib.takeChange());
    expect(rib.view.size.prefixes).toBe(0);
  });

  test('under ADD-PATH are told in the end, however many paths there are and however little it reads', () => {
    const rib = new Rib({ routerId: ROUTER_ID });
    const to = peer(200, OWN_AS, { routeReflectorClient: true });
    const of = context(to, { addPathSend: new Set(BOTH) });
    const id = rib.addPeer(to);
    rib.peerUp(id, { ...of, peerRouterId: 9 });
    const long = Array.from({ length: 200 }, (_, n) => 65000 + n);
    for (let n = 1; n <= 60; n++) {
      const config = peer(n, 65000 + n);
      const from = rib.addPeer(config);
      rib.peerUp(from, { ...context(config), peerRouterId: n });
      feed(rib, from, updates(context(config), [P1], route({ asPath: path(65000 + n, ...long), med: n })));
    }
    const listener = new Listener(of);
    listener.listen(rib, id, 100);
    expect(listener.routes.size).toBe(60);
    expect(rib.hasOutput(id)).toBe(false);
  });
});

describe('a neighbour with a role (RFC 9234)', () => {
  const otc = (listener: Listener, prefix = '10.1.0.0/16') => listener.attributes.get(prefix)?.onlyToCustomer;
  const used = (rib: Rib) => [...rib.view.routes()].flatMap(({ paths }) => paths.map(({ reason }) => reason));

  test.each<[NonNullable<RibPeer['role']>, number | undefined, string | undefined]>([
    ['provider', 65009, 'route-leak'],
    ['routeServer', 65001, 'route-leak'],
    ['peer', 65009, 'route-leak'],
    ['peer', 65001, undefined],
    ['customer', 65009, undefined],
    ['routeServerClient', 65009, undefined],
    ['provider', undefined, undefined],
  ])('towards which we are %s and that sends ONLY_TO_CUSTOMER %s: %s', (role, onlyToCustomer, reason) => {
    const { rib, announce } = world([peer(1, 65001, { role })]);
    announce(0, route({ ...(onlyToCustomer && { onlyToCustomer }) }), P1);
    expect(used(rib)).toEqual([reason]);
  });

  test('above us or beside us: its routes are marked with its AS number and go to customers only', () => {
    for (const role of ['customer', 'peer', 'routeServerClient'] as const) {
      const below = (['provider', 'routeServer'] as const).map((each, n) => peer(2 + n, 65002 + n, { role: each }));
      const above = (['customer', 'peer', 'routeServerClient'] as const).map((each, n) =>
        peer(4 + n, 65004 + n, { role: each }),
      );
      const { announce, heard } = world([peer(1, 65001, { role }), ...below, ...above, peer(7, OWN_AS)]);
      announce(0, route(), P1);
      expect([1, 2, 6].map((n) => otc(heard(n)))).toEqual([65001, 65001, 65001]);
      expect([3, 4, 5].map((n) => heard(n).routes.size)).toEqual([0, 0, 0]);
    }
  });

  test('below us or beside us is told own and customer routes marked with the own AS number', () => {
    const roles = ['provider', 'peer', 'routeServer', 'customer', undefined] as const;
    const { rib, heard } = world(roles.map((role, n) => peer(1 + n, 65001 + n, { ...(role && { role }) })));
    rib.originate(P1);
    expect(roles.map((_, n) => otc(heard(n)))).toEqual([OWN_AS, OWN_AS, OWN_AS, undefined, undefined]);
  });
});

describe('graceful shutdown (RFC 8326)', () => {
  const MARK = 0xffff0000;

  test('of a neighbour, inside or outside, makes its routes the least preferred', () => {
    const { announce, heard, changes } = world([peer(1, 65001), peer(2, 65002), peer(3, OWN_AS), peer(4, OWN_AS)]);
    announce(0, route({ asPath: path(65001) }), P1);
    announce(1, route({ asPath: path(65002, 65003), nextHop: ip('198.51.100.2').bytes }), P1);
    expect(changes()).toEqual(['10.1.0.0/16 198.51.100.1 1']);
    announce(0, route({ asPath: path(65001), communities: [MARK] }), P1);
    expect(changes()).toEqual(['10.1.0.0/16 198.51.100.2 2']);
    announce(2, route({ localPref: 200, communities: [MARK] }), P2);
    expect(heard(0).attributes.get('10.2.0.0/16')?.communities).toEqual([MARK]);
  });

  test('is told on in LOCAL_PREF', () => {
    const { announce, heard } = world([peer(1, 65001), peer(2, OWN_AS)]);
    announce(0, route({ communities: [MARK] }), P1);
    expect(heard(1).attributes.get('10.1.0.0/16')?.localPref).toBe(0);
  });

  test('of our side is told with all routes, without a reset, and is over when it is over', () => {
    const { rib, ids, heard } = world([peer(1, 65001), peer(2, OWN_AS)]);
    rib.originate(P1, { communities: [0xfde80001] });
    const told = () => [0, 1].map((n) => heard(n).attributes.get('10.1.0.0/16')!);
    expect(told().map(({ communities, localPref }) => [communities, localPref])).toEqual([
      [[0xfde80001], undefined],
      [[0xfde80001], 100],
    ]);
    rib.changePeer(ids[0], peer(1, 65001, { gracefulShutdown: true }));
    rib.changePeer(ids[1], peer(2, OWN_AS, { gracefulShutdown: true }));
    expect(told().map(({ communities, localPref }) => [communities, localPref])).toEqual([
      [[0xfde80001, MARK], undefined],
      [[0xfde80001, MARK], 0],
    ]);
    rib.changePeer(ids[0], peer(1, 65001));
    expect(told()[0].communities).toEqual([0xfde80001]);
  });
});

describe('a neighbour that sends all of a family again between marks (RFC 7313)', () => {
  test('loses what it did not repeat, of that family only', () => {
    const { rib, ids, announce, changes } = world([peer(1, 65001)]);
    announce(0, route(), P1, P2);
    announce(0, route({ nextHop: ip('2001:db8::1').bytes }), V6);
    changes();
    rib.markStale(ids[0], 'ipv4 unicast');
    announce(0, route(), P1);
    expect(changes()).toEqual([]);
    rib.sweepStale(ids[0], 'ipv4 unicast');
    expect(changes()).toEqual(['10.2.0.0/16 gone 0']);
    expect(rib.view.counts(ids[0])['ipv6 unicast'].received).toBe(1);
  });
});

describe('a neighbour that restarts (RFC 4724)', () => {
  test('keeps its routes as stale ones, and what it repeats is no change for anybody', () => {
    const { rib, ids, announce, changes, heard, up } = world([peer(1, 65001), peer(2, 65002)]);
    announce(0, route(), P1, P2);
    changes();
    heard(1);
    rib.peerDown(ids[0], { retain: true });
    expect(changes()).toEqual([]);
    expect([...rib.view.routes()].map(({ paths }) => paths[0].stale)).toEqual([true, true]);
    up(0);
    announce(0, route(), P1);
    expect(changes()).toEqual([]);
    expect(rib.takeOutput(ids[1], 65536)).toBeUndefined();
    rib.sweepStale(ids[0], 'ipv6 unicast');
    expect(changes()).toEqual([]);
    rib.sweepStale(ids[0], 'ipv4 unicast');
    expect(changes()).toEqual(['10.2.0.0/16 gone 0']);
    expect([...heard(1).routes.keys()]).toEqual(['10.1.0.0/16']);
  });

  test('loses what it did not repeat when it restarts again', () => {
    const { rib, ids, announce, changes, up } = world([peer(1, 65001)]);
    announce(0, route(), P1, P2);
    changes();
    rib.peerDown(ids[0], { retain: true });
    up(0);
    announce(0, route(), P1);
    rib.peerDown(ids[0], { retain: true });
    expect(changes()).toEqual(['10.2.0.0/16 gone 0']);
  });

  test('says with End-of-RIB that it has sent all, for each family', () => {
    const { rib, ids, up } = world([peer(1, 65001)]);
    expect(rib.view.endOfRibSeen(ids[0], 'ipv4 unicast')).toBe(false);
    feed(rib, ids[0], endOf('ipv4 unicast'));
    expect(rib.view.endOfRibSeen(ids[0], 'ipv4 unicast')).toBe(true);
    expect(rib.view.endOfRibSeen(ids[0], 'ipv6 unicast')).toBe(false);
    feed(rib, ids[0], endOf('ipv6 unicast'));
    expect(rib.view.endOfRibSeen(ids[0], 'ipv6 unicast')).toBe(true);
    rib.peerDown(ids[0], { retain: true });
    up(0);
    expect(rib.view.endOfRibSeen(ids[0], 'ipv4 unicast')).toBe(false);
  });
});

describe('a neighbour with many routes that is gone', () => {
  const MANY = Array.from({ length: 10_000 }, (_, i) => prefixOf(`20.${i >> 8}.${i & 255}.0/24`));

  test('loses them bit by bit where that is asked for, and all hear of each', () => {
    const { rib, ids, announce, changes, heard } = world([peer(1, 65001), peer(2, 65002)]);
    announce(0, route(), ...MANY);
    changes();
    expect(heard(1).routes.size).toBe(MANY.length);
    rib.peerDown(ids[0], { retain: false, later: true });
    const { paths } = rib.view.size;
    expect(rib.hasWork).toBe(true);
    expect(paths).toBeGreaterThan(0);
    rib.work(1000);
    expect(rib.view.size.paths).toBe(paths - 1000);
    while (rib.hasWork) rib.work(1000);
    expect(changes()).toHaveLength(MANY.length);
    expect(heard(1).routes.size).toBe(0);
    expect(rib.view.size).toMatchObject({ paths: 0, attributeSets: 0, prefixes: 0 });
  });

  test('has none of them left when it is up again, and keeps those that it sends then', () => {
    const { rib, ids, announce, up } = world([peer(1, 65001)]);
    announce(0, route(), ...MANY);
    rib.peerDown(ids[0], { retain: false, later: true });
    up(0);
    expect(rib.hasWork).toBe(false);
    announce(0, route(), P1);
    expect(rib.view.counts(ids[0])['ipv4 unicast'].received).toBe(1);
  });

  test('loses all that it did not repeat after a restart, whatever else it sends meanwhile', () => {
    const { rib, ids, announce, withdraw, up, changes } = world([peer(1, 65001), peer(2, 65002)]);
    announce(0, route(), ...MANY.slice(0, 8000));
    announce(1, route({ asPath: path(65002) }), ...MANY.slice(8000, 8500));
    announce(0, route(), ...MANY.slice(8500));
    rib.peerDown(ids[0], { retain: true });
    up(0);
    withdraw(1, ...MANY.slice(8000, 8500)); // their places in the table are free now, before the last stale routes
    changes();
    rib.sweepStale(ids[0], undefined, { later: true });
    expect(rib.hasWork).toBe(true);
    const news = Array.from({ length: 5000 }, (_, i) => prefixOf(`30.${i >> 8}.${i & 255}.0/24`));
    announce(0, route(), ...news);
    while (rib.hasWork) rib.work(1000);
    expect(rib.view.counts(ids[0])['ipv4 unicast'].received).toBe(news.length);
  });

  test('has them judged bit by bit by a new policy, the latest one only, and all hear of it', () => {
    const { rib, ids, announce, changes, heard } = world([peer(1, 65001), peer(2, 65002)]);
    announce(0, route(), ...MANY);
    changes();
    heard(1);
    const policy = (med: number) => ({
      rules: [{ prefix: prefixOf('20.0.0.0/8'), action: 'accept' as const, set: { localPreference: med } }],
      otherwise: 'reject' as const,
    });
    const change = (importPolicy: RibPeer['importPolicy']) =>
      rib.changePeer(ids[0], peer(1, 65001, { importPolicy }), { later: true });
    change(policy(200));
    expect(rib.hasWork).toBe(true);
    rib.work(1000);
    expect(rib.view.size.attributeSets).toBe(2);
    change({ rules: [], otherwise: 'reject' });
    let turns = 0;
    for (; rib.hasWork; turns++) rib.work(1000);
    expect(turns).toBe(6);
    expect(rib.view.counts(ids[0])['ipv4 unicast'].accepted).toBe(0);
    expect(rib.view.size.attributeSets).toBe(1);
    expect(changes()).toHaveLength(MANY.length);
    expect(heard(1).routes.size).toBe(0);
  });

  test('has them reconsidered bit by bit when its next hop goes out of reach', () => {
    const { rib, announce, changes } = world([peer(1, 65001)]);
    announce(0, route(), ...MANY);
    changes();
    const state = { reachable: false, metric: 0 };
    rib.setNextHops([{ address: ip('198.51.100.1'), state }], { later: true });
    expect(rib.hasWork).toBe(true);
    while (rib.hasWork) rib.work(1000);
    expect(changes()).toHaveLength(MANY.length);
  });

  test('keeps its number until they are gone where it is to be forgotten', () => {
    const { rib, ids, announce } = world([peer(1, 65001)]);
    announce(0, route(), ...MANY);
    rib.removePeer(ids[0], { later: true });
    expect(rib.addPeer(peer(2, 65002))).not.toBe(ids[0]);
    while (rib.hasWork) rib.work(1000);
    expect(rib.addPeer(peer(3, 65003))).toBe(ids[0]);
  });
});

describe('status', () => {
  test('shows all paths of a prefix and why they are not the best', () => {
    const { rib, ids, announce } = world([
      peer(1, 65001),
      peer(2, 65002),
      peer(3, 65003),
      peer(4, 65004, { importPolicy: { rules: [], otherwise: 'reject' } }),
    ]);
    announce(0, route({ asPath: path(65001, 7) }), P1);
    announce(1, route({ asPath: path(65002) }), P1);
    announce(2, route({ asPath: path(65003, OWN_AS) }), P1);
    announce(3, route({ asPath: path(65004) }), P1);
    const [{ prefix, best, paths }] = [...rib.view.routes({ prefix: P1 })];
    expect(String(prefix)).toBe('10.1.0.0/16');
    expect(paths[best]).toMatchObject({ peer: ids[1], stale: false, attributes: route({ asPath: path(65002) }) });
    expect(Object.fromEntries(paths.map((each) => [each.peer, each.reason]))).toEqual({
      [ids[0]]: 'as-path-length',
      [ids[1]]: undefined,
      [ids[2]]: 'as-loop',
      [ids[3]]: 'policy',
    });
  });

  test('is of all prefixes, or of one', () => {
    const { rib, announce } = world([peer(1, 65001), peer(2, 65002)]);
    announce(0, route(), P1);
    announce(1, route({ asPath: path(65002) }), P2);
    rib.originate(V6);
    const shown = (filter?: Parameters<Rib['view']['routes']>[0]) =>
      [...rib.view.routes(filter)].map(({ prefix }) => String(prefix));
    expect(shown()).toEqual(['10.1.0.0/16', '10.2.0.0/16', '2001:db8:1::/48']);
    expect(shown({ prefix: V6 })).toEqual(['2001:db8:1::/48']);
    expect(shown({ prefix: prefixOf('10.9.0.0/16') })).toEqual([]);
  });
});

describe('an own route', () => {
  test('is preferred to a learned one and has no next hop', () => {
    const { rib, announce, changes, heard } = world([peer(1, 65001), peer(2, 65002)]);
    announce(0, route(), P1);
    rib.originate(P1, { communities: [0xfde80001], med: 3 });
    expect(changes()).toEqual(['10.1.0.0/16  0']);
    expect(heard(1).attributes.get(String(P1))).toEqual({
      origin: 0,
      asPath: path(OWN_AS),
      nextHop: ip('192.0.2.254').bytes,
      med: 3,
      communities: [0xfde80001],
    });
    rib.withdrawOrigin(P1);
    expect(changes()).toEqual(['10.1.0.0/16 198.51.100.1 1']);
  });

  test('that was never there is withdrawn without complaint', () => {
    const { rib, changes } = world([]);
    rib.withdrawOrigin(P1);
    expect(changes()).toEqual([]);
    expect(rib.view.size.prefixes).toBe(0);
  });
});

test('mirrors a session for its other end', () => {
  const of = context(peer(1, 65001));
  expect(mirrored(mirrored(of))).toEqual(of);
});

test('an own route is shown again when a path of another comes beside it, and when that goes', () => {
  const { rib, ids, announce, changes } = world([peer(1, 65001)]);
  rib.originate(P1);
  expect(changes()).toEqual([`${P1}  0`]);
  announce(0, route(), P1);
  expect(changes()).toEqual([`${P1}  0`]);
  rib.peerDown(ids[0], { retain: false });
  expect(changes()).toEqual([`${P1}  0`]);
});
