import type { Dice } from '../dice';
import { mutateOctets, put } from './octets';

const VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1, 32, 33, 128, 129, 255, 256, 65536, 4294967295, 4294967296, 1.5, 1e308, -0.5],
  ...[
    '',
    '0',
    'x',
    '::',
    '0.0.0.0/0',
    '10.0.0.0/8',
    '::/0',
    '2001:db8::/32',
    '10.0.0.1',
    '__proto__',
    'constructor',
    'ffff',
  ],
  ...[[], {}, [[]], [{}], { length: 1 }],
];
const NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'hex',
  'kind',
  'what',
  'prefix',
  'rules',
  'ge',
  'le',
  'paths',
  'options',
];

type Container = Record<string, unknown>;

/** Every container within a value, with the names it has. */
function containers(value: unknown, into: Container[] = []): Container[] {
  if (typeof value !== 'object' || value === null) return into;
  into.push(value as Container);
  for (const inner of Object.values(value)) containers(inner, into);
  return into;
}

/** One change to a JSON value: a member replaced, taken out, put in, given another name; or to its text. */
export function mutateJson(octets: Uint8Array, other: Uint8Array, dice: Dice): Uint8Array {
  const [value, donor] = [octets, other].map((bytes) => {
    try {
      return JSON.parse(Buffer.from(bytes).toString('utf8'));
    } catch {
      return undefined;
    }
  });
  const places = containers(value);
  if (places.length === 0 || dice.once(10)) return mutateOctets(octets, other, dice, 65_536);
  const place = dice.pick(places);
  const names = Object.keys(place);
  const name = names.length > 0 ? dice.pick(names) : 'x';
  const foreign = () => {
    const from = containers(donor);
    const taken = from.length > 0 ? Object.values(dice.pick(from)) : [];
    return taken.length > 0 ? dice.pick(taken) : dice.pick(VALUES);
  };
  dice.pick<() => unknown>([
    () => put(place, name, dice.pick(VALUES)),
    () => put(place, name, foreign()),
    () => (Array.isArray(place) ? place.splice(dice.below(place.length), 1) : delete place[name]),
    () =>
      Array.isArray(place)
        ? place.push(foreign())
        : Object.defineProperty(place, dice.pick(NAMES), {
            value: foreign(),
            enumerable: true,
            configurable: true,
            writable: true,
          }),
    () => put(place, name, changedLeaf(place[name], foreign(), dice)),
    () => put(place, name, changedLeaf(place[name], foreign(), dice)),
    () => put(place, name, changedLeaf(place[name], foreign(), dice)),
  ])();
  return Buffer.from(JSON.stringify(value)).subarray(0, 4096);
}

function changedLeaf(leaf: unknown, other: unknown, dice: Dice): unknown {
  if (typeof leaf === 'number') return dice.pick([leaf + 1, leaf - 1, -leaf, leaf * 2, dice.word()]);
  if (typeof leaf !== 'string') return dice.pick(VALUES);
  if (/^([0-9a-f]{2})+$/i.test(leaf)) return changedHex(leaf, typeof other === 'string' ? other : '', dice);
  const text = Buffer.from(leaf);
  return Buffer.from(mutateOctets(text, Buffer.from(typeof other === 'string' ? other : ''), dice, 256)).toString(
    'utf8',
  );
}

function changedHex(digits: string, other: string, dice: Dice): string {
  const bytes = mutateOctets(Buffer.from(digits, 'hex'), Buffer.from(other, 'hex'), dice, 1024);
  return Buffer.from(bytes).toString('hex');
}
