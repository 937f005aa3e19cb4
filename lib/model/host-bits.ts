import { ADDRESS_BITS, IpAddress } from './address';
import { Prefix } from './prefix';
import { Problem } from './problem';
import { fabricShape, type Shape } from './shape';

/**
 * A prefix that is written with bits beyond its length, which are cleared: it may have been meant as a single address.
 */
interface HostBits {
  /** Where, as dotted path: `filters.f.import.0.prefix`. */
  readonly path: string;
  /** As written: `10.0.0.1/8`. */
  readonly written: string;
  /** What it means: `10.0.0.0/8`. */
  readonly meaning: string;
  /** The address alone: `10.0.0.1/32`. */
  readonly alone: string;
}

/**
 * Every prefix of a fabric, as it is written, that has host bits. What is not known yet, or is not a prefix, is passed
 * over.
 */
export const hostBitsIn = (spec: unknown): HostBits[] => [...found(spec, fabricShape(), [])];

/** In words, after where it is. */
export const describeHostBits = ({ written, meaning, alone }: HostBits): string =>
  `${written} has host bits set and means ${meaning}; write that, or ${alone}`;

function* found(value: unknown, shape: Shape, path: readonly string[]): Generator<HostBits> {
  if (shape.type === 'leaf') {
    const bits = shape.kind === 'prefix' && typeof value === 'string' ? hostBitsOf(value) : undefined;
    if (bits) yield { path: path.join('.'), ...bits };
  } else if (typeof value === 'object' && value !== null)
    for (const [key, item] of Object.entries(value)) {
      const inner = shape.type === 'object' ? shape.fields[key]?.shape : shape.item;
      if (inner) yield* found(item, inner, [...path, key]);
    }
}

function hostBitsOf(written: string): Omit<HostBits, 'path'> | undefined {
  const prefix = Prefix.parse(written);
  const address = IpAddress.parse(written.split('/', 1)[0]);
  if (prefix instanceof Problem || address instanceof Problem || prefix.address.equals(address)) return undefined;
  return { written, meaning: prefix.toString(), alone: `${address}/${ADDRESS_BITS[address.family]}` };
}
