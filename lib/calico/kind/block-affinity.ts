import { network, object, text } from '../check';

/** A `BlockAffinity` of v3: a block of a pool that belongs to a node. Calico writes it; people only read it. */
export const blockAffinitySpec = object(
  { state: text(), node: { required: text() }, type: text(), cidr: { required: network() } },
  { open: true },
);
