import { AttributeFacts } from '../../../../lib/bgp/rib/table/attribute-facts';
import { AttributeTable } from '../../../../lib/bgp/rib/table/attribute-table';
import { NextHopTable } from '../../../../lib/bgp/rib/table/next-hop-table';
import { PrefixTable } from '../../../../lib/bgp/rib/table/prefix-table';
import { PrefixMap } from '../../../../lib/kernel/fib/state/prefix-map';
import { type HashKey, KNOWN_KEY } from '../../../../lib/model/keyed-hash';
import { PrefixHash } from '../../../../lib/model/prefix-hash';
import { collidingOctets, collidingWords, KEYS } from '../../../model/strangers';

/*
 * What a neighbour sends is chosen by somebody who knows all of the program but its key. Probes are counted, not timed.
 */

const CONTEXT = 4;
const PEER = 1;

describe('50,000 attribute sets chosen to collide', () => {
  const chosen = collidingOctets(KNOWN_KEY, 50_000, 12, 6, CONTEXT);
  const filled = (key: HashKey) => {
    const store = new AttributeTable(new NextHopTable(key), key);
    for (const octets of chosen)
      store.add(store.hash(octets, 0, 12, CONTEXT), CONTEXT, octets, 0, 12, 0, new AttributeFacts(), 0, PEER);
    return store;
  };

  test('share buckets where the key is known', () => expect(filled(KNOWN_KEY).longestChain()).toBeGreaterThan(30));

  test.each(KEYS)('share none with another key: %p', (...key) => {
    const store = filled(key);
    expect(store.count).toBe(50_000);
    expect(store.longestChain()).toBeLessThan(12);
  });
});

describe('next hops chosen to collide', () => {
  const chosen = collidingOctets(KNOWN_KEY, 10_000, 4, 6, PEER);
  const filled = (key: HashKey) => {
    const table = new NextHopTable(key);
    for (const octets of chosen) table.intern(octets, undefined, PEER);
    return table;
  };

  test('share buckets where the key is known', () => expect(filled(KNOWN_KEY).longestChain()).toBeGreaterThan(30));

  test.each(KEYS)('share none with another key: %p', (...key) => expect(filled(key).longestChain()).toBeLessThan(16));
});

describe.each([4, 6] as const)('50,000 IPv%i prefixes chosen to collide', (family) => {
  const chosen = collidingWords(KNOWN_KEY, family, 50_000);

  const rib = (key: HashKey, words: readonly number[]) => {
    const table = new PrefixTable(key);
    for (const word of words)
      if (family === 4) table.add4(word, 32);
      else table.add6(0x20010db8, 0, 0, word, 128);
    return table.longestProbe();
  };

  const kernel = (key: HashKey, words: readonly number[]) => {
    const table = new PrefixMap(family === 4 ? 4 : 16, new PrefixHash(key));
    for (const word of words) {
      if (family === 4) table.key[0] = word;
      else table.key.set([0x20010db8, 0, 0, word]);
      table.insert(family === 4 ? 32 : 128);
    }
    return table.longestProbe();
  };

  test('are as many', () => expect(chosen.length).toBeGreaterThan(49_000));

  test('stand in each other’s way where the key is known', () => {
    expect(rib(KNOWN_KEY, chosen.slice(0, 1000))).toBeGreaterThan(20);
    expect(kernel(KNOWN_KEY, chosen.slice(0, 1000))).toBeGreaterThan(20);
  });

  test.each(KEYS)('stand in nobody’s way with another key: %p', (...key) => {
    expect(rib(key, chosen)).toBeLessThan(40);
    expect(kernel(key, chosen)).toBeLessThan(40);
  });
});
