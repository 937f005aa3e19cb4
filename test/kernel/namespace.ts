import { execFileSync } from 'node:child_process';
import * as ffi from '../../lib/kernel/system/ffi';

let made = 0;
const COMPAT_MODE = '/proc/sys/net/ipv4/nexthop_compat_mode';

/** A network namespace of a test, which this process can enter: sockets made inside stay inside. */
export class Namespace {
  private origin: number | undefined;

  private constructor(readonly name: string) {}

  static make(): Namespace {
    const failed = ffi.loadSystem();
    if (failed) throw new Error(String(failed));
    const namespace = new Namespace(`pfk-${process.pid}-${made++}`);
    execFileSync('ip', ['netns', 'add', namespace.name]);
    namespace.ip('link set lo up');
    return namespace;
  }

  /** Runs a program inside. */
  run(...command: string[]): void {
    execFileSync('ip', ['netns', 'exec', this.name, ...command], { stdio: 'pipe' });
  }

  /** Runs `ip` inside; answers what it prints. */
  ip(command: string): string {
    return execFileSync('ip', ['-n', this.name, ...command.split(' ')], {
      encoding: 'utf8',
      stdio: 'pipe',
      maxBuffer: 64 << 20,
    });
  }

  /**
   * The routes that `ip route show ARGUMENTS` prints, one a line, ends trimmed; routes on nexthop objects as those that
   * have their hops themselves.
   */
  routes(command: string, family: 4 | 6 = 4): string[] {
    const lines = this.ip(`-${family} route show ${command}`).split('\n');
    const objects = lines.some((line) => line.includes(' nhid ')) ? this.nexthops() : new Map<string, string>();
    let isOnObject = false; // then the hops that may follow are those of the object
    const own = lines.filter((line) => {
      if (/^\s+nexthop /.test(line)) return !isOnObject;
      isOnObject = line.includes(' nhid ');
      return true;
    });
    return own
      .flatMap((line) => withHops(line.trim().replace(/ pref medium$/, ''), objects))
      .filter((line) => line !== '');
  }

  /** `net.ipv4.nexthop_compat_mode`: 0 or 1. */
  get nexthopCompatMode(): number {
    return Number(execFileSync('ip', ['netns', 'exec', this.name, 'cat', COMPAT_MODE], { encoding: 'utf8' }));
  }

  set nexthopCompatMode(mode: number) {
    execFileSync('ip', ['netns', 'exec', this.name, 'sh', '-c', `echo ${mode} > ${COMPAT_MODE}`]);
  }

  /** What `ip nexthop` prints after each number. */
  nexthops(): Map<string, string> {
    const lines = this.ip('nexthop show').split('\n');
    return new Map(
      lines.flatMap((line) => [...line.matchAll(/^id (\d+) (.*?)\s*$/g)].map(([, id, rest]) => [id, rest])),
    );
  }

  /** A pair of links, both here and up; the first one with addresses. */
  pair(name: string, ...addresses: string[]): void {
    this.ip(`link add ${name} type veth peer name ${name}-far`);
    this.ip(`link set ${name} up`);
    this.ip(`link set ${name}-far up`);
    for (const address of addresses) this.ip(`addr add ${address} dev ${name}${address.includes(':') ? ' nodad' : ''}`);
  }

  enter(): void {
    this.origin = ffi.open('/proc/thread-self/ns/net');
    const fd = ffi.open(`/run/netns/${this.name}`);
    if (ffi.setNetworkNamespace(fd) < 0) throw new Error(`can't enter ${this.name}`);
    ffi.close(fd);
  }

  leave(): void {
    if (this.origin === undefined) return;
    ffi.setNetworkNamespace(this.origin);
    ffi.close(this.origin);
    this.origin = undefined;
  }

  remove(): void {
    this.leave();
    execFileSync('ip', ['netns', 'del', this.name]);
  }
}

/** A line of `ip route` with the hops of its nexthop object. */
function withHops(line: string, objects: ReadonlyMap<string, string>): string[] {
  const [nhid, id] = / nhid (\d+)/.exec(line) ?? [];
  if (nhid === undefined || line.includes(' dev ') || line.includes(' via ')) return [line.replace(nhid ?? '\0', '')];
  const [, group] = /^group (\S+)/.exec(objects.get(id) ?? '') ?? [];
  const hops = (group?.split('/') ?? []).map((member) => {
    const [number, weight = '1'] = member.split(',');
    const [, via, dev] = /^via (\S+) dev (\S+)/.exec(objects.get(number) ?? '') ?? [];
    const isOther = !line.includes('::') && via.includes(':');
    return { text: `via ${isOther ? 'inet6 ' : ''}${via} dev ${dev}`, weight };
  });
  if (hops.length === 1) return [line.replace(nhid, ` ${hops[0].text}`)];
  return [line.replace(nhid, ''), ...hops.map(({ text, weight }) => `nexthop ${text} weight ${weight}`)];
}

/** Waits until it holds; the deadline is there to end a test that fails, not to measure. */
export async function until(holds: () => boolean, what = String(holds)): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`never came: ${what}`);
    await new Promise((turn) => setTimeout(turn, 2));
  }
}
