import type { Problem } from '../model/problem';
import { fabricShape, type Shape, snakeCase } from '../model/shape';
import { type Diagnostic, error, type Path, shownPath } from './diagnostic';
import { isValues, mapValues, type Value, type Values } from './value';

const FABRIC = fabricShape();

/**
 * The fabric that the attributes of a resource write, in the model's own spelling. Nulls are left out; unknowns stay.
 */
export const specOf = (values: Values): unknown => toSpec(values, FABRIC);

function toSpec(value: Value, shape: Shape): unknown {
  if (shape.type === 'object') {
    if (!isValues(value)) return value;
    const spec: Record<string, unknown> = {};
    for (const { name, attribute, inner } of fieldsOf(shape)) {
      const given = value[attribute] ?? null;
      if (given !== null) spec[name] = toSpec(given, inner);
    }
    return spec;
  }
  if (shape.type === 'list' && Array.isArray(value)) return value.map((item) => toSpec(item, shape.item));
  if (shape.type === 'map' && isValues(value)) return mapValues(value, (item) => toSpec(item, shape.item));
  return value;
}

interface FieldName {
  readonly name: string;
  /** What it is called in Terraform. */
  readonly attribute: string;
  readonly inner: Shape;
}
const FIELDS = new WeakMap<Shape, readonly FieldName[]>();

/** The fields of an object's shape with both of their names, which thousands of objects share. */
function fieldsOf(shape: Extract<Shape, { type: 'object' }>): readonly FieldName[] {
  const known = FIELDS.get(shape);
  if (known) return known;
  const fields = Object.entries(shape.fields).map(([name, field]) => ({
    name,
    attribute: snakeCase(name),
    inner: field.shape,
  }));
  FIELDS.set(shape, fields);
  return fields;
}

/** The names of all fields of a shape. */
const fieldNames = (shape: Shape): string[] =>
  shape.type === 'leaf'
    ? []
    : shape.type === 'object'
      ? Object.entries(shape.fields).flatMap(([name, field]) => [name, ...fieldNames(field.shape)])
      : fieldNames(shape.item);
const FIELD_NAMES = new Set(fieldNames(FABRIC));

/** A text of the model with its fields named as in Terraform: `ipv4Address` becomes `ipv4_address`. */
const inSnakeCase = (text: string): string =>
  text.replace(/\b[a-z]\w*[A-Z]\w*\b/g, (word) => (FIELD_NAMES.has(word) ? snakeCase(word) : word));

/** A problem of the model as Terraform shows it: places and fields in the configuration's own spelling. */
export function diagnosticOf(problem: Problem, config: Values): Diagnostic {
  const path = pathOf(problem.path, config);
  const where = path.length > 0 ? `${shownPath(path)}: ` : '';
  return error(`${where}${inSnakeCase(problem.message)}`, inSnakeCase(problem.remedy), path);
}

/**
 * The steps of a dotted path of the model. Names may hold dots themselves: of the keys that fit, the longest is meant.
 */
export function pathOf(dotted: string, config: Values): Path {
  const path: (string | number)[] = [];
  let rest = dotted;
  let shape: Shape | undefined = FABRIC;
  let value: Value | undefined = config;
  while (rest !== '' && shape && shape.type !== 'leaf') {
    const step: string = shape.type === 'map' ? longestKey(rest, value) : rest.split('.', 1)[0];
    rest = rest.slice(step.length + 1);
    const name: string | number =
      shape.type === 'object' ? snakeCase(step) : shape.type === 'list' ? Number(step) : step;
    path.push(name);
    shape = shape.type === 'object' ? shape.fields[step]?.shape : shape.item;
    value = typeof value === 'object' && value !== null ? (value as Record<string | number, Value>)[name] : undefined;
  }
  return path;
}

function longestKey(rest: string, value: Value | undefined): string {
  const keys = isValues(value) ? Object.keys(value).filter((key) => rest === key || rest.startsWith(`${key}.`)) : [];
  return keys.sort((a, b) => b.length - a.length)[0] ?? rest.split('.', 1)[0];
}
