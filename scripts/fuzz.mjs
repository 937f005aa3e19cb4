#!/usr/bin/env node
// A mutation fuzzer over every decoder (docs/fuzzing.md): npm run fuzz -- [--target NAME[,NAME]] [--executions N]
// [--seconds S] [--seed N]
//   [--report FILE] [--save] [--list]
// The same seed and number of executions give the same run. Exits 1 where anything was found.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const require = createRequire(import.meta.url);
/** Seconds that one execution may take before it counts as hanging: thousands of times what any takes. */
const HANG = 20;
const SEED = 1;

function options() {
  const { values } = parseArgs({
    options: {
      target: { type: 'string' },
      executions: { type: 'string' },
      seconds: { type: 'string' },
      seed: { type: 'string' },
      report: { type: 'string' },
      save: { type: 'boolean' },
      list: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const number = (name, absent) => {
    if (values[name] === undefined) return absent;
    const value = Number(values[name]);
    if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} must be a number, not ${values[name]}`);
    return value;
  };
  const executions = number('executions', undefined);
  const seconds = number('seconds', executions === undefined ? 60 : undefined);
  return { ...values, executions, seconds, seed: number('seed', SEED) };
}

if (isMainThread) await main();
else work();

async function main() {
  let given;
  try {
    given = options();
  } catch (error) {
    console.error(`fuzz: ${error.message}`);
    process.exit(2);
  }
  if (given.help) {
    console.log(
      'npm run fuzz -- [--target NAME[,NAME]] [--executions N] [--seconds S] [--seed N] [--report FILE] [--save] [--list]',
    );
    return;
  }
  // The worker writes each input here before it runs it, so that one that never ends can still be told.
  const shared = new SharedArrayBuffer(16 + 1_000_000);
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { given, shared } });
  const [state, octets] = [new Int32Array(shared, 0, 4), new Uint8Array(shared, 16)];
  let last = -1;
  let since = 0;
  let running = '';
  // By the processor's time, not the clock's: on a machine that has other things to do an execution may take long and
  // still end.
  const used = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  const watchdog = setInterval(() => {
    const turn = Atomics.load(state, 0);
    if (turn !== last || turn === 0) [last, since] = [turn, used()];
    else if (used() - since > HANG) {
      const input = Buffer.from(octets.slice(0, Atomics.load(state, 1)));
      const file = join(tmpdir(), `fuzz-${running}.hex`);
      writeFileSync(file, input.toString('hex'));
      console.error(`fuzz: ${running}: an execution does not end. Its input of ${input.length} octets is in ${file}`);
      process.exit(1);
    }
  }, 1000);
  worker.on('message', ({ line, target, result }) => {
    if (target) running = target;
    if (line) console.log(line);
    if (result) finish(result, given);
  });
  worker.on('error', (error) => {
    console.error(error);
    process.exitCode = 2;
  });
  worker.on('exit', () => clearInterval(watchdog));
}

/** Within the worker: runs the targets one after another. */
function work() {
  const { given, shared } = workerData;
  require('../test/fuzz/load.cjs');
  const { TARGETS } = require('../test/fuzz/targets.ts');
  const { Fuzzer } = require('../test/fuzz/fuzzer.ts');
  const { readEntries } = require('../test/fuzz/corpus.ts');
  const [state, octets] = [new Int32Array(shared, 0, 4), new Uint8Array(shared, 16)];
  const say = (line) => parentPort.postMessage({ line });

  if (given.list) {
    for (const { name, about } of TARGETS) say(`${name.padEnd(18)} ${about}`);
    return;
  }
  const names = given.target?.split(',');
  const chosen = names ? TARGETS.filter(({ name }) => names.includes(name)) : TARGETS;
  const unknown = (names ?? []).filter((name) => !TARGETS.some((target) => target.name === name));
  if (unknown.length > 0) {
    say(`fuzz: there is no target ${unknown.join(', ')}; --list shows them`);
    parentPort.postMessage({ result: { rows: [], findings: [], failed: 2 } });
    return;
  }
  const shares = chosen.reduce((sum, { share }) => sum + share, 0);
  const rows = [];
  const findings = [];
  for (const target of chosen) {
    parentPort.postMessage({ target: target.name });
    const started = performance.now();
    const corpus = [...readEntries('corpus', target.name), ...readEntries('found', target.name)].map(
      ({ input }) => input,
    );
    const fuzzer = new Fuzzer(target, given.seed, corpus, (input) => {
      octets.set(input.length > octets.length ? input.subarray(0, octets.length) : input);
      state[1] = input.length;
      Atomics.add(state, 0, 1);
    });
    const atFirst = fuzzer.outcomes;
    const most = given.executions === undefined ? Infinity : Math.ceil((given.executions * target.share) / shares);
    const until = given.seconds === undefined ? Infinity : started + (given.seconds * 1000 * target.share) / shares;
    let spoken = started;
    while (fuzzer.executions < most && (fuzzer.executions % 64 !== 0 || performance.now() < until)) {
      fuzzer.step();
      if (fuzzer.executions % 1024 === 0 && performance.now() - spoken > 30_000) {
        spoken = performance.now();
        say(
          `  ${target.name}: ${fuzzer.executions} executions, ${fuzzer.outcomes} outcomes, ${fuzzer.found.size} findings`,
        );
      }
    }
    const seconds = (performance.now() - started) / 1000;
    const row = {
      ...{
        name: target.name,
        about: target.about,
        executions: fuzzer.executions,
        seconds,
        findings: fuzzer.found.size,
      },
      ...{
        corpus: corpus.length,
        kept: fuzzer.kept.length,
        outcomes: fuzzer.outcomes,
        fresh: fuzzer.outcomes - atFirst,
      },
    };
    rows.push(row);
    say(
      `${row.name.padEnd(18)} ${String(row.executions).padStart(9)} executions  ${seconds.toFixed(1).padStart(7)} s  ` +
        `${String(row.outcomes).padStart(6)} outcomes (${row.fresh} new)  ${row.findings} findings`,
    );
    for (const found of fuzzer.found.values()) {
      const { message, input, alone, before, times, stack } = found;
      const hex = Buffer.from(input).toString('hex');
      findings.push({
        target: target.name,
        message,
        hex,
        alone,
        times,
        stack,
        before: before.map((one) => Buffer.from(one).toString('hex')),
      });
      say(
        `  ! ${message}\n    ${times} times; ${alone ? '' : `needs ${before.length} inputs before it; `}input ${hex.slice(0, 400)}`,
      );
      if (!/^Finding/.test(stack)) say(stack.split('\n').slice(1, 6).join('\n'));
    }
    if (given.save) save(target, fuzzer);
  }
  parentPort.postMessage({ result: { rows, findings, failed: findings.length > 0 ? 1 : 0 } });
}

/**
 * Commits to files what a run found: few and small inputs that still bring about all there is, and everything that went
 * wrong.
 */
function save(target, fuzzer) {
  const { readEntries, writeEntries } = require('../test/fuzz/corpus.ts');
  const { smallest } = require('../test/fuzz/smallest.ts');
  writeEntries(
    'corpus',
    target.name,
    smallest(target, fuzzer.kept).map((input) => ({ about: '', input })),
  );
  const known = readEntries('found', target.name);
  const alone = [...fuzzer.found.values()].filter((found) => found.alone);
  if (alone.length > 0)
    writeEntries('found', target.name, [
      ...known,
      ...alone.map(({ message, input }) => ({ about: message.slice(0, 200).replaceAll('\n', ' '), input })),
    ]);
}

function finish({ rows, findings, failed }, given) {
  const sum = (field) => rows.reduce((all, row) => all + row[field], 0);
  console.log(
    `${sum('executions')} executions in ${sum('seconds').toFixed(0)} s, seed ${given.seed}: ${findings.length} findings`,
  );
  if (given.report) writeFileSync(given.report, report(rows, findings, given));
  process.exitCode = failed;
}

function report(rows, findings, given) {
  const commit = git('rev-parse', '--short', 'HEAD');
  const number = (value) => value.toLocaleString('en-US');
  const sum = (field) => rows.reduce((all, row) => all + row[field], 0);
  const arguments_ = [
    ...(given.target ? ['--target', given.target] : []),
    ...(given.executions === undefined ? [] : ['--executions', String(given.executions)]),
    ...(given.seconds === undefined ? [] : ['--seconds', String(given.seconds)]),
    ...['--seed', String(given.seed)],
  ];
  return [
    '## Run',
    '',
    `\`npm run fuzz -- ${arguments_.join(' ')}\` at commit ${commit}, ${process.version}, on one core of ${cpus()[0]?.model ?? 'a machine'}.`,
    '',
    '| target | what is fed | executions | seconds | outcomes | of these new in this run | findings |',
    '|---|---|---:|---:|---:|---:|---:|',
    ...rows.map(
      (row) =>
        `| \`${row.name}\` | ${row.about} | ${number(row.executions)} | ${number(Math.round(row.seconds))} | ${number(row.outcomes)} | ${number(row.fresh)} | ${row.findings} |`,
    ),
    `| all | | ${number(sum('executions'))} | ${number(Math.round(sum('seconds')))} | ${number(sum('outcomes'))} | ${number(sum('fresh'))} | ${sum('findings')} |`,
    '',
    ...(findings.length === 0
      ? ['Nothing was found in this run.']
      : findings.flatMap(({ target, message, hex, times }) => [
          `- \`${target}\`, ${times} times: ${message}`,
          `  - input \`${hex.slice(0, 600)}\``,
        ])),
    '',
  ].join('\n');
}

function git(...args) {
  try {
    return execFileSync('git', args, { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
