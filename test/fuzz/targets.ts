import type { Target } from './target';
import { CONTROL_TARGETS } from './target/control';
import { FSM_TARGETS } from './target/fsm';
import { LINE_TARGETS } from './target/lines';
import { MESSAGE_TARGETS } from './target/messages';
import { NETLINK_TARGETS } from './target/netlink';
import { RECORDING_TARGETS } from './target/recording';
import { RIB_TARGETS } from './target/rib';
import { SESSION_TARGETS } from './target/speaker';
import { UPDATE_TARGETS } from './target/updates';

/** Everything that octets from elsewhere reach. */
export const TARGETS: readonly Target[] = [
  ...MESSAGE_TARGETS,
  ...UPDATE_TARGETS,
  ...NETLINK_TARGETS,
  ...LINE_TARGETS,
  ...RIB_TARGETS,
  ...SESSION_TARGETS,
  ...FSM_TARGETS,
  ...RECORDING_TARGETS,
  ...CONTROL_TARGETS,
];
