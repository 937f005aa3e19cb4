import { readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { KernelError } from './error';

export const COMPAT_MODE = '/proc/sys/net/ipv4/nexthop_compat_mode';

/**
 * Whether the kernel of this network namespace reports routes on nexthop objects with their hops, as it does by
 * default: it then walks every route of an object that changes, a second for a million. Undefined if it has no such
 * setting.
 */
export function showsHops(): boolean | undefined {
  try {
    return readFileSync(COMPAT_MODE, 'latin1').trim() !== '0';
  } catch {
    return undefined;
  }
}

/** False: routes are reported with the id of their nexthop object only, to everybody in this network namespace. */
export function setShowsHops(shows: boolean): KernelError | undefined {
  try {
    writeFileSync(COMPAT_MODE, shows ? '1' : '0');
    return undefined;
  } catch (error) {
    return KernelError.of(
      `set net.ipv4.nexthop_compat_mode to ${shows ? 1 : 0}`,
      (error as NodeJS.ErrnoException).errno ?? constants.errno.EIO,
    );
  }
}
