import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { folderHere } from '../provider/owner';

/**
 * Where what runs is written, by its path in the fabric (`nodes.n1`, the fabric itself is the empty one):
 * `/srv/net/main.ts:24`.
 */
export type CodePlaces = ReadonlyMap<string, string>;

/**
 * The places in the code of a fabric, as the last `cdktf synth` noted them: in the stack that deployed it, where that
 * is on this machine, else in the project that the working directory lies in. Empty where neither is here, or where it
 * is not a CDKTF project.
 */
export function codePlaces(fabric: string, owner: string | null | undefined, here = process.cwd()): CodePlaces {
  const deployedFrom = folderHere(owner);
  for (const stack of [...(deployedFrom === undefined ? [] : [deployedFrom]), ...stacksAround(here)]) {
    const places = placesIn(stack, fabric);
    if (places) return places;
  }
  return new Map();
}

/** The folders of the stacks of the project that a folder lies in. */
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
    return undefined; // no stack of ours
  }
}

/** The places that a synth noted beside a fabric (its member `//`), relative to the project. */
export function notedPlaces(note: unknown): CodePlaces {
  const places = (note as { places?: unknown } | null | undefined)?.places;
  const all = typeof places === 'object' && places !== null ? Object.entries(places) : [];
  return new Map(
    all.flatMap(([place, paths]) =>
      (Array.isArray(paths) ? paths : []).filter((path) => typeof path === 'string').map((path) => [path, place]),
    ),
  );
}
