#!/usr/bin/env node
// The walls of the house (docs/architecture.md): which room imports which, which rooms are pure, no circles, who writes
// to a terminal, no exports that nobody imports. Usage: lint-rooms.mjs [LIB_FOLDER]. Prints each breach with file and
// line; exits 1 when there is one.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const lib = resolve(process.argv[2] ?? 'lib');
const table = (name) => JSON.parse(readFileSync(join(dirname(fileURLToPath(import.meta.url)), name), 'utf8'));
const { rooms, pure, impure, only, output } = table('rooms.json');

// What makes a run depend on more than its arguments. Types are harmless, so `node:` counts only where a value is
// imported.
const CLOCKS =
  /\b(Date\s*\.\s*now|new\s+Date|Date\s*\(|Math\s*\.\s*random|performance\s*\.|process\s*\.|setTimeout|setInterval|setImmediate|queueMicrotask|crypto\s*\.|globalThis|Buffer\s*\.|fetch\s*\()/g;

// What others wrote must not reach a terminal as it is: few files write to one, and these make it printable.
const STREAMS = /\b(process\s*\.\s*(stdout|stderr)|console\s*\.)/g;

const files = (folder) =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : path.endsWith('.ts') ? [path] : [];
  });
const within = (path, folder) => path === folder || path.startsWith(`${folder}/`);
/** Comments and the insides of strings become blanks, so that neither hides nor fakes code; line numbers stay. */
const blank = (text) => text.replace(/[^\n]/g, ' ');
const withoutComments = (code) =>
  code.replace(
    /('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")|\/\*[\s\S]*?\*\/|(?<![:\\])\/\/[^\n]*/g,
    (all, string) => string ?? blank(all),
  );
const withoutStrings = (code) => code.replace(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, blank);
/** The names that a declaration of a module exports. */
const DECLARED =
  /^export\s+(?:declare\s+|abstract\s+|async\s+)*(?:const|let|function\s*\*?|class|interface|type|enum)\s+(\w+)/gm;
/** `export { a, type b as c } from '…'`: what a module passes on of another. */
const PASSED_ON = /^export\s+(?:type\s+)?\{([^}]*)\}\s*from\b/gm;
const passedOnNames = (text) => [...text.matchAll(/(\w+)\s*(?:,|$)/g)].map(([, name]) => name);
/** The names in `Default, { a, type b as c }` or `* as all`. */
const importedNames = (text) =>
  text.includes('*') ? ['*'] : [...text.matchAll(/(?:^|[{,])\s*(?:type\s+)?(\w+)/g)].map(([, name]) => name);
const lineOf = (code, index) => code.slice(0, index).split('\n').length;

const breaches = [];
const graph = new Map();
/** File -> what it exports: name -> where. */
const exported = new Map();
/** `file name` of what some other file imports; `file *` where it imports all. */
const imported = new Set();

for (const file of files(lib)) {
  const path = relative(lib, file);
  const code = withoutComments(readFileSync(file, 'utf8'));
  const room = path.split('/')[0];
  const isPure = pure.some((p) => within(path, p) || path === `${p}.ts`) && !impure.some((p) => within(path, p));
  const breach = (index, text) => breaches.push(`${relative(process.cwd(), file)}:${lineOf(code, index)}: ${text}`);
  const targets = [];
  if (!(room in rooms))
    breach(0, `'${room}' is no room of the house: add it to scripts/rooms.json with what it may import`);
  const imports = code.matchAll(
    /\b(?:import|export)\s+(type\s)?(?:([\w*{}\s,$]+?)\sfrom\s+)?['"]([^'"]+)['"]|\b(?:import|require)\s*\(\s*['"]([^'"]+)['"]/g,
  );
  for (const match of imports) {
    const [, isType, names = '', from, dynamic] = match;
    const target = from ?? dynamic;
    if (target.startsWith('.')) {
      const to = relative(lib, resolve(dirname(file), target));
      const goal = to.split('/')[0];
      if (to.startsWith('..')) breach(match.index, `'${target}' lies outside lib`);
      else if (goal !== room && !(rooms[room] ?? []).some((allowed) => within(to, allowed)))
        breach(
          match.index,
          `${room} may not import ${to} (it may import: ${(rooms[room] ?? []).join(', ') || 'nothing of lib'})`,
        );
      const goalFile = [`${to}.ts`, `${to}/index.ts`].find((t) => existsSync(join(lib, t))) ?? `${to}.ts`;
      // A circle of types alone harms no program, but nobody can read one of its files without the others.
      targets.push(goalFile);
      // Of what is loaded while the program runs, it is what the file names anywhere.
      for (const name of dynamic ? code.match(/\w+/g) : importedNames(names)) imported.add(`${goalFile} ${name}`);
    } else {
      const name = target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : target.split('/')[0];
      if (isPure && !isType && target.startsWith('node:'))
        breach(match.index, `${path} is pure and may not import ${target}`);
      if (only[name] && !only[name].some((place) => within(path, place)))
        breach(match.index, `${name} may be imported only in ${only[name].join(', ')}`);
    }
  }
  graph.set(path, targets);
  // What index.ts passes on is the public API.
  const passedOn = path === 'index.ts' ? [] : [...code.matchAll(PASSED_ON)];
  exported.set(
    path,
    new Map([
      ...[...code.matchAll(DECLARED)].map((match) => [match[1], lineOf(code, match.index)]),
      ...passedOn.flatMap(({ 1: names, index }) => passedOnNames(names).map((name) => [name, lineOf(code, index)])),
    ]),
  );
  if (!output.includes(path))
    for (const match of withoutStrings(code).matchAll(STREAMS))
      breach(
        match.index,
        `${path} may not use '${match[0].trim()}': print by cli/terminal.ts, which makes it printable`,
      );
  if (isPure)
    for (const match of withoutStrings(code).matchAll(CLOCKS))
      breach(match.index, `${path} is pure: '${match[0].trim()}' must come in as an argument or go out as an effect`);
}

// What no other file imports need not be exported: it is for tests and scripts, which scripts/exports.json lists with
// the reason, or for nobody.
const allowed = new Map();
for (const { why, exports } of table('exports.json'))
  for (const [path, names] of Object.entries(exports)) for (const name of names) allowed.set(`${path} ${name}`, why);
for (const [path, names] of exported)
  for (const [name, line] of names) {
    const isUsed = imported.has(`${path} ${name}`) || imported.has(`${path} *`);
    const isAllowed = allowed.delete(`${path} ${name}`) || allowed.has(`${path} *`);
    const file = `${relative(process.cwd(), join(lib, path))}:${line}`;
    if (!isUsed && !isAllowed)
      breaches.push(
        `${file}: no other file of lib imports ${name}: do not export it, or list it in scripts/exports.json`,
      );
    if (isUsed && isAllowed && !allowed.has(`${path} *`))
      breaches.push(`${file}: ${name} is imported, so it need not be listed in scripts/exports.json`);
  }
if (existsSync(join(lib, 'index.ts')))
  for (const one of allowed.keys())
    if (!one.endsWith(' *')) breaches.push(`scripts/exports.json: there is no export ${one}`);

const done = new Set();
function walk(path, trail) {
  const at = trail.indexOf(path);
  if (at >= 0) return breaches.push(`lib: a circle of imports: ${[...trail.slice(at), path].join(' -> ')}`);
  if (done.has(path)) return;
  for (const next of graph.get(path) ?? []) walk(next, [...trail, path]);
  done.add(path);
}
for (const path of graph.keys()) walk(path, []);

for (const line of breaches) console.error(line);
console.error(
  breaches.length ? `${breaches.length} breaches of the import table` : `${graph.size} files keep to the import table`,
);
process.exit(breaches.length ? 1 : 0);
