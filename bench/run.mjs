#!/usr/bin/env node
// Compares BGP daemons on this machine: npm run bench -- [--daemon bird,peerform] [--scenario load,own,…] [--size 10k,100k,1M] [--neighbours N]
//   [--reps N] [--report FILE] [--no-build] [--help]
// Needs root, Linux, iproute2 and taskset. See bench/README.md.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const { buildSync } = createRequire(import.meta.url)('esbuild');
const flags = process.argv.slice(2);

if (flags.includes('--help')) {
  console.log(`npm run bench -- [options]
  --daemon NAMES     of bird, frr, openbgpd, gobgp, peerform; all that are installed unless given
  --scenario NAMES   of load, own, fib, fanout10, fanout50, ipv6, sessions, herd; all unless given
  --size SIZES       such as 10k,100k,1M; those of each scenario unless given
  --neighbours N     of sessions and herd; 1000 unless given
  --hold SECONDS     hold time of all sessions; 240 unless given
  --patience SECONDS how long a daemon may take with a table, judging by what it took with a smaller one; 120 unless given
  --reps N           how often everything is run; the table shows medians
  --report FILE      writes the table there too
  --no-build         measures what is in dist as it is`);
  process.exit(0);
}
if (process.platform !== 'linux' || process.getuid() !== 0) {
  console.error('the bench makes network namespaces: it needs Linux and root');
  process.exit(1);
}
if (!flags.includes('--no-build')) execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' });

const built = mkdtempSync(join(tmpdir(), 'peerform-bench-program-'));
let status = 1;
try {
  const entryPoints = ['main', 'traffic', 'pauses'].map((name) => join(ROOT, 'bench', 'speakers', `${name}.ts`));
  buildSync({ entryPoints, outdir: built, bundle: true, platform: 'node', logLevel: 'error' });
  const rest = flags.filter((flag) => flag !== '--no-build');
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {}); // the bench itself ends in order
  // The first core is the daemon's: to count a million routes of the kernel keeps a core for a fifth of a second.
  const aside = cpus().length > 1 ? ['taskset', '-c', `1-${cpus().length - 1}`] : [];
  const [file, ...args] = [...aside, process.execPath, join(built, 'main.js'), '--program', join(built, 'traffic.js')];
  ({ status } = spawnSync(file, [...args, ...rest], { cwd: ROOT, stdio: 'inherit' }));
} finally {
  rmSync(built, { recursive: true, force: true });
}
process.exit(status ?? 1);
