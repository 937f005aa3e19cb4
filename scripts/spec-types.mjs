#!/usr/bin/env node
// Writes lib/model/spec.ts and lib/constructs/props.ts, the fabric as people write it and as constructs take it, from
// the schema: npm run types:spec
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
// From the sources, as these need not compile while the types lag behind the schema; within the repository, so that zod
// is found.
const folder = mkdtempSync(join(ROOT, 'node_modules/.spec-types-'));
try {
  const built = join(folder, 'spec-types.cjs');
  require('esbuild').buildSync({
    entryPoints: [join(ROOT, 'lib/cli/pages/spec-types.ts')],
    outfile: built,
    bundle: true,
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
  const { specTypes, propsTypes } = require(built);
  writeFileSync(join(ROOT, 'lib/model/spec.ts'), specTypes());
  writeFileSync(join(ROOT, 'lib/constructs/props.ts'), propsTypes());
} finally {
  rmSync(folder, { recursive: true });
}
