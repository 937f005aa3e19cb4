import fc from 'fast-check';
import { type Foreign, ip, MAIN, prefix, World } from '../../routing-world';

const TABLES = [MAIN, 100];
const route = fc.record({
  to: fc.constantFrom('0.0.0.0/0', '10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24', '10.1.2.3/32'),
  link: fc.integer({ min: 1, max: 2 }),
  metric: fc.constantFrom(0, 7, 4294967295),
  table: fc.constantFrom(...TABLES),
});
const keyOf = ({ to, table, metric }: Foreign) => `${to} ${table} ${metric}`;
const text = (one: Foreign) => `${keyOf(one)} ${one.link}`;
const events = fc.array(fc.record({ route, how: fc.constantFrom('add', 'replace', 'remove' as const) }), {
  maxLength: 12,
});

/** The foreign routes beside a plain list, oldest first, which takes the same events. */
class Pair {
  readonly world = new World();
  list: Foreign[] = [];

  take({ route: one, how }: { route: Foreign; how: 'add' | 'replace' | 'remove' }): void {
    const isKnown = this.list.some((other) => text(other) === text(one));
    if (how === 'remove') {
      expect(this.world.put(one, 'remove')).toBe(isKnown);
      this.list = this.list.filter((other) => text(other) !== text(one));
      return;
    }
    const others = this.list.filter((other) => keyOf(other) === keyOf(one) && text(other) !== text(one));
    // Two routes side by side may be one with two hops: what was there is uncertain.
    expect(this.world.put(one, 'add', how === 'replace')).toBe(how === 'replace' || others.length === 0);
    if (how === 'replace') this.list = this.list.filter((other) => !others.includes(other));
    if (!isKnown) this.list.push(one);
  }

  check(): void {
    const { foreign, infos } = this.world;
    expect(foreign.size).toBe(this.list.length);
    const found = [...new Set(this.list.map(({ to }) => to))].flatMap((to) =>
      foreign
        .of(prefix(to).address.bytes, prefix(to).length)
        .map(({ table, metric, info }) => text({ to, table, metric, link: infos[info].hops[0].interface })),
    );
    expect(found.sort()).toEqual(this.list.map(text).sort());
    for (const table of TABLES)
      for (const address of ['10.1.2.3', '10.1.2.4', '10.9.9.9', '192.0.2.1']) {
        const [best] = this.list
          .filter((one) => one.table === table && prefix(one.to).contains(prefix(`${address}/32`)))
          .map(({ to, metric = 0 }) => ({ length: prefix(to).length, metric }))
          .sort((a, b) => b.length - a.length || a.metric - b.metric);
        const match = foreign.longest(ip(address).bytes, table);
        expect(match && { length: match.length, metric: match.metric }).toEqual(best);
      }
  }
}

describe('the routes of others', () => {
  test('are those of a plain list, whatever comes, goes and is replaced', () => {
    fc.assert(
      fc.property(events, (all) => {
        const pair = new Pair();
        for (const one of all) {
          pair.take(one);
          pair.check();
        }
      }),
    );
  });

  test('are those of a dump after it, whatever was known before', () => {
    fc.assert(
      fc.property(events, fc.uniqueArray(route, { selector: text, maxLength: 8 }), (before, dump) => {
        const pair = new Pair();
        for (const one of before) pair.take(one);
        const lost = pair.list.some((old) => !dump.some((one) => text(one) === text(old)));
        pair.world.foreign.beginDump();
        for (const one of dump) pair.world.put(one, 'dumped');
        expect(pair.world.foreign.endDump()).toBe(lost);
        pair.list = dump;
        pair.check();
      }),
    );
  });

  test('are what events told while a dump ran, which is newer than what that says', () => {
    const pair = new Pair();
    const [old, news] = [
      { to: '10.1.0.0/16', link: 1, metric: 0, table: MAIN },
      { to: '10.1.2.0/24', link: 1, metric: 0, table: MAIN },
    ];
    pair.take({ route: old, how: 'add' });
    pair.world.foreign.beginDump();
    pair.take({ route: old, how: 'remove' });
    pair.take({ route: news, how: 'add' });
    pair.world.put(old, 'dumped');
    expect(pair.world.foreign.endDump()).toBe(false);
    pair.check();
  });

  test('are heard of once each when they come and go', () => {
    const world = new World();
    const heard: string[] = [];
    world.foreign.heard = (slot, entry, isThere) =>
      heard.push(`${isThere ? 'comes' : 'goes'} ${world.foreign.lengthOf(slot)} ${world.foreign.tableOf(entry)}`);
    const one = { to: '10.1.0.0/16', link: 1 };
    world.put(one);
    world.put(one);
    world.put({ ...one, link: 2 }, 'add', true);
    world.put(one, 'remove');
    world.foreign.purge(() => true);
    expect(heard).toEqual(['comes 16 254', 'comes 16 254', 'goes 16 254', 'goes 16 254']);
    expect(world.foreign.size).toBe(0);
  });
});
