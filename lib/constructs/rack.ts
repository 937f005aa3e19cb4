import type { Construct } from 'constructs';
import { AsNumber, type AsNumberInput } from '../model/as-number';
import type { RackSpec } from '../model/rack';
import { Allocations, type AsNumberRange } from './allocations';
import type { Computable } from './computable';
import { Fabric } from './fabric';
import { Member } from './member';

/** A rack in the model's words. Its AS number is written, or taken from a range. */
export type RackProps = Readonly<
  Computable<Omit<RackSpec, 'asNumber'> & { name: string; asNumber?: AsNumberInput }> & {
    /**
     * Where the AS number comes from, if none is written: the lowest that nobody of the fabric has so far. It stands in `peerform.lock.json`
     * from then on, and never changes.
     */
    asNumberRange?: AsNumberRange;
  }
>;

/** Nodes that share an AS number and top-of-rack neighbours: each names it in its `rack`. */
export class Rack extends Member {
  /** Throws where the range has no number left, or `peerform.lock.json` has none for the rack and may not be extended (CI). */
  constructor(scope: Construct, id: string, { asNumberRange: range, ...props }: RackProps) {
    if (range && props.asNumber !== undefined)
      throw new Error(`Rack ${props.name}: asNumber and asNumberRange are both there. Keep one of them.`);
    const fabric = Fabric.of(scope);
    const allocated =
      range && Allocations.ofProject().asNumberOf(fabric.name, props.name, range, () => numbersIn(fabric.spec, props));
    super(scope, id, 'racks', range ? { ...props, asNumber: allocated } : props);
  }
}

/** Every AS number that stands in parts of a fabric, under whatever name. */
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
