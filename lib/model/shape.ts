import type * as z from 'zod';
import { fabricSchema } from './fabric';
import type { LeafKind } from './leaf';

/**
 * The schema as plain data, for other representations (Terraform attributes, reference pages). Only this file depends
 * on zod's internals.
 */
export type Shape =
  | { readonly type: 'leaf'; readonly kind: LeafKind; readonly values?: readonly string[] }
  | { readonly type: 'list' | 'map'; readonly item: Shape }
  | { readonly type: 'object'; readonly fields: Readonly<Record<string, Field>>; readonly description: string };

export interface Field {
  readonly shape: Shape;
  readonly description: string;
  readonly required: boolean;
  /** Default, as JSON; undefined if it has none. */
  readonly absent?: unknown;
}

type FabricShape = Extract<Shape, { type: 'object' }>;
let known: FabricShape | undefined;

/** The shape of a fabric. Computed once, on first use: every plan needs it several times. */
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

/** Name of a field in Terraform: `listenPort` → `listen_port`. */
export const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Name of a map's entries in Terraform: `routeReflectors` → `route_reflector`. */
export const entryName = (map: string): string => snakeCase(map).replace(/s$/, '');
