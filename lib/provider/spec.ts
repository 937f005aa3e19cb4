import type { Problem } from '../model/problem';
import { fabricShape, type Shape, snakeCase } from '../model/shape';
import { type Diagnostic, error, type Path, shownPath } from './diagnostic';
import { isValues, mapValues, type Value, type Values } from './value';

const FABRIC = fabricShape();

/** The fabric in the attributes of a resource, in the model's spelling. Nulls are left out; unknowns are kept. */
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
  /** Its name in Terraform. */
  readonly attribute: string;
  readonly inner: Shape;
}
const FIELDS = new WeakMap<Shape, readonly FieldName[]>();

/** The fields of an object's shape with both names, cached because thousands of objects share them. */
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

/** Names of all fields of a shape. */
const fieldNames = (shape: Shape): string[] =>
  shape.type === 'leaf'
    ? []
    : shape.type === 'object'
      ? Object.entries(shape.fields).flatMap(([name, field]) => [name, ...fieldNames(field.shape)])
      : fieldNames(shape.item);
const FIELD_NAMES = new Set(fieldNames(FABRIC));

/** Replaces field names in a text of the model by Terraform's: `ipv4Address` becomes `ipv4_address`. */
const inSnakeCase = (text: string): string =>
  text.replace(/\b[a-z]\w*[A-Z]\w*\b/g, (word) => (FIELD_NAMES.has(word) ? snakeCase(word) : word));

/** A problem of the model as a diagnostic, with locations and fields in the configuration's spelling. */
export function diagnosticOf(problem: Problem, config: Values): Diagnostic {
  const path = pathOf(problem.path, config);
  const where = path.length > 0 ? `${shownPath(path)}: ` : '';
  return error(`${where}${inSnakeCase(problem.message)}`, inSnakeCase(problem.remedy), path);
}

/** Splits a dotted path of the model. Names may contain dots: the longest matching key is chosen. */
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
