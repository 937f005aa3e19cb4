import type { LeafKind } from '../model/leaf';
import { type Shape, snakeCase } from '../model/shape';
import type { AttributeSchema, Attributes, ValueType } from './value';

/**
 * Terraform types of the model's leaves. AS numbers are numbers: dotted notation is converted with the function
 * `as_number`.
 */
const LEAF_TYPE: Record<LeafKind, 'string' | 'number' | 'bool'> = {
  text: 'string',
  name: 'string',
  number: 'number',
  boolean: 'bool',
  asNumber: 'number',
  address: 'string',
  prefix: 'string',
  community: 'string',
  pattern: 'string',
  nextHop: 'string',
  selector: 'string',
  secret: 'string',
};

/** Terraform type of a shape of the model. */
function typeOf(shape: Shape): ValueType {
  switch (shape.type) {
    case 'leaf':
      return LEAF_TYPE[shape.kind];
    case 'list':
      return { list: typeOf(shape.item) };
    case 'map':
      return { map: typeOf(shape.item) };
    case 'object':
      return { object: schemaAttributes(shape) };
  }
}

/** Configurable attributes, one for each field of the model. */
export function schemaAttributes(shape: Extract<Shape, { type: 'object' }>): Attributes {
  return Object.fromEntries(
    Object.entries(shape.fields).map(([name, field]): [string, AttributeSchema] => [
      snakeCase(name),
      { type: typeOf(field.shape), description: field.description, set: field.required ? 'required' : 'optional' },
    ]),
  );
}

/**
 * Whether an attribute is represented as blocks, one per entry: every configurable map of objects. As one attribute,
 * Terraform would compare entries pairwise with all their contents; blocks are processed one at a time.
 */
export const isBlocks = ({ type, set }: AttributeSchema): boolean =>
  set !== 'computed' && typeof type === 'object' && 'map' in type && isObject(type.map);

const isObject = (type: ValueType): boolean => typeof type === 'object' && 'object' in type;

/** Attributes that the provider sets, with these names, types and descriptions. */
export function computed(attributes: Readonly<Record<string, readonly [ValueType, string]>>): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, [type, description]]): [string, AttributeSchema] => [
      name,
      { type, description, set: 'computed' },
    ]),
  );
}
