import { ADDRESS_BITS, IpAddress } from './address';
import { Prefix } from './prefix';
import { Problem } from './problem';
import { fabricShape, type Shape } from './shape';

/** A prefix written with host bits set, which are cleared: a single address may have been meant. */
interface HostBits {
  /** Dotted path: `filters.f.import.0.prefix`. */
  readonly path: string;
  /** As written: `10.0.0.1/8`. */
  readonly written: string;
  /** As interpreted: `10.0.0.0/8`. */
  readonly meaning: string;
  /** As a host prefix: `10.0.0.1/32`. */
  readonly alone: string;
}

/** Every prefix of a fabric that is written with host bits set. Unknown values and invalid prefixes are skipped. */
export const hostBitsIn = (spec: unknown): HostBits[] => [...found(spec, fabricShape(), [])];

/** The message, to follow the path. */
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
