import type { Dice } from '../dice';

/** Octets that decide something somewhere. */
const INTERESTING = [0, 1, 2, 3, 4, 7, 8, 14, 15, 16, 17, 24, 31, 32, 33, 64, 127, 128, 129, 192, 224, 240, 254, 255];

export function concat(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export const cut = (bytes: Uint8Array, at: number, count: number): Uint8Array =>
  concat(bytes.subarray(0, at), bytes.subarray(at + count));

export const insert = (bytes: Uint8Array, at: number, more: Uint8Array): Uint8Array =>
  concat(bytes.subarray(0, at), more, bytes.subarray(at));

/** Changes that know nothing of what the octets mean. */
const CHANGES: readonly ((bytes: Uint8Array, other: Uint8Array, dice: Dice) => Uint8Array)[] = [
  (bytes, _, dice) => changed(bytes, dice, (octet) => octet ^ (1 << dice.below(8))),
  (bytes, _, dice) => changed(bytes, dice, () => dice.below(256)),
  (bytes, _, dice) => changed(bytes, dice, () => dice.pick(INTERESTING)),
  (bytes, _, dice) => changed(bytes, dice, (octet) => octet + 1),
  (bytes, _, dice) => changed(bytes, dice, (octet) => octet - 1),
  (bytes, _, dice) => cut(bytes, dice.below(bytes.length), 1 + dice.below(4)),
  (bytes, _, dice) => cut(bytes, dice.below(bytes.length), dice.below(bytes.length)),
  (bytes, _, dice) => bytes.slice(0, dice.below(bytes.length + 1)),
  (bytes, _, dice) => insert(bytes, dice.below(bytes.length + 1), dice.octets(1 + dice.below(4))),
  (bytes, _, dice) =>
    insert(bytes, dice.below(bytes.length + 1), new Uint8Array(1 + dice.below(16)).fill(dice.pick(INTERESTING))),
  (bytes, _, dice) => insert(bytes, dice.below(bytes.length + 1), piece(bytes, dice)),
  (bytes, other, dice) => insert(bytes, dice.below(bytes.length + 1), piece(other, dice)),
  (bytes, other, dice) =>
    concat(bytes.subarray(0, dice.below(bytes.length + 1)), other.subarray(dice.below(other.length + 1))),
  overwritten16,
];

function changed(bytes: Uint8Array, dice: Dice, change: (octet: number) => number): Uint8Array {
  const copy = bytes.slice();
  const at = dice.below(bytes.length);
  if (bytes.length > 0) copy[at] = change(copy[at]);
  return copy;
}

function overwritten16(bytes: Uint8Array, _: Uint8Array, dice: Dice): Uint8Array {
  const copy = bytes.slice();
  if (bytes.length < 2) return copy;
  const at = dice.below(bytes.length - 1);
  const value = dice.once(2) ? bytes.length - at - 2 + dice.below(3) - 1 : dice.below(65536);
  copy[at] = value >>> 8;
  copy[at + 1] = value;
  return copy;
}

function piece(bytes: Uint8Array, dice: Dice): Uint8Array {
  const at = dice.below(bytes.length + 1);
  return bytes.slice(at, at + 1 + dice.below(Math.min(64, bytes.length - at + 1)));
}

/** A piece again and again, up to so many octets: what is nested or comes in lists becomes very long. */
function repeated(bytes: Uint8Array, dice: Dice, most: number): Uint8Array {
  const one = piece(bytes, dice);
  const length = dice.once(2) ? most : dice.below(most);
  const long = new Uint8Array(Math.max(0, length - bytes.length)).map((_, i) => one[i % one.length] ?? 0);
  return insert(bytes, dice.below(bytes.length + 1), long);
}

/** One change; never longer than `most` octets. */
export function mutateOctets(bytes: Uint8Array, other: Uint8Array, dice: Dice, most = 4096): Uint8Array {
  if (dice.once(200)) return repeated(bytes, dice, most);
  return dice.pick(CHANGES)(bytes, other, dice).subarray(0, most);
}

/** One change and now and then more. */
export function mutateOften(input: Uint8Array, dice: Dice, change: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  let bytes = input;
  do bytes = change(bytes);
  while (dice.once(2));
  return bytes;
}

/** Sets a field: for tables of changes. */
export function put<T, K extends keyof T>(into: T, key: K, value: T[K]): void {
  into[key] = value;
}
