#!/usr/bin/env node
// A fleet over etcd: npm run bench:fleet -- [--nodes 5000] [--report FILE] [--profile FOLDER]
// Needs etcd and openssl. Exits with 1 where an aim is missed. See bench/README.md.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const { buildSync } = createRequire(import.meta.url)('esbuild');

execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' });
const built = mkdtempSync(join(ROOT, 'dist', 'bench-fleet-'));
const programs = join(built, 'fleet'); // as deep as lib's files, which look for package.json
let status = 1;
try {
  buildSync({
    entryPoints: ['main', 'agents', 'provider'].map((name) => join(ROOT, 'bench', 'fleet', `${name}.ts`)),
    outdir: programs,
    bundle: true,
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
  ({ status } = spawnSync(
    process.execPath,
    [join(programs, 'main.js'), '--programs', programs, ...process.argv.slice(2)],
    {
      stdio: 'inherit',
    },
  ));
} finally {
  rmSync(built, { recursive: true, force: true });
}
process.exit(status ?? 1);
