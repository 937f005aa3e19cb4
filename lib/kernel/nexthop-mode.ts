import { readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { KernelError } from './error';

const COMPAT_MODE = '/proc/sys/net/ipv4/nexthop_compat_mode';

/**
 * Tells the kernel of this network namespace that routes are shown with the number of their nexthop object alone. Otherwise it
 * goes through every route of an object that changes, to tell those who know no objects: a second for a million.
 */
export function setCompactNexthops(): KernelError | undefined {
  try {
    if (readFileSync(COMPAT_MODE, 'latin1').trim() !== '0') writeFileSync(COMPAT_MODE, '0');
    return undefined;
  } catch (error) {
    return KernelError.of(
      'set net.ipv4.nexthop_compat_mode to 0',
      (error as NodeJS.ErrnoException).errno ?? constants.errno.EIO,
    );
  }
}
