import { ChangeQueue } from '../../../../lib/bgp/rib/table/change-queue';
import { PrefixTable } from '../../../../lib/bgp/rib/table/prefix-table';

test('each prefix waits once, in the order in which it changed first, and again after it was taken', () => {
  const prefixes = new PrefixTable();
  const ids = Array.from({ length: 300 }, (_, n) => prefixes.add4(n << 8, 24));
  const queue = new ChangeQueue(prefixes);
  expect([queue.isEmpty, queue.shift()]).toEqual([true, 0]);
  for (const id of [...ids, ...ids]) queue.push(id);
  expect(ids.slice(0, 200).map(() => queue.shift())).toEqual(ids.slice(0, 200));
  for (const id of ids) queue.push(id);
  const left = [...ids.slice(200), ...ids.slice(0, 200)];
  expect(left.map(() => queue.shift())).toEqual(left);
  expect(queue.isEmpty).toBe(true);
});
