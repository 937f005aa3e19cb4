import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Wanted } from './synth';

/** Runs a program to its end; gives seconds. What it prints is shown where it fails. */
function timed(program: string, args: readonly string[], cwd: string): Promise<number> {
  const started = performance.now();
  const env = { ...process.env, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_CLI_CONFIG_FILE: '/dev/null' };
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, env, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      if (!error) return resolve((performance.now() - started) / 1000);
      reject(new Error(`${program} ${args.join(' ')} failed:\n${(stdout + stderr).slice(-4000)}`));
    });
  });
}

/** Where the app writes its stack. */
export const stackIn = (out: string): string => join(out, 'stacks/scale');

/** Synthesises the bench's app, from the folder of the bench's programs; gives seconds. */
export const synth = (programs: string, wanted: Wanted): Promise<number> =>
  timed(process.execPath, [join(programs, 'synth.js'), JSON.stringify(wanted)], programs);

/** Runs Terraform on what the app wrote to `out`; gives seconds. */
export const terraform = (out: string, ...args: string[]): Promise<number> =>
  timed('terraform', [...args, '-no-color'], stackIn(out));

/** Says on the way how long a step took: the largest fabric takes minutes. */
export async function told(step: string, running: Promise<number>): Promise<number> {
  const seconds = await running;
  console.error(`  ${step}: ${seconds.toFixed(1)} s`);
  return seconds;
}
