import type { Delivery } from '../../control/delivery';
import { shortDigest } from '../../control/release';
import type { AgentSummary } from '../../control/status';
import type { Peer } from '../../model/peer';
import { printable } from '../../model/printable';
import { objectNames } from '../../topology/objects';
import type { CodePlaces } from '../code-places';
import { objectKindOf } from './objects';
import { settingOf } from './settings';

/** The construct for an object, by kind, if it has one. */
const CONSTRUCTS: Readonly<Record<string, (object: object) => string>> = {
  nodes: () => 'Node',
  filters: () => 'Filter',
  racks: () => 'Rack',
  routeReflectors: () => 'RouteReflectors',
  peers: ({ node, nodeSelector, peerSelector }: Partial<Peer>) =>
    node !== undefined ? 'NodePeer' : nodeSelector || peerSelector ? 'PeerGroup' : 'GlobalPeer',
};

/** What runs, who deployed it, and its source locations as far as known here. */
export interface RunningFabric {
  readonly running: Delivery;
  readonly summary: AgentSummary;
  readonly places?: CodePlaces;
}

/**
 * Why a change cannot be made here, and where to make it: in the code that deployed what runs. `words`: what was typed.
 */
export function refusal(words: readonly string[], deployed: RunningFabric | undefined): string {
  const lines = [`${words.join(' ')}: refused, as the fabric is code: change it there, and deploy`];
  const meant = deployed ? pathsMeant(deployed.running, words) : [];
  for (const { text } of meant) lines.push(`  object: ${text}`);
  const paths = meant.length > 0 ? meant.map(({ path }) => path) : [''];
  for (const line of new Set(paths.flatMap((path) => deployed?.places?.get(path) ?? []))) lines.push(`  line: ${line}`);
  if (deployed) lines.push(`  code: ${placeOf(deployed)}`);
  else lines.push('  (no agent with a release could be reached at --via, which would show who deployed it)');
  return lines.join('\n');
}

/**
 * Paths in the fabric of the objects and settings that the words refer to (settings belong to the fabric itself), with
 * what to look for in the code.
 */
function pathsMeant({ release: { fabric } }: Delivery, words: readonly string[]): { path: string; text: string }[] {
  const kinds = words.flatMap((word) => objectKindOf(word) ?? []);
  const settings = words.flatMap((word) => settingOf(word) ?? []);
  const objects = kinds.flatMap((kind) =>
    words.flatMap((word) =>
      kind === 'config' ? [] : objectNames(fabric, kind, word).map((name) => [kind, name] as const),
    ),
  );
  return [
    ...settings.map((name) => ({ path: '', text: `${name} (in TypeScript: new Fabric(…, { ${name}: … }))` })),
    ...objects.map(([kind, name]) => {
      const construct = CONSTRUCTS[kind]?.(
        (fabric[kind as keyof typeof fabric] as unknown as Record<string, object>)[name],
      );
      const path = `${kind}.${name}`;
      return { path, text: construct ? `${path} (in TypeScript: new ${construct}(…, { name: '${name}', … }))` : path };
    }),
  ];
}

/** Who deployed it and from which folder; for a CDKTF project, Terraform runs in a subfolder of it. */
function placeOf({ running: { release }, summary }: RunningFabric): string {
  const { owner, active } = summary.transaction;
  const place = owner?.replace(/\/cdktf\.out\/stacks\/([^/ ]+)/, ' (stack $1)') ?? 'unknown';
  return `${printable(place)}: fabric ${release.fabric.name}, release ${shortDigest(release.digest)}, activation ${active?.activation}`;
}
