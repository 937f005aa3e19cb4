import type { WireContext } from '../../lib/bgp/wire/context';
import { type PathAttributes, SEGMENT } from '../../lib/bgp/wire/path-attributes';
import { encodeAttributes, UpdateWriter } from '../../lib/bgp/wire/update';

/** Prefix lengths of the Internet's IPv4 table, in thousandths. */
const LENGTHS: readonly (readonly [number, number])[] = [
  [24, 600],
  [23, 90],
  [22, 130],
  [21, 50],
  [20, 45],
  [19, 30],
  [18, 20],
  [17, 10],
  [16, 25],
];

/** Numbers that look random and are the same in each run (mulberry32). */
export function randoms(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** `count` distinct IPv4 prefixes with the length mix of the Internet: address and length in turn. */
export function prefixes(count: number, seed = 1): Uint32Array {
  const random = randoms(seed),
    seen = new Set<number>(),
    all = new Uint32Array(2 * count);
  for (let n = 0; n < count; ) {
    let share = random(1000),
      length = 24;
    for (const [bits, weight] of LENGTHS) {
      if (share < weight) {
        length = bits;
        break;
      }
      share -= weight;
    }
    const address = ((1 + random(223)) * 2 ** 24 + random(2 ** 24)) & (-1 << (32 - length)),
      key = (address >>> 0) * 64 + length;
    if (seen.has(key)) continue;
    seen.add(key);
    all[2 * n] = address;
    all[2 * n + 1] = length;
    n++;
  }
  return all;
}

/** A neighbour's whole table as UPDATE messages: about six prefixes an attribute set, spread over several messages. */
export function feed(table: Uint32Array, context: WireContext, seed = 2, perMessage = 3.66, perSet = 6): Uint8Array {
  const random = randoms(seed),
    count = table.length / 2,
    sets: PathAttributes[] = [];
  for (let i = 0; i < count / perSet; i++) {
    const members = [context.peerAs];
    for (let hops = 2 + random(4); hops > 0; hops--) members.push(1 + random(65000));
    sets.push({
      origin: random(10) === 0 ? 2 : 0,
      asPath: [{ type: SEGMENT.sequence, members }],
      nextHop: Uint8Array.of(192, 0, 2, 1),
      ...(context.session === 'ibgp' && { localPref: 100 }),
      ...(random(3) === 0 && { med: random(100) }),
      ...(random(2) === 0 && {
        communities: [context.peerAs * 65536 + random(1000), context.peerAs * 65536 + random(1000)],
      }),
    });
  }
  const writer = new UpdateWriter(context, count * 40 + 65536);
  let at = 0;
  while (at < count) {
    const attributes = sets[random(sets.length)];
    writer.announce('ipv4 unicast', encodeAttributes(attributes, context), attributes.nextHop!);
    for (let n = 1 + random(2 * perMessage - 1); n > 0 && at < count; n--, at++)
      writer.add(table[2 * at], 0, 0, 0, table[2 * at + 1]);
  }
  return writer.take();
}
