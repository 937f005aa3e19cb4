import type { PeerState } from '../../../lib/bgp/rib/peer';
import { PrefixTable } from '../../../lib/bgp/rib/table/prefix-table';
import { type TableWalk, TableWalks } from '../../../lib/bgp/rib/table-walk';

const COUNT = 10_000;

/** A table of prefixes, and walks that note what they see. */
function world() {
  const prefixes = new PrefixTable();
  const walks = new TableWalks(prefixes);
  const log: string[] = [];
  for (let n = 0; n < COUNT; n++) prefixes.add4(n << 8, 24);
  const walk = (name: string, more: Partial<TableWalk> = {}): TableWalk & { seen: number[] } => {
    const seen: number[] = [];
    return {
      seen,
      visit: (from, to) => {
        if (log.at(-1) !== name) log.push(name);
        for (let id = from; id < to; id++) seen.push(id);
        return false;
      },
      ...more,
    };
  };
  const finish = () => {
    while (walks.isDue) walks.work(1000);
  };
  return { prefixes, walks, walk, log, finish };
}

const peer = (isUp: boolean) => ({ context: isUp ? {} : undefined }) as PeerState;

describe('a walk over the table', () => {
  test('sees each prefix once, at once or later', () => {
    const { walks, walk, finish } = world();
    const [now, later] = [walk('now'), walk('later')];
    walks.start(now, false);
    expect(now.seen).toHaveLength(COUNT);
    walks.start(later, true);
    expect(later.seen.length).toBeLessThan(COUNT);
    finish();
    expect(later.seen).toEqual(now.seen);
  });

  test('does not see what comes after it has begun', () => {
    const { prefixes, walks, walk, finish } = world();
    const one = walk('one');
    walks.start(one, true);
    const late = prefixes.add4(0xf0000000, 8);
    finish();
    expect(one.seen).not.toContain(late);
  });

  test('is over where its visitor says so, and then says that it is done, once', () => {
    const { walks, finish } = world();
    let last = 0;
    let done = 0;
    const visit = (_: number, to: number) => {
      last = to;
      return to > 5000;
    };
    walks.start({ visit, done: () => done++ }, true);
    expect(done).toBe(0);
    finish();
    expect([last < 7000, done]).toEqual([true, 1]);
  });

  test('takes the place of one for the same reason, and of no other', () => {
    const { walks, walk, finish } = world();
    const [first, other, second] = [
      walk('first', { reason: 'a' }),
      walk('other', { reason: 'b' }),
      walk('second', { reason: 'a' }),
    ];
    for (const one of [first, other, second]) walks.start(one, true);
    finish();
    expect(first.seen.length).toBeLessThan(COUNT);
    expect([other.seen, second.seen].map(({ length }) => length)).toEqual([COUNT, COUNT]);
  });

  test('that removes paths goes before those that evaluate them anew, behind others that remove', () => {
    const { walks, walk, log, finish } = world();
    walks.start(walk('evaluate', { reason: 'a' }), true);
    walks.start(walk('remove', { removes: peer(false) }), true);
    walks.start(walk('remove too', { removes: peer(false) }), true);
    log.length = 0;
    finish();
    expect(log).toEqual(['remove', 'remove too', 'evaluate']);
  });

  test('that removes paths of a neighbour is finished for it alone', () => {
    const { walks, walk } = world();
    const [mine, others] = [peer(false), peer(false)];
    const [one, other] = [walk('one', { removes: mine }), walk('other', { removes: others })];
    for (const each of [one, other]) walks.start(each, true);
    walks.finish(mine);
    expect(one.seen).toHaveLength(COUNT);
    expect(other.seen.length).toBeLessThan(COUNT);
  });

  test('tells whose paths all go and who is down', () => {
    const { walks, walk } = world();
    const [down, up, some] = [peer(false), peer(true), peer(false)];
    walks.start(walk('down', { removes: down, removesAll: true }), true);
    walks.start(walk('up', { removes: up, removesAll: true }), true);
    walks.start(walk('some', { removes: some }), true);
    expect([...walks.leaving()]).toEqual([down]);
  });
});
