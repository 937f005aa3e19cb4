import { dirname, join, relative, sep } from 'node:path';

/** The folders of this package's code, built and mapped back: calls within it are not places in a program. */
const OWN = ['dist', 'lib'].map((folder) => join(dirname(dirname(__dirname)), folder) + sep);

/**
 * Where the program is at this moment, in its own code: `main.ts:24`, from the folder that it runs in. Undefined where
 * the stack does not tell. What turns TypeScript into JavaScript on the way (ts-node) maps lines back.
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

/** Places, each with the paths in the fabric that are written there; the fabric itself is the empty path. */
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
