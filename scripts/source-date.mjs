import { execFileSync } from 'node:child_process';

/**
 * Seconds of the epoch that stand for the sources, so that the same ones build the same: SOURCE_DATE_EPOCH, else the
 * last commit; 0 where there is no repository.
 */
export function sourceDate(root) {
  if (process.env.SOURCE_DATE_EPOCH !== undefined) return Number(process.env.SOURCE_DATE_EPOCH);
  try {
    const git = ['log', '-1', '--format=%ct'];
    return Number(execFileSync('git', git, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return 0; // as in an unpacked archive
  }
}
