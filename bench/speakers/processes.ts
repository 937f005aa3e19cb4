import { readdirSync, readFileSync } from 'node:fs';

/** A process and all its children, as /proc tells. */
export function family(pid: number): number[] {
  const all = [pid];
  for (const task of list(`/proc/${pid}/task`))
    for (const child of read(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean))
      all.push(...family(Number(child)));
  return all;
}

/** Seconds of processor time that these have used, all their threads together. */
export function processorTime(pids: readonly number[]): number {
  let nanoseconds = 0;
  for (const pid of pids)
    for (const task of list(`/proc/${pid}/task`))
      nanoseconds += Number(read(`/proc/${pid}/task/${task}/schedstat`).split(' ')[0]);
  return nanoseconds / 1e9;
}

/** Octets of memory of these together: now, or the most they ever had. */
export function memory(pids: readonly number[], what: 'VmRSS' | 'VmHWM'): number {
  const kilobytes = (pid: number) =>
    Number(new RegExp(`${what}:\\s+(\\d+)`).exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
  return pids.reduce((sum, pid) => sum + kilobytes(pid) * 1024, 0);
}

/**
 * Routes in the main table of the network namespace of a process (of IPv6: in all tables), as the kernel counts them
 * itself.
 */
export function kernelRoutes(pid: number, family: 'ipv4' | 'ipv6'): number {
  if (family === 'ipv6') return Number.parseInt(read(`/proc/${pid}/net/rt6_stats`).split(' ')[3], 16);
  // The local table comes after it, and is the same trie, with the same count, as long as there are no rules of one's
  // own.
  return Number(/Main:.*?Prefixes:\s+(\d+)/s.exec(read(`/proc/${pid}/net/fib_triestat`))?.[1] ?? 0);
}

/** Seconds that a core was busy since the machine started, whoever it was. */
export function busyTime(core: number): number {
  const line = new RegExp(`^cpu${core} (.*)$`, 'm').exec(read('/proc/stat'))?.[1] ?? '';
  const [user, nice, system, , , irq, softirq, steal] = line.split(' ').map(Number);
  return (user + nice + system + irq + softirq + steal) / 100;
}

/** Whether somebody listens on a TCP port in the network namespace of a process. */
export function listens(pid: number, port: number): boolean {
  const LISTEN = '0A';
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return ['tcp', 'tcp6'].some((table) =>
    read(`/proc/${pid}/net/${table}`)
      .split('\n')
      .some((line) => {
        const [, address, , state] = line.trim().split(/\s+/);
        return state === LISTEN && address.endsWith(local);
      }),
  );
}

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // the process has ended
  }
};

const list = (path: string): string[] => {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
};
