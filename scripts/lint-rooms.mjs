#!/usr/bin/env node
// The walls of the house (docs/architecture.md): which room imports which, which rooms are pure, no circles, who writes to a terminal.
// Usage: lint-rooms.mjs [LIB_FOLDER]. Prints each breach with file and line; exits 1 when there is one.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const lib = resolve(process.argv[2] ?? 'lib');
const { rooms, pure, impure, only, output } = JSON.parse(
  readFileSync(join(dirname(fileURLToPath(import.meta.url)), 'rooms.json'), 'utf8'),
);

// What makes a run depend on more than its arguments. Types are harmless, so `node:` counts only where a value is imported.
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
const lineOf = (code, index) => code.slice(0, index).split('\n').length;

const breaches = [];
const graph = new Map();

for (const file of files(lib)) {
  const path = relative(lib, file),
    code = withoutComments(readFileSync(file, 'utf8'));
  const room = path.split('/')[0],
    isPure = pure.some((p) => within(path, p) || path === `${p}.ts`) && !impure.some((p) => within(path, p));
  const breach = (index, text) => breaches.push(`${relative(process.cwd(), file)}:${lineOf(code, index)}: ${text}`);
  const targets = [];
  if (!(room in rooms))
    breach(0, `'${room}' is no room of the house: add it to scripts/rooms.json with what it may import`);
  const imports = code.matchAll(
    /\b(?:import|export)\s+(type\s)?(?:[\w*{}\s,$]+?\sfrom\s+)?['"]([^'"]+)['"]|\b(?:import|require)\s*\(\s*['"]([^'"]+)['"]/g,
  );
  for (const match of imports) {
    const [, isType, from, dynamic] = match,
      target = from ?? dynamic;
    if (target.startsWith('.')) {
      const to = relative(lib, resolve(dirname(file), target)),
        goal = to.split('/')[0];
      if (to.startsWith('..')) breach(match.index, `'${target}' lies outside lib`);
      else if (goal !== room && !(rooms[room] ?? []).some((allowed) => within(to, allowed)))
        breach(
          match.index,
          `${room} may not import ${to} (it may import: ${(rooms[room] ?? []).join(', ') || 'nothing of lib'})`,
        );
      if (!isType) targets.push([`${to}.ts`, `${to}/index.ts`].find((t) => existsSync(join(lib, t))) ?? `${to}.ts`);
    } else {
      const name = target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : target.split('/')[0];
      if (isPure && !isType && target.startsWith('node:'))
        breach(match.index, `${path} is pure and may not import ${target}`);
      if (only[name] && !only[name].some((place) => within(path, place)))
        breach(match.index, `${name} may be imported only in ${only[name].join(', ')}`);
    }
  }
  graph.set(path, targets);
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
