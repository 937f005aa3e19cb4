import { canonicalFabric, type Json } from '../model/canonical';
import type { Fabric } from '../model/fabric';
import { sameRules } from '../preview/fields/filters';
import { byNumber } from '../preview/words';
import { objectKinds } from '../topology/objects';

/** A field of an object, as JSON before and after; undefined if it has none. */
export interface ChangedField {
  readonly field: string;
  readonly before?: string;
  readonly after?: string;
}

/**
 * An object of the fabric that a change adds, removes or changes. The fabric's own settings count as one object with an
 * empty path.
 */
export interface ChangedObject {
  /** `nodes.n1`. */
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** Source location: `main.ts:24`. */
  readonly place?: string;
  readonly fields: readonly ChangedField[];
}

type Members = Readonly<Record<string, Json>>;

/** Differences in the configuration: settings first, then objects by kind and name. */
export function changedObjects(
  before: Fabric | undefined,
  after: Fabric | undefined,
  places: ReadonlyMap<string, string> = new Map(),
): ChangedObject[] {
  const [was, is] = [before, after].map((fabric) => (fabric ? (canonicalFabric(fabric) as Members) : undefined));
  const kinds = objectKinds();
  const objects = kinds.flatMap((kind) => {
    const [old, now] = [was, is].map((fabric) => (fabric?.[kind] ?? {}) as Members);
    return namesIn(old, now).flatMap((name) => {
      const found = changedObject(`${kind}.${name}`, old[name], now[name], places);
      return kind === 'filters' && before && after ? found.map((one) => rewritten(one, name, before, after)) : found;
    });
  });
  const settings = [was, is].map((fabric) => fabric && without(fabric, kinds));
  return [...changedObject('', settings[0], settings[1], places), ...objects];
}

/** Rules of a filter that do the same as before are reported as such, instead of field by field. */
function rewritten(found: ChangedObject, name: string, before: Fabric, after: Fabric): ChangedObject {
  const same = (['import', 'export'] as const).flatMap((direction): ChangedField[] => {
    const [was, is] = [before, after].map(({ filters }) => filters[name]?.[direction]);
    if (!was || !is || !found.fields.some(isIn(direction)) || !sameRules(was, is)) return [];
    const [old, now] = [was, is].map((rules) => rules.map((rule) => JSON.stringify(rule)).sort());
    const how = old.join() === now.join() ? 'in another order' : 'written differently';
    return [{ field: direction, before: 'the same rules', after: how }];
  });
  return { ...found, fields: [...found.fields.filter((one) => !same.some(({ field }) => isIn(field)(one))), ...same] };
}

const isIn =
  (list: string) =>
  ({ field }: ChangedField): boolean =>
    field.startsWith(`${list}[`);

const namesIn = (one: Members, other: Members): string[] =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])].sort(byNumber);

const without = (fabric: Members, kinds: readonly string[]): Members =>
  Object.fromEntries(Object.entries(fabric).filter(([name]) => !kinds.includes(name)));

function changedObject(
  path: string,
  before: Json | undefined,
  after: Json | undefined,
  places: ReadonlyMap<string, string>,
): ChangedObject[] {
  const fields = changedFields(before, after);
  if (fields.length === 0 && (before === undefined) === (after === undefined)) return [];
  const place = places.get(path);
  const change = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  return [{ path, change, ...(place !== undefined && { place }), fields }];
}

/** Compares down to values, and lists by index. Empty values of a new or removed object are skipped. */
function changedFields(before: Json | undefined, after: Json | undefined, field = ''): ChangedField[] {
  const isWithin = field === '' || (before !== undefined && after !== undefined);
  if (isWithin && [before, after].every((value) => value === undefined || isMembers(value))) {
    const [was, is] = [before, after].map((value) => (value ?? {}) as Members);
    const isList = Array.isArray(before ?? after);
    return namesIn(was, is).flatMap((name) => changedFields(was[name], is[name], fieldIn(field, name, isList)));
  }
  const [was, is] = [before, after].map((value) => (value === undefined ? undefined : JSON.stringify(value)));
  if (was === is || (isEmpty(was) && isEmpty(is))) return [];
  return [{ field, ...(was !== undefined && { before: was }), ...(is !== undefined && { after: is }) }];
}

const fieldIn = (field: string, name: string, isList: boolean): string =>
  field === '' ? name : isList ? `${field}[${name}]` : `${field}.${name}`;

const isEmpty = (json: string | undefined): boolean => json === undefined || json === '[]' || json === '{}';

/** Objects, and lists of objects; other lists are compared as a whole. */
const isMembers = (value: Json): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (!Array.isArray(value) || value.some((one) => typeof one === 'object'));
