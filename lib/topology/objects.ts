import type { Fabric } from '../model/fabric';
import { fabricShape } from '../model/shape';

/** The kinds of objects that a fabric holds by name: `nodes`, `peers` and so on, as the schema has them. */
export const objectKinds = (): string[] =>
  Object.entries(fabricShape().fields).flatMap(([name, { shape }]) => (shape.type === 'map' ? [name] : []));

/** The fields of a fabric that are no named objects: its AS number, the mesh, the timers. */
export const settingNames = (): string[] =>
  Object.entries(fabricShape().fields).flatMap(([name, { shape }]) => (shape.type === 'map' ? [] : [name]));

/** The objects of a kind, by name. */
const objectsOf = (fabric: Fabric, kind: string): Readonly<Record<string, object>> =>
  fabric[kind as keyof Fabric] as unknown as Readonly<Record<string, object>>;

/** Fields by which people name an object when they do not know its name. */
const ADDRESSES = ['address', 'ipv4Address', 'ipv6Address'];

/** The names of a kind's objects that a word means: its name, or an address that it has, with a port or without. */
export function objectNames(fabric: Fabric, kind: string, word: string): string[] {
  const objects = objectsOf(fabric, kind);
  if (Object.hasOwn(objects, word)) return [word];
  const bare = word.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
  return Object.entries(objects).flatMap(([name, object]) =>
    ADDRESSES.some((field) => String((object as Record<string, unknown>)[field] ?? '') === bare) ? [name] : [],
  );
}
