/**
 * How synth, plan and apply grow with the number of nodes: the table of `npm run bench:scale`. Exits with 1 where a
 * bound is missed.
 * `node main.js --programs FOLDER --root CHECKOUT [--nodes 10,100,1000,5000] [--forms blocks,variable]
 * [--part deploys,turns,reports] [--report FILE]`
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pagesOf } from './pages';
import { type Figures, FORMS, type Form, missedBounds, report } from './report';
import { turnsOf } from './turns';

const { values } = parseArgs({
  options: {
    programs: { type: 'string', default: '.' },
    root: { type: 'string', default: '.' },
    nodes: { type: 'string', default: '10,100,1000,5000' },
    forms: { type: 'string', default: FORMS.join(',') },
    part: { type: 'string', default: 'deploys,turns,reports' },
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

/** The maps of a fabric, with what a block of each is called. */
const MAPS = { node: 'nodes', peer: 'peers', route_reflector: 'route_reflectors' } as const;

/** Brings a stack of blocks into the other form: its maps are variables, and stand in a file of these. */
function intoVariables(stack: string): void {
  const path = join(stack, 'cdk.tf.json');
  const content = JSON.parse(readFileSync(path, 'utf8'));
  const fabric = content.resource.peerform_fabric.scale;
  const given: Record<string, unknown> = {};
  for (const [block, map] of Object.entries(MAPS)) {
    given[map] = fabric[block] ?? {};
    delete fabric[block];
    fabric[map] = `\${var.${map}}`;
  }
  content.variable = Object.fromEntries(Object.keys(given).map((map) => [map, { type: 'any' }]));
  writeFileSync(path, JSON.stringify(content));
  writeFileSync(join(stack, 'terraform.tfvars.json'), JSON.stringify(given));
}

async function measure(nodes: number, form: Form): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'peerform-scale-'));
  const out = join(folder, 'out');
  const stack = join(out, 'stacks/scale');
  const fleet = await simulated(nodes, folder);
  const synth = async (peers: number) => {
    const args = [join(values.programs, 'synth.js'), String(nodes), folder, out, String(peers)];
    const seconds = await timed(process.execPath, args, folder);
    if (form === 'variable') intoVariables(stack);
    return seconds;
  };
  const terraform = (...args: string[]) => timed('terraform', [...args, '-no-color'], stack);
  try {
    const first = await told('synth', synth(0));
    await terraform('init');
    const plan = await told('first plan', terraform('plan', '-out=plan'));
    const apply = await told('first apply', terraform('apply', 'plan'));
    const again = await told('synth of a change', synth(1));
    const change = await told('plan of a change', terraform('plan', '-out=plan'));
    const applyChange = await told('apply of a change', terraform('apply', 'plan'));
    return { nodes, form, synth: Math.max(first, again), plan, apply, change, applyChange };
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
  const parts = values.part.split(',');
  const sizes = values.nodes.split(',').map(Number);
  for (const form of parts.includes('deploys') ? (values.forms.split(',') as Form[]) : [])
    for (const nodes of sizes) {
      console.error(`${nodes} nodes as ${form} …`);
      figures.push(await measure(nodes, form));
    }
  const largest = Math.max(...sizes);
  if (parts.includes('turns')) console.error(`turns of an agent of ${largest} nodes …`);
  const turns = parts.includes('turns') ? await turnsOf(largest, values.root) : [];
  const pages = parts.includes('reports') ? sizes.flatMap((nodes) => pagesOf(nodes, values.root)) : [];
  const missed = missedBounds(figures, pages);
  const text = report(
    figures,
    turns,
    pages,
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
