#!/usr/bin/env node
// Writes the manual pages, peerform.1 and one for each command, from the commands in dist/.
// Usage: man-pages.mjs [FOLDER]. Default: dist/man. Their date is that of SOURCE_DATE_EPOCH or of the last commit.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sourceDate } from './source-date.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const { manualPages } = require('../dist/cli/pages/man.js');
const { programOf } = require('../dist/cli/program.js');

const folder = resolve(process.argv[2] ?? join(root, 'dist/man'));
const { version, description: about } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const date = new Date(sourceDate(root) * 1000).toISOString().slice(0, 10);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const [name, text] of Object.entries(manualPages(await programOf(), { version, date, about })))
  writeFileSync(join(folder, name), text);
