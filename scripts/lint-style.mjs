#!/usr/bin/env node
// One style where Biome has no rule for it. Usage: lint-style.mjs [FOLDER…]. Prints each breach with file and line;
// exits 1 when there is one.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Columns, as the formatter has them for code. */
const WIDTH = 120;

/** What comments of lib said again and again, and what docs/style.md has instead. */
const WORDS = [
  [/\b(can|does|do|is|are|was|has|wo)n?'t\b/, 'cannot, does not, …'],
  [/\bone another\b/, 'each other'],
  [/\bby way of\b/, 'through'],
  [/\bfor (ever|good)\b/, 'permanently'],
  [/\bneighbours? outside\b(?! the( |$))/i, 'an outside neighbour'],
  [/\b(let|lets|letting) go of\b/i, 'releases'],
  [/\bwhoever\b/i, 'anyone who, the one that'],
  [/\b(told|tells?|hears?|heard) of\b/i, 'reports, is advertised to, receives'],
  [/\btruth value\b/i, 'a boolean'],
  [/\bcomes? to rest\b/, 'settles'],
  [/\bmend(s|ed)?\b/, 'repaired, fixed'],
  [/\b(does|do) not answer\b/, 'does not respond'],
  [/\bstands? (beside|without)\b/, 'is combined with, needs'],
  [/\bgo(es)? round\b/, 'routes around'],
];
const COMMENT = /^\s*(\/\/|\/\*|\*( |$))/;

/** `holds`: whether a line breaks the rule. */
const RULES = [
  {
    why: 'name no local variable exports: it hides the exports of the module once compiled',
    holds: (line, file) => /(^|\/)lib\//.test(file) && /\b(?:const|let) (?:[[{][^=]*\b)?exports\b/.test(line),
  },
  {
    why: "import the default of fast-check: import fc from 'fast-check'",
    holds: (line) => /^import (?!fc from|type )[^'"]* from 'fast-check';/.test(line),
  },
  {
    why: 'write a private member as `private name`, as everywhere, not as #name',
    holds: (line) => /^\s+(static |readonly |get |set |async |\*)*#\w+|^[^`"']*\bthis\.#\w+/.test(line),
  },
  {
    why: `write comments within ${WIDTH} columns`,
    // Tables, and notes to the linter, are one line.
    holds: (line) => line.length > WIDTH && COMMENT.test(line) && !/\S {3,}\S|biome-ignore/.test(line),
  },
  ...WORDS.map(([pattern, instead]) => ({
    why: `write a comment in the words of docs/style.md: not ${pattern.source} but “${instead}”`,
    holds: (line, file) => /(^|\/)lib\//.test(file) && COMMENT.test(line) && pattern.test(line),
  })),
];

const ENDINGS = /\.(ts|mjs|cjs)$/;
const SKIPPED = new Set(['node_modules', 'dist', 'cdktf.out']);

const files = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path).flatMap((name) => (SKIPPED.has(name) ? [] : files(join(path, name))))
    : ENDINGS.test(path)
      ? [path]
      : [];

const folders = process.argv.slice(2);
const all = (folders.length > 0 ? folders : ['lib', 'test', 'bench', 'scripts', 'examples', 'templates']).flatMap(
  files,
);
const breaches = all.flatMap((file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, i) => RULES.flatMap(({ why, holds }) => (holds(line, file) ? `${file}:${i + 1}: ${why}` : []))),
);
for (const line of breaches) console.error(line);
console.error(breaches.length > 0 ? `${breaches.length} breaches of style` : `${all.length} files have one style`);
process.exit(breaches.length > 0 ? 1 : 0);
