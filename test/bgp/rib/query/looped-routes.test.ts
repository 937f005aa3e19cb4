import { loopedRoutes } from '../../../../lib/bgp/rib/query/looped-routes';
import { Rib } from '../../../../lib/bgp/rib/rib';
import type { PathAttributes } from '../../../../lib/bgp/wire/path-attributes';
import { context, feed, ip, OWN_AS, peer, prefixOf, ROUTER_ID, updates } from '../world';

const A = peer(2, 65002);
const B = peer(3, OWN_AS, { routeReflectorClient: true });
const attributes = (...members: number[]): PathAttributes => ({
  origin: 0,
  asPath: members.length > 0 ? [{ type: 2, members }] : [],
  nextHop: ip('192.0.2.2').bytes,
});

describe('routes that went through this AS or its cluster before', () => {
  let rib: Rib;
  let ids: number[];
  beforeEach(() => {
    rib = new Rib({ routerId: ROUTER_ID });
    ids = [A, B].map((one) => rib.addPeer(one));
    for (const [i, one] of [A, B].entries()) rib.peerUp(ids[i], { ...context(one), peerRouterId: 0x0b000000 + i });
  });
  const send = (of: typeof A, prefixes: string[], more?: PathAttributes) =>
    feed(rib, ids[of === A ? 0 : 1], updates(context(of), prefixes.map(prefixOf), more));
  const looped = () => ids.map((id) => loopedRoutes(rib.tables).get(id) ?? [0, 0]);

  test('are counted by neighbour, as they come and go', () => {
    send(A, ['198.51.100.0/24', '198.51.101.0/24'], attributes(65002, OWN_AS));
    send(A, ['198.51.102.0/24'], attributes(65002, OWN_AS, 65009));
    send(A, ['198.51.103.0/24'], attributes(65002));
    expect(looped()).toEqual([
      [3, 0],
      [0, 0],
    ]);
    send(A, ['198.51.100.0/24']);
    send(A, ['198.51.101.0/24'], attributes(65002));
    expect(looped()).toEqual([
      [1, 0],
      [0, 0],
    ]);
    rib.peerDown(ids[0], { retain: false });
    expect(looped()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test('are those, too, that this node or its cluster has reflected', () => {
    send(B, ['198.51.100.0/24'], { ...attributes(), localPref: 100, originatorId: ROUTER_ID });
    expect(looped()).toEqual([
      [0, 0],
      [1, 0],
    ]);
  });

  test('are none where the session lets its own AS number stand in a path', () => {
    send(A, ['198.51.100.0/24'], attributes(65002, OWN_AS));
    rib.changePeer(ids[0], { ...A, allowOwnAs: 1 });
    expect(looped()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
});
