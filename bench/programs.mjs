// Bundles the programs of a bench that are in TypeScript, and runs the first one.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const { buildSync } = createRequire(import.meta.url)('esbuild');

/**
 * Builds dist/, and runs the program `main` of a folder of benches with the arguments of this process and
 * `--programs`, where the others of `names` are beside it. Ends this process with its exit code. `below`: they look for
 * package.json as the files of lib do that lie in a room's folder, a level deeper than those of the room itself.
 */
export function runBench(name, names, below = '.') {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' });
  // Within dist, so that the programs find cdktf in node_modules and the bundled provider beside them.
  const built = mkdtempSync(join(ROOT, 'dist', `bench-${name}-`));
  const programs = join(built, below);
  let status = 1;
  try {
    buildSync({
      entryPoints: ['main', ...names].map((one) => join(ROOT, 'bench', name, `${one}.ts`)),
      outdir: programs,
      bundle: true,
      platform: 'node',
      packages: 'external',
      logLevel: 'error',
    });
    const args = [join(programs, 'main.js'), '--programs', programs, '--root', ROOT, ...process.argv.slice(2)];
    ({ status } = spawnSync(process.execPath, args, { stdio: 'inherit' }));
  } finally {
    rmSync(built, { recursive: true, force: true });
  }
  process.exit(status ?? 1);
}
