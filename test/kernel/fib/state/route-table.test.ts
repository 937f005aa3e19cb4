import fc from 'fast-check';
import { ABSENT, RouteTable, UNCERTAIN } from '../../../../lib/kernel/fib/state/route-table';

describe('a route table', () => {
  const make = (
    infos = new Map([
      [1, 10],
      [2, 20],
      [3, 0],
    ]),
  ) => {
    const table = new RouteTable(
      4,
      (target) => infos.get(target)!,
      (from, to) => from < 90 && to < 90,
    );
    table.prefixes.load(Uint8Array.of(10, 0, 0, 0), 0);
    return { table, slot: table.slot(8), infos };
  };

  test.each([
    [0, ABSENT, 'none'],
    [1, ABSENT, 'add'],
    [1, 10, 'none'],
    [1, 20, 'replace'],
    [1, 90, 'recreate'],
    [1, UNCERTAIN, 'recreate'],
    [0, 10, 'delete'],
    [0, UNCERTAIN, 'delete'],
    [3, 10, 'delete'],
    [3, ABSENT, 'none'],
  ])('of target %i wanted and route info %i installed says %s', (target, installed, step) => {
    const { table, slot } = make();
    table.observe(slot, installed);
    expect(table.want(slot, target)).toBe(step !== 'none');
    expect(table.step(slot)).toBe(step);
  });

  test('keeps a leftover until the sweep, or until it is wanted or given up', () => {
    for (const end of ['sweep', 'want', 'give up']) {
      const { table, slot } = make();
      table.adopt(slot, 10);
      expect(table.step(slot)).toBe('none');
      const swept: number[] = [];
      if (end === 'want') expect(table.want(slot, 1)).toBe(false);
      if (end === 'give up') expect(table.want(slot, 0)).toBe(true);
      table.sweep((one) => swept.push(one));
      expect(swept).toEqual(end === 'sweep' ? [slot] : []);
      expect(table.step(slot)).toBe(end === 'want' ? 'none' : 'delete');
    }
  });

  test('misses in a dump what is gone, but not what was written meanwhile or is on its way', () => {
    const { table, slot } = make();
    const others = [11, 12, 13].map((octet) => {
      table.prefixes.load(Uint8Array.of(octet, 0, 0, 0), 0);
      return table.slot(8);
    });
    for (const one of [slot, ...others]) {
      table.want(one, 1);
      table.observe(one, 10);
    }
    table.beginDump();
    table.sent(others[0]);
    table.observe(others[1], 10);
    expect(table.dumped(others[1], 20)).toBe(false);
    expect(table.dumped(others[2], 20)).toBe(true);
    const missing: number[] = [];
    table.endDump((one) => missing.push(one));
    expect(missing).toEqual([slot]);
    expect([slot, ...others].map((one) => table.step(one))).toEqual(['add', 'none', 'none', 'replace']);
  });

  test('leads to what is wanted, whatever happens in between', () => {
    // The kernel as a number; an outsider writes and deletes; the writer does what step() says.
    const action = fc.oneof(
      fc.record({ want: fc.constantFrom(0, 1, 2, 3) }),
      fc.record({ outside: fc.constantFrom(ABSENT, 10, 20, 90) }),
      fc.constant('write' as const),
      fc.constant('lose the answer' as const),
      fc.constant('dump' as const),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
        const { table, slot, infos } = make();
        let kernel = ABSENT;
        const write = (answered: boolean) => {
          const step = table.step(slot);
          if (step === 'none') return;
          if (step === 'add') expect(kernel).toBe(ABSENT);
          if (step === 'replace') expect(kernel).not.toBe(ABSENT);
          kernel = step === 'delete' ? ABSENT : table.desired(slot);
          table.sent(slot);
          table.acknowledged(slot, answered ? kernel : UNCERTAIN);
        };
        for (const one of actions) {
          if (one === 'write') write(true);
          else if (one === 'lose the answer') write(false);
          else if (one === 'dump') {
            table.beginDump();
            if (kernel !== ABSENT) table.dumped(slot, kernel);
            table.endDump(() => {});
          } else if ('want' in one) table.want(slot, one.want);
          else {
            kernel = one.outside;
            table.observe(slot, kernel);
          }
        }
        write(true);
        const wanted = table.wanted(slot);
        expect(kernel).toBe(wanted === 0 ? ABSENT : infos.get(wanted));
      }),
    );
  });
});
