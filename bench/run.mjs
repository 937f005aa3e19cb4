#!/usr/bin/env node
// Compares BGP daemons on this machine: npm run bench -- [--daemon bird,peerform] [--debian trixie,sid]
//   [--scenario load,own,…] [--size 10k,100k,1M] [--neighbours N] [--growth] [--wide] [--reps N] [--report FILE]
//   [--no-build] [--help]
// Needs root, Linux, iproute2 and taskset. See bench/README.md.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BIRD2, debianTree } from '../scripts/debian-tree.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const { buildSync } = createRequire(import.meta.url)('esbuild');
const flags = process.argv.slice(2);

if (flags.includes('--help')) {
  console.log(`npm run bench -- [options]
  --daemon NAMES     bird, frr, openbgpd, gobgp, peerform. Default: all that are installed
  --debian RELEASES  also the daemons of these releases, such as trixie,sid, from trees of their files
  --scenario NAMES   load, own, fib, fanout10, fanout50, ipv6, reflector, sessions, herd. Default: all
  --growth           how costs grow with size: 1k to 1M routes, 1 to 1000 neighbours; load, own, sessions
  --size SIZES       such as 10k,100k,1M. Default: those of each scenario
  --neighbours N     number of neighbours of sessions and herd, and of clients of reflector. Default: 1000
  --hold SECONDS     hold time of all sessions. Default: 240
  --patience SECONDS maximum time of a daemon for a table, estimated from its time for a smaller one. Default: 120
  --wide             daemons on both cores, which they share with their neighbours, not on one
  --reps N           number of runs; the table shows medians
  --report FILE      also writes the table there
  --no-build         measures dist as it is`);
  process.exit(0);
}
if (process.platform !== 'linux' || process.getuid() !== 0) {
  console.error('the bench creates network namespaces: it needs Linux and root');
  process.exit(1);
}
if (!flags.includes('--no-build')) execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' });

const built = mkdtempSync(join(tmpdir(), 'peerform-bench-program-'));
let status = 1;
try {
  const entryPoints = ['main', 'traffic', 'pauses'].map((name) => join(ROOT, 'bench', 'speakers', `${name}.ts`));
  buildSync({ entryPoints, outdir: built, bundle: true, platform: 'node', logLevel: 'error' });
  const rest = flags.filter((flag) => flag !== '--no-build');
  const at = rest.indexOf('--debian');
  const [, releases = ''] = at < 0 ? [] : rest.splice(at, 2);
  const trees = releases
    .split(',')
    .filter(Boolean)
    .map((release) => {
      const folder = debianTree(release);
      return { release, folder, ...(existsSync(join(folder, BIRD2)) && { bird2: BIRD2 }) };
    });
  rest.push('--trees', JSON.stringify(trees));
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {}); // the bench itself ends in order
  // The first core is the daemon's: to count a million routes of the kernel keeps a core for a fifth of a second.
  const aside = cpus().length > 1 ? ['taskset', '-c', `1-${cpus().length - 1}`] : [];
  const [file, ...args] = [...aside, process.execPath, join(built, 'main.js'), '--program', join(built, 'traffic.js')];
  ({ status } = spawnSync(file, [...args, ...rest], { cwd: ROOT, stdio: 'inherit' }));
} finally {
  rmSync(built, { recursive: true, force: true });
}
process.exit(status ?? 1);
