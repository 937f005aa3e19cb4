import { Rib } from '../../../../lib/bgp/rib/rib';
import { context, endOf, feed, ip, peer, prefixOf, ROUTER_ID, updates } from '../world';

const CONFIG = peer(2, 65002);
const CONTEXT = context(CONFIG);
const [P1, P2] = ['192.0.2.0/24', '198.51.100.0/24'].map(prefixOf);
const ATTRIBUTES = {
  origin: 0,
  asPath: [{ type: 2 as const, members: [65002] }],
  nextHop: ip('192.0.2.2').bytes,
} as const;

function session() {
  const rib = new Rib({ routerId: ROUTER_ID });
  const id = rib.addPeer(CONFIG);
  rib.peerUp(id, { ...CONTEXT, peerRouterId: 0x0b000002 });
  const reasons = () =>
    Object.fromEntries([...rib.view.routes()].map(({ prefix, paths }) => [String(prefix), paths[0].reason ?? 'best']));
  return { rib, id, reasons };
}

/** A message with an ORIGIN that no RFC knows, which is told to be treated as a withdrawal (RFC 7606 section 7.1). */
function malformed(prefixes = [P1]): Uint8Array[] {
  return updates(CONTEXT, prefixes, ATTRIBUTES).map((body) => {
    const octets = body.slice();
    const at = octets.findIndex((octet, i) => octet === 0x40 && octets[i + 1] === 1 && octets[i + 2] === 1);
    octets[at + 3] = 9;
    return octets;
  });
}

describe('an UPDATE', () => {
  test('brings routes and takes them back', () => {
    const { rib, id, reasons } = session();
    expect(feed(rib, id, updates(CONTEXT, [P1, P2], ATTRIBUTES))).toEqual({ kind: 'accept' });
    expect([reasons(), rib.view.received(id)]).toEqual([{ [String(P1)]: 'best', [String(P2)]: 'best' }, 2]);
    expect(feed(rib, id, updates(CONTEXT, [P1]))).toEqual({ kind: 'accept' });
    expect([reasons(), rib.view.received(id)]).toEqual([{ [String(P2)]: 'best' }, 1]);
  });

  test('that withdraws what nobody sent changes nothing', () => {
    const { rib, id } = session();
    expect(feed(rib, id, updates(CONTEXT, [P1]))).toEqual({ kind: 'accept' });
    expect(rib.view.size).toMatchObject({ prefixes: 0, paths: 0 });
  });

  test('that is malformed takes back the routes that it names, and those alone', () => {
    const { rib, id, reasons } = session();
    feed(rib, id, updates(CONTEXT, [P1, P2], ATTRIBUTES));
    expect(feed(rib, id, malformed())).toMatchObject({ kind: 'treat-as-withdraw' });
    expect(reasons()).toEqual({ [String(P2)]: 'best' });
  });

  test('that can not be read resets the session, and changes nothing', () => {
    const { rib, id, reasons } = session();
    feed(rib, id, updates(CONTEXT, [P1], ATTRIBUTES));
    const [body] = updates(CONTEXT, [P2], ATTRIBUTES);
    expect(rib.update(id, body.subarray(0, 3), 0, 3)).toMatchObject({ kind: 'session-reset' });
    expect(reasons()).toEqual({ [String(P1)]: 'best' });
  });

  test('without anything is the End-of-RIB of IPv4, and has its own form for IPv6 (RFC 4724 section 2)', () => {
    const { rib, id } = session();
    const seen = () => (['ipv4 unicast', 'ipv6 unicast'] as const).map((family) => rib.view.endOfRibSeen(id, family));
    expect(seen()).toEqual([false, false]);
    feed(rib, id, endOf('ipv4 unicast'));
    expect(seen()).toEqual([true, false]);
    feed(rib, id, endOf('ipv6 unicast'));
    expect(seen()).toEqual([true, true]);
  });

  test('with a martian leaves it unused and says so once for the message', () => {
    const { rib, id, reasons } = session();
    feed(rib, id, updates(CONTEXT, [prefixOf('127.0.0.0/8'), prefixOf('240.0.0.0/8'), P1], ATTRIBUTES));
    expect(reasons()).toEqual({ '127.0.0.0/8': 'martian', '240.0.0.0/8': 'martian', [String(P1)]: 'best' });
    expect([...rib.takeRefusals().values()].flat()).toMatchObject([{ why: 'martian', count: 2 }]);
  });
});
