import type { Dice } from '../dice';
import { concat, mutateOctets, put } from './octets';

interface RawAttribute {
  type: number;
  value: Uint8Array;
}

function readAttributes(octets: Uint8Array): { list: RawAttribute[]; rest: Uint8Array } {
  const list: RawAttribute[] = [];
  let at = 0;
  while (at + 4 <= octets.length) {
    const length = octets[at] | (octets[at + 1] << 8);
    if (length < 4 || at + length > octets.length) break;
    list.push({ type: octets[at + 2] | (octets[at + 3] << 8), value: octets.slice(at + 4, at + length) });
    at += (length + 3) & ~3;
  }
  return { list, rest: octets.slice(at) };
}

function writeAttributes(list: readonly RawAttribute[], rest: Uint8Array): Uint8Array {
  const parts = list.flatMap(({ type, value }) => [
    [(value.length + 4) & 255, (value.length + 4) >>> 8, type & 255, type >>> 8],
    value,
    new Uint8Array(-value.length & 3),
  ]);
  return concat(...parts, rest);
}

/** Within hops within hops: RTA_MULTIPATH may hold what it stands among. */
function nested(octets: Uint8Array, dice: Dice): Uint8Array {
  let inner = octets;
  for (let depth = dice.below(dice.once(20) ? 4000 : 6); depth > 0 && inner.length < 60_000; depth--) {
    const length = inner.length + 8;
    const hop = concat([length & 255, length >>> 8, 0, 0, 2, 0, 0, 0], inner);
    inner = writeAttributes([{ type: 9, value: hop }], new Uint8Array());
  }
  return inner;
}

/**
 * One change to netlink attributes, nested ones too; lengths stay right, unless octets are changed without regard to
 * them.
 */
export function mutateNetlinkAttributes(octets: Uint8Array, other: Uint8Array, dice: Dice): Uint8Array {
  const { list, rest } = readAttributes(octets);
  const donor = readAttributes(other).list;
  if (list.length === 0 || dice.once(6)) {
    if (donor.length === 0 || dice.once(3)) return mutateOctets(octets, other, dice, 65_535);
    list.splice(dice.below(list.length + 1), 0, { ...dice.pick(donor) });
    return writeAttributes(list, rest);
  }
  const one = dice.pick(list);
  const from = donor.length > 0 ? dice.pick(donor).value : one.value;
  dice.pick<() => unknown>([
    () => list.splice(list.indexOf(one), 1),
    () => list.push({ ...one }),
    () => put(one, 'type', dice.once(4) ? dice.below(65536) : dice.below(32)),
    () => put(one, 'type', one.type ^ (dice.once(2) ? 0x8000 : 0x4000)),
    () => put(one, 'value', mutateOctets(one.value, from, dice, 512)),
    () => put(one, 'value', mutateOctets(one.value, from, dice, 512)),
    () => put(one, 'value', dice.octets(dice.pick([0, 1, 2, 4, 6, 8, 16, 18, 20]))),
    () => put(one, 'value', mutateNetlinkAttributes(one.value, from, dice)),
    () => put(one, 'value', nested(writeAttributes(list, rest), dice)),
    // struct rtnexthop stands before the attributes of a hop
    () =>
      put(one, 'value', concat(one.value.subarray(0, 8), mutateNetlinkAttributes(one.value.subarray(8), from, dice))),
  ])();
  return writeAttributes(list, rest);
}

/** One change to a message: to the `head` octets before its attributes, or to these. */
export function mutateNetlink(octets: Uint8Array, other: Uint8Array, head: number, dice: Dice): Uint8Array {
  if (dice.once(10)) return mutateOctets(octets, other, dice, 65_535);
  const start = octets.subarray(0, head);
  if (dice.once(6)) return concat(mutateOctets(start, other.subarray(0, head), dice, head), octets.subarray(head));
  return concat(start, mutateNetlinkAttributes(octets.subarray(head), other.subarray(head), dice)).subarray(0, 65_535);
}
