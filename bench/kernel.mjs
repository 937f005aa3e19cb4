#!/usr/bin/env node
// What lies between BGP and the kernel, measured: npm run bench:kernel -- [--part NAMES] [--size 1M] [--reps N]
// [--daemon NAMES] [--debian RELEASES] [--wide] [--no-build]
// Needs root, Linux, iproute2, util-linux and taskset. See bench/README.md.
import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const { buildSync } = createRequire(import.meta.url)('esbuild');
const { values } = parseArgs({
  options: {
    part: { type: 'string' },
    size: { type: 'string', default: '1M' },
    reps: { type: 'string', default: '3' },
    daemon: { type: 'string', default: 'bird,frr,peerform' },
    debian: { type: 'string' },
    wide: { type: 'boolean', default: false },
    'no-build': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const size = String(Number.parseFloat(values.size) * ({ k: 1e3, M: 1e6 }[values.size.at(-1)] ?? 1));
const PINNED = cpus().length > 1 ? ['taskset', '-c', '0'] : [];
const ALONE = [...PINNED, 'unshare', '--net', 'nice', '-n', '-20', process.execPath];
const program = (name) => join(ROOT, 'dist', `bench-${name}.js`); // beside the node_modules that has koffi

/** Each part, and the command that measures it. */
const PARTS = {
  daemons: [
    process.execPath,
    join(ROOT, 'bench/run.mjs'),
    '--no-build',
    '--daemon',
    values.daemon,
    '--scenario',
    'fib',
    '--size',
    values.size,
    '--reps',
    values.reps,
    ...(values.debian === undefined ? [] : ['--debian', values.debian]),
    ...(values.wide ? ['--wide'] : []),
  ],
  bare: [...ALONE, program('bare'), size],
  routes: [...ALONE, program('routes'), size, 'real'],
  failover: [...ALONE, program('routes'), '1000', 'real'],
  ipv6: [...ALONE, program('routes'), String(Number(size) / 5), 'ipv6'],
  workload: [process.execPath, program('workload'), '1000'],
  links: [process.execPath, program('links'), '500', '300'],
};
const chosen = values.part?.split(',') ?? Object.keys(PARTS);
if (values.help || chosen.some((part) => !PARTS[part])) {
  console.log(`npm run bench:kernel -- [options]
  --part NAMES   ${Object.keys(PARTS).join(', ')}. Default: all
  --size SIZE    number of routes; ipv6 has a fifth of them. Default: 1M
  --reps N       number of runs of the daemons; the table shows medians. Default: 3
  --daemon NAMES the daemons. Default: bird,frr,peerform
  --debian NAMES also the daemons of these releases, such as trixie,sid
  --wide         daemons on both cores, not on one
  --no-build     measures dist as it is`);
  process.exit(values.help ? 0 : 2);
}
if (process.platform !== 'linux' || process.getuid() !== 0) {
  console.error('the bench creates network namespaces: it needs Linux and root');
  process.exit(1);
}
if (!values['no-build']) execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' });

const names = ['bare', 'routes', 'workload', 'links'];
let failed = false;
try {
  for (const name of names)
    buildSync({
      entryPoints: [join(ROOT, 'bench', 'kernel', `${name}.ts`)],
      outfile: program(name),
      bundle: true,
      platform: 'node',
      external: ['@koromix/*'],
      logLevel: 'error',
    });
  for (const part of chosen) {
    console.log(`\n${part}`);
    const [file, ...args] = PARTS[part];
    failed = spawnSync(file, args, { cwd: ROOT, stdio: 'inherit' }).status !== 0 || failed;
  }
} finally {
  for (const name of names) rmSync(program(name), { force: true });
}
process.exit(failed ? 1 : 0);
