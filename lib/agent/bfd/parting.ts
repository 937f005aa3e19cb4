import { setTimeout } from 'node:timers/promises';

/**
 * What the process knows of the agent. `leaves`: it ends permanently, and has yet to close its sessions of BGP; `left`:
 * it has, and no other run has come since.
 */
export type AgentPresence = 'absent' | 'present' | 'leaves' | 'left';

/** Milliseconds for which a connected agent may say that it leaves, as it is often told so at the same moment. */
const GRACE = 500;
const LOOKS_APART = 20;

/**
 * Waits until the process may end, and resolves with whether it ends permanently: `isForGood`, or as the agent does.
 * BFD outlives an agent that leaves, as most neighbours close a session of BGP when its BFD ends. Sessions go on
 * meanwhile, so that the wait adds nothing to what neighbours see of a restart.
 */
export async function parted(
  agent: () => AgentPresence,
  isForGood: boolean,
  awaits: () => void,
  { grace = GRACE, apart = LOOKS_APART } = {},
): Promise<boolean> {
  const asked = performance.now();
  let isAwaiting = false;
  for (;;) {
    const presence = agent();
    if (presence === 'left') return true;
    if (presence === 'absent' || (presence === 'present' && performance.now() - asked >= grace))
      return isForGood || isAwaiting;
    if (presence === 'leaves' && !isAwaiting) {
      isAwaiting = true;
      awaits();
    }
    await setTimeout(apart);
  }
}
