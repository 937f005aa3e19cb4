#!/usr/bin/env node
// npm test: sets up what is missing, builds, runs every test, and closes with `N passed, N failed`.
// Arguments are passed on to jest: npm test -- --selectProjects unit
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, packages, programs, root, terraform } from './setup.mjs';

packages();
terraform();
const absent = programs({ neighbours: true });
if (absent.length > 0 && process.env.CI) {
  console.error(`setup: in CI nothing is skipped, and these are missing: ${absent.join(', ')}`);
  process.exit(1);
}
build();

const folder = mkdtempSync(join(tmpdir(), 'peerform-test-')),
  report = join(folder, 'report.json');
const jest = (project, ...more) =>
  spawnSync(
    process.execPath,
    [
      'node_modules/.bin/jest',
      '--selectProjects',
      project,
      '--json',
      `--outputFile=${report}`,
      ...more,
      ...process.argv.slice(2),
    ],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, CHECKPOINT_DISABLE: '1' },
    },
  );

let passed = 0,
  failed = 0,
  skipped = 0;
// Unit tests side by side; e2e tests one after another, since they share the machine's namespaces and its two cores.
for (const args of [['unit'], ['e2e', '--runInBand'], ['machine', '--runInBand']]) {
  const { status } = jest(...args);
  let result;
  try {
    result = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    console.error(`jest ended with ${status} and left no report`);
    failed++;
    continue;
  }
  passed += result.numPassedTests;
  failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
  skipped += result.numPendingTests;
  for (const suite of result.testResults)
    for (const test of suite.assertionResults) if (test.status === 'pending') console.log(`skipped: ${test.fullName}`);
  if (status !== 0 && result.success) failed++;
  rmSync(report, { force: true });
}
rmSync(folder, { recursive: true });
console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exit(failed > 0 ? 1 : 0);
