#!/usr/bin/env node
// How synth, plan and apply grow with the fabric: npm run bench:scale -- [--nodes 10,100,1000,5000] [--report FILE]
// Needs the terraform binary. Exits with 1 where a bound is missed. See bench/README.md.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const { buildSync } = createRequire(import.meta.url)('esbuild');

execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' });
// Within dist, so that the programs find cdktf in node_modules and the bundled provider beside them.
const built = mkdtempSync(join(ROOT, 'dist', 'bench-scale-'));
let status = 1;
try {
  buildSync({
    entryPoints: ['main', 'fleet', 'synth'].map((name) => join(ROOT, 'bench', 'scale', `${name}.ts`)),
    outdir: built,
    bundle: true,
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
  ({ status } = spawnSync(
    process.execPath,
    [join(built, 'main.js'), '--programs', built, '--root', ROOT, ...process.argv.slice(2)],
    {
      stdio: 'inherit',
    },
  ));
} finally {
  rmSync(built, { recursive: true, force: true });
}
process.exit(status ?? 1);
