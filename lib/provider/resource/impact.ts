import type { Fabric } from '../../model/fabric';
import { EXAMPLES, type Impact, impactOf } from '../../topology/impact';
import { computed } from '../schema';
import type { Values, ValueType } from '../value';

/** What a change does to the network, as a value of Terraform. */
export const IMPACT: ValueType = {
  object: computed({
    added: ['number', 'Sessions that are new.'],
    removed: ['number', 'Sessions that are no more.'],
    reset: ['number', 'Sessions that go down and come up again.'],
    retuned: ['number', 'Sessions that change without going down.'],
    reasons: [{ map: 'number' }, 'The same by reason.'],
    isolated: [{ list: 'string' }, 'Nodes that lose their last session.'],
    examples: [{ list: 'string' }, `At most ${EXAMPLES} of the changes.`],
  }),
};

/** What going from one fabric to the next does; `undefined`: from nothing. */
export function impactValues(before: Fabric | undefined, after: Fabric): Values {
  const { counts, reasons, isolated, examples }: Impact = impactOf(before, after);
  return { ...counts, reasons: { ...reasons }, isolated: [...isolated], examples: [...examples] };
}
