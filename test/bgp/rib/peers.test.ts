import { Rib } from '../../../lib/bgp/rib/rib';
import { context, feed, OWN_AS, peer, prefixOf, ROUTER_ID, updates } from './world';

const [ONE, OTHER] = [peer(2, 65002), peer(3, 65003)];
const [P1, P2] = ['192.0.2.0/24', '198.51.100.0/24'].map(prefixOf);

/** A table with these neighbours, which are up. */
function table(configs = [ONE, OTHER]) {
  const rib = new Rib({ routerId: ROUTER_ID });
  const ids = configs.map((config) => rib.addPeer(config));
  const up = (n: number) => rib.peerUp(ids[n], { ...context(configs[n]), peerRouterId: 0x0b000000 + n });
  for (const n of configs.keys()) up(n);
  const say = (n: number, prefixes = [P1]) =>
    feed(
      rib,
      ids[n],
      updates(context(configs[n]), prefixes, {
        origin: 0,
        asPath: [{ type: 2, members: [65009] }],
        nextHop: configs[n].address.bytes,
        ...(configs[n].peerAs === OWN_AS && { localPref: 100 }),
      }),
    );
  const held = () =>
    [...rib.view.routes()].flatMap(({ prefix, paths }) =>
      paths.map(({ peer: from, stale }) => `${prefix} of ${ids.indexOf(from)}${stale ? ' stale' : ''}`),
    );
  const down = (n: number, retain: boolean, keepsStale = false) => rib.peerDown(ids[n], { retain, keepsStale });
  return { rib, ids, up, down, say, held };
}

describe('the peers of a routing table', () => {
  test('have small numbers, which are free again after them', () => {
    const { rib, ids } = table();
    expect(ids).toEqual([1, 2]);
    rib.removePeer(1);
    expect(rib.view.peer(1)).toBeUndefined();
    expect(() => rib.view.received(1)).toThrow('there is no peer 1');
    expect([rib.addPeer(ONE), rib.addPeer(peer(4, 65004))]).toEqual([1, 3]);
  });

  test('are ranked by address, whichever came first', () => {
    const { rib, ids, say } = table([OTHER, ONE]);
    for (const n of [0, 1]) say(n);
    rib.changePeer(ids[0], OTHER);
    const best = () => {
      const [entry] = rib.view.routes({ prefix: P1 });
      return entry.paths[entry.best].peer;
    };
    // By router id the first of them is better, and without that the one with the lower address.
    expect(best()).toBe(ids[0]);
    for (const [n, config] of [OTHER, ONE].entries()) {
      rib.peerDown(ids[n], { retain: false });
      rib.peerUp(ids[n], { ...context(config), peerRouterId: 7 });
      say(n);
    }
    expect(best()).toBe(ids[1]);
  });

  test('take their routes with them when they go down, unless these are retained', () => {
    const { down, say, held } = table();
    for (const n of [0, 1]) say(n);
    down(0, false);
    down(1, true);
    expect(held()).toEqual([`${P1} of 1 stale`]);
  });

  test('keep what they repeat after a restart; the rest is swept', () => {
    const { rib, ids, up, down, say, held } = table();
    say(0, [P1, P2]);
    down(0, true);
    up(0);
    say(0, [P2]);
    expect(held().sort()).toEqual([`${P1} of 0 stale`, `${P2} of 0`]);
    rib.sweepStale(ids[0]);
    expect(held()).toEqual([`${P2} of 0`]);
  });

  test('lose what is stale already with a second end, but where that cut off a refresh', () => {
    for (const keepsStale of [false, true]) {
      const { up, down, say, held } = table();
      say(0, [P1, P2]);
      down(0, true);
      up(0);
      say(0, [P2]);
      down(0, true, keepsStale);
      expect(held().sort()).toEqual([...(keepsStale ? [`${P1} of 0 stale`] : []), `${P2} of 0 stale`]);
    }
  });

  test('have another policy evaluated without anything being sent again', () => {
    const { rib, ids, say } = table();
    say(0);
    rib.changePeer(ids[0], { ...ONE, importPolicy: { rules: [], otherwise: 'reject' } });
    expect([...rib.view.routes()].map(({ best, paths }) => [best, paths[0].reason])).toEqual([[-1, 'policy']]);
    rib.changePeer(ids[0], ONE);
    expect([...rib.view.routes()].map(({ best }) => best)).toEqual([0]);
  });

  test('of this AS are told of reflected routes anew when a client comes to be', () => {
    const { rib, ids, say } = table([peer(2, OWN_AS), peer(3, OWN_AS)]);
    say(0);
    while (rib.takeOutput(ids[1], 65536));
    expect(rib.view.counts(ids[1])['ipv4 unicast'].advertised).toBe(0); // of an internal neighbour to another
    rib.changePeer(ids[0], { ...peer(2, OWN_AS), routeReflectorClient: true });
    while (rib.takeOutput(ids[1], 65536));
    expect(rib.view.counts(ids[1])['ipv4 unicast'].advertised).toBe(1);
  });
});
