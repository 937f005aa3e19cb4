import { Rib } from '../../../lib/bgp/rib/rib';
import { takenChanges } from './taken-changes';
import { context, feed, ip, peer, prefixOf, ROUTER_ID, updates } from './world';

const CONFIG = peer(2, 65002);
const [P1, P2, P3] = ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24'].map(prefixOf);
const [HOP, OTHER_HOP] = ['10.0.0.1', '10.0.0.2'];

/** Two routes by one next hop and a third by another; `asks`: nothing is known of them at first. */
function table(asks: boolean) {
  const rib = new Rib({ routerId: ROUTER_ID, ...(asks && { asksNextHops: true }) });
  const id = rib.addPeer(CONFIG);
  rib.peerUp(id, { ...context(CONFIG), peerRouterId: 0x0b000002 });
  for (const [hop, prefixes] of [
    [HOP, [P1, P2]],
    [OTHER_HOP, [P3]],
  ] as const)
    feed(
      rib,
      id,
      updates(context(CONFIG), prefixes, {
        origin: 0,
        asPath: [{ type: 2, members: [65002] }],
        nextHop: ip(hop).bytes,
      }),
    );
  const know = (address: string, reachable: boolean) =>
    rib.setNextHops([{ address: ip(address), state: { reachable, metric: 0 } }]);
  const changes = () => {
    const all: string[] = [];
    for (const change of takenChanges(rib)) all.push(String(change));
    return all.sort();
  };
  return { rib, know, changes };
}

describe('what is known of next hops', () => {
  test('decides about the routes that lead to them, and about no others', () => {
    const { know, changes } = table(false);
    expect(changes()).toHaveLength(3);
    know(HOP, false);
    expect(changes()).toEqual([`${P1} gone`, `${P2} gone`]);
    know(HOP, true);
    expect(changes()).toEqual([`${P1} via ${HOP}`, `${P2} via ${HOP}`]);
    know(HOP, true);
    expect(changes()).toEqual([]);
  });

  test('is asked for once, and routes wait for the answer', () => {
    const { rib, know, changes } = table(true);
    expect(rib.questions().ask.map(String).sort()).toEqual([HOP, OTHER_HOP]);
    expect([changes(), rib.hasQuestions]).toEqual([[], false]);
    know(OTHER_HOP, true);
    expect(changes()).toEqual([`${P3} via ${OTHER_HOP}`]);
    know(HOP, false);
    expect(changes()).toEqual([]);
  });

  test('has a count of paths beside it', () => {
    const { rib } = table(false);
    const counts = rib.view.pathsBy([HOP, OTHER_HOP, '10.0.0.9'].map(ip));
    expect(Object.fromEntries(counts)).toEqual({ [HOP]: 2, [OTHER_HOP]: 1, '10.0.0.9': 0 });
    expect(rib.view.pathsBy([]).size).toBe(0);
  });
});
