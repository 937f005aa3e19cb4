#!/usr/bin/env node
// Campaigns with full counts, each with a report that is committed: npm run test:long -- [--seed N] [CAMPAIGN…]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, packages, programs, root, terraform } from './setup.mjs';

/** What is run, with how much of it, and what the report says before what was found. */
const CAMPAIGNS = {
  transaction: {
    tests: ['test/e2e/transaction'],
    env: { PEERFORM_LONG: '1', PEERFORM_ROUNDS: '3', PEERFORM_KILLS: '100' },
    report: 'docs/campaign-transaction.md',
    about: `# Campaign: the transaction

Real \`terraform apply\` through the provider to agents in network namespaces, four or five nodes on one link, a workload behind each. All the while numbered
packets go from every workload to every other one, over IPv4 and IPv6: 1,000 a second for each pair of nodes. What arrives is counted by the kernel:
receiving sockets hold seconds of packets, and what they have no room for shows in their drop counters, not as lost. \`ip monitor route nexthop\` runs on
every node; a route to a workload that is there and that the kernel lets go of, or whose nexthop object it lets go of, counts as a live route deleted. A
test of its own proves that both are seen (\`test/e2e/transaction/harness.test.ts\`).

A failed deploy is one that ends with an error. After each, every node runs the new or the last confirmed release; one more deploy converges; routes that
others have put into the kernel are as they were; of ours there is no route and no nexthop object too many.`,
  },
  kernel: {
    tests: ['test/e2e/kernel-crash'],
    env: { PEERFORM_KILLS: '200' },
    report: 'docs/campaign-kernel.md',
    about: `# Campaign: the kernel's routes

A process that writes routes of both families, with and without nexthop objects, is killed by SIGKILL at random moments; the next one takes over. What was
wanted all along is never gone, what is left over is swept, and what others have put there stays.`,
  },
};

const { values, positionals } = parseArgs({ options: { seed: { type: 'string' } }, allowPositionals: true });
const seed = values.seed ?? '1',
  chosen = positionals.length > 0 ? positionals : Object.keys(CAMPAIGNS);
for (const name of chosen)
  if (!CAMPAIGNS[name]) {
    console.error(`there is no campaign ${name}; there are ${Object.keys(CAMPAIGNS).join(', ')}`);
    process.exit(2);
  }

packages();
terraform();
programs();
build();

let failed = 0;
for (const name of chosen) {
  const { tests, env, report, about } = CAMPAIGNS[name],
    folder = mkdtempSync(join(tmpdir(), 'peerform-long-')),
    found = join(folder, 'found');
  console.log(
    `${name}: ${Object.entries(env)
      .map(([key, value]) => `${key}=${value}`)
      .join(' ')}, seed ${seed}`,
  );
  const { status } = spawnSync(
    process.execPath,
    ['node_modules/.bin/jest', '--selectProjects', 'e2e', '--runInBand', ...tests],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...env, PEERFORM_SEED: seed, PEERFORM_REPORT: found, CHECKPOINT_DISABLE: '1' },
    },
  );
  const lines = existsSync(found) ? readFileSync(found, 'utf8').trimEnd().split('\n') : [];
  rmSync(folder, { recursive: true });
  if (status !== 0) {
    failed++;
    console.error(`${name} failed; ${report} stays as it was`);
    continue;
  }
  const day = new Date().toISOString().slice(0, 10);
  const how = `Run on ${day} with \`npm run test:long -- --seed ${seed} ${name}\` (${tests.join(', ')}). Everything passed.`;
  writeFileSync(join(root, report), `${about}\n\n${how}\n\n${lines.map((line) => `- ${line.trim()}`).join('\n')}\n`);
}
process.exit(failed > 0 ? 1 : 0);
