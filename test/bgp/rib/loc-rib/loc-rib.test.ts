import { Phases } from '../phases';

describe('the Loc-RIB', () => {
  test('tells of a prefix once, with its latest best route', () => {
    const world = new Phases(2);
    const [one, other] = world.peers;
    world.put(one, 1, 100);
    world.put(other, 1, 200);
    world.put(one, 2, 100);
    expect(world.changes()).toEqual([
      ['0.0.1.0/24', other.number],
      ['0.0.2.0/24', one.number],
    ]);
    expect([world.changes(), world.locRib.hasChanges]).toEqual([[], false]);
    world.drop(other, 1);
    world.drop(one, 2);
    expect(world.changes()).toEqual([
      ['0.0.1.0/24', one.number],
      ['0.0.2.0/24', undefined],
    ]);
  });

  test('tells of nothing where a route came and went unseen, or another path than the best', () => {
    const world = new Phases(2);
    const [one, other] = world.peers;
    world.put(one, 1, 100);
    world.drop(one, 1);
    expect(world.changes()).toEqual([]);
    expect(world.tables.prefixes.count).toBe(0);
    world.put(one, 1, 200);
    world.changes();
    world.put(other, 1, 100);
    world.drop(other, 1);
    expect(world.changes()).toEqual([]);
  });

  test('tells again of prefixes with several paths alone where more next hops may be named', () => {
    const world = new Phases(2);
    const [one, other] = world.peers;
    for (const prefix of [1, 2]) world.put(one, prefix, 100);
    world.put(other, 2, 100);
    world.changes();
    world.locRib.multipath = 2;
    expect(world.locRib.retake(1, world.tables.prefixes.limit)).toBe(false);
    const change = world.locRib.takeChange()!;
    expect([String(change.prefix), change.nextHops!.map(String)]).toEqual(['0.0.2.0/24', ['10.0.0.1', '10.0.0.2']]);
    expect(world.locRib.hasChanges).toBe(false);
  });

  test('asks of each next hop alone whether it must be on a link of this node', () => {
    const world = new Phases(3);
    const [far, near, other] = world.peers;
    near.isOnLink = true;
    const hops = () => world.locRib.takeChange()!.nextHops!.map((hop) => `${hop}${hop.isDirect ? ' direct' : ''}`);
    world.put(near, 1, 100);
    expect(hops()).toEqual(['10.0.0.2 direct']);
    world.locRib.multipath = 3;
    for (const one of [far, near, other]) world.put(one, 2, 100);
    expect(hops()).toEqual(['10.0.0.1', '10.0.0.2 direct', '10.0.0.3']);
    near.isOnLink = false;
    for (const one of [far, near, other]) world.put(one, 3, 100);
    expect(hops()).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3']);
  });

  test('shows all to somebody who knows none', () => {
    const world = new Phases(1);
    const [of] = world.peers;
    for (const prefix of [1, 2]) world.put(of, prefix, 100);
    world.put(of, 3, 100, false);
    world.changes();
    world.locRib.showAll();
    expect(world.changes().map(([prefix]) => prefix)).toEqual(['0.0.1.0/24', '0.0.2.0/24']);
  });

  test('says which path is the best and where the others lost', () => {
    const world = new Phases(3);
    const [one, other, unused] = world.peers;
    world.put(one, 1, 100);
    world.put(other, 1, 200);
    world.put(unused, 1, 300, false);
    const id = world.tables.prefixes.find4(1 << 8, 24);
    const head = world.tables.prefixes.rows[id * 4 + 2];
    const { best, lost } = world.locRib.explain(id, head);
    expect(best).toBe(head);
    expect([...lost.values()].filter((step) => step !== undefined)).toEqual(['local-pref']);
    expect(lost.size).toBe(2);
  });
});
