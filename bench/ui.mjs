#!/usr/bin/env node
// From an event at an agent to the picture of peerform ui: npm run bench:ui -- [--nodes 200] [--events 100] [--report
// FILE]
// Exits with 1 where the median to the page is over the aim. With chromium it is measured in the page, too. See
// bench/README.md.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const { buildSync } = createRequire(import.meta.url)('esbuild');

execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' });
const built = mkdtempSync(join(ROOT, 'dist', 'bench-ui-'));
let status = 1;
try {
  buildSync({
    entryPoints: ['main', 'fleet'].map((name) => join(ROOT, 'bench', 'ui', `${name}.ts`)),
    outdir: built,
    bundle: true,
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
  ({ status } = spawnSync(
    process.execPath,
    [join(built, 'main.js'), '--programs', built, '--root', ROOT, ...process.argv.slice(2)],
    { stdio: 'inherit' },
  ));
} finally {
  rmSync(built, { recursive: true, force: true });
}
process.exit(status ?? 1);
