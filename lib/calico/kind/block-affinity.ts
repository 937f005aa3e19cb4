import { network, text } from '../check';
import { checkOf, taken, unrelated } from '../row';

/** The fields of a `BlockAffinity`: a block of a pool that belongs to a node. Calico writes it; people only read it. */
export const BLOCK_AFFINITY = {
  state: taken('`advertise`, if it is `confirmed`', text()),
  node: taken('the node that advertises it', { required: text() }),
  type: unrelated('what Calico allocates the block to', text(), 'host'),
  cidr: taken('`prefix` of `advertise`', { required: network() }),
  deleted: taken('no `advertise`, if it is true'),
};

/** A `BlockAffinity` of v3. */
export const blockAffinitySpec = checkOf(BLOCK_AFFINITY, { open: true });
