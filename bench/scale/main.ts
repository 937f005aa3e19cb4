/**
 * How synth, plan and apply grow with the number of nodes: the table of `npm run bench:scale`. Exits with 1 where a bound is missed.
 * `node main.js --programs FOLDER [--nodes 10,100,1000,5000] [--report FILE]`
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Figures, missedBounds, report } from './report';

const { values } = parseArgs({
  options: {
    programs: { type: 'string', default: '.' },
    nodes: { type: 'string', default: '10,100,1000,5000' },
    report: { type: 'string' },
  },
});

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

/** The agents of a fabric, in a process of their own. */
async function simulated(nodes: number, folder: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(values.programs, 'fleet.js'), String(nodes), folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`the simulated agents ended with ${code}`)));
  });
  return child;
}

async function measure(nodes: number): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'peerform-scale-')),
    out = join(folder, 'out'),
    stack = join(out, 'stacks/scale');
  const fleet = await simulated(nodes, folder);
  const synth = (peers: number) =>
    timed(process.execPath, [join(values.programs, 'synth.js'), String(nodes), folder, out, String(peers)], folder);
  const terraform = (...args: string[]) => timed('terraform', [...args, '-no-color'], stack);
  try {
    const first = await told('synth', synth(0));
    await terraform('init');
    const plan = await told('first plan', terraform('plan', '-out=plan'));
    const apply = await told('first apply', terraform('apply', 'plan'));
    const again = await told('synth of a change', synth(1));
    const change = await told('plan of a change', terraform('plan', '-out=plan'));
    const applyChange = await told('apply of a change', terraform('apply', 'plan'));
    return { nodes, synth: Math.max(first, again), plan, apply, change, applyChange };
  } finally {
    fleet.stdin?.end();
    fleet.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Says on the way how long a step took: the largest fabric takes minutes. */
async function told(step: string, running: Promise<number>): Promise<number> {
  const seconds = await running;
  console.error(`  ${step}: ${seconds.toFixed(1)} s`);
  return seconds;
}

const terraformVersion = (): string => execFileSync('terraform', ['version'], { encoding: 'utf8' }).split('\n', 1)[0];

async function main(): Promise<void> {
  const figures: Figures[] = [];
  for (const nodes of values.nodes.split(',').map(Number)) {
    console.error(`${nodes} nodes …`);
    figures.push(await measure(nodes));
  }
  const missed = missedBounds(figures),
    text = report(
      figures,
      missed,
      `${cpus().length} cores (${cpus()[0].model.trim()}), Node.js ${process.version}, ${terraformVersion()}`,
    );
  console.log(text);
  if (values.report !== undefined) writeFileSync(values.report, text);
  process.exit(missed.length > 0 ? 1 : 0);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exit(2);
});
