import fc from 'fast-check';
import { ChangeLog, type Cursor } from '../../../../lib/bgp/rib/table/change-log';
import { PrefixTable } from '../../../../lib/bgp/rib/table/prefix-table';

describe('the log of changes', () => {
  test('shows each reader the prefixes that changed since it read last, each once', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('append' as const), id: fc.nat(19) }) },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant('read' as const),
          reader: fc.nat(2),
          count: fc.integer({ min: 1, max: 9 }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const), reader: fc.nat(2) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const prefixes = new PrefixTable();
        const ids = Array.from({ length: 20 }, (_, i) => prefixes.add4(i << 24, 8));
        const log = new ChangeLog(prefixes);
        const into = new Uint32Array(20);
        const readers: { cursor: Cursor; unread: number[] }[] = [0, 1, 2].map(() => ({
          cursor: log.open(),
          unread: [],
        }));
        const read = (reader: (typeof readers)[number], count: number) =>
          expect([...into.subarray(0, log.read(reader.cursor, into, 0, count))]).toEqual(
            reader.unread.splice(0, count),
          );
        for (const each of steps) {
          if (each.do === 'append') {
            const id = ids[each.id];
            log.append(id);
            for (const reader of readers) reader.unread = [...reader.unread.filter((other) => other !== id), id];
          } else if (each.do === 'read') read(readers[each.reader], each.count);
          else {
            log.close(readers[each.reader].cursor);
            readers[each.reader] = { cursor: log.open(), unread: [] };
          }
          for (const { cursor, unread } of readers)
            for (const id of ids) expect(log.isUnread(cursor, id)).toBe(unread.includes(id));
        }
        for (const reader of readers) {
          read(reader, 20);
          expect(log.hasUnread(reader.cursor)).toBe(false);
        }
      }),
    );
  });
});
