import type { LeafKind } from '../model/leaf';
import { type Shape, snakeCase } from '../model/shape';
import type { AttributeSchema, Attributes, ValueType } from './value';

/**
 * How each kind of leaf of the model stands in Terraform. AS numbers are numbers: dotted text goes through the function
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

/** The Terraform type of a shape of the model. */
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

/** The attributes that a person may set, one for each field of the model. */
export function schemaAttributes(shape: Extract<Shape, { type: 'object' }>): Attributes {
  return Object.fromEntries(
    Object.entries(shape.fields).map(([name, field]): [string, AttributeSchema] => [
      snakeCase(name),
      { type: typeOf(field.shape), description: field.description, set: field.required ? 'required' : 'optional' },
    ]),
  );
}

/**
 * Whether an attribute of a resource stands in Terraform as blocks, one for each entry: every map of objects that a
 * person writes. Were it one attribute, Terraform would compare the entries pair by pair for all that they hold; blocks
 * it reads one after another.
 */
export const isBlocks = ({ type, set }: AttributeSchema): boolean =>
  set !== 'computed' && typeof type === 'object' && 'map' in type && isObject(type.map);

const isObject = (type: ValueType): boolean => typeof type === 'object' && 'object' in type;

/** The attributes that the provider sets: of these names, types and descriptions. */
export function computed(attributes: Readonly<Record<string, readonly [ValueType, string]>>): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, [type, description]]): [string, AttributeSchema] => [
      name,
      { type, description, set: 'computed' },
    ]),
  );
}
