import { execFileSync } from 'node:child_process';
import * as ffi from '../../lib/kernel/ffi';

let made = 0;

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

  /** Runs `ip` inside; answers what it prints. */
  ip(command: string): string {
    return execFileSync('ip', ['-n', this.name, ...command.split(' ')], {
      encoding: 'utf8',
      stdio: 'pipe',
      maxBuffer: 64 << 20,
    });
  }

  /** The routes that `ip route show ARGUMENTS` prints, one a line, ends trimmed. */
  routes(command: string, family: 4 | 6 = 4): string[] {
    const lines = this.ip(`-${family} route show ${command}`).split('\n');
    return lines.map((line) => line.trim().replace(/ pref medium$/, '')).filter((line) => line !== '');
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

/** Waits until it holds; the deadline is there to end a test that fails, not to measure. */
export async function until(holds: () => boolean, what = String(holds)): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`never came: ${what}`);
    await new Promise((turn) => setTimeout(turn, 2));
  }
}
