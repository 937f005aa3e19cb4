import { network, text } from '../check';
import { checkOf, taken, unrelated } from '../row';

/** Fields of `BlockAffinity`: a block of a pool that is assigned to a node. Written by Calico only. */
export const BLOCK_AFFINITY = {
  state: taken('`advertise`, if it is `confirmed`', text()),
  node: taken('the node that advertises it', { required: text() }),
  type: unrelated('what Calico allocates the block to', text(), 'host'),
  cidr: taken('`prefix` of `advertise`', { required: network() }),
  deleted: taken('no `advertise`, if it is true'),
};

/** Checks a v3 `BlockAffinity`. */
export const blockAffinitySpec = checkOf(BLOCK_AFFINITY, { open: true });
