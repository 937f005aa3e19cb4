import type { z } from 'zod';
import { fabricSchema } from './fabric';
import type { LeafKind } from './leaf';

/**
 * The schema as plain data, for other representations (Terraform attributes, reference pages): no one but this file
 * looks inside zod.
 */
export type Shape =
  | { readonly type: 'leaf'; readonly kind: LeafKind; readonly values?: readonly string[] }
  | { readonly type: 'list' | 'map'; readonly item: Shape }
  | { readonly type: 'object'; readonly fields: Readonly<Record<string, Field>>; readonly description: string };

export interface Field {
  readonly shape: Shape;
  readonly description: string;
  /** Whether it must be written. */
  readonly required: boolean;
  /** What it is where it is not written, as JSON; absent: nothing. */
  readonly absent?: unknown;
}

type FabricShape = Extract<Shape, { type: 'object' }>;
let known: FabricShape | undefined;

/** The shape of a fabric. Read out of the schema once, by the first who asks: every plan asks several times. */
export const fabricShape = (): FabricShape => {
  known ??= shapeOf(fabricSchema) as FabricShape;
  return known;
};

// biome-ignore lint/suspicious/noExplicitAny: zod's definitions are a union that differs by type; this switch is the narrowing.
type Definition = any;

function shapeOf(schema: z.core.$ZodType): Shape {
  const definition: Definition = schema._zod.def;
  const meta = (schema as z.ZodType).meta?.() as { kind?: LeafKind; description?: string } | undefined;
  if (meta?.kind) return { type: 'leaf', kind: meta.kind };
  switch (definition.type) {
    case 'optional':
    case 'default':
    case 'prefault':
      return shapeOf(definition.innerType);
    case 'enum':
      return { type: 'leaf', kind: 'text', values: Object.values(definition.entries) };
    case 'array':
      return { type: 'list', item: shapeOf(definition.element) };
    case 'record':
      return { type: 'map', item: shapeOf(definition.valueType) };
    case 'object':
      return { type: 'object', fields: fieldsOf(definition.shape), description: meta?.description ?? '' };
    default:
      throw new TypeError(`the schema holds a ${definition.type}, which has no shape`);
  }
}

function fieldsOf(shape: Record<string, z.core.$ZodType>): Record<string, Field> {
  return Object.fromEntries(
    Object.entries(shape).map(([name, schema]) => {
      const description = ((schema as z.ZodType).meta?.()?.description as string | undefined) ?? '';
      const definition: Definition = schema._zod.def;
      return [
        name,
        {
          shape: shapeOf(schema),
          description,
          required: !['optional', 'default'].includes(definition.type),
          ...(definition.type === 'default' && { absent: JSON.parse(JSON.stringify(definition.defaultValue)) }),
        },
      ];
    }),
  );
}

/** `listenPort` → `listen_port`: how a field is named in Terraform. */
export const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** `routeReflectors` → `route_reflector`: what one entry of a map is called in Terraform. */
export const entryName = (map: string): string => snakeCase(map).replace(/s$/, '');
