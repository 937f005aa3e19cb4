import { nearest } from '../model/nearest';
import { type Diagnostic, error, type Path, shownPath } from './diagnostic';
import { type Attributes, isValues, mapValues, UNKNOWN, type Value, type ValueType } from './value';

/** A value converted to its type, with problems. */
interface Fitted {
  readonly value: Value;
  readonly problems: readonly Diagnostic[];
}

/**
 * Converts a configured value to a type: objects get every attribute, and numbers and booleans written as strings are
 * parsed. An unknown attribute is a problem, since Terraform would ignore it. A value of the wrong kind is left as it
 * is, and the model reports it.
 */
export function fitted(value: Value, type: ValueType, path: Path): Fitted {
  const problems: Diagnostic[] = [];
  return { value: shaped(value, type, path, problems), problems };
}

function shaped(value: Value, type: ValueType, path: Path, problems: Diagnostic[]): Value {
  if (value === null || value === undefined || value === UNKNOWN) return value ?? null;
  if (typeof type === 'string') return leaf(value, type);
  if ('list' in type)
    return Array.isArray(value) ? value.map((item, i) => shaped(item, type.list, [...path, i], problems)) : value;
  if (!isValues(value)) return value;
  if ('map' in type) return mapValues(value, (item, name) => shaped(item, type.map, [...path, name], problems));
  for (const name in value)
    if (!Object.hasOwn(type.object, name)) problems.push(noSuch(name, type.object, [...path, name]));
  return mapValues(type.object, (attribute, name) => shaped(value[name], attribute.type, [...path, name], problems));
}

function leaf(value: Value, type: string): Value {
  if (type === 'string' && (typeof value === 'number' || typeof value === 'boolean')) return String(value);
  if (type === 'bool' && (value === 'true' || value === 'false')) return value === 'true';
  // "1.1575" is a dotted AS number, which the model parses.
  if (type === 'number' && typeof value === 'string' && /^-?\d+$/.test(value)) return Number(value);
  return value;
}

function noSuch(name: string, attributes: Attributes, path: Path): Diagnostic {
  const meant = nearest(name, Object.keys(attributes));
  return error(
    `${shownPath(path)}: there is no attribute ${name}`,
    meant === undefined ? `There are ${Object.keys(attributes).join(', ')}.` : `Did you mean ${meant}?`,
    path,
  );
}
