import type * as z from 'zod';
import { type Fabric, fabricSchema } from './fabric';
import { MAPS } from './named';
import { meant } from './nearest';
import { PROBLEMS, Problem, type ProblemCode } from './problem';
import { crossProblems } from './rules';
import { fabricShape, type Shape } from './shape';

/** Stands for a value that is not known yet (a Terraform unknown). It is valid wherever a value is. */
export const UNKNOWN = Symbol('unknown');

/** Result of reading a fabric: the fabric, or all its problems, or neither while values are unknown. */
export interface Reading {
  readonly fabric?: Fabric;
  readonly problems: readonly Problem[];
}

/**
 * Reads and validates a fabric. Reports every problem at once, each with its path. Rules check known values even if
 * others are unknown.
 */
export function readFabric(spec: unknown): Reading {
  return readingOf(spec, crossProblems(spec));
}

/**
 * Reads a fabric that was accepted before, perhaps by a version with fewer rules: only its shape is checked. For what
 * is running, which stays valid and is what changes are compared with. New input is read with {@link readFabric}.
 */
export const readAccepted = (spec: unknown): Reading => readingOf(spec, []);

function readingOf(spec: unknown, broken: readonly Problem[]): Reading {
  const parsed = fabricSchema.safeParse(spec);
  const shape = parsed.success ? [] : parsed.error.issues.flatMap((issue) => fromIssue(issue, spec));
  const problems = [...shape, ...prototypes(spec), ...broken];
  return parsed.success && problems.length === 0 && !holdsUnknown(spec)
    ? { fabric: withBareMaps(parsed.data), problems }
    : { problems };
}

/** The maps of a fabric are looked up by user-chosen names, so they must not have a prototype. */
function withBareMaps(fabric: Fabric): Fabric {
  for (const map of MAPS) Object.setPrototypeOf(fabric[map], null);
  return fabric;
}

/** Names that zod drops silently because no JavaScript object can hold them (`__proto__`). */
function prototypes(value: unknown, path: readonly string[] = []): Problem[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.entries(value).flatMap(([key, item]) =>
    typeof item === 'object' && item !== null ? prototypes(item, [...path, key]) : [],
  );
  return Object.hasOwn(value, '__proto__')
    ? [Problem.of('name', '"__proto__" is not a valid name', path.join('.')), ...inner]
    : inner;
}

function fromIssue(issue: z.core.$ZodIssue, spec: unknown): Problem[] {
  if (issue.code === 'invalid_key')
    return issue.issues.flatMap((inner) => fromIssue({ ...inner, path: issue.path }, spec));
  if (issue.path.some((_, i) => at(spec, issue.path.slice(0, i + 1)) === UNKNOWN)) return [];
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) =>
      Problem.of(
        'unknown-field',
        `there is no field ${key}${meant(key, fieldsAt(issue.path))}`,
        path === '' ? key : `${path}.${key}`,
      ),
    );
  const named = issue.code === 'custom' ? issue.params?.problem : undefined;
  const code = (typeof named === 'string' && Object.hasOwn(PROBLEMS, named) ? named : 'shape') as ProblemCode;
  return [Problem.of(code, messageOf(issue, at(spec, issue.path)), path)];
}

/** The message for a value that zod rejected, including the value. Value classes have their own messages. */
function messageOf(issue: z.core.$ZodIssue, value: unknown): string {
  const shown = JSON.stringify(value);
  switch (issue.code) {
    case 'invalid_type':
      return value === undefined || value === null
        ? 'a value is required here'
        : `${shown} is not a ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `${shown ?? 'nothing'} is not one of ${issue.values.join(', ')}`;
    case 'too_small':
      return `${shown} is too short: the minimum is ${issue.minimum}`;
    case 'too_big':
      return `too many: the maximum is ${issue.maximum}`;
    default:
      return issue.message;
  }
}

/** zod's names of types. */
const TYPES: Readonly<Record<string, string>> = {
  boolean: 'boolean (true or false)',
  string: 'string',
  array: 'list',
  object: 'mapping',
  record: 'mapping',
};

/** Names of the fields of the object at a path. */
function fieldsAt(path: readonly PropertyKey[]): string[] {
  let shape: Shape | undefined = fabricShape();
  for (const step of path) shape = shape?.type === 'object' ? shape.fields[String(step)]?.shape : itemOf(shape);
  return shape?.type === 'object' ? Object.keys(shape.fields) : [];
}

const itemOf = (shape: Shape | undefined): Shape | undefined =>
  shape?.type === 'list' || shape?.type === 'map' ? shape.item : undefined;

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);
}

function holdsUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsUnknown);
}
