import type { Problem } from '../model/problem';
import { type Check, type FieldCheck, isSet, list, object } from './check';
import { isRecord } from './documents';
import type { LeftOut } from './left-out';
import type { Spec } from './resource';

/** How a Calico field is imported. */
export type Fate =
  /** Equivalent in a fabric. */
  | { readonly taken: string }
  /** No equivalent in a fabric: reported with this reason. */
  | { readonly told: string; readonly mustDecide?: true }
  /** Unrelated to BGP: the text says what it is about. Listed by the import. */
  | { readonly unrelated: string }
  /** Calico has the field but rejects setting it, and so does the import. */
  | { readonly refused: string }
  /** A v1 field that is imported like this v3 field. */
  | { readonly as: string };

/** A field of a Calico resource: accepted values, and how it is imported. */
export interface Row<F extends Fate = Fate> {
  readonly check: FieldCheck;
  readonly fate: F;
  /** Exceptions. */
  readonly but?: string;
  /** Value that has no effect. */
  readonly usual?: unknown;
  /** Fields of an object, or of each object of a list. */
  readonly rows?: Rows;
  readonly isList?: boolean;
}

/** Fields of an object. */
export type Rows = Readonly<Record<string, Row>>;

/** Fields with the same fate. */
export type FieldsOfFate<T extends Rows, F extends Fate> = {
  [K in keyof T]: T[K] extends Row<F> ? K : never;
}[keyof T];

const anything: Check = () => [];

export const taken = (taken: string, check: FieldCheck = anything, but?: string): Row<{ taken: string }> => ({
  check,
  fate: { taken },
  ...(but !== undefined && { but }),
});

export const told = (told: string, check: FieldCheck = anything, usual?: unknown): Row<{ told: string }> => ({
  check,
  fate: { told },
  usual,
});

export const unrelated = (
  unrelated: string,
  check: FieldCheck = anything,
  usual?: unknown,
): Row<{ unrelated: string }> => ({
  check,
  fate: { unrelated },
  usual,
});

/** Traffic depends on it: reported first. */
export const undecided = (
  reason: string,
  check: FieldCheck = anything,
  usual?: unknown,
): Row<{ told: string; mustDecide: true }> => ({ check, fate: { told: reason, mustDecide: true }, usual });

/** `refuse` is the check that rejects it. */
export const refused = (refused: string, refuse: (reason: string) => Check): Row<{ refused: string }> => ({
  check: refuse(refused),
  fate: { refused },
});

export const as = (as: string): Row<{ as: string }> => ({ check: anything, fate: { as } });

interface Shape {
  readonly isRequired?: boolean;
  readonly open?: boolean;
  readonly rules?: readonly ((spec: Spec) => readonly Problem[])[];
  readonly most?: number;
  readonly least?: number;
}

/** Check of an object with these fields. */
export const checkOf = (rows: Rows, { rules = [], open = false }: Pick<Shape, 'rules' | 'open'> = {}): Check =>
  object(Object.fromEntries(Object.entries(rows).map(([name, { check }]) => [name, check])), { rules, open });

const whole = (rows: Rows, check: Check, isRequired = false): Row<{ taken: string }> => ({
  check: isRequired ? { required: check } : check,
  fate: { taken: '' },
  rows,
});

/** An object; imported as far as its fields are. */
export const group = (rows: Rows, { isRequired, ...shape }: Shape = {}): Row<{ taken: string }> =>
  whole(rows, checkOf(rows, shape), isRequired);

/** A list of objects. */
export const each = (rows: Rows, { isRequired, rules, open, ...size }: Shape = {}): Row<{ taken: string }> => ({
  ...whole(rows, list(checkOf(rows, { rules, open }), size), isRequired),
  isList: true,
});

/** A field with its path, such as `communities[].value`. */
export interface Leaf {
  readonly path: string;
  readonly row: Row;
}

/** All fields without nested fields. */
export const leavesOf = (rows: Rows, under = ''): Leaf[] =>
  Object.entries(rows).flatMap(([name, row]) => {
    const path = under + name;
    if (!row.rows) return [{ path, row }];
    return leavesOf(row.rows, `${path}${row.isList ? '[]' : ''}.`);
  });

/** What is set in an object and not imported. */
interface Untaken {
  /** Paths within the object, with reasons. */
  readonly told: readonly LeftOut[];
  /** Paths without list indices. */
  readonly unrelated: readonly string[];
}

/** What is not imported of a valid object, including fields that Calico has added since the table was written. */
export function untakenOf(rows: Rows, spec: Spec, under = ''): Untaken {
  const told: LeftOut[] = [];
  const unrelated: string[] = [];
  for (const [name, value] of Object.entries(spec)) {
    const path = under + name;
    const row = Object.hasOwn(rows, name) ? rows[name] : undefined;
    if (!isSet(value) || value === row?.usual) continue;
    if (!row) told.push({ path, reason: 'this field is not known here' });
    else if ('told' in row.fate)
      told.push({ path, reason: row.fate.told, ...(row.fate.mustDecide && { mustDecide: true }) });
    else if ('unrelated' in row.fate) unrelated.push(path);
    for (const [i, part] of (row?.rows ? (Array.isArray(value) ? value : [value]) : []).entries())
      if (isRecord(part)) {
        const within = untakenOf(row!.rows!, part, `${path}${Array.isArray(value) ? `[${i}]` : ''}.`);
        told.push(...within.told);
        unrelated.push(...within.unrelated.map((it) => it.replace(/\[\d+\]/g, '[]')));
      }
  }
  return { told, unrelated };
}
