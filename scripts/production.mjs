import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The native part of koffi for a machine, by the name that Node.js has for it. */
export const nativeName = (cpu) => `@koromix/koffi-linux-${cpu}`;
const NATIVE = nativeName('');

/** The folder of a package, found as Node.js finds it, but never above `root`. */
export function lookUp(root, folder, name) {
  for (let at = folder; at.startsWith(root); at = dirname(at)) {
    const path = join(at, 'node_modules', name);
    if (existsSync(path)) return path;
  }
  return undefined;
}

export const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/**
 * The packages that the program in `root` needs to run, as {name, version, license, author, folder}, by name. Native
 * parts are left out: a machine has one of them installed, and each product says which one it has.
 */
export function productionPackages(root) {
  const found = new Map();
  const visit = (folder) => {
    const { dependencies: needed = {}, optionalDependencies: optional = {} } = manifestOf(folder);
    for (const name of Object.keys({ ...needed, ...optional })) {
      const path = lookUp(root, folder, name);
      if (!path && !(name in optional)) throw new Error(`${name}, which ${folder} needs, is not installed`);
      if (!path || found.has(path) || name.startsWith(NATIVE)) continue;
      found.set(path, packageIn(path));
      visit(path);
    }
  };
  visit(root);
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What is bundled into files of our own (scripts/bundle-agent.mjs), so that nobody needs to install it. */
export const bundledPackages = (root) =>
  ['@grpc/grpc-js', '@js-sdsl/ordered-map'].map((name) => packageIn(join(root, 'node_modules', name)));

/** What is in a folder of a package. */
export function packageIn(folder) {
  const { name, version, license, author } = manifestOf(folder);
  return { name, version, license, author: typeof author === 'string' ? author : author?.name, folder };
}

/** The native part that the lock file has for a machine: {name, version, integrity}. */
export function nativePart(root, cpu) {
  const name = nativeName(cpu);
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const { version, integrity, license } = packages[`node_modules/${name}`] ?? {};
  if (!version) throw new Error(`package-lock.json has no ${name}: there is no native part for ${cpu}`);
  return { name, version, integrity, license };
}

/** The text of a package's licence; of one that has only its name, the text of that licence with the author's name. */
export function licenceText({ name, license, author, folder }) {
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  if (file) return readFileSync(join(folder, file), 'utf8').trim();
  if (license === 'MIT' && author) return mit(author);
  throw new Error(`${name} has neither a licence file nor a licence whose text is known here: ${license}`);
}

const mit = (author) => `MIT License

Copyright (c) ${author}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;
