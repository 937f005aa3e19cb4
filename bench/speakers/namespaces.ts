import { execFileSync, spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import type { Neighbour } from './orders';

/** Where the daemon under test and its neighbours live: two network namespaces of this run, joined by two links. */
export class Namespaces {
  readonly daemon = `pfbench-d${process.pid}`;
  readonly neighbours = `pfbench-n${process.pid}`;

  /**
   * Makes both. The sinks' addresses of IPv4 are a whole subnet; those of IPv6 are named, for neighbour discovery
   * answers for no others.
   */
  up(sinks: readonly Neighbour[]): void {
    this.down();
    for (const name of [this.daemon, this.neighbours]) ip(['netns', 'add', name]);
    batch(this.daemon, [
      'link set lo up',
      ...['inj0', 'snk0'].map((link) => `link add ${link} type veth peer name ${link} netns ${this.neighbours}`),
      ...addressed({
        inj0: [`${INJECTOR.ipv4.daemon}/24`, `${INJECTOR.ipv6.daemon}/64`],
        snk0: [`${SINKS.ipv4}/16`, `${SINKS.ipv6}/64`],
      }),
    ]);
    batch(this.neighbours, [
      'link set lo up',
      ...addressed({
        inj0: [`${INJECTOR.ipv4.own}/24`, `${INJECTOR.ipv6.own}/64`],
        snk0: [
          `${SINKS_OWN.ipv4}/16`,
          `${SINKS_OWN.ipv6}/64`,
          ...sinks.filter(({ family }) => family === 'ipv6').map(({ local }) => `${local}/128`),
        ],
      }),
      'route add local 10.2.128.0/17 dev lo',
    ]);
  }

  /** Ends what still runs in them and takes them away. */
  down(): void {
    for (const name of [this.daemon, this.neighbours]) {
      const { stdout } = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' });
      for (const pid of stdout.split('\n').filter(Boolean)) {
        try {
          process.kill(Number(pid), 'SIGKILL');
        } catch {} // it is gone already
      }
      spawnSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
    }
  }

  /**
   * A command line that runs in one of them, on one core or, without, on all (the bench itself keeps off one of them),
   * ahead of whatever else the machine does.
   */
  command(where: 'daemon' | 'neighbours', core: number | undefined, argv: readonly string[]): string[] {
    const cores = String(core ?? `0-${cpus().length - 1}`);
    return ['ip', 'netns', 'exec', this[where], 'taskset', '-c', cores, 'nice', '-n', '-20', ...argv];
  }
}

/** Both ends of the injector's link, and the daemon's end of the sinks'. */
export const INJECTOR = {
  ipv4: { daemon: '10.1.0.1', own: '10.1.0.2' },
  ipv6: { daemon: 'fd00:1::1', own: 'fd00:1::2' },
} as const;
export const SINKS = { ipv4: '10.2.0.1', ipv6: 'fd00:2::1' } as const;
/** An address of the sinks' side, as a next hop. */
export const SINKS_OWN = { ipv4: '10.2.0.2', ipv6: 'fd00:2::2' } as const;

const addressed = (links: Readonly<Record<string, readonly string[]>>): string[] =>
  Object.entries(links).flatMap(([link, addresses]) => [
    ...addresses.map((address) => `addr add ${address} dev ${link}${address.includes(':') ? ' nodad' : ''}`),
    `link set ${link} up`,
  ]);

const ip = (words: string[]) => execFileSync('ip', words);
const batch = (namespace: string, lines: readonly string[]) =>
  execFileSync('ip', ['-n', namespace, '-batch', '-'], { input: `${lines.join('\n')}\n` });
