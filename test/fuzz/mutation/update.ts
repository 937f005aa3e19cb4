import type { Dice } from '../dice';
import { mutateAttributes } from './attributes';
import { concat, mutateOctets } from './octets';

/** The three fields of an UPDATE body, as far as its lengths allow. */
export interface RawUpdate {
  withdrawn: Uint8Array;
  attributes: Uint8Array;
  nlri: Uint8Array;
}

export function readUpdate(body: Uint8Array): RawUpdate | undefined {
  if (body.length < 4) return undefined;
  const withdrawnEnd = 2 + ((body[0] << 8) | body[1]);
  if (withdrawnEnd + 2 > body.length) return undefined;
  const end = withdrawnEnd + 2 + ((body[withdrawnEnd] << 8) | body[withdrawnEnd + 1]);
  if (end > body.length) return undefined;
  return {
    withdrawn: body.slice(2, withdrawnEnd),
    attributes: body.slice(withdrawnEnd + 2, end),
    nlri: body.slice(end),
  };
}

export const writeUpdate = ({ withdrawn, attributes, nlri }: RawUpdate): Uint8Array =>
  concat(
    [withdrawn.length >>> 8, withdrawn.length & 255],
    withdrawn,
    [attributes.length >>> 8, attributes.length & 255],
    attributes,
    nlri,
  );

type Field = 'withdrawn' | 'nlri';

/** A few prefixes that come again, so that they meet in a table. */
function routes(dice: Dice): Uint8Array {
  const parts: Uint8Array[] = [];
  do {
    const length = dice.once(8) ? dice.below(40) : dice.pick([0, 8, 16, 23, 24, 25, 32]);
    const octets = Math.min(17, (length + 7) >> 3);
    const body = dice.once(4)
      ? dice.octets(octets)
      : Uint8Array.of(10, 0, dice.below(4), dice.below(2)).slice(0, octets);
    parts.push(concat(dice.once(6) ? [0, 0, 0, dice.below(3)] : [], [length], body));
  } while (!dice.once(3));
  return concat(...parts);
}

function mutateField(update: RawUpdate, field: Field, other: RawUpdate, dice: Dice): void {
  const octets = update[field];
  update[field] = dice.pick([
    () => routes(dice),
    () => concat(octets, routes(dice)),
    () => new Uint8Array(),
    () => (dice.once(20) ? concat(...Array.from({ length: dice.below(4000) }, () => routes(dice))) : octets),
    () => other[dice.once(2) ? 'withdrawn' : 'nlri'],
    () => mutateOctets(octets, other[field], dice, 1024),
  ])();
}

/** One change to an UPDATE body: to a field, to its attributes, or to octets without regard to what they mean. */
export function mutateUpdate(body: Uint8Array, other: Uint8Array, dice: Dice): Uint8Array {
  const update = readUpdate(body);
  const donor = readUpdate(other);
  if (!update || !donor || dice.once(6)) return mutateOctets(body, other, dice, dice.once(50) ? 65_516 : 4096);
  if (dice.once(3)) mutateField(update, dice.once(2) ? 'nlri' : 'withdrawn', donor, dice);
  else update.attributes = mutateAttributes(update.attributes, donor.attributes, dice);
  const whole = writeUpdate(update);
  return whole.length > 65_516 ? body : whole;
}
