import { BIRDS, Bird } from './bird';
import type { Daemon } from './daemon';
import { ExaBgp } from './exabgp';
import { FEATURE_IDS, FEATURES } from './features';
import { EXABGP } from './features/exabgp';
import { MISBEHAVIOUR } from './features/misbehaviour';
import { FRRS, Frr } from './frr';
import { GOBGPS, GoBgp } from './gobgp';
import { OPENBGPDS, OpenBgpd } from './openbgpd';

const all: readonly Daemon[] = [
  ...BIRDS.map((build) => new Bird(build)),
  ...FRRS.map((build) => new Frr(build)),
  ...GOBGPS.map((build) => new GoBgp(build)),
  ...OPENBGPDS.map((build) => new OpenBgpd(build)),
];

/** The columns of the matrix. What sid has is reported, and changes too often to be promised. */
export const DAEMONS = all.filter(({ build }) => build.release !== 'sid');

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** The tables of docs/interop.md, made of the list of cells that the tests are made of. */
export function renderMatrix(): string {
  // A reason, and the versions of one daemon that it holds for.
  const notes: { readonly reason: string; readonly versions: string[] }[] = [];
  const cell = (daemon: Daemon, id: (typeof FEATURE_IDS)[number]): string => {
    const absence = daemon.build.absent[id];
    if (absence === undefined) return 'yes';
    const reason = `${daemon.name}: ${absence}`;
    const at = notes.findIndex((note) => note.reason === reason);
    const { versions } = notes[at] ?? notes[notes.push({ reason, versions: [] }) - 1];
    if (!versions.includes(daemon.build.version)) versions.push(daemon.build.version);
    return `– (${at < 0 ? notes.length : at + 1})`;
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
    'Not in these versions:',
    '',
    ...notes.map(({ reason, versions }, i) => `${i + 1}. ${reason} (${versions.join(', ')}).`),
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
