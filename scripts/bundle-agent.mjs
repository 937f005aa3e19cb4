#!/usr/bin/env node
// Bundles `peerform agent` into one file, dist/cli/agent.js, and what starts it into another, dist/cli/main.js: to
// find, read and compile 650 modules takes longer than all else that an agent does until it listens. And gRPC, which
// the package is not to depend on (lib/control/etcd/grpc.ts), into dist/control/etcd/grpc.js.
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

/** gRPC is for etcd alone: an agent without it would read a third more code. It is a bundle of its own. */
const GRPC = 'control/etcd/grpc';
const withoutGrpc = {
  name: 'without-grpc',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/grpc$/ }, ({ importer }) =>
      dirname(importer) === join(root, 'lib', dirname(GRPC)) ? { path: `../${GRPC}`, external: true } : undefined,
    );
  },
};

/** Options of all bundles. Names stay, for stack traces. */
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
  external: ['@koromix/*'],
  plugins: [englishOnly, agentOnly, inPlace, withoutGrpc, withLicences(root)],
  metafile: true,
});
await build({
  ...options,
  outdir: undefined,
  outfile: join(root, `dist/${GRPC}.js`),
  entryPoints: [`lib/${GRPC}.ts`],
  // It is loaded for statistics alone, which are switched off (lib/control/etcd/connection.ts).
  external: ['@grpc/proto-loader'],
  allowOverwrite: true,
  plugins: [withLicences(root)],
  metafile: true,
});
await build({ ...options, entryPoints: ['lib/cli/main.ts'], external: ['@koromix/*', './run'], allowOverwrite: true });
