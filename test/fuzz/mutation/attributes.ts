import type { Dice } from '../dice';
import { concat, mutateOctets, put } from './octets';

/** A path attribute as octets, right or wrong. */
export interface RawAttribute {
  flags: number;
  type: number;
  value: Uint8Array;
}

/** Attributes as far as they can be told apart; what is left over comes as `rest`. */
export function readAttributes(block: Uint8Array): { list: RawAttribute[]; rest: Uint8Array } {
  const list: RawAttribute[] = [];
  let at = 0;
  while (at + 3 <= block.length) {
    const wide = (block[at] & 0x10) !== 0;
    if (wide && at + 4 > block.length) break;
    const start = at + (wide ? 4 : 3);
    const end = start + (wide ? (block[at + 2] << 8) | block[at + 3] : block[at + 2]);
    if (end > block.length) break;
    list.push({ flags: block[at], type: block[at + 1], value: block.slice(start, end) });
    at = end;
  }
  return { list, rest: block.slice(at) };
}

/** Their octets, lengths right. */
export function writeAttributes(list: readonly RawAttribute[], rest: Uint8Array = new Uint8Array()): Uint8Array {
  const parts: (Uint8Array | number[])[] = [];
  for (const { flags, type, value } of list) {
    const wide = (flags & 0x10) !== 0 || value.length > 255;
    parts.push(
      wide ? [flags | 0x10, type, value.length >>> 8, value.length & 255] : [flags, type, value.length],
      value,
    );
  }
  return concat(...parts, rest);
}

/** Types there is a row for, some that have none, and both ends of the range. */
const TYPES = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 22, 23, 24, 25, 26, 29, 32, 35, 40, 128, 0, 11, 33, 99, 255,
];
const FLAGS = [0x40, 0x80, 0xc0, 0xe0, 0x50, 0x90, 0xd0, 0x00, 0x20, 0x60, 0xa0];

/** Numbers that mean something in an AS path, a community or a router id. */
const WORDS = [
  0, 1, 23456, 64512, 65001, 65535, 65536, 0x0a000001, 0xffff0000, 0xffffff01, 0xffffff02, 0xffffff03, 0xffffffff,
];

type Change = (list: RawAttribute[], other: readonly RawAttribute[], dice: Dice) => void;

const CHANGES: readonly Change[] = [
  (list, _, dice) => void list.splice(dice.below(list.length), 1),
  (list, _, dice) => list.length > 0 && list.splice(dice.below(list.length + 1), 0, { ...dice.pick(list) }),
  swap,
  adopt,
  adopt,
  adopt,
  (list, _, dice) => change(list, dice, (one) => put(one, 'type', dice.once(8) ? dice.below(256) : dice.pick(TYPES))),
  (list, _, dice) => change(list, dice, (one) => put(one, 'flags', one.flags ^ (1 << (4 + dice.below(4))))),
  (list, _, dice) => change(list, dice, (one) => put(one, 'flags', dice.once(8) ? dice.below(256) : dice.pick(FLAGS))),
  (list, other, dice) =>
    change(list, dice, (one) =>
      put(one, 'value', mutateOctets(one.value, other.length > 0 ? dice.pick(other).value : one.value, dice, 1024)),
    ),
  (list, other, dice) =>
    change(list, dice, (one) =>
      put(one, 'value', mutateOctets(one.value, other.length > 0 ? dice.pick(other).value : one.value, dice, 1024)),
    ),
  (list, _, dice) => change(list, dice, (one) => put(one, 'value', wordsAt(one.value, dice))),
  (list, _, dice) => change(list, dice, (one) => put(one, 'value', lengthened(one.value, dice))),
  (list, _, dice) => change(list, dice, (one) => put(one, 'value', one.value.slice(0, dice.below(one.value.length)))),
  (list, _, dice) => list.push({ flags: dice.pick(FLAGS), type: dice.pick(TYPES), value: dice.octets(dice.below(24)) }),
];

function change(list: RawAttribute[], dice: Dice, apply: (one: RawAttribute) => unknown): void {
  if (list.length > 0) apply(dice.pick(list));
}

function swap(list: RawAttribute[], _: readonly RawAttribute[], dice: Dice): void {
  if (list.length < 2) return;
  const [a, b] = [dice.below(list.length), dice.below(list.length)];
  [list[a], list[b]] = [list[b], list[a]];
}

/** One of another input's comes along, or takes the place of the one of its type. */
function adopt(list: RawAttribute[], other: readonly RawAttribute[], dice: Dice): void {
  if (other.length === 0) return;
  const taken = { ...dice.pick(other) };
  const at = list.findIndex(({ type }) => type === taken.type);
  if (at >= 0 && !dice.once(4)) list[at] = taken;
  else list.splice(dice.below(list.length + 1), 0, taken);
}

function wordsAt(value: Uint8Array, dice: Dice): Uint8Array {
  const copy = value.slice();
  const word = dice.pick(WORDS);
  if (copy.length < 4) return copy;
  // At the front stand AS numbers of aggregators, sequence numbers, first members.
  const at = dice.once(3) ? 0 : dice.below(copy.length - 3);
  for (let i = 0; i < 4; i++) copy[at + i] = word >>> (24 - 8 * i);
  return copy;
}

/** Repeated, so that lists become long: lengths over 255, more members than a segment may have. */
function lengthened(value: Uint8Array, dice: Dice): Uint8Array {
  const times = 2 + dice.below(dice.once(100) ? 20_000 : dice.once(8) ? 64 : 4);
  return value.length * times > (dice.once(100) ? 60_000 : 1500)
    ? value
    : concat(...Array.from({ length: times }, () => value));
}

/** One change to a block of attributes, whose lengths stay right. */
export function mutateAttributes(block: Uint8Array, other: Uint8Array, dice: Dice): Uint8Array {
  const { list, rest } = readAttributes(block);
  dice.pick(CHANGES)(list, readAttributes(other).list, dice);
  return writeAttributes(list, rest);
}
