#!/usr/bin/env node
// Campaigns with full counts, each of which writes its section of a report that is committed: npm run test:long --
// [--seed N] [--built] [CAMPAIGN…]. A count in the environment, such as PEERFORM_KILLS, replaces that of a campaign.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, daemonTrees, packages, programs, root, terraform } from './setup.mjs';

const TRANSACTION = {
  path: 'docs/campaign-transaction.md',
  about: `# Campaign: the transaction

Real \`terraform apply\` through the provider to agents in network namespaces: four or five nodes on one link, each with a workload. Throughout, every workload sends numbered
packets to every other workload, over IPv4 and IPv6: 1,000 a second for each pair of nodes. The kernel counts what arrives:
receiving sockets hold seconds of packets, and packets that do not fit show in their drop counters, not as lost. \`ip monitor route nexthop\` runs on
every node. If the kernel deletes a route to a workload that still exists, or the nexthop object of such a route, that counts as a live route deleted. A
separate test proves that both are detected (\`test/e2e/transaction/harness.test.ts\`).

A failed deploy is one that ends with an error. After each, every node runs the new or the last confirmed release; one more deploy converges; foreign routes in
the kernel are unchanged; and no route or nexthop object of ours is left over.

The mistakes concern a rack of three nodes below a real BIRD with a host behind it, the canary first. Each deploy fails at its gate, as its plan said, and is rolled back. The canary's session is reset
at most once in each direction (never by a wrong address, or a wrong AS number of the neighbour), no other session is reset, and no kernel deletes a route. While a session is reset, packets from outside are not counted:
BIRD, without graceful restart, withdraws the routes of the node meanwhile.`,
};
const KERNEL = {
  path: 'docs/campaign-kernel.md',
  about: `# Campaign: the kernel's routes

Two things are killed by SIGKILL at random moments and started again: an agent, and, separately, only the part of it that writes routes.

The agent has four sessions with two BIRDs, which advertise routes of both families, with one hop and with two, and hundreds that come and go all the time. It is
killed while it runs, and while it starts, adopts the routes of the previous run, and receives all routes. The writer's routes are of every kind: with and without
nexthop objects, over several hops, IPv4 over IPv6, blackhole. After each kill every route that was wanted throughout is present. After each restart the kernel has
what BGP chose, with no route or nexthop object left over, and foreign routes, objects and tables are unchanged, including foreign routes to the same prefixes. Every
route that the kernel deletes is recorded from its events, so a route that was gone only for a moment counts.`,
};

const SEQUENCES = {
  path: 'docs/campaign-sequences.md',
  about: `# Campaign: sequences of deploys that fail

The test uses the provider's own plan, apply, refresh and import, a model of Terraform's core (refresh, plan, plan again in a fresh process at apply, ignore_changes, taint, moved,
targets), and agents that run the real transaction over a disk in memory. Two fabrics on five nodes go through random sequences of up to eight steps: people change what they want (another value,
a node moved or dropped, another name, secrets), something breaks (verbs refused, answers lost, agents killed before or after a verb, unreachable, or with a full disk, the provider killed, sessions that do not
come up, a broken probe), terraform is run in one way or another, and then more happens (time passes, an agent is wiped or restarted, a state is rolled back or lost).

After each step every node runs the release that it confirmed or something on trial, and no node that is still wanted has lost its confirmed release. What a plan said is what was staged. Nothing that reports no change
changed something. No plan takes a fabric out of service because of a new name. No fabric and no owner takes what belongs to another. Once the causes are fixed (a lost state imported), one apply converges, every
node keeps the planned activation, and the next plan is empty.

Replays are twenty of these sequences, chosen so that together they cover everything that can happen for real, with the real \`terraform\`, the bundled provider and real agents in network namespaces: links
that are cut, disks without space, machines installed anew, clocks an hour ahead, and a proxy before each agent that refuses, hangs up, loses answers, kills, and reports which verbs of a killed provider
arrived. The model runs the same steps in parallel. Both must agree on whether each run succeeds and with which errors, on what each plan changes and to which values, on the state, and on what every agent runs, has confirmed,
staged or on trial, and which of its sessions are up.`,
};

const OBSERVED = {
  path: 'docs/campaign-observed.md',
  about: `# Campaign: predicted and observed

Random changes of a random fabric of three to five nodes, each with an IPv4 and an IPv6 workload, beside a real BIRD: timers, AS numbers, router IDs, mesh, selectors
with filters, route reflectors, an outside neighbour, declared prefixes, nodes out of service, and nodes that join and leave, in random waves. Many change
nothing on a session, others reset all of them or take the last path from nodes on purpose.

The provider's own resources refresh, plan and apply each change to real agents in network namespaces. What the agents recorded is then compared with the
prediction that the deploy left with them, at its end and a moment later: the same sessions were added, removed, reset and retuned, the same nodes lost the same prefixes,
and none for longer than predicted.`,
};

const BFD = {
  path: 'docs/campaign-bfd.md',
  about: `# Campaign: BFD

Under load (\`bfd\`): two BFD processes, each in a network namespace and with real-time scheduling, as their unit starts them, watch each other over IPv4 and IPv6, on the link and by multihop, at 300 ms × 3. Meanwhile four processes that do
nothing but count keep all processors busy, and a million routes are loaded into the kernel of one end and withdrawn, again and again, as fast as it takes them. A session that goes Down is a failure: nothing was lost on the link.
When a packet arrived is what the kernel noted on it, whenever it was read; a Down is false if a packet had arrived in time by that clock.

Kills (\`bfd-kills\`): a node advertises an address to BIRD with \`bfd on\` and to FRR with \`neighbor bfd\`, both with graceful restart, and both send up to 100 packets a second to it through that route. The node has a route from each of them. At random moments the agent or the
BFD process is killed (SIGKILL) or ended as an upgrade ends it (SIGTERM), and started again. Neither neighbour's BFD session leaves Up, and every packet is answered.`,
};

const FLEET = {
  path: 'docs/campaign-fleet.md',
  about: `# Campaign: a fleet over etcd

Kills (\`etcd-kills\`): real \`terraform apply\` through the etcd of a lab to three agents in network namespaces, under packets as in [the campaign of the transaction](campaign-transaction.md), but 200 a second for each pair of nodes. During each deploy
one or more of etcd, the provider and an agent are killed (SIGKILL), each at a random moment of its own. Whenever an agent responds, during the deploy and afterwards, it runs the release that is being deployed or the last confirmed one, and one more deploy
converges.

Failures (\`etcd-failures\`): two agents and three members of a real etcd, each on a machine of its own, with mutual TLS and rights; once with the etcd of Debian 12, once with that of Debian 13. The leader is killed, hangs, or is cut off while agents are
asked to stage or to activate; two members are killed; etcd is compacted while an agent is cut off; the clocks on the wall of agents and of the deployer are stepped. That of etcd is not: no namespace has it for itself. With one
member a backup is restored, a lease is lost, and an agent is cut off or hangs.`,
};

/**
 * What is run, with how much of it and from how many seeds (one after another, or side by side), and the section of
 * which report it writes.
 */
const CAMPAIGNS = {
  changes: {
    tests: ['transaction/harness', 'transaction/changes'],
    env: { PEERFORM_ROUNDS: '3' },
    report: TRANSACTION,
  },
  mistakes: { tests: ['transaction/mistakes'], env: {}, report: TRANSACTION },
  failures: { tests: ['transaction/failures'], env: { PEERFORM_LONG: '1' }, report: TRANSACTION },
  kills: { tests: ['transaction/crashes'], env: { PEERFORM_KILLS: '50' }, seeds: 2, report: TRANSACTION },
  'etcd-kills': { tests: ['transaction/etcd-kills'], env: { PEERFORM_KILLS: '100' }, report: FLEET },
  'etcd-failures': { tests: ['etcd-failures', 'agent-fleet'], env: {}, report: FLEET },
  observed: { tests: ['observed'], env: { PEERFORM_ROUNDS: '30' }, report: OBSERVED },
  kernel: { tests: ['kernel-crash'], env: { PEERFORM_KILLS: '200' }, report: KERNEL },
  'bfd-kills': { tests: ['bfd-kills'], env: { PEERFORM_KILLS: '100' }, report: BFD },
  bfd: {
    tests: ['bfd-load'],
    env: { PEERFORM_SECONDS: '3600', PEERFORM_ROUTES: '1000000', PEERFORM_LOADS: '20' },
    report: BFD,
  },
  sequences: {
    project: 'unit',
    tests: ['test/provider/sequences'],
    env: { PEERFORM_SEQUENCES: '2500' },
    seeds: 4,
    isOneProcessEach: true,
    report: SEQUENCES,
  },
  replays: {
    tests: ['replays'],
    env: { PEERFORM_REPLAYS: 'all' },
    seeds: 4,
    isOneProcessEach: true,
    report: SEQUENCES,
  },
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
programs({ neighbours: true });
daemonTrees();
// Two that run side by side must not build under one another.
if (!values.built) build();

/** Runs a campaign from one seed; gives what was found, or undefined where a test failed, which prints it. */
async function run({ tests, env, project = 'e2e' }, seed) {
  const folder = mkdtempSync(join(tmpdir(), 'peerform-long-'));
  const found = join(folder, 'found');
  const child = spawn(
    process.execPath,
    [
      ...['node_modules/.bin/jest', `--selectProjects=${project}`, '--runInBand', '--testPathPatterns'],
      ...tests.map((test) => (project === 'e2e' ? `test/e2e/${test}` : test)),
    ],
    {
      cwd: root,
      stdio: 'inherit',
      env: {
        ...process.env,
        ...env,
        PEERFORM_WIDE: '1',
        PEERFORM_SEED: String(seed),
        PEERFORM_REPORT: found,
        CHECKPOINT_DISABLE: '1',
      },
    },
  );
  const status = await new Promise((resolve) => child.on('close', resolve));
  const lines = existsSync(found) ? readFileSync(found, 'utf8').trimEnd().split('\n') : [];
  rmSync(folder, { recursive: true });
  if (status === 0) return lines;
  for (const line of lines) console.error(`found: ${line.trim()}`);
  return undefined;
}

/** Of counts of several processes: lines that are the same but for the number at their end are one, with the sum. */
function summed(lines) {
  const sums = new Map();
  for (const line of lines) {
    const [, what, count] = /^(.*: )(\d+)$/.exec(line) ?? [undefined, line, ''];
    sums.set(what, count === '' ? '' : Number(sums.get(what) ?? 0) + Number(count));
  }
  return [...sums].map(([what, count]) => `${what}${count}`);
}

/** Puts a section into a report, in the place of the one that has its title. */
function writeSection({ path, about }, title, text) {
  const file = join(root, path);
  const [, ...sections] = existsSync(file) ? readFileSync(file, 'utf8').split(/^## /m) : [];
  const byTitle = new Map(sections.map((section) => [section.split('\n', 1)[0], section.trimEnd()]));
  byTitle.set(title, `${title}\n\n${text}`);
  const inOrder = Object.keys(CAMPAIGNS).flatMap((name) => byTitle.get(name) ?? []);
  writeFileSync(file, `${[about, ...inOrder.map((section) => `## ${section}`)].join('\n\n')}\n`);
}

let failed = 0;
for (const name of chosen) {
  const wanted = Object.entries(CAMPAIGNS[name].env).map(([key, value]) => [key, process.env[key] ?? value]);
  const campaign = { ...CAMPAIGNS[name], env: Object.fromEntries(wanted) };
  const { env, seeds = 1, report } = campaign;
  const settings = Object.entries(env).map(([key, value]) => `${key}=${value}`);
  const running = [];
  for (let seed = Number(values.seed); seed < Number(values.seed) + seeds; seed++) {
    console.log([`${name}:`, ...settings, `PEERFORM_SEED=${seed}`].join(' '));
    running.push(run(campaign, seed));
    if (!campaign.isOneProcessEach) await running.at(-1); // they share the machine's namespaces
  }
  const found = await Promise.all(running);
  if (found.includes(undefined)) {
    failed++;
    console.error(`${name} failed; its section of ${report.path} stays as it was`);
    continue;
  }
  const day = new Date().toISOString().slice(0, 10);
  const how = `Run on ${day} with \`npm run test:long -- --seed ${values.seed} ${name}\`${settings.length > 0 ? ` (${settings.join(', ')})` : ''}${seeds > 1 ? ` in ${seeds} runs` : ''}. Everything passed.`;
  writeSection(
    report,
    name,
    `${how}\n\n${(campaign.isOneProcessEach ? summed(found.flat()) : found.flat())
      .map((line) => `- ${line.trim()}`)
      .join('\n')}`,
  );
}
process.exit(failed > 0 ? 1 : 0);
