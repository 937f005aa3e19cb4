import type { ChildProcess } from 'node:child_process';

/** Kills what a bench started, and waits until all of it has ended. */
export async function killAll(children: readonly ChildProcess[]): Promise<void> {
  await Promise.all(
    children.map((child) => {
      const ended = new Promise((resolve) => child.once('close', resolve));
      if (child.exitCode !== null || child.signalCode !== null) return undefined;
      child.kill('SIGKILL');
      return ended;
    }),
  );
}
