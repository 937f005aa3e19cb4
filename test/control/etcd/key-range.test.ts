import { endOfPrefix } from '../../../lib/control/etcd/key-range';

test.each([
  ['/a/', '/a0'],
  ['a', 'b'],
  ['/peerform/v1/lab/nodes/', '/peerform/v1/lab/nodes0'],
])('the keys that begin with %s end before %s', (prefix, end) => {
  expect(Buffer.from(endOfPrefix(prefix)).toString()).toBe(end);
});
