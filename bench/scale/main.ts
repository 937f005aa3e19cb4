/**
 * How synth, plan and apply grow with the number of nodes: the table of `npm run bench:scale`. Exits with 1 where a
 * bound is missed.
 * `node main.js --programs FOLDER --root CHECKOUT [--nodes 10,100,1000,5000] [--forms blocks,variable]
 * [--part deploys,turns,reports,agents] [--agents 60,200] [--report FILE]`
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Agents, agentsOf } from './agents';
import { pagesOf } from './pages';
import { stackIn, synth, terraform, told } from './programs';
import { type Figures, FORMS, type Form, missedBounds, report } from './report';
import { turnsOf } from './turns';

const { values } = parseArgs({
  options: {
    programs: { type: 'string', default: '.' },
    root: { type: 'string', default: '.' },
    nodes: { type: 'string', default: '10,100,1000,5000' },
    forms: { type: 'string', default: FORMS.join(',') },
    part: { type: 'string', default: 'deploys,turns,reports,agents' },
    agents: { type: 'string', default: '60' },
    report: { type: 'string' },
  },
});

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
  const fleet = await simulated(nodes, folder);
  const synthesised = async (peers: number) => {
    const seconds = await synth(values.programs, { nodes, folder, out, peers });
    if (form === 'variable') intoVariables(stackIn(out));
    return seconds;
  };
  try {
    const first = await told('synth', synthesised(0));
    await terraform(out, 'init');
    const plan = await told('first plan', terraform(out, 'plan', '-out=plan'));
    const apply = await told('first apply', terraform(out, 'apply', 'plan'));
    const again = await told('synth of a change', synthesised(1));
    const change = await told('plan of a change', terraform(out, 'plan', '-out=plan'));
    const applyChange = await told('apply of a change', terraform(out, 'apply', 'plan'));
    return { nodes, form, synth: Math.max(first, again), plan, apply, change, applyChange };
  } finally {
    fleet.stdin?.end();
    fleet.kill();
    rmSync(folder, { recursive: true, force: true });
  }
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
  const agents: Agents[] = [];
  for (const nodes of parts.includes('agents') ? values.agents.split(',').map(Number) : []) {
    console.error(`${nodes} real agents …`);
    agents.push(await agentsOf(nodes, values.programs, values.root));
  }
  const missed = missedBounds(figures, pages, agents);
  const text = report(
    { figures, turns, pages, agents },
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
