import type { Target } from './target';
import { MESSAGE_TARGETS } from './target/messages';
import { UPDATE_TARGETS } from './target/updates';

/** Everything that octets from elsewhere reach. */
export const TARGETS: readonly Target[] = [...MESSAGE_TARGETS, ...UPDATE_TARGETS];
