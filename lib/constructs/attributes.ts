import { AsNumber } from '../model/as-number';
import { entryName, fabricShape, type Shape, snakeCase } from '../model/shape';
import { isComputed } from './computable';
import { ENTRY_KINDS } from './written';

const FABRIC = fabricShape();

/**
 * A fabric as written, converted to the attributes of `peerform_fabric`. Nodes, peers and so on become blocks, which
 * Terraform handles by the thousand. Invalid input is converted as far as possible; validation reports it.
 */
export function fabricAttributes(spec: object): Record<string, unknown> {
  const attributes = attributesOf(spec, FABRIC) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [BLOCKS.get(name) ?? name, value]));
}

const BLOCKS = new Map(ENTRY_KINDS.map((kind) => [snakeCase(kind), entryName(kind)]));

function attributesOf(value: unknown, shape: Shape): unknown {
  if (isComputed(value) || value === undefined || value === null) return value ?? undefined;
  if (shape.type === 'leaf') return shape.kind === 'asNumber' ? plain(value) : value;
  if (shape.type === 'list' && Array.isArray(value)) return value.map((item) => attributesOf(item, shape.item));
  if (typeof value !== 'object') return value;
  const inner = (name: string) =>
    shape.type !== 'object' ? shape.item : Object.hasOwn(shape.fields, name) ? shape.fields[name].shape : undefined;
  const named = (name: string) => (shape.type === 'object' ? snakeCase(name) : name);
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) => {
      const of = inner(name);
      return of ? [[named(name), attributesOf(item, of)]] : [];
    }),
  );
}

/** AS numbers are numbers in Terraform; only constructs and files accept the dotted form. */
function plain(value: unknown): unknown {
  const as = AsNumber.parse(value);
  return as instanceof AsNumber ? as.value : value;
}
