import { readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';

/**
 * Who deploys, as agents remember it and name it to others: the user, the machine, the stack's folder, and its
 * workspace. It is taken when a fabric is first deployed and kept beside its state, so that it stays the same wherever
 * the state goes. It is not random: a first deploy that failed left no state, and its next try must still be the same
 * owner.
 */
export function ownerHere(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const workspace = env.TF_WORKSPACE || selectedWorkspace(env.TF_DATA_DIR || '.terraform');
  const place = `${userName()}@${hostname()}:${process.cwd()}`;
  return workspace && workspace !== 'default' ? `${place} (workspace ${workspace})` : place;
}

/** The stack's folder that an owner names, where it is one of this machine. */
export function folderHere(owner: string | null | undefined): string | undefined {
  const [, host, folder] = /^[^@]*@([^:]+):(\/.*?)(?: \(workspace .*\))?$/.exec(owner ?? '') ?? [];
  return host === hostname() ? folder : undefined;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown'); // A user id that has no name, as in containers.
  }
}

/** Where Terraform keeps the chosen workspace; there is no such file until one is chosen. */
function selectedWorkspace(dataFolder: string): string {
  try {
    return readFileSync(join(dataFolder, 'environment'), 'utf8').trim();
  } catch {
    return '';
  }
}
