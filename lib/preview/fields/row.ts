import type { Fabric } from '../../model/fabric';
import { names } from '../words';

/** Something that the outcome of a change depends on and the two fabrics do not show. */
export interface OpenQuestion {
  /** New neighbours may send what former ones sent. Unset: there are none. */
  readonly mayBring?: true;
  /** Fields: `peers.isp.nextHop`. */
  readonly paths: readonly string[];
  /** What the change does or may do, following "the change": "may leave routes without a reachable next hop". */
  readonly clause: string;
  /** What to check, and whom to ask. */
  readonly ask: string;
  /** It may cause loss of routes or traffic. */
  readonly mayLose: boolean;
}

/** A question before the fields that raise it are known. */
export interface Asked extends Omit<OpenQuestion, 'paths'> {
  /** Routes answer it if all of them are known. */
  readonly isAnsweredByRoutes?: boolean;
}

/**
 * What is known about a changed field. `played`: sessions, paths and routing tables before and after show its whole
 * effect, whatever the routes are; `by routes`: they do as far as routes are known; `open`: something else matters too.
 */
export type FieldFinding =
  | { readonly path: string; readonly kind: 'played' | 'by routes' }
  | ({ readonly path: string; readonly kind: 'open' } & Asked);

/** Location of a field: the fabrics, and the object that has it, undefined if new or removed. */
export interface FieldPlace<Of = unknown> {
  readonly path: string;
  readonly before: Fabric;
  readonly after: Fabric;
  readonly was: Of | undefined;
  readonly is: Of | undefined;
  /**
   * Nodes keep local AS numbers towards outside neighbours from earlier changes, so that the fabrics do not show which
   * neighbours are external.
   */
  readonly isAsKept?: boolean;
}

/**
 * What a change of a field can do to routes; `undefined` as a value means unset. Only called for values that differ.
 */
export type FieldRow<Value, Of = unknown> = (
  was: Value | undefined,
  is: Value | undefined,
  place: FieldPlace<Of>,
) => readonly FieldFinding[];

/** A row for every field of an object; a missing row is a compile error. */
export type FieldRows<Of> = { readonly [Field in keyof Of]-?: FieldRow<NonNullable<Of[Field]>, Of> };

/** No route depends on it. */
export const nothing: FieldRow<unknown> = () => [];

export const played: FieldRow<unknown> = (_was, _is, { path }) => [{ path, kind: 'played' }];

/** `when`: whether the effect of this change depends on routes; otherwise it has none. */
export const byRoutes =
  <Value, Of>(
    when: (was: Value | undefined, is: Value | undefined, place: FieldPlace<Of>) => boolean = () => true,
  ): FieldRow<Value, Of> =>
  (was, is, place) =>
    when(was, is, place) ? [{ path: place.path, kind: 'by routes' }] : [];

export const isLower = (was: number | undefined, is: number | undefined, standard: number): boolean =>
  (is ?? standard) < (was ?? standard);

/** `says`: the open question; undefined if this change raises none. */
export const openField =
  <Value, Of = unknown>(
    says: (was: Value | undefined, is: Value | undefined, place: FieldPlace<Of>) => Asked | undefined,
  ): FieldRow<Value, Of> =>
  (was, is, place) => {
    const said = says(was, is, place);
    return said ? [{ path: place.path, kind: 'open', ...said }] : [];
  };

/** Findings of several rows. */
export const all =
  <Value, Of>(...rows: readonly FieldRow<Value, Of>[]): FieldRow<Value, Of> =>
  (was, is, place) =>
    rows.flatMap((row) => row(was, is, place));

/** Objects by name. `whole`: row for a new or removed one. */
export const eachNamed =
  <Value extends object>(
    rows: FieldRows<Value>,
    whole: FieldRow<Value> = played,
  ): FieldRow<Readonly<Record<string, Value>>> =>
  (was = {}, is = {}, place) =>
    keysOf(was, is).flatMap((name) => entry(rows, whole, was[name], is[name], { ...place, path: under(place, name) }));

/** Objects of a list, matched by a key, in any order. */
export const eachListed =
  <Value extends object, Of = unknown>(
    keyOf: (value: Value) => string,
    rows: FieldRows<Value>,
    whole: FieldRow<Value, Of> = played,
  ): FieldRow<readonly Value[], Of> =>
  (was = [], is = [], place) => {
    const [old, now] = [was, is].map((values) => new Map(values.map((value) => [keyOf(value), value])));
    return [...new Set([...old.keys(), ...now.keys()])].flatMap((key) =>
      entry(rows, whole, old.get(key), now.get(key), { ...place, path: `${place.path}[${key}]` }),
    );
  };

function entry<Value extends object, Of>(
  rows: FieldRows<Value>,
  whole: FieldRow<Value, Of>,
  was: Value | undefined,
  is: Value | undefined,
  place: FieldPlace<Of>,
): readonly FieldFinding[] {
  return was && is ? findingsIn(rows, was, is, place) : whole(was, is, place);
}

/** Findings for the fields in which two objects differ. */
export function findingsIn<Of extends object>(
  rows: FieldRows<Of>,
  was: Of,
  is: Of,
  place: Pick<FieldPlace, 'path' | 'before' | 'after' | 'isAsKept'>,
): FieldFinding[] {
  return (Object.keys(rows) as (keyof Of & string)[]).flatMap((field) => {
    const [old, now] = [was[field] ?? undefined, is[field] ?? undefined];
    if (saysSame(old, now)) return [];
    const row: FieldRow<NonNullable<Of[typeof field]>, Of> = rows[field];
    return row(old, now, { ...place, path: under(place, field), was, is });
  });
}

const under = ({ path }: Pick<FieldPlace, 'path'>, name: string): string => (path === '' ? name : `${path}.${name}`);

const keysOf = (one: object, other: object): string[] => [...new Set([...Object.keys(one), ...Object.keys(other)])];

/** Deep equality. */
export const saysSame = (one: unknown, other: unknown): boolean =>
  one === other ||
  (typeof one === 'object' && typeof other === 'object' && JSON.stringify(one) === JSON.stringify(other));

/** Open questions, each once with all of its fields. `areRoutesKnown`: all that matter. */
export function questionsIn(findings: readonly FieldFinding[], areRoutesKnown: boolean): OpenQuestion[] {
  const found = new Map<string, OpenQuestion & { paths: string[] }>();
  for (const finding of findings) {
    if (finding.kind !== 'open' || (areRoutesKnown && finding.isAnsweredByRoutes)) continue;
    const { path, clause, ask, mayLose } = finding;
    const known = found.get(clause + ask);
    if (known) known.paths.push(path);
    else found.set(clause + ask, { paths: [path], clause, ask, mayLose });
  }
  return [...found.values()];
}

/** One line for users. */
export const describeQuestion = ({ paths, clause, ask }: OpenQuestion): string =>
  `to be checked: ${names(paths)} ${clause}: ${ask}`;
