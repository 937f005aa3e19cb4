import { routeStatuses } from '../../../lib/agent/network/route-statuses';
import { Rib } from '../../../lib/bgp/rib/rib';
import { routeLine, routesHeading } from '../../../lib/cli/view/routes';
import type { RouteStatus } from '../../../lib/control/status';
import type { Prefix } from '../../../lib/model/prefix';
import { context, peer, ROUTER_ID } from '../../bgp/rib/world';

/** FRR with `redistribute connected` on a shared IPv6 link. */
const CONNECTED =
  'ffffffffffffffffffffffffffffffff0046020000002f900e001e00020110fd0000000000000000000000000000020040fd000000000000004001010040020602010000fdea';
/** The same with a link-local next hop alone, to another prefix. */
const LINK_LOCAL =
  'ffffffffffffffffffffffffffffffff0046020000002f900e001e00020110fe8000000000000000000000000000020040fd000000000000994001010040020602010000fdea';

/** What an agent whose neighbours send this says of its routes. */
function routes(
  hex: string | readonly string[],
  withheld: (prefix: Prefix) => string | undefined = () => undefined,
  multipath = 1,
): RouteStatus[] {
  const rib = new Rib({ routerId: ROUTER_ID, multipath });
  const config = peer(2, 65002);
  for (const [at, one] of [hex].flat().entries()) {
    const from = at === 0 ? config : peer(2 + at, 65002);
    const id = rib.addPeer(from);
    const bytes = Buffer.from(one, 'hex');
    rib.peerUp(id, { ...context(from), peerRouterId: 0x0b000002 + at });
    expect(rib.update(id, bytes, 19, bytes.length)).toEqual({ kind: 'accept' });
  }
  return [
    ...routeStatuses(
      {
        rib: rib.view,
        fabric: undefined,
        neighbour: () => String(config.address),
        policies: () => undefined,
        withheld,
        time: () => '2026-01-01T00:00:00.000Z',
      },
      undefined,
    ),
  ].filter((one) => one !== undefined);
}

test('a route that the kernel must not have is the best all the same, and it is said why it is not there', () => {
  const [route] = routes(CONNECTED, (prefix) =>
    String(prefix) === 'fd00::/64' ? 'the link eth0 is connected to it' : undefined,
  );
  expect(route).toMatchObject({ isBest: true, prefix: 'fd00::/64', withheld: 'the link eth0 is connected to it' });
  expect(
    `${routesHeading()}
${routeLine(route, undefined, Date.parse('2026-01-01T01:02:03.000Z'))}`
      .split('\n')
      .filter((line) => line !== ''),
  ).toEqual([
    '   PREFIX                NEXT HOP         FROM             PREF  MED   AGE     AS PATH      COMMUNITIES  WHY NOT',
    '*  fd00::/64             fd00::2          192.0.2.2        -     -     1h2m    65002 i      -            not in the kernel: the link eth0 is connected to it',
  ]);
});

test('a route that may not be used says what is against it', () => {
  const [route] = routes(LINK_LOCAL);
  expect(route).toMatchObject({ isBest: false, nextHop: 'fe80::2' });
  expect(route.reason).toBe(
    'the next hop is link-local, and the session does not run over a link of this node (RFC 2545 3, RFC 4007 6)',
  );
});

test('a path that is used beside the best one is marked so, and says by what the best one wins', () => {
  const second = CONNECTED.replace('fd000000000000000000000000000002', 'fd000000000000000000000000000003');
  const marks = (multipath: number) =>
    routes([CONNECTED, second], undefined, multipath).map((one) => [
      String(routeLine(one, undefined, Date.parse('2026-01-01T01:02:03.000Z')))[0],
      one.reason,
    ]);
  expect(marks(1)).toEqual([
    ['*', undefined],
    [' ', 'another is better: router-id'],
  ]);
  expect(marks(2)).toEqual([
    ['*', undefined],
    ['=', 'used beside the best path (multipath), which wins by router-id'],
  ]);
});
