import { readFileSync } from 'node:fs';

const LIMIT = '/proc/sys/net/ipv4/neigh/default/gc_thresh3';

/** Maximum number of entries in the kernel's table of neighbours; undefined if it cannot be read here. */
export function neighbourLimit(): number | undefined {
  try {
    return Number(readFileSync(LIMIT, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * What to say of a lab with so many machines on one switch: all namespaces share the kernel's table of neighbours, and
 * each machine may have every other one in it. Without room, packets between them are dropped at random.
 */
export function neighbourWarning(machines: number, limit: number): string | undefined {
  const needed = machines * (machines - 1);
  if (needed <= limit) return undefined;
  const settings = [2, 3].map((level) => `net.ipv4.neigh.default.gc_thresh${level}=${2 * needed}`);
  return `the kernel has room for ${limit} neighbours in all namespaces together, and ${machines} machines on one switch may need ${needed}: sessions may not come up. Make room with: sysctl -w ${settings.join(' ')}`;
}
