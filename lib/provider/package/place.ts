import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ProviderPackage } from '../package';

const LOCK_FILE = '.terraform.lock.hcl';

/** The text of a folder's lock file; undefined if it has none. */
export function lockOf(folder: string): string | undefined {
  const path = join(folder, LOCK_FILE);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/**
 * Installs the provider where Terraform finds it by default in a configuration's folder, replacing earlier builds, and
 * adds it to the lock file. `lock`: existing text with the entries of other providers.
 */
export function placeProvider(content: ProviderPackage, folder: string, lock = lockOf(folder)): void {
  const files = content.files();
  for (const place of new Set(files.map(({ path }) => dirname(join(folder, path))))) {
    rmSync(place, { recursive: true, force: true });
    mkdirSync(place, { recursive: true });
  }
  for (const { path, bytes } of files) writeFileSync(join(folder, path), bytes);
  writeFileSync(join(folder, LOCK_FILE), content.lockFile(lock));
}

/** Writes the command that runs the checks of gates to a configuration's folder. */
export function placeGate({ gate }: ProviderPackage, folder: string): void {
  const path = join(folder, gate.path);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, gate.bytes);
}
