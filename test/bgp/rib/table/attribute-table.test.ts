import fc from 'fast-check';
import { AttributeFacts, MARK } from '../../../../lib/bgp/rib/table/attribute-facts';
import {
  SET,
  SET_CONTEXT,
  SET_LOCAL_PREF,
  SET_MARKS,
  SET_MED,
  SET_NEIGHBOUR_AS,
  SET_NEXT_HOP,
  SET_ORIGIN,
  SET_ORIGINATOR,
  SET_PATH_LENGTHS,
  SET_PEER,
} from '../../../../lib/bgp/rib/table/attribute-table';
import { CheckedAttributeTable, CheckedNextHopTable } from '../../../../lib/bgp/rib/table/checked';

const FACTS = new AttributeFacts();

/** Octets that say which set they are of. */
const octetsOf = (n: number) => Uint8Array.from({ length: 2 + (n % 40) }, (_, i) => (i === 0 ? n : n >> 8));

function world(mostChunks?: number) {
  const nextHops = new CheckedNextHopTable();
  const sets = new CheckedAttributeTable(nextHops, undefined, mostChunks);
  const hash = (octets: Uint8Array, context: number) => sets.hash(octets, 0, octets.length, context);
  return {
    nextHops,
    sets,
    find: (n: number, context: number) =>
      sets.find(hash(octetsOf(n), context), context, octetsOf(n), 0, octetsOf(n).length),
    add(n: number, context: number, peer: number): number {
      const octets = octetsOf(n);
      const hop = nextHops.intern4(0x0a000000 + n, peer);
      return sets.add(hash(octets, context), context, octets, 0, octets.length, 0, FACTS, hop, peer);
    },
    canonical: (set: number) => [...sets.octets(set).subarray(sets.start(set), sets.start(set) + sets.length(set))],
  };
}

describe('the attribute sets', () => {
  test('are found as in a plain map while somebody has a reference, whatever comes and goes', () => {
    const step = fc.record({ n: fc.nat(500), context: fc.integer({ min: 4, max: 5 }), isThere: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const { sets, nextHops, find, add, canonical } = world();
        const known = new Map<string, { set: number; references: number; n: number }>();
        const released: number[] = [];
        sets.onRelease = (set) => void released.push(set);
        for (const { n, context, isThere } of steps) {
          const key = `${n} ${context}`;
          const one = known.get(key);
          expect(find(n, context)).toBe(one?.set ?? 0);
          if (isThere && one) {
            sets.hold(one.set);
            one.references++;
          } else if (isThere) known.set(key, { set: add(n, context, 1 + (n % 3)), references: 1, n });
          else if (one) {
            sets.release(one.set);
            if (--one.references === 0) known.delete(key);
            expect(released.splice(0)).toEqual(known.has(key) ? [] : [one.set]);
          }
        }
        expect([sets.count, new Set([...known.values()].map(({ set }) => set)).size]).toEqual([known.size, known.size]);
        expect(nextHops.count).toBe(new Set([...known.values()].map(({ n }) => n)).size);
        for (const { set, n } of known.values()) expect(canonical(set)).toEqual([...octetsOf(n)]);
        expect(sets.held(1) + sets.held(2) + sets.held(3)).toBe(sets.memory);
        for (const { set, references } of known.values()) for (let i = 0; i < references; i++) sets.release(set);
        expect([sets.count, sets.memory, sets.footprint, nextHops.count]).toEqual([0, 0, 0, 0]);
      }),
    );
  });

  test('are many, few share a bucket, and those that go leave the others of theirs', () => {
    const { sets, add, find } = world();
    const all = Array.from({ length: 5000 }, (_, n) => add(n, 4, 1));
    expect(all.map((_, n) => find(n, 4))).toEqual(all);
    expect(sets.longestChain()).toBeLessThan(12);
    for (const [n, set] of all.entries()) if (n % 3 !== 0) sets.release(set);
    expect(all.map((_, n) => find(n, 4))).toEqual(all.map((set, n) => (n % 3 === 0 ? set : 0)));
  });

  test('have what decision and export read of them', () => {
    const { sets, nextHops } = world();
    const facts = new AttributeFacts();
    Object.assign(facts, { localPref: 4294967295, asPathLength: 3, origin: 2, med: 7, neighbourAs: 4200000000 });
    Object.assign(facts, { originator: 0xc0000201, clusterListLength: 5, marks: MARK.noExport });
    const hop = nextHops.intern4(0xc0000201, 9);
    const set = sets.add(1, 4, Uint8Array.of(1), 0, 1, 0, facts, hop, 9);
    const words = (...offsets: number[]) => offsets.map((offset) => sets.sets[set * SET + offset]);
    expect(words(SET_LOCAL_PREF, SET_PATH_LENGTHS, SET_ORIGIN, SET_MED)).toEqual([4294967295, 3 | (5 << 16), 2, 7]);
    expect(words(SET_NEIGHBOUR_AS, SET_ORIGINATOR)).toEqual([4200000000, 0xc0000201]);
    expect(words(SET_MARKS, SET_NEXT_HOP, SET_PEER, SET_CONTEXT)).toEqual([MARK.noExport, hop, 9, 4]);
  });

  test('keep a canonical form of their own, or a part of the octets that they are found by', () => {
    const { sets, canonical } = world();
    const octets = Uint8Array.of(9, 1, 2, 3);
    expect(canonical(sets.add(1, 4, octets, 0, 4, 1, FACTS, 0, 1))).toEqual([1, 2, 3]);
    expect(canonical(sets.add(2, 4, octets, 1, 4, 2, FACTS, 0, 1))).toEqual([3]);
    const own = sets.add(3, 4, octets, 0, 4, Uint8Array.of(7, 8), FACTS, 0, 1);
    expect([canonical(own), sets.find(3, 4, octets, 0, 4)]).toEqual([[7, 8], own]);
  });

  test('are refused where there is no room, and take nothing then', () => {
    const { sets, nextHops } = world(17);
    const octets = new Uint8Array(65_000);
    const add = (n: number) => sets.add(n, 4, octets, 0, octets.length, 0, FACTS, nextHops.intern4(n, 1), 1);
    const all: number[] = [];
    for (let set = add(1); set !== 0; set = add(all.length + 1)) all.push(set);
    expect(all.length).toBeGreaterThan(0);
    const { count, memory } = sets;
    expect([add(99), sets.count, sets.memory, nextHops.count]).toEqual([0, count, memory, all.length]);
    sets.release(all[0]);
    expect(add(99)).not.toBe(0);
  });

  test('do not take a reference too many, nor one of a set that is gone', () => {
    const { sets, add } = world();
    const set = add(1, 4, 1);
    sets.release(set);
    expect(() => sets.release(set)).toThrow('invariant');
    expect(() => sets.hold(set)).toThrow('invariant');
  });
});
