import { readFileSync, writeFileSync } from 'node:fs';

/** All network namespaces share the kernel's table of neighbours; its limits can be set on the host alone. */
const LIMITS = [1, 2, 3].map((level) => `/proc/sys/net/ipv4/neigh/default/gc_thresh${level}`);

/**
 * Makes room in it for so many entries: without, packets are dropped at random. Warns where that is not possible, as in
 * a container, whose /proc/sys is read-only. Returns a function that restores what was set before.
 */
export function roomFor(entries: number, limits: readonly string[] = LIMITS): () => void {
  const before = new Map<string, string>();
  try {
    for (const path of limits) {
      const value = readFileSync(path, 'utf8');
      if (Number(value) >= entries) continue;
      writeFileSync(path, String(entries));
      before.set(path, value);
    }
  } catch (error) {
    console.error(
      `the kernel's table of neighbours may be too small: with more than a thousand neighbours the figures may be wrong, or a run may fail. On the host, set each net.ipv4.neigh.default.gc_thresh1 to 3 to ${entries} (${(error as Error).message})`,
    );
  }
  return () => {
    for (const [path, value] of before) writeFileSync(path, value);
  };
}
