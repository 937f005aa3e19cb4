import type { Construct } from 'constructs';
import { AsNumber } from '../model/as-number';
import { Allocations, type AsNumberRange } from './allocations';
import { Entry, type Named } from './entry';
import { Fabric } from './fabric';
import type { RackFields } from './props';

/** The fields of a rack. Its AS number is set, or allocated from a range. */
export type RackProps = Named &
  RackFields & {
    /**
     * The range of the AS number, if none is set: the rack gets the lowest number that the fabric does not use yet. The
     * number is recorded in `peerform.lock.json` at the first synth and never changes.
     */
    readonly asNumberRange?: AsNumberRange;
  };

/** Nodes that share an AS number and top-of-rack neighbours. Nodes refer to it in `rack`. */
export class Rack extends Entry {
  /** Throws if the range is exhausted. With CI=true, synth fails if `peerform.lock.json` has no number for the rack. */
  constructor(scope: Construct, id: string, { asNumberRange: range, ...props }: RackProps) {
    if (range && props.asNumber !== undefined)
      throw new Error(`Rack ${props.name}: asNumber and asNumberRange are both set. Keep one of them.`);
    const fabric = Fabric.of(scope);
    const allocated =
      range && Allocations.of(scope).asNumberOf(fabric.name, props.name, range, () => numbersIn(fabric.spec, props));
    super(scope, id, 'racks', range ? { ...props, asNumber: allocated } : props);
  }
}

/** Every AS number in parts of a fabric, in any field. */
function numbersIn(...parts: unknown[]): number[] {
  return parts.flatMap((part) =>
    typeof part !== 'object' || part === null
      ? []
      : Object.entries(part).flatMap(([name, value]) => {
          const as = name === 'asNumber' ? AsNumber.parse(value) : undefined;
          return as instanceof AsNumber ? [as.value] : numbersIn(value);
        }),
  );
}
