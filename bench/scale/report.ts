import { cpus } from 'node:os';
import type { Agents } from './agents';
import type { Page } from './pages';
import type { Turns } from './turns';

/** How the nodes are written: as blocks, as constructs do, or as an attribute that is a variable. */
export const FORMS = ['blocks', 'variable'] as const;
export type Form = (typeof FORMS)[number];

/** Seconds that each step took with so many nodes. */
export interface Figures {
  readonly nodes: number;
  readonly form: Form;
  /** The app as a whole process, from start to `cdk.tf.json`; the longer of two. */
  readonly synth: number;
  /** `terraform plan` of a fabric that is not there yet, and the apply of that plan. */
  readonly plan: number;
  readonly apply: number;
  /** The plan of one more peer, which asks every agent first, and its apply. */
  readonly change: number;
  readonly applyChange: number;
}

type Step = Exclude<keyof Figures, 'nodes' | 'form'>;

const STEPS: readonly { readonly step: Step; readonly title: string; readonly bound?: number }[] = [
  { step: 'synth', title: 'synth', bound: 15 },
  { step: 'plan', title: 'first plan', bound: 15 },
  { step: 'apply', title: 'first apply' },
  { step: 'change', title: 'plan of a change', bound: 15 },
  { step: 'applyChange', title: 'apply of a change' },
];

/** What an agent is asked, in order. */
const TURNS = ['deliver', 'stage', 'activate', 'confirm'] as const;

/** Nodes that the bounds in seconds hold for. */
const BOUND_AT = 5000;

/** A page of a report. */
const MOST_OCTETS = 1_000_000;

/**
 * How much dearer a node may be in the largest fabric than in the one before: 1 is linear, and times of one run are not
 * exact.
 */
const GROWTH = 1.5;

/** What is not as it must be, a line each: bounds in seconds, growth that is more than linear, and lost packets. */
export function missedBounds(figures: readonly Figures[], pages: readonly Page[], agents: readonly Agents[]): string[] {
  const slow = figures
    .filter(({ nodes }) => nodes <= BOUND_AT)
    .flatMap((row) =>
      STEPS.filter(({ step, bound }) => bound !== undefined && row[step] > bound).map(
        ({ step, title, bound }) =>
          `${title} of ${row.nodes} nodes as ${row.form} took ${row[step].toFixed(1)} s, more than ${bound} s`,
      ),
    );
  const steep = FORMS.flatMap((form) => {
    const own = figures.filter((row) => row.form === form);
    return STEPS.filter(({ step }) => (growth(own, step) ?? 0) > GROWTH).map(
      ({ step, title }) =>
        `${title} as ${form} grows ${growth(own, step)!.toFixed(1)} times as fast as the number of nodes`,
    );
  });
  const large = pages.flatMap(({ nodes, change, octets, isSame }) => [
    ...(octets > MOST_OCTETS && nodes <= BOUND_AT
      ? [`the page of ${change} with ${nodes} nodes has ${octets} octets, more than ${MOST_OCTETS}`]
      : []),
    ...(isSame ? [] : [`the page of ${change} with ${nodes} nodes differs when it is made again`]),
  ]);
  const lossy = agents
    .filter(({ lost }) => lost > 0)
    .map(({ nodes, lost }) => `${lost} packets were lost while ${nodes} agents changed from a mesh to reflectors`);
  return [...slow, ...steep, ...large, ...lossy];
}

/**
 * What a node costs in the largest fabric, relative to what it costs in the one before; what the smallest takes counts
 * as the fixed part. Undefined with fewer than three sizes.
 */
export function growth(figures: readonly Figures[], step: Step): number | undefined {
  const [smallest, ...rest] = [...figures].sort((a, b) => a.nodes - b.nodes);
  if (rest.length < 2) return undefined;
  const [before, largest] = rest.slice(-2).map((row) => (row[step] - smallest[step]) / (row.nodes - smallest.nodes));
  return largest / before;
}

/** What was measured: of a part that was left out, nothing. */
interface Measured {
  readonly figures: readonly Figures[];
  readonly turns: readonly Turns[];
  readonly pages: readonly Page[];
  readonly agents: readonly Agents[];
}

/** The table as Markdown, with the command that made it, `where`, and what was missed. */
export function report({ figures, turns, pages, agents }: Measured, missed: readonly string[], where: string): string {
  const cell = (row: Figures) => STEPS.map(({ step }) => row[step].toFixed(1)).join(' | ');
  const forms = FORMS.filter((form) => figures.some((row) => row.form === form));
  const of = (form: Form) => figures.filter((row) => row.form === form);
  const sizes = [...new Set([...figures, ...turns, ...pages].map(({ nodes }) => nodes))];
  const grown = (form: Form) => STEPS.map(({ step }) => growth(of(form), step)?.toFixed(2) ?? '–').join(' | ');
  const deploys = [
    'Nodes are written as blocks (`node "leaf1" { … }`), as constructs do, or as an attribute that is a variable (`nodes = var.nodes`).',
    '',
    `| nodes | as | ${STEPS.map(({ title }) => `${title}, s`).join(' | ')} |`,
    `|---|---|${STEPS.map(() => '---|').join('')}`,
    ...forms.flatMap((form) => [
      ...of(form).map((row) => `| ${row.nodes} | ${form} | ${cell(row)} |`),
      `| cost of a node in the largest, relative to the previous one | ${form} | ${grown(form)} |`,
    ]),
    '',
  ];
  return [
    '# How a deploy grows with the fabric',
    '',
    `\`npm run bench:scale -- ${sizes.length > 0 ? `--nodes ${sizes.join(',')}` : '--part agents'}\` on ${where}`,
    '',
    ...(figures.length > 0 ? deploys : []),
    ...(turns.length > 0 ? turnTable(turns) : []),
    ...(pages.length > 0 ? pageTable(pages) : []),
    ...(agents.length > 0 ? agentTable(agents) : []),
    ...(missed.length > 0 ? missed.map((line) => `missed: ${line}`) : ['every bound is kept']),
    '',
  ].join('\n');
}

const turnTable = (turns: readonly Turns[]): string[] => [
  'The longest turn of an agent while it takes a release (a real agent; a second deploy, with one peer more, included):',
  '',
  `| nodes | agent of | ${TURNS.map((step) => `${step}, ms`).join(' | ')} |`,
  `|---|---|${TURNS.map(() => '---|').join('')}`,
  ...turns.map((row) => `| ${row.nodes} | ${row.node} | ${TURNS.map((step) => row[step].toFixed(0)).join(' | ')} |`),
  '',
];

const pageTable = (pages: readonly Page[]): string[] => [
  'The report of a change (`peerform report BEFORE AFTER --html FILE`), the longer of two runs; both give the same octets:',
  '',
  '| nodes | change | report, s | page, kB |',
  '|---|---|---|---|',
  ...pages.map(
    ({ nodes, change, seconds, octets }) =>
      `| ${nodes} | ${change} | ${seconds.toFixed(1)} | ${Math.ceil(octets / 1000)} |`,
  ),
  '',
];

const agentTable = (agents: readonly Agents[]): string[] => [
  'Real agents in a lab, deployed by the real Terraform: the lab until its agents wait, the mesh, and two reflectors in its place under 100 packets a second between two workloads. Memory is the median of the agents;',
  'idle is the processor time of all of them, as a share of all cores.',
  '',
  '| agents | sessions of the mesh | lab, s | deploy of the mesh, s | until all are up, s | deploy of the reflectors, s | packets answered, lost | memory with the mesh, then, MB | idle with the mesh, then |',
  '|---|---|---|---|---|---|---|---|---|',
  ...agents.map((row) =>
    [
      '',
      row.nodes,
      (row.nodes * (row.nodes - 1)) / 2,
      ...[row.lab, row.mesh, row.meshUp, row.reflectors].map((seconds) => seconds.toFixed(1)),
      `${row.answered}, ${row.lost}`,
      [row.memoryInMesh, row.memory].map((octets) => (octets / 1e6).toFixed(0)).join(', '),
      [row.idleInMesh, row.idle].map((busy) => `${((100 * busy) / cpus().length).toFixed(1)} %`).join(', '),
      '',
    ]
      .join(' | ')
      .trim(),
  ),
  '',
];
