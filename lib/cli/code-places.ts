import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { folderHere } from '../provider/owner';

/**
 * Source locations of what runs, by path in the fabric (`nodes.n1`; the fabric itself is the empty path):
 * `/srv/net/main.ts:24`.
 */
export type CodePlaces = ReadonlyMap<string, string>;

/**
 * Source locations of a fabric, as recorded by the last `cdktf synth`: from the stack that deployed it if it is on this
 * machine, or else from the project around the working directory. Empty if neither is available, or for other projects.
 */
export function codePlaces(fabric: string, owner: string | null | undefined, here = process.cwd()): CodePlaces {
  const deployedFrom = folderHere(owner);
  for (const stack of [...(deployedFrom === undefined ? [] : [deployedFrom]), ...stacksAround(here)]) {
    const places = placesIn(stack, fabric);
    if (places) return places;
  }
  return new Map();
}

/** Stack folders of the project that contains a folder. */
function stacksAround(folder: string): string[] {
  const stacks = join(folder, 'cdktf.out', 'stacks');
  if (existsSync(stacks)) return readdirSync(stacks).map((name) => join(stacks, name));
  return folder === dirname(folder) ? [] : stacksAround(dirname(folder));
}

function placesIn(stack: string, fabric: string): CodePlaces | undefined {
  try {
    const { resource } = JSON.parse(readFileSync(join(stack, 'cdk.tf.json'), 'utf8')) as {
      resource: { peerform_fabric: Record<string, { name: string; '//'?: unknown }> };
    };
    const found = Object.values(resource.peerform_fabric).find(({ name }) => name === fabric);
    const project = dirname(dirname(dirname(stack)));
    return found && new Map([...notedPlaces(found['//'])].map(([path, place]) => [path, join(project, place)]));
  } catch {
    return undefined; // not a stack with a fabric
  }
}

/** Source locations recorded by a synth next to a fabric (member `//`), relative to the project. */
export function notedPlaces(note: unknown): CodePlaces {
  const places = (note as { places?: unknown } | null | undefined)?.places;
  const all = typeof places === 'object' && places !== null ? Object.entries(places) : [];
  return new Map(
    all.flatMap(([place, paths]) =>
      (Array.isArray(paths) ? paths : []).filter((path) => typeof path === 'string').map((path) => [path, place]),
    ),
  );
}
