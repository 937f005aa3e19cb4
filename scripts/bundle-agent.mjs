#!/usr/bin/env node
// Bundles `peerform agent` into one file, dist/cli/agent.js, and what starts it into another, dist/cli/main.js: to
// find, read and compile 650 modules takes longer than all else that an agent does until it listens.
// Usage: bundle-agent.mjs
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { englishOnly, withLicences } from './bundle-plugins.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const entry = join(root, 'lib/cli/run.ts');

/** The other commands stay modules of their own, in the same places relative to the bundle. */
const agentOnly = {
  name: 'agent-only',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/command\// }, ({ path }) =>
      path === './command/agent' ? undefined : { path, external: true },
    );
  },
};

/** What a module finds beside itself is where it was before. */
const inPlace = {
  name: 'in-place',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]lib[\\/].*\.ts$/ }, ({ path }) => {
      const code = readFileSync(path, 'utf8');
      const folder = JSON.stringify(`/${relative(dirname(entry), dirname(path))}`);
      return { loader: 'ts', contents: code.replace(/\b__dirname\b/g, `(__dirname + ${folder})`) };
    });
  },
};

/** Options of both bundles. Names stay, for stack traces. */
const options = {
  absWorkingDir: root,
  outdir: join(root, 'dist/cli'),
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  mainFields: ['module', 'main'],
  supported: { 'dynamic-import': false },
  minifyWhitespace: true,
  lineLimit: 120,
  legalComments: 'none',
};

await build({
  ...options,
  entryPoints: { agent: entry },
  // gRPC is for etcd alone: an agent without it would read a third more code.
  external: ['@koromix/*', '@grpc/grpc-js'],
  plugins: [englishOnly, agentOnly, inPlace, withLicences(root)],
  metafile: true,
});
await build({ ...options, entryPoints: ['lib/cli/main.ts'], external: ['@koromix/*', './run'], allowOverwrite: true });
