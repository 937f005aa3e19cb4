import type { Target } from './target';
import { LINE_TARGETS } from './target/lines';
import { MESSAGE_TARGETS } from './target/messages';
import { NETLINK_TARGETS } from './target/netlink';
import { RIB_TARGETS } from './target/rib';
import { UPDATE_TARGETS } from './target/updates';

/** Everything that octets from elsewhere reach. */
export const TARGETS: readonly Target[] = [
  ...MESSAGE_TARGETS,
  ...UPDATE_TARGETS,
  ...NETLINK_TARGETS,
  ...LINE_TARGETS,
  ...RIB_TARGETS,
];
