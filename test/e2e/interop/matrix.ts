import { Bird } from './bird';
import type { Daemon } from './daemon';
import { ExaBgp } from './exabgp';
import { FEATURE_IDS, FEATURES } from './features';
import { EXABGP } from './features/exabgp';
import { MISBEHAVIOUR } from './features/misbehaviour';
import { Frr } from './frr';
import { GoBgp } from './gobgp';
import { OpenBgpd } from './openbgpd';

/** The columns of the matrix. */
export const DAEMONS: readonly Daemon[] = [new Bird(), new Frr(), new GoBgp(), new OpenBgpd()];

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** The tables of docs/interop.md, made of the list of cells that the tests are made of. */
export function renderMatrix(): string {
  const notes: string[] = [];
  const cell = (daemon: Daemon, id: (typeof FEATURE_IDS)[number]): string => {
    const absence = daemon.absent[id];
    if (absence === undefined) return 'yes';
    const note = `${daemon.title}: ${absence}.`;
    if (!notes.includes(note)) notes.push(note);
    return `– (${notes.indexOf(note) + 1})`;
  };
  const features = FEATURE_IDS.map((id) => {
    const { title, standard } = FEATURES[id];
    return row(title, standard, ...DAEMONS.map((daemon) => cell(daemon, id)));
  });
  const plain = (rows: Readonly<Record<string, { readonly title: string; readonly standard: string }>>) => [
    row('What it does, and what we do', 'Standard'),
    row('---', '---'),
    ...Object.values(rows).map(({ title, standard }) => row(title, standard)),
  ];
  return [
    '## Feature and daemon',
    '',
    row('Feature', 'Standard', ...DAEMONS.map(({ title }) => title)),
    row('---', '---', ...DAEMONS.map(() => '---')),
    ...features,
    '',
    'Not in this version:',
    '',
    ...notes.map((note, i) => `${i + 1}. ${note}`),
    '',
    `## ${ExaBgp.title}`,
    '',
    ...plain(EXABGP),
    '',
    '## A scripted peer that breaks the rules',
    '',
    ...plain(MISBEHAVIOUR),
    '',
  ].join('\n');
}
