#!/usr/bin/env node
// npm test: sets up what is missing, builds, runs the tests, and closes with `N passed, N failed`.
//   npm test -- --wide                  all that CI runs: also what takes long, and what else users have
//   npm test -- --selectProjects unit   one tier
//   npm test -- test/e2e/unnumbered     the files of a path, also if they are left to CI
// All other arguments are passed on to jest.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { build, daemonTrees, packages, programs, root, terraform } from './setup.mjs';

// Unit tests compute: as many at once as there are cores (Jest leaves one idle otherwise). The others work in
// namespaces and folders of their own, and spend a third of their time waiting for timers of BGP and for packages to be
// installed. Where all is tried nobody waits for it, and what is on the clock, as BFD is, has more of a core.
const CORES = availableParallelism();
const words = process.argv.slice(2);
const isWide = words.includes('--wide') || Boolean(process.env.CI);
const TIERS = [
  { projects: ['unit'], workers: CORES },
  { projects: ['e2e', 'machine', 'wide'], workers: CORES + (isWide ? 1 : 2) },
];

const at = words.indexOf('--selectProjects');
const selected = at < 0 ? undefined : words.splice(at, 2)[1];
const more = words.filter((word) => word !== '--wide');
const LEFT = Object.keys(createRequire(import.meta.url)('../test/left-to-ci.js'));
const names = more.some((word) => word.includes('/'));
const left = isWide || names ? [] : LEFT.map((name) => `/test/${name}\\.test\\.ts$`);
const tiers = TIERS.flatMap(({ projects, workers }) => {
  const chosen = projects.filter((name) => (selected ? name === selected : isWide || name !== 'wide'));
  return chosen.length > 0 ? [{ workers, projects: chosen }] : [];
});
if (tiers.length === 0) {
  const names = TIERS.flatMap(({ projects }) => projects);
  console.error(`--selectProjects ${selected}: there is no such tier; there are ${names.join(', ')}`);
  process.exit(2);
}

packages();
terraform();
const absent = programs({ neighbours: true });
if (isWide) absent.push(...daemonTrees());
if (absent.length > 0 && process.env.CI) {
  console.error(`setup: in CI nothing is skipped, and these are missing: ${absent.join(', ')}`);
  process.exit(1);
}
build();

const folder = mkdtempSync(join(tmpdir(), 'peerform-test-'));
const report = join(folder, 'report.json');
const stray = join(folder, 'stray'); // see test/environment.js
const jest = ({ projects, workers }) =>
  spawnSync(
    process.execPath,
    [
      'node_modules/.bin/jest',
      '--selectProjects',
      ...projects,
      // For the unit tests it would take the place of what their project ignores.
      ...(projects.includes('unit') ? [] : left.flatMap((pattern) => ['--testPathIgnorePatterns', pattern])),
      ...(names ? ['--passWithNoTests'] : []), // a path is of one tier
      `--maxWorkers=${workers}`,
      '--json',
      `--outputFile=${report}`,
      ...more,
    ],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        CHECKPOINT_DISABLE: '1',
        PEERFORM_STRAY: stray,
        ...(isWide ? { PEERFORM_WIDE: '1' } : {}),
      },
    },
  );

let passed = 0;
let failed = 0;
let skipped = 0;
const files = [];
const times = [];
for (const tier of tiers) {
  const start = performance.now();
  const { status } = jest(tier);
  times.push(`${tier.projects.join(' and ')} ${((performance.now() - start) / 60_000).toFixed(1)} min`);
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
if (names && passed + failed + skipped === 0) {
  console.log(`no test is at ${more.join(' ')}`);
  failed++;
}
if (existsSync(stray)) {
  console.log(`errors that tests left behind, which ended a process of Jest:\n${readFileSync(stray, 'utf8')}`);
  failed++;
}
rmSync(folder, { recursive: true });
const slowest = files.toSorted((a, b) => b.seconds - a.seconds).slice(0, 20);
console.log(`took ${times.join(', ')}; the slowest files:`);
for (const { name, seconds } of slowest) console.log(`${seconds.toFixed(1).padStart(7)} s  ${name}`);
if (left.length > 0 && selected !== 'unit')
  console.log(
    `left to CI: ${left.length} files (test/left-to-ci.js), and what else users have; npm test -- --wide runs them`,
  );
console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exit(failed > 0 ? 1 : 0);
