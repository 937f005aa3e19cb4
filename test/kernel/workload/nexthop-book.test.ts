import type { Nexthop } from '../../../lib/kernel/codec/nexthop';
import { NexthopBook } from '../../../lib/kernel/workload/nexthop-book';

const hop = (id: number, index: number): Nexthop => ({ id, protocol: 11, interface: index });
const group = (id: number, ...ids: number[]): Nexthop => ({
  ...{ id, protocol: 11, group: ids.map((member) => ({ id: member, weight: 1 })) },
});

let book: NexthopBook;
beforeEach(() => {
  book = new NexthopBook();
  for (const one of [hop(1, 7), hop(2, 8), group(10, 1), group(11, 1, 2), group(12, 2)]) book.set(one);
});
const interfaces = (...ids: number[]) => ids.map((id) => book.interfaceOf(id));

test('an object leads to its interface, a group to that of all its members, and what nobody knows to none', () => {
  expect(interfaces(1, 10, 11, 12, 99)).toEqual([7, 7, 0, 8, 0]);
});

test('an object that comes leads nowhere else than before, one that is replaced may', () => {
  expect([book.set(hop(3, 7)), book.set(hop(1, 7)), book.set(hop(1, 9))]).toEqual([false, false, true]);
  expect(interfaces(1, 10)).toEqual([9, 9]);
});

test('with a link go its objects and the groups that have no other', () => {
  expect(book.linkLost(7)).toEqual([1, 10]);
  expect(interfaces(1, 10, 11, 12)).toEqual([0, 0, 8, 8]);
  expect(book.linkLost(7)).toEqual([]);
});

test('after a dump there is what it had', () => {
  book.replace([hop(2, 5)]);
  expect(interfaces(1, 2, 10)).toEqual([0, 5, 0]);
  book.delete(2);
  expect(interfaces(2)).toEqual([0]);
});
