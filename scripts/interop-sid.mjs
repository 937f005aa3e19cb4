#!/usr/bin/env node
// npm run interop:sid: runs every cell of docs/interop.md with the daemons of Debian sid, and writes what was found to
// docs/interop-sid.md. Nothing waits for it: what sid has changes from day to day.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianTree } from './debian-tree.mjs';
import { build, packages, programs, root } from './setup.mjs';

packages();
programs({ neighbours: true });
build();
debianTree('sid');

const folder = mkdtempSync(join(tmpdir(), 'peerform-sid-'));
const found = join(folder, 'found.json');
const daemons = ['bird', 'frr', 'gobgp', 'openbgpd'].map((name) => `test/e2e/interop/${name}.test.ts`);
const { status } = spawnSync(
  process.execPath,
  [
    'node_modules/.bin/jest',
    ...daemons,
    '--selectProjects=e2e',
    '--runInBand',
    '--forceExit',
    '--json',
    `--outputFile=${found}`,
  ],
  { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, PEERFORM_DEBIANS: 'sid' } },
);
const { testResults } = JSON.parse(readFileSync(found, 'utf8'));
rmSync(folder, { recursive: true });

const columns = new Map();
for (const { assertionResults } of testResults)
  for (const { ancestorTitles, title, status: is } of assertionResults) {
    if (is === 'pending') continue; // a column of another release
    const name = ancestorTitles[0].replace(/^with /, '');
    const column = columns.get(name) ?? { passed: 0, failed: [] };
    columns.set(name, column);
    if (is === 'passed') column.passed++;
    else column.failed.push(title);
  }
const rows = [...columns].map(
  ([name, { passed, failed }]) => `| ${name} | ${passed} | ${failed.length === 0 ? '–' : failed.join('; ')} |`,
);
const day = new Date().toISOString().slice(0, 10);
writeFileSync(
  join(root, 'docs/interop-sid.md'),
  `# Interoperability with the daemons of Debian sid

Run on ${day} with \`npm run interop:sid\`: every cell of [docs/interop.md](interop.md) that the daemon supports. These are reported and gate nothing.

| daemon | cells that passed | cells that failed |
| --- | --- | --- |
${rows.join('\n')}
`,
);
process.exit(status ?? 1);
