import { readFileSync, writeFileSync } from 'node:fs';

/** All network namespaces share the kernel's table of neighbours; its limits can be set on the host alone. */
const LIMITS = [1, 2, 3].map((level) => `/proc/sys/net/ipv4/neigh/default/gc_thresh${level}`);

/**
 * Makes room in it for so many entries: without, packets are dropped at random. Returns a function that restores what
 * was set before.
 */
export function roomFor(entries: number): () => void {
  const before = LIMITS.map((path) => readFileSync(path, 'utf8'));
  const set = (values: readonly string[]) => {
    for (const [i, path] of LIMITS.entries()) writeFileSync(path, values[i]);
  };
  set(before.map((value) => String(Math.max(Number(value), entries))));
  return () => set(before);
}
