import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Host, SEARCH_PATH } from './host';
import { type Tracked, track } from './process';

/** CAP_NET_ADMIN and CAP_SYS_ADMIN, as bits of CapEff. */
const NEEDED = (1n << 12n) | (1n << 21n);

/** Whether this process may create network namespaces on the machine itself. */
export function mayMakeNamespaces(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return process.getuid?.() === 0 && (BigInt(`0x${effective}`) & NEEDED) === NEEDED;
}

/** `ip netns` keeps names in /run: this mounts a private, empty one, which vanishes with the holder. */
const HOLD = `
mount -t tmpfs tmpfs /run || exit 1
[ -L /var/run ] || mount -t tmpfs tmpfs /var/run || exit 1
echo held
read -r known || exit 1
exec sleep infinity < /dev/null`;

/**
 * Starts the process that holds a new user, network and mount namespace. It runs until it is killed, and exits by
 * itself if this process exits before `remember` has recorded it.
 */
export function hold(remember: (holder: Tracked) => void): Promise<Tracked> {
  const child = spawn('unshare', ['--user', '--map-root-user', '--net', '--mount', '--', 'sh', '-c', HOLD], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, PATH: SEARCH_PATH },
    cwd: '/',
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () =>
      reject(new Error(`the kernel does not allow namespaces without root (${said.trim()}); run as root`)),
    );
    child.stdout.once('data', () => {
      child.removeAllListeners('exit');
      const holder = track(child.pid!);
      remember(holder);
      child.stdin.end('known\n');
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
      resolve(holder);
    });
  });
}

/** The host whose commands run inside the holder's namespaces. */
export const hostOf = (holder?: Tracked): Host =>
  new Host(
    holder
      ? ['nsenter', '--target', String(holder.pid), '--user', '--mount', '--net', '--preserve-credentials', '--']
      : [],
  );
