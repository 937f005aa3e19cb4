import { AsNumber } from '../model/as-number';
import { fabricShape, type Shape, snakeCase } from '../model/shape';
import { isComputed } from './computable';

const FABRIC = fabricShape();

/** A fabric as people write it, as the attributes of `peerform_fabric`. Input that is no fabric gives whatever fits; validation speaks of it. */
export const fabricAttributes = (spec: object): Record<string, unknown> =>
  attributesOf(spec, FABRIC) as Record<string, unknown>;

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

/** AS numbers are numbers in Terraform; only the constructs and files know the dotted form. */
function plain(value: unknown): unknown {
  const as = AsNumber.parse(value);
  return as instanceof AsNumber ? as.value : value;
}
