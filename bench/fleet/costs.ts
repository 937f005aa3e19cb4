import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The processes of a run, beside the provider. */
export type Part = 'etcd' | 'agents';
export type Cost = Record<Part, number>;

/** Clock ticks of /proc in a second. */
const TICKS = 100;

/** Milliseconds between two looks at a process. */
const LOOK_MS = 1_000;

/** What processes have cost so far, as the kernel counts it. */
export class Costs {
  constructor(private readonly pids: Readonly<Record<Part, readonly number[]>>) {}

  /** CPU seconds of each part since its start. */
  now(): Cost {
    const sum = (part: Part) => this.pids[part].reduce((total, pid) => total + cpuOf(pid), 0);
    return { etcd: sum('etcd'), agents: sum('agents') };
  }

  since(before: Cost): Cost {
    const now = this.now();
    return { etcd: now.etcd - before.etcd, agents: now.agents - before.agents };
  }

  /** Peak of resident memory of etcd in megabytes. */
  memory(): number {
    const [, kilobytes] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${this.pids.etcd[0]}/status`, 'latin1'))!;
    return Number(kilobytes) / 1024;
  }

  /** Follows a process until it ends: the most connections that it had to a host, and its CPU seconds. */
  watch(pid: number, host: string): { end(): { connections: number; seconds: number } } {
    let [connections, seconds] = [0, 0];
    const timer = setInterval(() => {
      try {
        seconds = cpuOf(pid);
        connections = Math.max(connections, connectionsOf(pid, Number(host.split(':').at(-1))));
      } catch {
        // it has ended
      }
    }, LOOK_MS);
    return {
      end: () => {
        clearInterval(timer);
        return { connections, seconds };
      },
    };
  }
}

function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Established TCP connections of a process to a port. */
function connectionsOf(pid: number, port: number): number {
  const own = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    }),
  );
  const to = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync('/proc/net/tcp', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , remote = '', state, , , , , , inode]) => remote.endsWith(to) && state === '01' && own.has(inode))
    .length;
}
