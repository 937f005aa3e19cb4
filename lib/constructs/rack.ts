import type { Construct } from 'constructs';
import type { AsNumberInput } from '../model/as-number';
import type { RackSpec } from '../model/rack';
import { Allocations, type AsNumberRange } from './allocations';
import type { Computable } from './computable';
import { Fabric } from './fabric';
import { Member } from './member';

/** A rack in the model's words. Its AS number is written, or taken from a range. */
export type RackProps = Readonly<
  Computable<Omit<RackSpec, 'asNumber'> & { name: string; asNumber?: AsNumberInput }> & {
    /**
     * Where the AS number comes from, if none is written: the lowest that no rack of the fabric has. It stands in `peerform.lock.json`
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
    const allocated = range && Allocations.ofProject().asNumberOf(Fabric.of(scope).name, props.name, range);
    super(scope, id, 'racks', range ? { ...props, asNumber: allocated } : props);
  }
}
