import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setShowsHops, showsHops } from '../../kernel/system/nexthop-mode';
import { now } from './clock';
import type { Log } from './log';

/**
 * `--compact-nexthops`: while the agent runs, routes on nexthop objects are reported with the id of their object only.
 * The setting is the host's, so it is restored at the end; `note` records it in case the agent is killed. If it is
 * already 0, it is not touched. Returns a function that restores it.
 */
export function compactNexthops(note: string, log: Log): () => void {
  const shows = showsHops();
  if (shows === undefined) return () => {};
  if (!shows && !isNoted(note)) return () => {};
  const failed = shows ? setShowsHops(false) : undefined;
  if (failed) {
    log.warn(`${failed}: when a next hop moves, the kernel walks all its routes, which takes 1 s for a million`);
    return () => {};
  }
  attempt(() => writeFileSync(note, now().boot));
  log.info('set net.ipv4.nexthop_compat_mode to 0 until the agent stops');
  return () => {
    const left = setShowsHops(true);
    if (left) log.warn(String(left));
    attempt(() => rmSync(note, { force: true }));
  };
}

/** Whether a run of this boot that was killed had set it. */
function isNoted(note: string): boolean {
  try {
    return readFileSync(note, 'utf8') === now().boot;
  } catch {
    return false;
  }
}

/** Without a writable folder, nothing is recorded. */
function attempt(body: () => void): void {
  try {
    body();
  } catch {}
}
