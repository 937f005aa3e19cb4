import fc from 'fast-check';
import type { Demand } from '../../lib/control/demand';
import type { SessionStatus } from '../../lib/control/status';
import { judge, maySettle, type OutsideTerms } from '../../lib/control/verdict';

const AT = '2026-11-29T01:00:00.000Z';
const LATER = '2026-11-29T01:00:10.000Z';
const EARLIER = '2026-11-29T00:59:00.000Z';

const demand = (more: Partial<Demand> = {}): Demand => ({
  session: '10.0.0.1 192.0.2.1 179',
  origin: 'peers.tor',
  remoteAddress: '192.0.2.1',
  family: 'ipv4',
  before: 'up',
  isChanged: false,
  ...more,
});
const session = (more: Partial<SessionStatus> = {}) => ({ state: 'Established', ...more }) as SessionStatus;
const down = (more: Partial<SessionStatus> = {}) =>
  session({ state: 'Active', lastError: { at: LATER, text: 'received: Open: Bad Peer AS' }, ...more });
const ceased = (cease: number | undefined, at = LATER) => down({ ended: { at, cease } });
const replaced = demand({ replaces: '10.0.0.1 192.0.2.7 179', isChanged: true });
const isFirst = true;

describe('the gate of a wave, session by session with neighbours outside', () => {
  // The rows of the table in docs/transactions.md.
  test.each<[string, Demand, SessionStatus | undefined, { isFirst?: boolean; outside?: OutsideTerms }, string]>([
    ['was up, and is', demand(), session(), {}, 'holds'],
    ['was up, is reset by the release, and is up', demand({ isChanged: true }), session(), {}, 'holds'],
    ['was up, is replaced, and the replacement is up', replaced, session(), {}, 'holds'],
    ['was up, and is not', demand(), down(), {}, 'fails'],
    ['was up, is reset by the release, and is not up', demand({ isChanged: true }), down(), {}, 'fails'],
    ['was up, is replaced, and the replacement is not', replaced, down(), {}, 'fails'],
    ['was up, and is gone, as a neighbour that came unnamed is', demand(), undefined, {}, 'fails'],
    [
      'was up, and is up otherwise than the release has it',
      demand(),
      session({ unmet: 'the neighbour is in AS 1, not 2' }),
      {},
      'fails',
    ],
    ['was up on a node that is new to the fabric, and is not', demand(), down(), { isFirst }, 'fails'],
    ['was up, and is not, where only those count', demand(), down(), { outside: 'kept' }, 'fails'],
    ['was shut down by the neighbour meanwhile', demand(), ceased(2), {}, 'listed'],
    ['was deconfigured by the neighbour meanwhile', demand(), ceased(3), {}, 'listed'],
    ['was reset by the neighbour meanwhile', demand(), ceased(4), {}, 'listed'],
    ['was shut down by the neighbour before', demand(), ceased(2, EARLIER), {}, 'fails'],
    ['was ended by the neighbour for a limit', demand(), ceased(1), {}, 'fails'],
    ['was ended by the network', demand(), ceased(undefined), {}, 'fails'],
    ['is changed by the release, and the neighbour shuts it down', demand({ isChanged: true }), ceased(2), {}, 'fails'],
    ['is replaced, and the neighbour shuts the replacement down', replaced, ceased(3), {}, 'fails'],
    ['was not up, and is', demand({ before: 'down' }), session(), {}, 'holds'],
    ['was not up, and is not', demand({ before: 'down' }), down(), {}, 'listed'],
    ['was not up, and what replaces it is not', { ...replaced, before: 'down' }, down(), {}, 'listed'],
    ['is up, and watched by BFD', demand(), session({ bfd: { state: 'Up' } }), {}, 'holds'],
    ['is up, and has no BFD of its own', demand(), session({ bfd: { state: 'Down' } }), {}, 'listed'],
    ['is new, and up', demand({ before: 'none' }), session(), {}, 'holds'],
    ['is new, and not up', demand({ before: 'none' }), down(), {}, 'fails'],
    [
      'is new, and not up, where only those of before count',
      demand({ before: 'none' }),
      down(),
      { outside: 'kept' },
      'listed',
    ],
    [
      'is new, and not up, on a node that is new to the fabric',
      demand({ before: 'none' }),
      down(),
      { isFirst },
      'listed',
    ],
  ])('one that %s', (_, asked, now, { isFirst: first = false, outside = 'all' }, expected) => {
    expect(judge(asked, now, { isFirst: first, at: AT }, outside).kind).toBe(expected);
  });

  test.each<[Demand, SessionStatus | undefined, string]>([
    [
      demand(),
      down(),
      'the session with 192.0.2.1 (peers.tor) is Active: received: Open: Bad Peer AS; it was Established before',
    ],
    [
      replaced,
      down({ down: 'its secret is missing' }),
      'the session with 192.0.2.1 (peers.tor) in place of 192.0.2.7 is Active: its secret is missing; it was Established before',
    ],
    [
      demand(),
      session({ unmet: 'the neighbour is in AS 65100, not 65101' }),
      'the session with 192.0.2.1 (peers.tor) is Established, but the neighbour is in AS 65100, not 65101; it was Established before',
    ],
    [
      demand({ before: 'none' }),
      down({ lastError: undefined }),
      'the session with 192.0.2.1 (peers.tor) is Active; it is new',
    ],
    [
      demand(),
      undefined,
      'the session with 192.0.2.1 (peers.tor) does not exist: the neighbour has not connected; it was Established before',
    ],
  ])('is told in words', (asked, now, words) => {
    expect(judge(asked, now, { isFirst: false, at: AT }, 'all')).toEqual({ kind: 'fails', message: words });
  });

  test('asks for less, never for more, of new nodes and where only sessions of before count', () => {
    const demands = fc.record({
      before: fc.constantFrom('up' as const, 'down' as const, 'none' as const),
      isChanged: fc.boolean(),
    });
    const sessions = fc.option(
      fc.record({
        state: fc.constantFrom('Established' as const, 'Active' as const, 'Idle' as const),
        cease: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
        unmet: fc.option(fc.constant('other'), { nil: undefined }),
      }),
      { nil: undefined },
    );
    fc.assert(
      fc.property(demands, sessions, fc.boolean(), (asked, now, first) => {
        const status = now && session({ state: now.state, unmet: now.unmet, ended: { at: LATER, cease: now.cease } });
        const kind = (isFirstHere: boolean, outside: OutsideTerms) =>
          judge(demand(asked), status, { isFirst: isFirstHere, at: AT }, outside).kind;
        const isUp = now?.state === 'Established' && now.unmet === undefined;
        expect(kind(first, 'all') === 'holds').toBe(isUp);
        expect(kind(first, 'kept') === 'fails').toBe(kind(false, 'all') === 'fails' && asked.before !== 'none');
        if (kind(false, 'all') !== 'fails') expect(kind(true, 'all')).toBe(kind(false, 'all'));
      }),
      { seed: 20261129, numRuns: 500 },
    );
  });

  test('waits a moment for what is new or changed, and not for what is kept down here', () => {
    const waits = (asked: Demand, now: SessionStatus) => maySettle(asked, now, { at: AT });
    expect(waits(demand({ isChanged: true }), down())).toBe(true);
    expect(waits(demand({ isChanged: true }), down({ down: 'its secret is missing' }))).toBe(false);
    expect(waits(demand(), down())).toBe(false);
    // BFD that the release brings, and BFD that was down before.
    expect([LATER, EARLIER].map((since) => waits(demand(), session({ bfd: { state: 'Down', since } })))).toEqual([
      true,
      false,
    ]);
  });
});
