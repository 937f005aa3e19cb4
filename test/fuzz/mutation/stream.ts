import type { Dice } from '../dice';
import { concat, mutateOctets } from './octets';
import { mutateOpen } from './open';
import { mutateUpdate } from './update';

/** A message of a stream: its header's length field is made to fit, unless the message is broken on purpose. */
interface RawMessage {
  type: number;
  body: Uint8Array;
}

export function readStream(octets: Uint8Array): { messages: RawMessage[]; rest: Uint8Array } {
  const messages: RawMessage[] = [];
  let at = 0;
  while (at + 19 <= octets.length) {
    const length = (octets[at + 16] << 8) | octets[at + 17];
    if (length < 19 || at + length > octets.length) break;
    messages.push({ type: octets[at + 18], body: octets.slice(at + 19, at + length) });
    at += length;
  }
  return { messages, rest: octets.slice(at) };
}

export function writeStream(messages: readonly RawMessage[], rest: Uint8Array = new Uint8Array()): Uint8Array {
  const marker = new Uint8Array(16).fill(0xff);
  return concat(
    ...messages.flatMap(({ type, body }) => [marker, [(body.length + 19) >>> 8, (body.length + 19) & 255, type], body]),
    rest,
  );
}

/** One change to a stream of messages: to one of them by its kind, to their order, or to octets. */
export function mutateStream(octets: Uint8Array, other: Uint8Array, dice: Dice, most = 70_000): Uint8Array {
  const { messages, rest } = readStream(octets);
  const donor = readStream(other).messages;
  if (dice.once(10)) return mutateOctets(octets, other, dice, most);
  if (messages.length === 0 || dice.once(5)) {
    if (donor.length > 0) messages.splice(dice.below(messages.length + 1), 0, { ...dice.pick(donor) });
  } else if (dice.once(8)) messages.splice(dice.below(messages.length), 1);
  else if (dice.once(12)) messages.splice(dice.below(messages.length + 1), 0, { type: 4, body: new Uint8Array() });
  else if (dice.once(20)) dice.pick(messages).type = dice.below(7);
  else {
    const one = dice.pick(messages);
    const alike = donor.filter(({ type }) => type === one.type);
    const from = alike.length > 0 ? dice.pick(alike).body : one.body;
    one.body = (one.type === 2 ? mutateUpdate : one.type === 1 ? mutateOpen : mutateOctets)(one.body, from, dice);
  }
  const whole = writeStream(messages, rest);
  return whole.length > most ? octets : whole;
}
