import fc from 'fast-check';
import type { NexthopSet } from '../../../../lib/kernel/fib/state/nexthop-set';
import { Withheld } from '../../../../lib/kernel/fib/withholding/withheld';
import { IpAddress } from '../../../../lib/model/address';
import { Prefix } from '../../../../lib/model/prefix';
import { PrefixHash } from '../../../../lib/model/prefix-hash';
import { sure } from '../../../../lib/model/problem';

const net = (text: string) => sure(Prefix.parse(text));
const via = (text: string): NexthopSet => ({ via: [{ address: sure(IpAddress.parse(text)) }] });
const wordsOf = ({ address }: Prefix) => {
  const view = new DataView(Uint8Array.from(address.bytes).buffer);
  return Int32Array.from({ length: address.bytes.length / 4 }, (_, i) => view.getInt32(4 * i));
};

function held() {
  const withheld = new Withheld(new PrefixHash());
  return {
    withheld,
    add: (prefix: Prefix, target: NexthopSet, reason: string) =>
      withheld.add(prefix.family, wordsOf(prefix), prefix.length, target, reason),
    remove: (prefix: Prefix) => withheld.remove(prefix.family, wordsOf(prefix), prefix.length),
  };
}

test('a route that is held back is there with its reason until it is removed', () => {
  const { withheld, add, remove } = held();
  add(net('10.0.0.0/8'), via('192.0.2.1'), 'first');
  add(net('10.0.0.0/8'), via('192.0.2.2'), 'second');
  add(net('2001:db8::/32'), 'blackhole', 'third');
  expect(withheld.reason(net('10.0.0.0/8'))).toBe('second');
  expect(withheld.target(net('10.0.0.0/8'))).toEqual(via('192.0.2.2'));
  expect(withheld.reason(net('10.0.0.0/9'))).toBeUndefined();
  expect(withheld.led.map(({ prefix }) => String(prefix))).toEqual(['10.0.0.0/8']);
  expect(remove(net('10.0.0.0/8'))).toEqual(via('192.0.2.2'));
  expect(remove(net('10.0.0.0/8'))).toBeUndefined();
  withheld.clear();
  expect(withheld.all()).toEqual([]);
});

test('it holds what a map would', () => {
  const prefix = fc
    .tuple(fc.constantFrom('10.0.0.0', '10.1.0.0', '2001:db8::'), fc.constantFrom(8, 16, 24))
    .map(([address, length]) => Prefix.of(sure(IpAddress.parse(address)), length));
  const step = fc.record({ prefix, adds: fc.boolean(), reason: fc.string() });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { withheld, add, remove } = held();
      const map = new Map<string, string>();
      for (const { prefix, adds, reason } of steps) {
        if (adds) {
          add(prefix, 'unreachable', reason);
          map.set(String(prefix), reason);
        } else expect(remove(prefix) !== undefined).toBe(map.delete(String(prefix)));
        expect(new Map(withheld.all().map((one) => [String(one.prefix), one.reason]))).toEqual(map);
      }
    }),
  );
});
