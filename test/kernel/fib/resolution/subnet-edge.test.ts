import { isSubnetEdge } from '../../../../lib/kernel/fib/resolution/subnet-edge';
import { IpAddress } from '../../../../lib/model/address';
import { sure } from '../../../../lib/model/problem';

test.each([
  ['10.0.0.0', 24, true],
  ['10.0.0.255', 24, true],
  ['10.0.0.128', 25, true],
  ['10.0.0.127', 25, true],
  ['10.0.0.4', 30, true],
  ['10.0.0.7', 30, true],
  ['10.0.0.6', 30, false],
  ['10.0.0.255', 23, false],
  ['10.0.1.0', 23, false],
  ['10.0.0.0', 31, false],
  ['10.0.0.1', 31, false],
  ['10.0.0.0', 32, false],
  ['2001:db8::', 64, false],
])('%s is no next hop on a link with a prefix of its %i bits: %s', (text, length, expected) => {
  expect(isSubnetEdge(sure(IpAddress.parse(text)), length)).toBe(expected);
});
