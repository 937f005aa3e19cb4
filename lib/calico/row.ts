import type { Problem } from '../model/problem';
import { type Check, type FieldCheck, isSet, list, object } from './check';
import { isRecord } from './documents';
import type { LeftOut } from './left-out';
import type { Spec } from './resource';

/** What becomes of a field of Calico. */
export type Fate =
  /** In a fabric it is said by this. */
  | { readonly taken: string }
  /** A fabric has no words for it: the import says so, with this reason. */
  | { readonly told: string; readonly mustDecide?: true }
  /** It is not a matter of BGP but of this: the import lists it. */
  | { readonly unrelated: string }
  /** Calico has the field, but refuses what sets it; so does the import. */
  | { readonly refused: string }
  /** A field of v1, of which the same becomes as of this one of v3. */
  | { readonly as: string };

/** A field of a resource of Calico: the values that are accepted, and what becomes of it. */
export interface Row<F extends Fate = Fate> {
  readonly check: FieldCheck;
  readonly fate: F;
  /** When something else becomes of it. */
  readonly but?: string;
  /** The value that says what is so anyway. */
  readonly usual?: unknown;
  /** The fields of a mapping, or of each mapping of a list. */
  readonly rows?: Rows;
  readonly isList?: boolean;
}

/** The fields of a mapping. */
export type Rows = Readonly<Record<string, Row>>;

/** The fields of which the same becomes. */
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

/** Traffic depends on it: the import says so first. */
export const undecided = (
  reason: string,
  check: FieldCheck = anything,
  usual?: unknown,
): Row<{ told: string; mustDecide: true }> => ({ check, fate: { told: reason, mustDecide: true }, usual });

/** `refuse` is the check that finds it set. */
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

/** The check of a mapping with these fields. */
export const checkOf = (rows: Rows, { rules = [], open = false }: Pick<Shape, 'rules' | 'open'> = {}): Check =>
  object(Object.fromEntries(Object.entries(rows).map(([name, { check }]) => [name, check])), { rules, open });

const whole = (rows: Rows, check: Check, isRequired = false): Row<{ taken: string }> => ({
  check: isRequired ? { required: check } : check,
  fate: { taken: '' },
  rows,
});

/** A mapping, of which as much is taken as of its fields. */
export const group = (rows: Rows, { isRequired, ...shape }: Shape = {}): Row<{ taken: string }> =>
  whole(rows, checkOf(rows, shape), isRequired);

/** A list of mappings. */
export const each = (rows: Rows, { isRequired, rules, open, ...size }: Shape = {}): Row<{ taken: string }> => ({
  ...whole(rows, list(checkOf(rows, { rules, open }), size), isRequired),
  isList: true,
});

/** A field with its path, such as `communities[].value`. */
export interface Leaf {
  readonly path: string;
  readonly row: Row;
}

/** Every field that has none within it. */
export const leavesOf = (rows: Rows, under = ''): Leaf[] =>
  Object.entries(rows).flatMap(([name, row]) => {
    const path = under + name;
    if (!row.rows) return [{ path, row }];
    return leavesOf(row.rows, `${path}${row.isList ? '[]' : ''}.`);
  });

/** What is set in a mapping and not taken. */
interface Untaken {
  /** Paths within the mapping, with reasons. */
  readonly told: readonly LeftOut[];
  /** Paths without the numbers of members. */
  readonly unrelated: readonly string[];
}

/**
 * What of a valid mapping is not imported, including fields that the table lacks because Calico has added them since.
 */
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
