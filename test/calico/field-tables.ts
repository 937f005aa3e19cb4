import { KUBERNETES_NODE } from '../../lib/calico/kubernetes-node';
import type { CalicoKind } from '../../lib/calico/resource';
import { type Leaf, leavesOf, type Row, type Rows } from '../../lib/calico/row';
import { ROWS } from '../../lib/calico/rows';
import { V1 } from '../../lib/calico/v1/rows';

const HEAD = `## Every field

Made of the table by which the import reads (\`lib/calico/kind\`), each line of which is tested. *Imported* names what says it in a fabric; *not imported*, what the
import prints about it; *not related to BGP*, what it only lists; *rejected*, what is an error. Fields that are not here are an error in a \`BGPConfiguration\`, \`BGPPeer\`,
\`BGPFilter\` and in v1, as they are for calicoctl; in a \`Node\`, \`IPPool\` and \`BlockAffinity\` they are reported.
`;

/** The tables at the end of docs/calico.md. */
export const fieldTables = (): string =>
  [
    HEAD,
    ...Object.entries(ROWS).flatMap(([kind, rows]) => table(`\`${kind}\`, v3: \`spec\``, rows)),
    ...table('`Node` of Kubernetes', KUBERNETES_NODE),
    ...Object.entries(V1).flatMap(([kind, rows]) => table(`\`${kind}\`, v1`, rows)),
  ].join('\n');

const table = (title: string, rows: Rows): string[] => [
  `### ${title}\n`,
  '| field | what becomes of it |',
  '|---|---|',
  ...new Set(leavesOf(rows).map(({ path, row }) => `| \`${inBothFamilies(path)}\` | ${fateText(row)} |`)),
  '',
];

/** What is the same of both families is one line. */
const inBothFamilies = (path: string): string =>
  path.replace(/(?<=^(?:export|import|localWorkloadPeeringIP))V[46]/, 'V4/V6');

function fateText({ fate, but, usual }: Row): string {
  const more = but === undefined ? '' : `; ${but}`;
  const unless = usual === undefined ? '' : `, except \`${usual}\``;
  if ('taken' in fate) return `imported: ${fate.taken}${more}`;
  if ('told' in fate) return `not imported${unless}: ${fate.told}`;
  if ('unrelated' in fate) return `not related to BGP${unless}: ${fate.unrelated}`;
  if ('refused' in fate) return `rejected: ${fate.refused}`;
  const [kind, path] = fate.as.split(' ');
  const { row } = leavesOf(ROWS[kind as CalicoKind]).find((leaf: Leaf) => leaf.path === path)!;
  return `as \`${path}\` of \`${kind}\`: ${fateText(row)}`;
}
