import { spawn } from 'node:child_process';

/** Says to a process that it is the guard. */
const GUARD = 'PEERFORM_GUARD';

/**
 * Terraform ends a provisioner by SIGKILL when it is interrupted, and nobody can undo anything then. So the work is
 * done by a process of its own session, which learns by the end of its standard input that nobody waits for it any
 * more, and outlives the one that was started by as long as it needs.
 *
 * `script`: what this process runs, with its arguments. `work` gets a promise that resolves on interruption, and gives
 * the exit code.
 */
export function underGuard(
  script: readonly string[],
  work: (interrupted: Promise<unknown>) => Promise<number>,
): Promise<number> {
  return process.env[GUARD] === undefined ? standBefore(script) : behind(work);
}

function standBefore(script: readonly string[]): Promise<number> {
  const guard = spawn(process.execPath, script, {
    env: { ...process.env, [GUARD]: '1' },
    stdio: ['pipe', 'inherit', 'inherit'],
    detached: true,
  });
  guard.stdin.on('error', () => {}); // it has ended
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => guard.stdin.end());
  return new Promise((resolve, reject) => {
    guard.on('error', reject);
    guard.on('exit', (code) => resolve(code ?? 1));
  });
}

function behind(work: (interrupted: Promise<unknown>) => Promise<number>): Promise<number> {
  delete process.env[GUARD]; // what it starts is not a guard
  const interrupted = new Promise((resolve) => process.stdin.once('end', resolve).once('error', resolve).resume());
  return work(interrupted);
}
