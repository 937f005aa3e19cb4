import { readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';

/**
 * Identifies who deploys to agents, which store and show it: user, machine, stack folder and workspace. It is
 * determined when a fabric is first deployed and kept in private state, so that it survives moving the state. It is not
 * random, because a failed first deploy leaves no state and the retry must be the same owner.
 */
export function ownerHere(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const workspace = env.TF_WORKSPACE || selectedWorkspace(env.TF_DATA_DIR || '.terraform');
  const place = `${userName()}@${hostname()}:${process.cwd()}`;
  return workspace && workspace !== 'default' ? `${place} (workspace ${workspace})` : place;
}

/** The stack folder of an owner, if it is on this machine. */
export function folderHere(owner: string | null | undefined): string | undefined {
  const [, host, folder] = /^[^@]*@([^:]+):(\/.*?)(?: \(workspace .*\))?$/.exec(owner ?? '') ?? [];
  return host === hostname() ? folder : undefined;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown'); // A user ID without a name, as in containers.
  }
}

/** The file in which Terraform stores the selected workspace; missing until one is selected. */
function selectedWorkspace(dataFolder: string): string {
  try {
    return readFileSync(join(dataFolder, 'environment'), 'utf8').trim();
  } catch {
    return '';
  }
}
