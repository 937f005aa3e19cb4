#!/usr/bin/env node
// npm start: the quickstart on this machine. Three nodes and a top-of-rack as network namespaces with real agents, the
// real `cdktf deploy`, proofs by ping, the diff of a one-line change, and a clean end. Exit code 1 where a proof fails.
// npm start -- --etcd: the same, with the deploy through an etcd of the lab.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import { makeProject } from './quickstart-project.mjs';
import { build, packages, programs, root, terraform } from './setup.mjs';

const { values: flags } = parseArgs({ options: { etcd: { type: 'boolean', default: false } } });
const started = Date.now();
const isTerminal = Boolean(process.stdin.isTTY && process.stdout.isTTY);
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;
const say = (text = '') => console.log(text);
const interrupt = new AbortController();
const { signal } = interrupt;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(name, () => {
    if (!signal.aborted) say('\nInterrupted: stopping what was started …');
    interrupt.abort(new Error('interrupted'));
  });

let number = 0;
/** One step: says what it does, that it goes on, and how long it took. */
async function step(title, work) {
  signal.throwIfAborted();
  const begun = Date.now();
  say(`\n[${seconds(started)}] ${++number}. ${title}`);
  const alive = setInterval(() => say(`   … ${seconds(begun)}`), 5000);
  try {
    const result = await work();
    say(`   done in ${seconds(begun)}`);
    return result;
  } finally {
    clearInterval(alive);
  }
}
const indented = (text) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => `   ${line}`.trimEnd())
    .join('\n');

let failures = 0;
/** Says whether something holds; what does not makes the whole run fail. */
function prove(holds, what) {
  say(`   ${holds ? 'ok  ' : 'FAIL'}  ${what}`);
  if (!holds) failures++;
}

say('Peerform quickstart: from a TypeScript construct to a packet that crosses the network.');
await step('Check the requirements: Node.js, npm packages, terraform, ip, ping, BIRD, the build', () => {
  packages();
  terraform();
  const absent = programs({ etcd: flags.etcd });
  if (absent.some((name) => name === 'ip' || name === 'nsenter'))
    throw new Error(`not installed: ${absent.join(', ')}`);
  if (absent.includes('ping')) say('   ping is not installed: an answered TCP connection attempt counts instead');
  build();
}).catch(giveUp);

function giveUp(error) {
  console.error(`\nnpm start: ${error.message}`);
  process.exit(1);
}

const require = createRequire(import.meta.url);
const dist = (path) => require(join(root, 'dist', path));
const { Lab } = dist('lab/lab.js');
const { up } = dist('lab/up.js');
const { labsFolder } = dist('lab/state.js');
const { mayMakeNamespaces } = dist('lab/user-namespace.js');
const { readFabricFile } = dist('cli/fabric-file.js');
const { describeStatus } = dist('cli/command/status.js');

// A name for each run, so that two may run side by side, and one that crashed is swept by the next.
const name = `start-${process.pid}`;
const folder = join(labsFolder(mayMakeNamespaces()), name);
const project = join(root, '.peerform', name);
const program = join(root, 'dist/cli/main.js');
const command = `node ${program}`;
const page = join(root, '.peerform/report.html');

/** Ends what runs left that were killed: their process is gone and their lab is not. */
async function sweep() {
  const isStale = (one) => /^start-\d+$/.test(one) && !existsSync(`/proc/${one.slice(6)}`);
  const staleIn = (parent) => (existsSync(parent) ? readdirSync(parent).filter(isStale) : []);
  for (const one of staleIn(join(folder, '..'))) {
    say(`   removing ${one}, which an earlier run left behind`);
    await Lab.open({ name: one }).down();
  }
  for (const one of staleIn(join(project, '..'))) rmSync(join(project, '..', one), { recursive: true });
}

let lab;
/** Where the agents of the lab are reached, once it is up. */
const overLab = () => ({
  PEERFORM_LAB: folder,
  ...(lab?.state.etcd && { PEERFORM_LAB_ETCD: `127.0.0.1:${lab.state.etcd.port}`, ...lab.environment }),
});

/** What Terraform says on every init, whatever happens. */
const BOILERPLATE =
  /Initializing |Successfully configured the backend|use this backend unless|Reusing previous version|Using (previously-installed )?peerform|has been successfully initialized|You may now begin working|any changes that are required|^ +should now work|If you ever set or change|rerun this command|commands will detect it|─────|Saved the plan to|To perform exactly these|terraform apply "plan"/;

/**
 * Runs cdktf and shows what it says, or of that only what matches; rejects where it fails, having shown all. A process
 * group of its own: an interrupt reaches it by us, once.
 */
async function cdktf(args, shown = /./) {
  signal.throwIfAborted();
  say(`   $ npx cdktf ${args.join(' ')}`);
  const env = {
    ...process.env,
    ...overLab(),
    CHECKPOINT_DISABLE: '1',
    CI: '1',
    TF_CLI_CONFIG_FILE: '/dev/null',
    npm_config_loglevel: 'error',
  };
  if (!process.stdout.isTTY) Object.assign(env, { FORCE_COLOR: '0', NO_COLOR: '1' });
  const child = spawn('npx', ['cdktf', ...args], {
    cwd: project,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      if (stripVTControlCharacters(line).trim() === '') return;
      const text = stripVTControlCharacters(line);
      lines.push(text);
      if (!BOILERPLATE.test(text) && shown.test(text)) say(`   | ${process.stdout.isTTY ? line : text}`);
    });
  let killer;
  const stop = () => {
    const kill = (signalName) => {
      try {
        process.kill(-child.pid, signalName);
      } catch {} // it ended meanwhile
    };
    kill('SIGINT');
    killer = setTimeout(() => kill('SIGKILL'), 10_000);
  };
  signal.addEventListener('abort', stop);
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  clearTimeout(killer);
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  if (code !== 0 && shown.source !== '.') say(indented(lines.join('\n')));
  if (code !== 0) throw new Error(`cdktf ${args[0]} ended with exit code ${code}`);
  return lines.join('\n');
}

/** The fabric that the program writes: what Terraform gets, read back into the model's words. */
const synthesisedFabric = () => readFabricFile(join(project, 'cdktf.out/stacks/quickstart/cdk.tf.json')).fabric;

/** Shows what agents tell of their transactions, until it is told to stop. */
function follow(lab) {
  let isOver = false;
  const one = async ([node]) => {
    let last = 0;
    while (!isOver) {
      for (const { sequence, kind, message } of await lab.agent(node).events(last, 1)) {
        last = sequence;
        if (kind === 'transaction') say(`   ${node}: ${message}`);
      }
    }
  };
  const all = Promise.allSettled(lab.membersOf('node').map(one));
  return async () => {
    isOver = true;
    await all;
  };
}

const familyOf = (address) => (address.includes(':') ? 'ipv6' : 'ipv4');
const FAMILY = { ipv4: 'IPv4', ipv6: 'IPv6' };

/** Pings from every workload to every other and to the outside. What no session carries is told, and not tried. */
async function provePings(lab) {
  const members = await lab.status();
  const outsideFamilies = ({ agent }) =>
    agent.sessions.filter((session) => !session.isInside).flatMap(({ routes }) => Object.keys(routes));
  const carried = new Map(
    members
      .filter(({ agent, kind }) => agent && kind === 'node')
      .map((member) => [member.name, outsideFamilies(member)]),
  );
  const workloads = lab.membersOf('workload').filter(([, { host }]) => carried.has(host));
  const outside = lab.membersOf('workload').filter(([, { host }]) => !carried.has(host));
  for (const [from, { host }] of workloads)
    for (const [to, { addresses }] of [...workloads, ...outside])
      for (const address of from === to ? [] : addresses) {
        signal.throwIfAborted();
        const isBeyond = outside.some(([other]) => other === to);
        const family = familyOf(address);
        if (isBeyond && !carried.get(host).includes(family))
          say(`   --    ${from} → ${to}: ${host} has no outside peer for ${FAMILY[family]}`);
        else prove(await lab.reaches(from, address, 10), `${from} → ${to}  ${FAMILY[family]} ${address}`);
      }
}

/** After a destroy no agent runs a fabric and no kernel has a route of ours. */
async function proveClean(lab) {
  for (const [node] of lab.membersOf('node')) {
    const { fabric } = await lab.agent(node).status();
    const left = await Promise.all(
      ['-4', '-6'].map((family) => lab.run(node, ['ip', family, 'route', 'show', 'proto', '114'])),
    );
    prove(
      fabric === undefined && left.every(({ stdout }) => stdout === ''),
      `${node} runs no fabric and its kernel has no BGP route`,
    );
  }
}

function showLogs(lab) {
  for (const [member] of [...lab.membersOf('node'), ...lab.membersOf('outside')])
    if (lab.state.processes[member])
      say(
        `\n   the last lines of the log of ${member}:\n${indented(lab.logOf(member).split('\n').slice(-15).join('\n'))}`,
      );
}

function untilEnter() {
  say(`\nThe lab stays up. In another terminal, for example:
   ${command} status --lab ${name}
   ${command} watch --lab ${name}
   ${command} lab exec w-node1 --name ${name} -- ping 10.65.0.3
   cd ${project} && ${Object.entries(overLab())
     .map((pair) => pair.join('='))
     .join(' ')} npx cdktf deploy     (you may edit main.ts there)
Press Enter to stop it.`);
  return new Promise((resolve) => {
    const lines = createInterface({ input: process.stdin })
      .once('line', () => lines.close())
      .once('close', resolve);
    signal.addEventListener('abort', () => lines.close());
  });
}

try {
  const fabric = await step('Write the Terraform configuration from examples/quickstart/main.ts', async () => {
    await sweep();
    makeProject(project, flags);
    await cdktf(['synth']);
    return synthesisedFabric();
  });
  await step(
    `Bring up the lab: ${Object.keys(fabric.nodes).length} nodes with agents that wait for a deploy, and a top-of-rack`,
    async () => {
      lab = await up({
        fabric,
        name,
        folder,
        agents: 'idle',
        etcd: flags.etcd,
        signal,
        onStep: (text) => say(`   ${text}`),
      });
    },
  );
  await step('Deploy', async () => {
    const stop = follow(lab);
    await cdktf(['deploy', '--auto-approve']).finally(stop);
  });
  await step('Wait until every session is Established, and show them', async () => {
    const isSettled = await lab.settles(60);
    const members = await lab.status();
    say(
      indented(
        describeStatus(
          members
            .filter(({ kind }) => kind === 'node')
            .map(({ name: node, agent, error }) => ({ node, status: agent, error })),
        ),
      ),
    );
    prove(isSettled, 'every session is Established');
  });
  await step('Ping between workloads of different nodes, and to the outside', () => provePings(lab));
  await step('Show what a change of one line would do: node-to-node mesh off', async () => {
    const path = join(project, 'main.ts');
    const before = readFileSync(path, 'utf8');
    const [line] = /^.*nodeToNodeMesh: true.*$/m.exec(before) ?? [];
    if (line === undefined) throw new Error('the quickstart has no line nodeToNodeMesh: true');
    say(`   - ${line.trim()}\n   + ${line.trim().replace('true', 'false')}`);
    const stack = join(project, 'cdktf.out/stacks/quickstart/cdk.tf.json');
    const former = join(project, 'before.tf.json');
    cpSync(stack, former);
    rmSync(page, { force: true });
    writeFileSync(path, before.replace(line, line.replace('true', 'false')));
    const running = async () => (await lab.status()).map(({ agent }) => agent?.transaction.active?.activation).join();
    const activation = await running();
    const text = await cdktf(['diff']);
    writeFileSync(path, before);
    prove(/node_to_node_mesh\s+= true -> false/.test(text), 'the plan shows the mesh going off');
    prove((await running()) === activation && (await lab.settles(1)), 'and nothing was changed');
    say(`   $ ${command} report before.tf.json cdk.tf.json --html ${page}`);
    const args = [program, 'report', former, stack, '--html', page, '--svg', page.replace('.html', '.svg')];
    say(indented(execFileSync(process.execPath, args, { cwd: project, encoding: 'utf8' })));
    prove(
      readFileSync(page, 'utf8').includes('main.ts:'),
      `the report says where the code is; open it in a browser: ${page}`,
    );
  });
  if (isTerminal && failures === 0) await untilEnter();
  await step('Destroy', async () => {
    await cdktf(['destroy', '--auto-approve'], /Destr|rror|Plan:/);
    await proveClean(lab);
  });
} catch (error) {
  failures++;
  if (!signal.aborted) {
    console.error(`\nnpm start: ${error.message}`);
    if (lab) showLogs(lab);
  }
} finally {
  say(`\n[${seconds(started)}] Stopping the lab`);
  await lab?.down();
  rmSync(project, { recursive: true, force: true });
}
if (signal.aborted) process.exit(130);
if (failures === 0) say(`\nThe report of the change, with a picture of the network before and after: ${page}`);
say(failures === 0 ? `\nAll checks passed. ${seconds(started)} in all.` : `\n${failures} failed.`);
process.exit(failures === 0 ? 0 : 1);
