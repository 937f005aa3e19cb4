import { OWN_PROTOCOL } from '../kernel/codec/route-protocol';
import { cleanUp } from '../kernel/fib/cleanup';
import { AdvertisedDefaultRoutes } from '../kernel/system/advertised-default-route';
import { KernelError } from '../kernel/system/error';
import { lockAgent } from '../kernel/system/lock';
import { readLinks } from '../kernel/workload/links';
import { EXIT_CODES } from './failure';
import { acceptRaNote } from './network/unnumbered';

/**
 * Removes everything of an agent from this machine's kernel, and restores the settings that it has noted in its folder
 * `state`. Refused while one is running. Returns the exit code, reports through `say`.
 */
export async function cleanUpKernel(
  say: (line: string) => void,
  state: string,
  protocol = OWN_PROTOCOL,
): Promise<number> {
  const lock = lockAgent(protocol);
  if (lock instanceof KernelError) {
    say(`an agent is running here: stop it first, or remove the node from the fabric. ${lock}`);
    return EXIT_CODES['second-agent'];
  }
  if (lock.warning !== undefined) say(lock.warning);
  const cleaned = await cleanUp(protocol);
  const links = await readLinks();
  if (!(links instanceof KernelError)) new AdvertisedDefaultRoutes(() => links, acceptRaNote(state)).leave(true);
  lock.release();
  if (cleaned instanceof KernelError) {
    say(String(cleaned));
    return EXIT_CODES.privilege;
  }
  const { routes, nexthopObjects } = cleaned;
  say(
    routes + nexthopObjects === 0
      ? 'no routes of an agent were left in the kernel'
      : `removed ${routes} routes and ${nexthopObjects} nexthop objects from the kernel`,
  );
  return EXIT_CODES.ok;
}
