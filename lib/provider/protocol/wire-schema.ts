import type { ProviderFunction, Schema } from '../resource-api';
import { isBlocks } from '../schema';
import type { AttributeSchema, Attributes, ValueType } from '../value';
import { NESTING, type WireAttribute, type WireBlocks, type WireFunction, type WireSchema } from './messages';

/** A schema in wire format. */
export function wireSchema({ version, description, attributes }: Schema): WireSchema {
  const all = Object.entries(attributes);
  const plain = Object.fromEntries(all.filter(([, attribute]) => !isBlocks(attribute)));
  return {
    version,
    block: {
      version,
      description,
      attributes: wireAttributes(plain),
      blockTypes: all
        .filter(([, attribute]) => isBlocks(attribute))
        .map(([name, attribute]) => wireBlocks(name, attribute)),
    },
  };
}

function wireBlocks(typeName: string, { type, description }: AttributeSchema): Partial<WireBlocks> {
  const { mode, attributes } = nestingOf(type)!;
  return { typeName, nesting: mode, block: { description, attributes: wireAttributes(attributes) } };
}

/** The schema of the provider's configuration: empty. */
export const NO_CONFIG: WireSchema = { version: 0, block: {} };

const wireAttributes = (attributes: Attributes): Partial<WireAttribute>[] =>
  Object.entries(attributes).map(([name, attribute]) => wireAttribute(name, attribute));

function wireAttribute(name: string, { type, description, set, isWriteOnly }: AttributeSchema): Partial<WireAttribute> {
  const nesting = nestingOf(type);
  return {
    name,
    description,
    ...(set === 'defaulted' ? { optional: true, computed: true } : { [set]: true }),
    ...(isWriteOnly && { writeOnly: true }),
    ...(nesting
      ? { nestedType: { nesting: nesting.mode, attributes: wireAttributes(nesting.attributes) } }
      : { type: typeBytes(type) }),
  };
}

function nestingOf(type: ValueType): { mode: number; attributes: Attributes } | undefined {
  if (typeof type === 'string') return undefined;
  if ('object' in type) return { mode: NESTING.single, attributes: type.object };
  const [mode, item] = 'list' in type ? [NESTING.list, type.list] : [NESTING.map, type.map];
  return typeof item === 'object' && 'object' in item ? { mode, attributes: item.object } : undefined;
}

/** A type constraint as JSON: `"string"`, `["list","string"]`, `["object",{…}]`. */
const typeBytes = (type: ValueType): Uint8Array => Buffer.from(JSON.stringify(typeJson(type)));

function typeJson(type: ValueType): unknown {
  if (type === 'any') return 'dynamic';
  if (typeof type === 'string') return type;
  if ('list' in type) return ['list', typeJson(type.list)];
  if ('map' in type) return ['map', typeJson(type.map)];
  return [
    'object',
    Object.fromEntries(Object.entries(type.object).map(([name, inner]) => [name, typeJson(inner.type)])),
  ];
}

export function wireFunction({ summary, description, parameters, returns }: ProviderFunction): WireFunction {
  return {
    summary,
    description,
    parameters: parameters.map((parameter) => ({ ...parameter, type: typeBytes(parameter.type) })),
    return: { type: typeBytes(returns) },
  };
}
