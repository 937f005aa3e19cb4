import fc from 'fast-check';
import { MOST_PATHS } from '../../../../lib/bgp/rib/adj-rib-in/adj-rib-in';
import { PATH_MARTIAN } from '../../../../lib/bgp/rib/table/path-table';
import { Phases } from '../phases';

describe('the Adj-RIBs-In', () => {
  test('keep what neighbours sent and did not take back, the best first, with references to match', () => {
    const step = fc.record({
      peer: fc.nat(2),
      prefix: fc.integer({ min: 1, max: 4 }),
      preference: fc.option(fc.nat(5)),
      isUsed: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const world = new Phases(3);
        const known = new Map<number, Map<number, number>>();
        for (const { peer, prefix, preference, isUsed } of steps) {
          const of = world.peers[peer];
          const paths = known.get(prefix) ?? new Map<number, number>();
          known.set(prefix, paths);
          if (preference === null) {
            world.drop(of, prefix);
            paths.delete(of.number);
          } else {
            world.put(of, prefix, preference, isUsed);
            paths.set(of.number, isUsed ? preference : -1);
          }
          world.check();
          const chain = world.chain(prefix);
          const best = Math.max(...paths.values());
          expect([...chain].sort()).toEqual([...paths.keys()].sort());
          if (best >= 0) expect(paths.get(chain[0])).toBe(best);
        }
        for (const each of world.peers) for (const prefix of known.keys()) world.drop(each, prefix);
        world.changes();
        const { prefixes, paths, attributes, nextHops } = world.tables;
        expect([prefixes, paths, attributes, nextHops].map(({ count }) => count)).toEqual([0, 0, 0, 0]);
      }),
    );
  });

  test('take only so many paths of one neighbour to one prefix', () => {
    const world = new Phases(1);
    const [of] = world.peers;
    for (let pathId = 1; pathId <= MOST_PATHS; pathId++) expect(world.put(of, 1, 100, true, pathId)).toBe(true);
    expect(world.put(of, 1, 100, true, MOST_PATHS + 1)).toBe(false);
    expect(world.put(of, 1, 100, true, 1)).toBe(true); // one that is there
    expect(of.paths).toBe(MOST_PATHS);
    world.check();
  });

  test('show the paths of one neighbour alone, and remove those that are to go', () => {
    const world = new Phases(2);
    const [one, other] = world.peers;
    const { prefixes } = world.tables;
    for (const each of [one, other]) for (const prefix of [1, 2]) world.put(each, prefix, 100);
    const ids = [1, 2].map((prefix) => prefixes.find4(prefix << 8, 24));
    expect(ids.map((id) => world.adjRibIn.visit(one, id, id + 1, 9, () => id === ids[0]))).toEqual([1, 1]);
    expect([1, 2].map((prefix) => world.chain(prefix))).toEqual([[other.number], [one.number, other.number]]);
    expect([one.paths, other.paths]).toEqual([1, 2]);
    expect(world.adjRibIn.visit(one, ids[0], ids[0] + 1, 9, () => true)).toBe(0);
    world.check();
  });

  test('count paths to martians while they are not used', () => {
    const world = new Phases(1);
    const [of] = world.peers;
    const id = world.tables.prefixes.add4(0xf0000000, 8);
    for (const [mark, wanted] of [
      [PATH_MARTIAN, 1],
      [PATH_MARTIAN, 1],
      [0, 0],
      [PATH_MARTIAN, 1],
    ]) {
      const set = world.set(of, 100);
      world.adjRibIn.put(of.number, of, id, 0, set, mark === 0 ? set : 0, mark);
      world.tables.attributes.release(set);
      expect(of.martians[0]).toBe(wanted);
    }
    world.adjRibIn.drop(of.number, of, id, 0);
    expect(of.martians[0]).toBe(0);
    world.check();
  });
});
