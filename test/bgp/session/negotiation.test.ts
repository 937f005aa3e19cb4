import type { AsPair, SessionConfig } from '../../../lib/bgp/session/config';
import { buildOpen, type Negotiated, negotiate, pairFor } from '../../../lib/bgp/session/negotiation';
import { CAPABILITY, type Capability } from '../../../lib/bgp/wire/capability';
import { isNotification } from '../../../lib/bgp/wire/notification';
import type { Open } from '../../../lib/bgp/wire/open';
import { sessionTo } from '../simulation';

const MESH: AsPair = { localAs: 64512, remoteAs: 64512 };
const OUTSIDE: AsPair = { localAs: 64512, remoteAs: 65001 };
const config = (more: Partial<SessionConfig> = {}) => sessionTo('10.0.0.1', '10.0.0.2', more);
const open = (capabilities: readonly Capability[] = [], more: Partial<Open> = {}): Open => ({
  version: 4,
  as: 64512,
  holdTime: 90,
  routerId: 0x0a000002,
  capabilities,
  ...more,
});
const ipv4: Capability = { code: CAPABILITY.multiprotocol, afi: 1, safi: 1 };
const ipv6: Capability = { code: CAPABILITY.multiprotocol, afi: 2, safi: 1 };

function agreed(ours: SessionConfig, theirs: Open, pair = MESH): Negotiated {
  const result = negotiate(ours, pair, theirs);
  if (isNotification(result)) throw new Error(`refused with ${result.code}/${result.subcode}`);
  return result;
}
function refusal(ours: SessionConfig, theirs: Open, pair: AsPair = MESH): string {
  const result = negotiate(ours, pair, theirs);
  return isNotification(result) ? `${result.code}/${result.subcode}` : 'accepted';
}

describe('an OPEN is refused', () => {
  test('with Bad Peer AS where no pair is acceptable', () => {
    expect(negotiate(config(), undefined, open())).toMatchObject({ code: 2, subcode: 2 });
  });

  test.each([1, 2])('with Unacceptable Hold Time at %i seconds', (holdTime) => {
    expect(refusal(config(), open([], { holdTime }))).toBe('2/6');
  });

  test('with Bad BGP Identifier where it is 0, or ours within one AS (RFC 6286)', () => {
    const own = config().routerId;
    expect(refusal(config(), open([], { routerId: 0 }))).toBe('2/3');
    expect(refusal(config(), open([], { routerId: own }))).toBe('2/3');
    expect(refusal(config(), open([], { routerId: own, as: 65001 }), OUTSIDE)).toBe('accepted');
  });

  test('with Unsupported Capability where no family is common, naming what is missing (RFC 5492)', () => {
    const result = negotiate(config(), MESH, open([ipv6]));
    expect(result).toMatchObject({ code: 2, subcode: 7, data: Uint8Array.of(1, 4, 0, 1, 0, 1) });
  });

  describe.each([
    ['provider', 3],
    ['customer', 0],
    ['routeServer', 2],
    ['routeServerClient', 1],
    ['peer', 4],
  ] as const)('as %s (RFC 9234)', (role, counterpart) => {
    const ours = config({ role });
    const theirs = (...roles: number[]) =>
      open(
        roles.map((value) => ({ code: CAPABILITY.role, role: value })),
        { as: 65001 },
      );

    test('with Role Mismatch by any role but its counterpart', () => {
      for (const other of [0, 1, 2, 3, 4, 5])
        expect(refusal(ours, theirs(other), OUTSIDE)).toBe(other === counterpart ? 'accepted' : '2/11');
    });

    test('where roles contradict each other', () => {
      expect(refusal(ours, theirs(counterpart, (counterpart + 1) % 5), OUTSIDE)).toBe('2/11');
    });

    test('where none is announced, only in strict mode', () => {
      expect(refusal(ours, theirs(), OUTSIDE)).toBe('accepted');
      expect(refusal({ ...ours, strictRole: true }, theirs(), OUTSIDE)).toBe('2/11');
    });

    test('never within one AS', () => {
      expect(refusal(ours, theirs(5))).toBe('accepted');
    });
  });
});

describe('what both ends agree on', () => {
  test('a neighbour without capabilities speaks IPv4 unicast with two-octet AS numbers', () => {
    const { context, routeRefresh, gracefulRestart } = agreed(config(), open());
    expect(context).toMatchObject({ session: 'ibgp', as4: false, extendedMessage: false });
    expect([...context.families]).toEqual(['ipv4 unicast']);
    expect([routeRefresh, gracefulRestart]).toEqual([false, undefined]);
  });

  test('only common families count, in our order', () => {
    const ours = config({ families: ['ipv4 unicast', 'ipv6 unicast'] });
    expect([...agreed(ours, open([ipv6, ipv4])).context.families]).toEqual(['ipv4 unicast', 'ipv6 unicast']);
    expect([...agreed(ours, open([ipv6, { code: 1, afi: 25, safi: 70 }])).context.families]).toEqual(['ipv6 unicast']);
  });

  test.each([
    [90, 30, 30, 10],
    [9, 3, 90, 3],
    [90, 30, 0, 0],
    [0, 30, 90, 0],
    [180, 20, 180, 20],
  ])(
    'hold time %i with keepalives of %i s against %i gives keepalives of %i s',
    (ours, keepaliveTime, theirs, result) => {
      const { keepaliveTime: agreedTime, holdTime } = agreed(
        config({ holdTime: ours, keepaliveTime }),
        open([], { holdTime: theirs }),
      );
      expect([agreedTime, holdTime]).toEqual([result, ours === 0 || theirs === 0 ? 0 : Math.min(ours, theirs)]);
    },
  );

  test('ADD-PATH is used where one side sends and the other receives (RFC 7911)', () => {
    const entry = (receive: boolean, send: boolean) =>
      open([{ code: CAPABILITY.addPath, families: [{ afi: 1, safi: 1, receive, send }] }]);
    const ours = config({ addPath: { receive: ['ipv4 unicast'], send: ['ipv4 unicast'] } });
    const { context } = agreed(ours, entry(true, false));
    expect([context.addPathReceive.size, context.addPathSend.size]).toEqual([0, 1]);
    const { context: other } = agreed(ours, entry(false, true));
    expect([other.addPathReceive.size, other.addPathSend.size]).toEqual([1, 0]);
    const { context: none } = agreed(config(), entry(true, true));
    expect([none.addPathReceive.size, none.addPathSend.size]).toEqual([0, 0]);
  });

  test('an IPv6 next hop for IPv4 routes where both announce it (RFC 8950)', () => {
    const theirs = open([{ code: CAPABILITY.extendedNextHop, entries: [{ afi: 1, safi: 1, nextHopAfi: 2 }] }]);
    expect(agreed(config({ extendedNextHop: true }), theirs).context.extendedNextHop.size).toBe(1);
    expect(agreed(config(), theirs).context.extendedNextHop.size).toBe(0);
    expect(agreed(config({ extendedNextHop: true }), open()).context.extendedNextHop.size).toBe(0);
  });

  test('what only one end has is known: its families, and IPv6 next hops that routes over IPv6 need', () => {
    const both = ['ipv4 unicast', 'ipv6 unicast'] as const;
    const over6 = (more: Partial<SessionConfig>) => sessionTo('fd00::1', 'fd00::2', { families: both, ...more });
    const accepts: Capability = { code: CAPABILITY.extendedNextHop, entries: [{ afi: 1, safi: 1, nextHopAfi: 2 }] };
    const oneSided = (ours: SessionConfig, ...theirs: Capability[]) => {
      const { ours: lost, theirs: offered, nextHops } = agreed(ours, open(theirs)).oneSided;
      return [lost, offered, nextHops];
    };
    expect(oneSided(config({ families: both }))).toEqual([['ipv6 unicast'], [], []]);
    expect(oneSided(config({ families: both }), ipv4, ipv6)).toEqual([[], [], []]);
    expect(oneSided(config(), ipv4, ipv6, { code: 1, afi: 25, safi: 70 })).toEqual([[], ['ipv6 unicast'], []]);
    expect(oneSided(over6({ extendedNextHop: true }), ipv4, ipv6)).toEqual([[], [], ['ipv4 unicast']]);
    expect(oneSided(over6({ extendedNextHop: true }), ipv4, ipv6, accepts)).toEqual([[], [], []]);
    expect(oneSided(over6({}), ipv4, ipv6)).toEqual([[], [], []]);
    expect(oneSided(config({ families: both, extendedNextHop: true }), ipv4, ipv6)).toEqual([[], [], []]);
    expect(oneSided(over6({ extendedNextHop: true }), ipv6)).toEqual([['ipv4 unicast'], [], []]);
  });

  test('graceful restart where both announce it, for the families in use (RFC 4724)', () => {
    const theirs = open([
      {
        code: CAPABILITY.gracefulRestart,
        restarted: true,
        notification: true,
        restartTime: 120,
        families: [
          { afi: 1, safi: 1, forwarding: true },
          { afi: 2, safi: 1, forwarding: true },
        ],
      },
    ]);
    expect(agreed(config(), theirs).gracefulRestart).toBeUndefined();
    const { gracefulRestart } = agreed(config({ gracefulRestartTime: 60 }), theirs);
    expect(gracefulRestart).toMatchObject({ restarted: true, notification: true, restartTime: 120 });
    expect([...gracefulRestart!.forwarding]).toEqual(['ipv4 unicast']);
  });

  test('two of our own OPENs agree on all that both configurations have', () => {
    const ours = config({
      families: ['ipv4 unicast', 'ipv6 unicast'],
      extendedNextHop: true,
      gracefulRestartTime: 120,
      role: 'peer',
      addPath: { receive: ['ipv4 unicast'], send: ['ipv6 unicast'] },
    });
    const theirs = buildOpen({ ...ours, routerId: 9 }, { localAs: 65001, remoteAs: 64512 });
    expect(agreed(ours, theirs, OUTSIDE)).toMatchObject({
      holdTime: 90,
      routeRefresh: true,
      enhancedRefresh: true,
      peerRole: 4,
      context: { session: 'ebgp', as4: true, extendedMessage: true, localAs: 64512, peerAs: 65001 },
    });
  });
});

describe('the pair of AS numbers', () => {
  const acceptable: AsPair[] = [
    { localAs: 65000, remoteAs: 65000 },
    { localAs: 64512, remoteAs: 64512 },
    { localAs: 65000, remoteAs: 64512 },
  ];

  test('before our OPEN is out the first that has the neighbour’s number is taken', () => {
    expect(pairFor(acceptable, 64512)).toBe(acceptable[1]);
    expect(pairFor(acceptable, 65000)).toBe(acceptable[0]);
    expect(pairFor(acceptable, 1)).toBeUndefined();
  });

  test('after it, only one with the number of ours that it said', () => {
    expect(pairFor(acceptable, 64512, acceptable[0])).toBe(acceptable[2]);
    expect(pairFor(acceptable, 65000, acceptable[1])).toBeUndefined();
  });
});
