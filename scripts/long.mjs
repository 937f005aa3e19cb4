#!/usr/bin/env node
// Campaigns with full counts, each of which writes its section of a report that is committed: npm run test:long -- [--seed N] [--built] [CAMPAIGN…]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, packages, programs, root, terraform } from './setup.mjs';

const TRANSACTION = {
  path: 'docs/campaign-transaction.md',
  about: `# Campaign: the transaction

Real \`terraform apply\` through the provider to agents in network namespaces, four or five nodes on one link, a workload behind each. All the while numbered
packets go from every workload to every other one, over IPv4 and IPv6: 1,000 a second for each pair of nodes. What arrives is counted by the kernel:
receiving sockets hold seconds of packets, and what they have no room for shows in their drop counters, not as lost. \`ip monitor route nexthop\` runs on
every node; a route to a workload that is there and that the kernel lets go of, or whose nexthop object it lets go of, counts as a live route deleted. A
test of its own proves that both are seen (\`test/e2e/transaction/harness.test.ts\`).

A failed deploy is one that ends with an error. After each, every node runs the new or the last confirmed release; one more deploy converges; routes that
others have put into the kernel are as they were; of ours there is no route and no nexthop object too many.`,
};
const KERNEL = {
  path: 'docs/campaign-kernel.md',
  about: `# Campaign: the kernel's routes

Two things are killed by SIGKILL at random moments, and started again: an agent, and the part of it that writes routes, alone.

The agent has four sessions with two BIRDs, which tell of routes of both families, with one hop and with two, and of hundreds that come and go all the while. It is
killed while it runs, and while it begins, takes over what the run before left, and hears of everything. The writer's routes lead everywhere: with and without
nexthop objects, over several hops, IPv4 over IPv6, nowhere. After each kill everything that was wanted all along is there; after each restart the kernel has
what BGP chose, no route and no nexthop object too many, and the routes, objects and tables of others as they were, also of those to the same prefixes. Every
route that the kernel lets go of is written down as it tells, so that one that was gone for a moment counts.`,
};

/** What is run, with how much of it and from how many seeds, and the section of which report it writes. */
const CAMPAIGNS = {
  changes: {
    tests: ['transaction/harness', 'transaction/changes'],
    env: { PEERFORM_ROUNDS: '3' },
    report: TRANSACTION,
  },
  failures: { tests: ['transaction/failures'], env: { PEERFORM_LONG: '1' }, report: TRANSACTION },
  kills: { tests: ['transaction/crashes'], env: { PEERFORM_KILLS: '50' }, seeds: 2, report: TRANSACTION },
  kernel: { tests: ['kernel-crash'], env: { PEERFORM_KILLS: '200' }, report: KERNEL },
};

const { values, positionals } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, built: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const chosen = positionals.length > 0 ? positionals : Object.keys(CAMPAIGNS);
for (const name of chosen)
  if (!CAMPAIGNS[name]) {
    console.error(`there is no campaign ${name}; there are ${Object.keys(CAMPAIGNS).join(', ')}`);
    process.exit(2);
  }

packages();
terraform();
programs();
// Two that run side by side must not build under one another.
if (!values.built) build();

/** Runs a campaign from one seed; gives what was found, or undefined where a test failed. */
function run({ tests, env }, seed) {
  const folder = mkdtempSync(join(tmpdir(), 'peerform-long-')),
    found = join(folder, 'found');
  const { status } = spawnSync(
    process.execPath,
    ['node_modules/.bin/jest', '--selectProjects', 'e2e', '--runInBand', ...tests.map((test) => `test/e2e/${test}`)],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...env, PEERFORM_SEED: String(seed), PEERFORM_REPORT: found, CHECKPOINT_DISABLE: '1' },
    },
  );
  const lines = existsSync(found) ? readFileSync(found, 'utf8').trimEnd().split('\n') : [];
  rmSync(folder, { recursive: true });
  return status === 0 ? lines : undefined;
}

/** Puts a section into a report, in the place of the one that has its title. */
function writeSection({ path, about }, title, text) {
  const file = join(root, path),
    [, ...sections] = existsSync(file) ? readFileSync(file, 'utf8').split(/^## /m) : [];
  const byTitle = new Map(sections.map((section) => [section.split('\n', 1)[0], section.trimEnd()]));
  byTitle.set(title, `${title}\n\n${text}`);
  const inOrder = Object.keys(CAMPAIGNS).flatMap((name) => byTitle.get(name) ?? []);
  writeFileSync(file, `${[about, ...inOrder.map((section) => `## ${section}`)].join('\n\n')}\n`);
}

let failed = 0;
for (const name of chosen) {
  const campaign = CAMPAIGNS[name],
    { env, seeds = 1, report } = campaign;
  const settings = Object.entries(env).map(([key, value]) => `${key}=${value}`);
  const found = [];
  for (let seed = Number(values.seed); seed < Number(values.seed) + seeds; seed++) {
    console.log([`${name}:`, ...settings, `PEERFORM_SEED=${seed}`].join(' '));
    found.push(run(campaign, seed));
  }
  if (found.includes(undefined)) {
    failed++;
    console.error(`${name} failed; its section of ${report.path} stays as it was`);
    continue;
  }
  const day = new Date().toISOString().slice(0, 10),
    how = `Run on ${day} with \`npm run test:long -- --seed ${values.seed} ${name}\` (${settings.join(', ')}). Everything passed.`;
  writeSection(
    report,
    name,
    `${how}\n\n${found
      .flat()
      .map((line) => `- ${line.trim()}`)
      .join('\n')}`,
  );
}
process.exit(failed > 0 ? 1 : 0);
