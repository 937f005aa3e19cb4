/** Not looked into: sockets, timers, functions of the system, and what a test hands in. */
const SKIPPED = new Set(['Timeout', 'Immediate', 'Socket', 'Server', 'Promise', 'Buffer', 'NetlinkSocket', 'Monitor']);

/**
 * How much an object holds, by everything that can be reached from it: entries of maps, sets and lists, and words of
 * typed arrays. By the names of the fields on the way, so that what has grown is found.
 */
export function heldBy(root: object): Map<string, number> {
  const seen = new Set<object>([root]);
  const held = new Map<string, number>();
  const todo: [object, string][] = [[root, '']];
  const count = (path: string, by: number) => held.set(path, (held.get(path) ?? 0) + by);
  const meet = (value: unknown, path: string) => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    if (SKIPPED.has(value.constructor?.name ?? '')) return;
    seen.add(value);
    todo.push([value, path]);
  };
  for (let next = todo.pop(); next; next = todo.pop()) {
    const [value, path] = next;
    if (ArrayBuffer.isView(value)) count(path, value.byteLength / 4);
    else if (value instanceof Map || value instanceof Set) {
      count(path, value.size);
      for (const [key, one] of value.entries()) {
        meet(key, `${path}[]`);
        meet(one, `${path}[]`);
      }
    } else if (Array.isArray(value)) {
      count(path, value.length);
      for (const one of value) meet(one, `${path}[]`);
    } else for (const [key, one] of Object.entries(value)) meet(one, path === '' ? key : `${path}.${key}`);
  }
  return held;
}
