import fc from 'fast-check';
import { type Demand, demandsOf, type Former, formerOf, type Wanted } from '../../lib/control/demand';

const link = (remoteAddress: string, origin = 'peers.tor', port = 179) => ({
  key: `10.0.0.1 ${remoteAddress} ${port}`,
  origin,
  remoteAddress,
  family: remoteAddress.includes(':') ? ('ipv6' as const) : ('ipv4' as const),
});
const up = (...args: Parameters<typeof link>): Former => ({ ...link(...args), isUp: true });
const down = (...args: Parameters<typeof link>): Former => ({ ...link(...args), isUp: false });
const want = (...args: Parameters<typeof link>): Wanted => ({ ...link(...args), expectsDown: false });
const unchanged = () => false;
/** `address: what was before it[, in place of what]`. */
const said = (demands: readonly Demand[]) =>
  demands.map(({ remoteAddress, before, replaces, isChanged }) =>
    [
      `${remoteAddress}: ${before}`,
      ...(replaces ? [`for ${replaces.split(' ')[1]}`] : []),
      ...(isChanged ? ['changed'] : []),
    ].join(', '),
  );

describe('what a change asks of sessions with neighbours outside', () => {
  test.each<[string, Former[], Wanted[], string[]]>([
    ['the same session', [up('192.0.2.1')], [want('192.0.2.1')], ['192.0.2.1: up']],
    ['one that was not up', [down('192.0.2.1')], [want('192.0.2.1')], ['192.0.2.1: down']],
    [
      'another address of the same entry, in place of the one before',
      [up('192.0.2.1')],
      [want('192.0.2.9')],
      ['192.0.2.9: up, for 192.0.2.1, changed'],
    ],
    [
      'another port, which is another session',
      [up('192.0.2.1')],
      [want('192.0.2.1', 'peers.tor', 1790)],
      ['192.0.2.1: up, for 192.0.2.1, changed'],
    ],
    ['another name for the same session', [up('192.0.2.1')], [want('192.0.2.1', 'peers.rack')], ['192.0.2.1: up']],
    [
      'a new entry',
      [up('192.0.2.1')],
      [want('192.0.2.1'), want('192.0.2.2', 'peers.b')],
      ['192.0.2.1: up', '192.0.2.2: none, changed'],
    ],
    ['nothing, of what is removed on purpose', [up('192.0.2.1')], [], []],
    [
      'nothing new, where a neighbour is put in front of a list, but of itself',
      [up('192.0.2.1', 'racks.a'), up('192.0.2.2', 'racks.a')],
      [want('192.0.2.9', 'racks.a'), want('192.0.2.1', 'racks.a'), want('192.0.2.2', 'racks.a')],
      ['192.0.2.9: none, changed', '192.0.2.1: up', '192.0.2.2: up'],
    ],
    [
      'of a list with one replaced, that one',
      [up('192.0.2.1', 'racks.a'), up('192.0.2.2', 'racks.a')],
      [want('192.0.2.1', 'racks.a'), want('192.0.2.9', 'racks.a')],
      ['192.0.2.1: up', '192.0.2.9: up, for 192.0.2.2, changed'],
    ],
    [
      'of one for two, the one that was up',
      [down('192.0.2.1', 'racks.a'), up('192.0.2.2', 'racks.a')],
      [want('192.0.2.9', 'racks.a')],
      ['192.0.2.9: up, for 192.0.2.2, changed'],
    ],
    [
      'each family by itself',
      [up('192.0.2.1', 'racks.a'), down('2001:db8::1', 'racks.a')],
      [want('2001:db8::9', 'racks.a'), want('192.0.2.9', 'racks.a')],
      ['2001:db8::9: down, for 2001:db8::1, changed', '192.0.2.9: up, for 192.0.2.1, changed'],
    ],
    ['nothing, of one that need not come up', [up('192.0.2.1')], [{ ...want('192.0.2.1'), expectsDown: true }], []],
  ])('is %s', (_, before, after, expected) => {
    expect(said(demandsOf(before, after, unchanged))).toEqual(expected);
  });

  test('says of the same session whether the release resets it', () => {
    const [key] = [link('192.0.2.1').key];
    expect(said(demandsOf([up('192.0.2.1')], [want('192.0.2.1')], (one) => one === key))).toEqual([
      '192.0.2.1: up, changed',
    ]);
  });

  const addresses = fc.constantFrom('192.0.2.1', '192.0.2.2', '192.0.2.3', '2001:db8::1', '2001:db8::2');
  const origins = fc.constantFrom('peers.a', 'peers.b', 'racks.a');
  const links = fc.uniqueArray(
    fc.record({ address: addresses, origin: origins, flag: fc.boolean() }).map(({ address, origin, flag }) => ({
      ...link(address, origin),
      flag,
    })),
    { selector: ({ key }) => key, maxLength: 5 },
  );

  test('is one demand for each session that should come up, and no former one stands for two', () => {
    fc.assert(
      fc.property(links, links, (one, other) => {
        const before = one.map(({ flag, ...each }) => ({ ...each, isUp: flag }));
        const after = other.map(({ flag, ...each }) => ({ ...each, expectsDown: flag }));
        const demands = demandsOf(before, after, unchanged);
        expect(demands.map(({ session }) => session)).toEqual(
          after.filter(({ expectsDown }) => !expectsDown).map(({ key }) => key),
        );
        const stoodFor = demands.flatMap(({ before: was, replaces, session }) =>
          was === 'none' ? [] : [replaces ?? session],
        );
        expect(new Set(stoodFor).size).toBe(stoodFor.length);
        for (const { before: was, replaces, session } of demands) {
          const former = before.find(({ key }) => key === (replaces ?? session));
          expect(was).toBe(former === undefined ? 'none' : former.isUp ? 'up' : 'down');
        }
      }),
      { seed: 20261129, numRuns: 500 },
    );
  });

  test('is, to go on as before, nothing but what there is', () => {
    fc.assert(
      fc.property(links, (all) => {
        const before = all.map(({ flag, ...each }) => ({ ...each, isUp: flag }));
        const after = all.map(({ flag: _, ...each }) => ({ ...each, expectsDown: false }));
        const demands = demandsOf(before, after, unchanged);
        expect(demands.filter(({ isChanged, before: was }) => isChanged || was === 'none')).toEqual([]);
        expect(formerOf({ at: '', isFirst: false, demands })).toEqual(before);
      }),
      { seed: 20261129, numRuns: 200 },
    );
  });
});
