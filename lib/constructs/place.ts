import { dirname, join, relative, sep } from 'node:path';

/** The folders of this package, built and source-mapped: their frames are skipped. */
const OWN = ['dist', 'lib'].map((folder) => join(dirname(dirname(__dirname)), folder) + sep);

/**
 * The current source location in the program: `main.ts:24`, relative to the working directory. Undefined if the stack
 * trace has none. ts-node maps lines back to TypeScript.
 */
export function placeInProgram(): string | undefined {
  for (const line of new Error().stack?.split('\n').slice(1) ?? []) {
    const [, file, number] = /\(?(?:file:\/\/)?(\/[^()]*):(\d+):\d+\)?$/.exec(line) ?? [];
    if (file === undefined || OWN.some((own) => file.startsWith(own)) || file.includes(`${sep}node_modules${sep}`))
      continue;
    return `${relative(process.cwd(), file)}:${number}`;
  }
  return undefined;
}

/** Source locations, each with the fabric paths that are defined there; the fabric itself is the empty path. */
export function byPlace(paths: Iterable<readonly [path: string, place: string | undefined]>): Record<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [path, place] of paths) {
    if (place === undefined) continue;
    const here = found.get(place);
    if (here) here.push(path);
    else found.set(place, [path]);
  }
  return Object.fromEntries(found);
}
