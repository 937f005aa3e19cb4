import { chmodSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

/** One mode for all of a kind, whatever the umask; with an epoch also one time, whatever the clock. */
export function settle(path, epoch) {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) settle(inner, epoch);
    else if (entry.isFile()) one(inner, statSync(inner).mode & 0o111 ? 0o755 : 0o644, epoch);
  }
  one(path, 0o755, epoch);
}

function one(path, mode, epoch) {
  chmodSync(path, mode);
  if (epoch !== undefined) utimesSync(path, epoch, epoch);
}
