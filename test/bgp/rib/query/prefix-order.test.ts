import { prefixesInOrder } from '../../../../lib/bgp/rib/query/prefix-order';
import { Rib } from '../../../../lib/bgp/rib/rib';
import { ADDRESS_FAMILIES } from '../../../../lib/model/address';
import { prefixOf, ROUTER_ID } from '../world';

const table = (...prefixes: string[]) => {
  const rib = new Rib({ routerId: ROUTER_ID });
  for (const prefix of prefixes) rib.originate(prefixOf(prefix));
  return rib;
};
const listed = (rib: Rib, isWanted?: (id: number) => boolean) =>
  [...prefixesInOrder(rib.tables.prefixes, ADDRESS_FAMILIES, isWanted)].flatMap((one) => (one ? [String(one)] : []));

describe('prefixes in order', () => {
  test('are those of IPv4 first, by address and then by length', () => {
    const rib = table(
      '2001:db8::/32',
      '10.0.0.0/24',
      '192.0.2.0/24',
      '10.0.0.0/8',
      'fd00::/8',
      '0.0.0.0/0',
      '10.0.1.0/24',
    );
    expect(listed(rib)).toEqual([
      '0.0.0.0/0',
      '10.0.0.0/8',
      '10.0.0.0/24',
      '10.0.1.0/24',
      '192.0.2.0/24',
      '2001:db8::/32',
      'fd00::/8',
    ]);
  });

  test('are none of an empty table', () => expect(listed(table())).toEqual([]));

  test('are those that are wanted', () => {
    const rib = table('10.0.1.0/24', '10.0.0.0/24');
    const { prefixes } = rib.tables;
    expect(listed(rib, (id) => id === prefixes.id(prefixOf('10.0.0.0/24'), false))).toEqual(['10.0.0.0/24']);
  });

  test('of many are all of them in order, and others have their turn in between', () => {
    const rib = new Rib({ routerId: ROUTER_ID });
    const count = 30_000;
    // An odd factor visits each number once, in no order.
    for (let i = 0; i < count; i++) {
      const n = (i * 7919) % count;
      rib.originate(prefixOf(`10.${n >> 8}.${n & 255}.0/24`));
    }
    const all = [...prefixesInOrder(rib.tables.prefixes, ['ipv4'])];
    expect(all.filter((one) => !one).length).toBeGreaterThan(5);
    expect(all.flatMap((one) => (one ? [String(one)] : []))).toEqual(
      Array.from({ length: count }, (_, n) => `10.${n >> 8}.${n & 255}.0/24`),
    );
  });

  test('are looked at as they were when it began, whatever comes and goes meanwhile', () => {
    const rib = table(...Array.from({ length: 9000 }, (_, n) => `10.${n >> 8}.${n & 255}.0/24`));
    const walk = prefixesInOrder(rib.tables.prefixes, ['ipv4']);
    while (!walk.next().value);
    rib.withdrawOrigin(prefixOf('10.0.9.0/24'));
    rib.originate(prefixOf('10.0.0.0/24'));
    const rest = [...walk].map(String);
    expect(rest).toEqual([...new Set(rest)]);
    expect(rest).toHaveLength(8999);
  });
});
