#!/usr/bin/env node
// npm test: sets up what is missing, builds, runs every test, and closes with `N passed, N failed`.
// Arguments are passed on to jest: npm test -- --selectProjects unit
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { build, daemonTrees, packages, programs, root, terraform } from './setup.mjs';

packages();
terraform();
const absent = programs({ neighbours: true });
if (process.env.CI) absent.push(...daemonTrees());
if (absent.length > 0 && process.env.CI) {
  console.error(`setup: in CI nothing is skipped, and these are missing: ${absent.join(', ')}`);
  process.exit(1);
}
build();

const folder = mkdtempSync(join(tmpdir(), 'peerform-test-'));
const report = join(folder, 'report.json');
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

let passed = 0;
let failed = 0;
let skipped = 0;
const files = [];
const times = [];
// Unit tests compute: as many at once as there are cores (Jest leaves one idle otherwise). Each e2e file works in
// namespaces and folders of its own and waits for timers of BGP now and then: one more than there are cores.
const CORES = availableParallelism();
const TIERS = [
  ['unit', `--maxWorkers=${CORES}`],
  ['e2e', `--maxWorkers=${Math.max(2, CORES + 1)}`],
  ['machine', '--runInBand'],
];
for (const args of TIERS) {
  const start = performance.now();
  const { status } = jest(...args);
  times.push(`${args[0]} ${((performance.now() - start) / 60_000).toFixed(1)} min`);
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
  for (const suite of result.testResults) {
    files.push({ name: relative(root, suite.name), seconds: (suite.endTime - suite.startTime) / 1000 });
    for (const test of suite.assertionResults) if (test.status === 'pending') console.log(`skipped: ${test.fullName}`);
  }
  if (status !== 0 && result.success) failed++;
  rmSync(report, { force: true });
}
rmSync(folder, { recursive: true });
const slowest = files.toSorted((a, b) => b.seconds - a.seconds).slice(0, 20);
console.log(`took ${times.join(', ')}; the slowest files:`);
for (const { name, seconds } of slowest) console.log(`${seconds.toFixed(1).padStart(7)} s  ${name}`);
console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exit(failed > 0 ? 1 : 0);
