import fc from 'fast-check';
import { OwnAddresses } from '../../../../lib/bgp/rib/own-addresses';
import { CheckedNextHopTable } from '../../../../lib/bgp/rib/table/checked';
import type { NextHopState } from '../../../../lib/bgp/rib/table/next-hop-table';
import { ip, prefixOf } from '../world';

const REACHED: NextHopState = { reachable: true, metric: 7 };
const LOST: NextHopState = { reachable: false, metric: 0 };
const intern = (table: CheckedNextHopTable, text: string, peer = 1) => table.intern(ip(text).bytes, undefined, peer);
/** What is asked, and what is no longer, since the last time. */
const questions = (table: CheckedNextHopTable) => {
  const { ask, forget } = table.questions();
  return { ask: ask.map(String).sort(), forget: forget.map(String).sort() };
};

describe('the next hops of all routes', () => {
  test('are found as in a plain map while a route of that neighbour has them, whatever comes and goes', () => {
    const step = fc.record({ n: fc.nat(300), peer: fc.integer({ min: 1, max: 2 }), isThere: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 500 }), (steps) => {
        const table = new CheckedNextHopTable();
        const known = new Map<string, { id: number; references: number }>();
        for (const { n, peer, isThere } of steps) {
          const key = `${n} ${peer}`;
          const one = known.get(key);
          if (isThere) {
            const id = table.intern4(0x0a000000 + n, peer);
            expect([String(table.get(id)?.address), table.get(id)?.peer]).toEqual([`10.0.${n >> 8}.${n & 255}`, peer]);
            if (one) expect(id).toBe(one.id);
            known.set(key, { id, references: (one?.references ?? 0) + 1 });
          } else if (one) {
            table.release(one.id);
            if (--one.references === 0) known.delete(key);
          }
          expect(table.count).toBe(known.size);
        }
        const ids = [...known.values()].map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        for (const peer of [1, 2])
          expect(table.held(peer)).toBe([...known.keys()].filter((key) => key.endsWith(` ${peer}`)).length);
        for (const { id, references } of known.values()) for (let i = 0; i < references; i++) table.release(id);
        expect([table.count, table.held(1), table.held(2)]).toEqual([0, 0, 0]);
      }),
    );
  });

  test('are the same address in other octets only by name: with a link-local one, of the other family, of another neighbour', () => {
    const table = new CheckedNextHopTable();
    const global = ip('2001:db8::1').bytes;
    const ids = [
      table.intern(global, undefined, 1),
      table.intern(global, ip('fe80::1').bytes, 1),
      table.intern(global, undefined, 2),
      intern(table, '::ffff:10.0.0.1'),
      table.intern4(0x0a000001, 1),
    ];
    expect(new Set(ids).size).toBe(5);
    expect(ids.map((id) => table.get(id)?.kind)).toEqual(['global', 'global', 'global', 'mapped', 'global']);
    expect(String(table.get(ids[1])?.linkLocal)).toBe('fe80::1');
    expect(intern(table, '10.0.0.1')).toBe(ids[4]);
  });

  test('are many, few share a bucket, and those that go leave the others of theirs', () => {
    const table = new CheckedNextHopTable();
    const ids = Array.from({ length: 5000 }, (_, n) => table.intern4(0x0a000000 + n, 1));
    expect(ids.map((_, n) => table.intern4(0x0a000000 + n, 1))).toEqual(ids);
    expect(table.longestChain()).toBeLessThan(12);
    for (const [n, id] of ids.entries()) if (n % 3 !== 0) for (let i = 0; i < 2; i++) table.release(id);
    const kept = ids.filter((_, n) => n % 3 === 0);
    expect(kept.map((_, n) => table.intern4(0x0a000000 + 3 * n, 1))).toEqual(kept);
    expect(table.count).toBe(kept.length);
  });

  test('do not lose a reference too many', () => {
    const table = new CheckedNextHopTable();
    const id = intern(table, '10.0.0.1');
    table.release(id);
    expect(() => table.release(id)).toThrow('invariant');
    expect(() => table.hold(id)).toThrow('invariant');
  });
});

describe('a next hop whose reachability nobody is asked for', () => {
  test('is reached at no cost unless something else is said', () => {
    const table = new CheckedNextHopTable();
    const id = intern(table, '10.0.0.1');
    expect([table.get(id)?.state.reachable, table.metric(id), table.hasQuestions]).toEqual([true, 0, false]);
    expect(table.setState(ip('10.0.0.1'), REACHED)).toBe('changed');
    expect([table.metric(id), table.setState(ip('10.0.0.1'), { ...REACHED })]).toEqual([7, 'same']);
    expect([table.setState(ip('10.0.0.1'), undefined), table.metric(id)]).toEqual(['changed', 0]);
  });

  test('has what was said before any route had it', () => {
    const table = new CheckedNextHopTable();
    table.setState(ip('10.0.0.1'), LOST);
    expect(table.get(intern(table, '10.0.0.1'))?.state).toEqual(LOST);
  });
});

describe('a next hop that is asked for', () => {
  test('is asked for once for all neighbours, and is not reached until that is answered', () => {
    const table = new CheckedNextHopTable(undefined, true);
    const ids = [1, 2].map((peer) => intern(table, '10.0.0.1', peer));
    expect(questions(table)).toEqual({ ask: ['10.0.0.1'], forget: [] });
    expect(ids.map((id) => [table.get(id)?.isPending, table.get(id)?.state.reachable])).toEqual([
      [true, false],
      [true, false],
    ]);
    for (const [n, id] of ids.entries()) table.get(id)!.waiting.push(Uint32Array.of(n));
    expect(table.setState(ip('10.0.0.1'), REACHED)).toEqual([Uint32Array.of(0), Uint32Array.of(1)]);
    expect(ids.map((id) => [table.get(id)?.isPending, table.metric(id)])).toEqual([
      [false, 7],
      [false, 7],
    ]);
    expect([table.hasQuestions, table.setState(ip('10.0.0.1'), LOST)]).toEqual([false, 'changed']);
  });

  test('is forgotten with its last route, and is a stranger when it comes again', () => {
    const table = new CheckedNextHopTable(undefined, true);
    const ids = [1, 2].map((peer) => intern(table, '10.0.0.1', peer));
    questions(table);
    table.setState(ip('10.0.0.1'), REACHED);
    table.release(ids[0]);
    expect(table.hasQuestions).toBe(false);
    table.release(ids[1]);
    expect(questions(table)).toEqual({ ask: [], forget: ['10.0.0.1'] });
    expect(table.setState(ip('10.0.0.1'), REACHED)).toBe('same'); // too late
    expect(table.get(intern(table, '10.0.0.1'))?.isPending).toBe(true);
    expect(questions(table)).toEqual({ ask: ['10.0.0.1'], forget: [] });
  });

  test('is asked for once, though a second neighbour has it before the answer, and forgotten when both are gone', () => {
    const table = new CheckedNextHopTable(undefined, true);
    const first = intern(table, '10.0.0.1', 1);
    questions(table);
    const second = intern(table, '10.0.0.1', 2);
    expect(table.hasQuestions).toBe(false);
    table.release(first);
    table.release(second);
    expect(questions(table)).toEqual({ ask: [], forget: ['10.0.0.1'] });
  });

  test('that came and went before anybody was asked is not asked for', () => {
    const table = new CheckedNextHopTable(undefined, true);
    table.release(intern(table, '10.0.0.1'));
    expect(table.hasQuestions).toBe(false);
  });

  test('is no link-local one, which is on its link, and no IPv4 address in an IPv6 one, which is never used', () => {
    const table = new CheckedNextHopTable(undefined, true);
    const ids = ['fe80::1', '::ffff:10.0.0.1', '::10.0.0.1'].map((text) => intern(table, text));
    expect([table.hasQuestions, table.asked()]).toEqual([false, []]);
    expect(ids.map((id) => table.get(id)?.isFree)).toEqual([false, false, false]);
  });

  test('of policy stays while its neighbour is there, with and without a route', () => {
    const table = new CheckedNextHopTable(undefined, true);
    const id = table.internGiven(ip('10.0.0.9').bytes, 1);
    table.release(id);
    expect(table.get(id)?.address).toEqual(ip('10.0.0.9'));
    table.forgetGiven(2);
    expect(table.count).toBe(1);
    table.forgetGiven(1);
    expect(table.count).toBe(0);
  });

  test('is known to all who ask, in the end: what is asked and not forgotten is what routes have', () => {
    const step = fc.record({
      n: fc.nat(3),
      peer: fc.integer({ min: 1, max: 2 }),
      what: fc.constantFrom('comes', 'goes', 'asked', 'answered' as const),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const table = new CheckedNextHopTable(undefined, true);
        const held: { n: number; id: number }[] = [];
        const tracked = new Set<string>();
        const ask = () => {
          const { ask: news, forget } = questions(table);
          for (const one of forget) tracked.delete(one);
          for (const one of news) tracked.add(one);
        };
        for (const { n, peer, what } of steps) {
          if (what === 'comes') held.push({ n, id: intern(table, `10.0.0.${n}`, peer) });
          else if (what === 'goes' && held.length > 0) table.release(held.splice(n % held.length, 1)[0].id);
          else if (what === 'asked') ask();
          else if (tracked.has(`10.0.0.${n}`)) table.setState(ip(`10.0.0.${n}`), REACHED);
        }
        ask();
        const wanted = [...new Set(held.map(({ n }) => `10.0.0.${n}`))].sort();
        expect([[...tracked].sort(), table.asked().map(String).sort()]).toEqual([wanted, wanted]);
      }),
    );
  });
});

describe('a next hop that routes of this table lead to', () => {
  const way = (...through: string[]) => ({
    metric: 1,
    onLink: false,
    isDefault: false,
    through: through.map(prefixOf),
  });

  test('relies on their prefixes until it is reached otherwise, or gone', () => {
    const table = new CheckedNextHopTable();
    const id = intern(table, '10.0.0.1');
    const idOf = (prefix: { toString(): string }) => Number(String(prefix).split('.')[1]);
    const relied = () => {
      table.rely(idOf);
      return [1, 2, 3].filter((prefix) => table.isRelied(prefix));
    };
    table.setState(ip('10.0.0.1'), { ...REACHED, ways: [way('10.1.0.0/16'), way('10.2.0.0/16')] });
    expect([relied(), table.get(id)?.isFree]).toEqual([[1, 2], false]);
    expect(table.setState(ip('10.0.0.1'), { ...REACHED, ways: [way('10.3.0.0/16')] })).toBe('changed');
    expect(relied()).toEqual([3]);
    table.setState(ip('10.0.0.1'), REACHED);
    expect([relied(), table.get(id)?.isFree]).toEqual([[], true]);
    table.setState(ip('10.0.0.1'), { ...REACHED, ways: [way('10.3.0.0/16')] });
    table.release(id);
    expect(relied()).toEqual([]);
  });
});

describe('a next hop that is free for every route of its neighbour', () => {
  test.each<[string, NextHopState, boolean]>([
    ['that is reached', REACHED, true],
    ['that is on a link', { ...REACHED, onLink: true }, true],
    ['that is lost', LOST, false],
    ['that is behind a router', { ...REACHED, onLink: false }, false],
    ['that is behind a default route', { ...REACHED, isDefault: true }, false],
  ])('is one %s', (_, state, isFree) => {
    const table = new CheckedNextHopTable();
    const id = intern(table, '10.0.0.1');
    table.setState(ip('10.0.0.1'), state);
    expect(table.get(id)?.isFree).toBe(isFree);
  });

  test('is none of this node itself, which it is as long as the node has the address', () => {
    const table = new CheckedNextHopTable();
    const [own, other] = ['10.0.0.1', '10.0.0.2'].map((text) => intern(table, text));
    const has = new OwnAddresses([ip('10.0.0.1')]);
    expect([...table.setOwn(has)].map(({ address }) => String(address))).toEqual(['10.0.0.1']);
    expect([own, other].map((id) => [table.get(id)?.isOwn, table.get(id)?.isFree])).toEqual([
      [true, false],
      [false, true],
    ]);
    expect(table.get(intern(table, '10.0.0.1', 2))?.isOwn).toBe(true);
    expect(table.setOwn(has).size).toBe(0);
    expect([table.setOwn(new OwnAddresses()).size, table.get(own)?.isFree]).toEqual([2, true]);
  });

  test('is a link-local one on the link of its session, and moves with that', () => {
    const table = new CheckedNextHopTable();
    const id = intern(table, 'fe80::1');
    expect(table.get(id)?.isFree).toBe(false);
    expect([table.setLink(1, 'eth0'), table.setLink(1, 'eth0'), table.setLink(2, 'eth0')]).toEqual([
      true,
      false,
      false,
    ]);
    expect([table.get(id)?.isFree, table.get(id)?.list.join(), table.linkOf(1)]).toEqual([
      true,
      'fe80::1%eth0',
      'eth0',
    ]);
    table.setLink(1, 'eth1');
    expect([table.get(id)?.list.join(), table.get(id)?.directList[0]]).toEqual([
      'fe80::1%eth1',
      expect.objectContaining({ interface: 'eth1', isDirect: true }),
    ]);
    table.setOwn(new OwnAddresses([], [{ name: 'eth2', addresses: [{ address: ip('fe80::1'), length: 64 }] }]));
    expect(table.get(id)?.isOwn).toBe(false);
    table.setLink(1, 'eth2');
    expect(table.get(id)?.isOwn).toBe(true);
    expect([table.setLink(1, undefined), table.get(id)?.isFree]).toEqual([true, false]);
  });
});
