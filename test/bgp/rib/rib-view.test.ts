import { Rib } from '../../../lib/bgp/rib/rib';
import { context, feed, ip, peer, prefixOf, ROUTER_ID, updates } from './world';

const [ONE, OTHER] = [peer(2, 65002), peer(3, 65003)];
const [P1, P2, P6] = ['192.0.2.0/24', '198.51.100.0/24', '2001:db8::/32'].map(prefixOf);

describe('a view of a routing table', () => {
  const rib = new Rib({ routerId: ROUTER_ID });
  const { view } = rib;
  const [one, other] = [ONE, OTHER].map((config) => rib.addPeer(config));
  const texts = (all: Iterable<unknown>) => [...all].filter((prefix) => prefix !== undefined).map(String);

  beforeAll(() => {
    for (const [config, id] of [
      [ONE, one],
      [OTHER, other],
    ] as const)
      rib.peerUp(id, { ...context(config), peerRouterId: 0x0b000000 + id });
    feed(
      rib,
      one,
      updates(context(ONE), [P2, P1], {
        origin: 0,
        asPath: [{ type: 2, members: [65002] }],
        nextHop: ip('192.0.2.2').bytes,
      }),
    );
    rib.originate(P6);
    while (rib.takeOutput(other, 65536));
  });

  test('lists prefixes in order, all or those that a peer sent or was sent', () => {
    expect(texts(view.prefixes())).toEqual([P1, P2, P6].map(String));
    expect(texts(view.prefixes(['ipv6']))).toEqual([String(P6)]);
    expect(texts(view.prefixesOf([one], 'received'))).toEqual([P1, P2].map(String));
    expect(texts(view.prefixesOf([other], 'received'))).toEqual([]);
    expect(texts(view.prefixesOf([other], 'advertised'))).toEqual([P1, P2, P6].map(String));
    expect(texts(view.prefixesOf([one], 'advertised'))).toEqual([]);
  });

  test('knows peers by address and by number', () => {
    expect(view.peersAt(String(ONE.address))).toEqual([one]);
    expect(view.peersAt('192.0.2.99')).toEqual([]);
    expect([view.peer(one), view.peer(99)]).toEqual([ONE, undefined]);
  });

  test('says what became of a path, coming in and going out', () => {
    const [{ paths }] = view.routes({ prefix: P1 });
    const [{ path }] = paths;
    expect(view.isAccepted(path)).toBe(true);
    expect(view.receivedAttributes(path).asPath).toEqual([{ type: 2, members: [65002] }]);
    expect(view.importRule(path, P1)).toBe(-1);
    expect(view.advertised(other, P1)).toMatchObject([{ from: one, rule: -1, attributes: { origin: 0 } }]);
    expect(view.advertised(one, P1)).toMatchObject([{ from: one, obstacles: [expect.any(String)] }]);
    expect(view.advertised(other, prefixOf('203.0.113.0/24'))).toEqual([{ path: 0, obstacles: ['no-path'], rule: -1 }]);
    expect(view.advertised(99, P1)).toEqual([]);
    const policy = { rules: [{ prefix: P1, action: 'reject' as const }], otherwise: 'accept' as const };
    expect([P1, P2].map((prefix) => view.exportRule(other, path, prefix, policy))).toEqual([0, -1]);
  });

  test('counts', () => {
    expect(view.size).toMatchObject({ prefixes: 3, paths: 3 });
    expect([...view.pathsBy([ip('192.0.2.2')])]).toEqual([['192.0.2.2', 2]]);
    expect(view.reached().size).toBe(2);
    expect([view.hasWork, view.hasChanges]).toEqual([false, true]);
  });
});
