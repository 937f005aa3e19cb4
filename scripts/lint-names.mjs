#!/usr/bin/env node
// One name, one meaning: no two files of lib export declarations of the same name, but for those of
// scripts/homonyms.json. Usage: lint-names.mjs [LIB_FOLDER]. Prints each breach with file and line; exits 1 when there
// is one.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const lib = resolve(process.argv[2] ?? 'lib');
const exceptions = JSON.parse(
  readFileSync(join(dirname(fileURLToPath(import.meta.url)), 'homonyms.json'), 'utf8'),
).flatMap(({ names, within }) => names.map((name) => ({ name, within })));

const DECLARED =
  /^export\s+(?:declare\s+|abstract\s+|async\s+)*(?:const|let|function\s*\*?|class|interface|type|enum)\s+(\w+)/gm;

/** Name -> file -> line of its first declaration there: overloads, and a type beside its value, are one. */
const declared = new Map();
const files = readdirSync(lib, { recursive: true }).filter((path) => path.endsWith('.ts'));
for (const path of files) {
  const code = readFileSync(join(lib, path), 'utf8');
  for (const { 1: name, index } of code.matchAll(DECLARED)) {
    const places = declared.get(name) ?? new Map();
    declared.set(name, places);
    if (!places.has(path)) places.set(path, code.slice(0, index).split('\n').length);
  }
}

const used = new Set();
/** Whether an exception says that a name is declared once in each of its places. */
const isExcepted = (name, paths) =>
  exceptions.some((exception) => {
    if (exception.name !== name || !paths.every((path) => exception.within.some((at) => path.startsWith(at))))
      return false;
    used.add(exception);
    return true;
  });

const breaches = [...declared].flatMap(([name, places]) => {
  const paths = [...places.keys()].sort();
  if (paths.length < 2 || isExcepted(name, paths)) return [];
  const [first, ...others] = paths.map((path) => `${relative(process.cwd(), join(lib, path))}:${places.get(path)}`);
  return others.map((at) => `${at}: ${name} is already the name of what ${first} exports: name it by its field`);
});
if (resolve('lib') === lib)
  for (const exception of exceptions)
    if (!used.has(exception)) breaches.push(`scripts/homonyms.json: ${exception.name} is exported by one file only`);

for (const line of breaches) console.error(line);
console.error(
  breaches.length > 0 ? `${breaches.length} breaches of names` : `${declared.size} names mean one thing each`,
);
process.exit(breaches.length > 0 ? 1 : 0);
