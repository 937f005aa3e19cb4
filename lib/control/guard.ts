import { spawn } from 'node:child_process';

/** Marks a process as the guard. */
const GUARD = 'PEERFORM_GUARD';

/**
 * Terraform kills a provisioner with SIGKILL when it is interrupted, which leaves no chance to roll back. So the work
 * is done by a process in a separate session, which detects by the end of its standard input that its parent is gone,
 * and outlives it for as long as needed.
 *
 * `script`: what this process runs, with its arguments. `work` receives a promise that resolves on interruption, and
 * returns the exit code.
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
  guard.stdin.on('error', () => {}); // it has exited
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => guard.stdin.end());
  return new Promise((resolve, reject) => {
    guard.on('error', reject);
    guard.on('exit', (code) => resolve(code ?? 1));
  });
}

function behind(work: (interrupted: Promise<unknown>) => Promise<number>): Promise<number> {
  delete process.env[GUARD]; // its children are not guards
  const interrupted = new Promise((resolve) => process.stdin.once('end', resolve).once('error', resolve).resume());
  return work(interrupted);
}
