import { icmpFilter, membership } from '../../../lib/kernel/codec/multicast';
import { IpAddress } from '../../../lib/model/address';
import { sure } from '../../../lib/model/problem';

test('a membership is the group and the index of the interface', () => {
  const octets = Buffer.from(membership(sure(IpAddress.parse('ff02::2')), 0x0102));
  expect(octets.toString('hex')).toBe('ff02000000000000000000000000000202010000');
});

test('a filter of ICMPv6 types blocks all but the given ones', () => {
  const blocked = icmpFilter([133, 134]);
  const passes = Array.from({ length: 256 }, (_, type) => type).filter(
    (type) => (new Uint32Array(blocked.buffer)[type >>> 5] & (1 << (type & 31))) === 0,
  );
  expect(passes).toEqual([133, 134]);
});
