#!/usr/bin/env node
// Bundles the Terraform provider into one self-contained script, which the zip for Terraform holds, and writes
// bundle.json beside it. Usage: bundle-provider.mjs [--release] [OUTPUT]. Default output: dist/provider/bundle.js.
// With it are the licences that are passed on. Without --release the version gets a suffix from the bytes.
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { englishOnly, withLicences } from './bundle-plugins.mjs';

const NEEDS_NODE = "Peerform's Terraform provider needs Node.js 20 or later";
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const isRelease = process.argv.includes('--release');
const outfile = process.argv.slice(2).find((arg) => !arg.startsWith('-')) ?? join(root, 'dist/provider/bundle.js');

const contains = [];

await build({
  absWorkingDir: root,
  entryPoints: ['lib/provider/main.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  mainFields: ['module', 'main'],
  minify: true,
  keepNames: true,
  legalComments: 'none',
  plugins: [englishOnly, withLicences(root, contains)],
  metafile: true,
  // gRPC loads it for statistics that are switched off (lib/control/etcd/connection.ts); it is half of gRPC's size.
  external: ['@grpc/proto-loader'],
  // Terraform shows the first line that is no handshake. For sh the second line looks for Node.js; for Node.js it is a
  // text and a comment.
  banner: {
    js: `#!/bin/sh
':' //; command -v node >/dev/null || { echo "${NEEDS_NODE}, and there is no node on the PATH"; exit 1; }; exec node "$0" "$@"
if (parseInt(process.versions.node) < 20) { console.log("${NEEDS_NODE}, and " + process.execPath + " is " + process.version); process.exit(1); }`,
  },
});
chmodSync(outfile, 0o755);
for (const name of ['LICENSE', 'NOTICE']) copyFileSync(join(root, name), join(dirname(outfile), name));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
writeFileSync(join(dirname(outfile), 'bundle.json'), `${JSON.stringify({ version, isRelease, contains })}\n`);
