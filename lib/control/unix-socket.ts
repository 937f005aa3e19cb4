import { chmodSync, chownSync, lstatSync, mkdirSync, unlinkSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';

/** Another server, or something else, already exists at the path, and stays. */
export class Occupied extends Error {
  override readonly name = 'Occupied';
}

/** Who may connect to a socket. */
interface Access {
  readonly mode: number;
  /** Its group id. Default: the group of the process. */
  readonly group?: number;
}

/**
 * Has a server listen on a unix socket. A socket file without a listener is a leftover and is replaced; for one in use
 * rejects with {@link Occupied}. `whose`: what listens there, for display.
 */
export async function listenAt(server: Server, path: string, whose: string, { mode, group }: Access): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found) {
    if (!found.isSocket()) throw new Occupied(`${path} is not a socket and is left alone: choose another path`);
    if (await isAlive(path)) throw new Occupied(`another ${whose} is already listening on ${path}`);
    unlinkSync(path);
  }
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject); // later: a failed accept, which affects only one connection
    server.listen(path, () => resolve());
  });
  try {
    if (group !== undefined) chownSync(path, process.geteuid?.() ?? 0, group);
    chmodSync(path, mode);
  } catch (error) {
    server.close();
    throw error;
  }
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path, () => resolve(true)).on('error', () => resolve(false));
    probe.on('connect', () => probe.destroy());
  });
}
