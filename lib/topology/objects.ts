import type { Fabric } from '../model/fabric';
import { fabricShape } from '../model/shape';

/** The maps of the fabric by name, from the schema: `nodes`, `peers` and so on. */
export const objectKinds = (): string[] =>
  Object.entries(fabricShape().fields).flatMap(([name, { shape }]) => (shape.type === 'map' ? [name] : []));

/** The scalar settings of a fabric: its AS number, the mesh, the timers. */
export const settingNames = (): string[] =>
  Object.entries(fabricShape().fields).flatMap(([name, { shape }]) => (shape.type === 'map' ? [] : [name]));

/** The objects of a kind, by name. */
const objectsOf = (fabric: Fabric, kind: string): Readonly<Record<string, object>> =>
  fabric[kind as keyof Fabric] as unknown as Readonly<Record<string, object>>;

/** Fields by which a user may refer to an object instead of its name. */
const ADDRESSES = ['address', 'ipv4Address', 'ipv6Address'];

/** Names of the objects of a kind that a word refers to, by name or by address, with or without a port. */
export function objectNames(fabric: Fabric, kind: string, word: string): string[] {
  const objects = objectsOf(fabric, kind);
  if (Object.hasOwn(objects, word)) return [word];
  const bare = word.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
  return Object.entries(objects).flatMap(([name, object]) =>
    ADDRESSES.some((field) => String((object as Record<string, unknown>)[field] ?? '') === bare) ? [name] : [],
  );
}
