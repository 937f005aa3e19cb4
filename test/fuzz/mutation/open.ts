import type { Dice } from '../dice';
import { concat, mutateOctets } from './octets';

interface RawParameter {
  type: number;
  /** Capabilities: code and value each, and what is left over. */
  capabilities: { code: number; value: Uint8Array }[];
  rest: Uint8Array;
}

interface RawOpen {
  head: Uint8Array;
  extended: boolean;
  parameters: RawParameter[];
}

function readOpen(body: Uint8Array): RawOpen | undefined {
  if (body.length < 10) return undefined;
  const extended = body[9] === 255 && body[10] === 255;
  const parameters: RawParameter[] = [];
  const head = extended ? 3 : 2;
  for (let at = extended ? 13 : 10; at + head <= body.length; ) {
    const length = extended ? (body[at + 1] << 8) | body[at + 2] : body[at + 1];
    const end = Math.min(body.length, at + head + length);
    const capabilities: RawParameter['capabilities'] = [];
    let inner = at + head;
    while (inner + 2 <= end && inner + 2 + body[inner + 1] <= end) {
      capabilities.push({ code: body[inner], value: body.slice(inner + 2, inner + 2 + body[inner + 1]) });
      inner += 2 + body[inner + 1];
    }
    parameters.push({ type: body[at], capabilities, rest: body.slice(inner, end) });
    at = end;
  }
  return { head: body.slice(0, 9), extended, parameters };
}

function writeOpen({ head, extended, parameters }: RawOpen): Uint8Array {
  const octets = parameters.map(({ type, capabilities, rest }) => {
    const value = concat(...capabilities.map(({ code, value }) => concat([code, value.length & 255], value)), rest);
    return concat(extended ? [type, value.length >>> 8, value.length & 255] : [type, value.length & 255], value);
  });
  const all = concat(...octets);
  return concat(head, extended ? [255, 255, all.length >>> 8, all.length & 255] : [all.length & 255], all);
}

const CODES = [1, 2, 5, 6, 9, 64, 65, 69, 70, 0, 3, 66, 128, 255];

type Change = (open: RawOpen, other: RawOpen, dice: Dice) => void;
const parameterOf = (open: RawOpen, dice: Dice): RawParameter => {
  if (open.parameters.length === 0) open.parameters.push({ type: 2, capabilities: [], rest: new Uint8Array() });
  return dice.pick(open.parameters);
};

const CHANGES: readonly Change[] = [
  (open, _, dice) => {
    open.head = mutateOctets(open.head, open.head, dice, 9);
  },
  (open, _, dice) => {
    parameterOf(open, dice).type = dice.below(4);
  },
  (open) => {
    open.extended = !open.extended;
  },
  (open, _, dice) => void open.parameters.splice(dice.below(open.parameters.length), 1),
  (open, other, dice) => void open.parameters.push({ ...parameterOf(other, dice) }),
  adopt,
  adopt,
  (open, _, dice) => {
    const { capabilities } = parameterOf(open, dice);
    capabilities.splice(dice.below(capabilities.length), 1);
  },
  (open, other, dice) => {
    const { capabilities } = parameterOf(open, dice);
    const donor = parameterOf(other, dice).capabilities;
    if (capabilities.length === 0) return;
    const one = dice.pick(capabilities);
    one.value = mutateOctets(one.value, donor.length > 0 ? dice.pick(donor).value : one.value, dice, 255);
  },
  (open, _, dice) => {
    const { capabilities } = parameterOf(open, dice);
    if (capabilities.length > 0) dice.pick(capabilities).code = dice.pick(CODES);
  },
  (open, _, dice) => {
    parameterOf(open, dice).capabilities.push({ code: dice.pick(CODES), value: dice.octets(dice.below(12)) });
  },
  (open, _, dice) => {
    const parameter = parameterOf(open, dice);
    parameter.rest = dice.octets(dice.below(3));
  },
];

function adopt(open: RawOpen, other: RawOpen, dice: Dice): void {
  const donor = parameterOf(other, dice).capabilities;
  const { capabilities } = parameterOf(open, dice);
  if (donor.length > 0) capabilities.splice(dice.below(capabilities.length + 1), 0, { ...dice.pick(donor) });
}

/** One change to the body of an OPEN: to its parameters and capabilities with lengths kept right, or to its octets. */
export function mutateOpen(body: Uint8Array, other: Uint8Array, dice: Dice): Uint8Array {
  const open = readOpen(body);
  const donor = readOpen(other);
  if (!open || !donor || dice.once(5)) return mutateOctets(body, other, dice, 4077);
  dice.pick(CHANGES)(open, donor, dice);
  const whole = writeOpen(open);
  return whole.length > 4077 ? body : whole;
}
