#!/usr/bin/env node
// Makes all that a release publishes from a tag, and nothing else than what the tag says: the same tag gives the same
// octets. Usage:
//   release.mjs --tag v0.1.0 [--key KEY] [--repository URL] [--out FOLDER]
//   release.mjs --rehearsal  …   the same with the files of this checkout, for trying it
// KEY is what gpg knows a secret key by (GNUPGHOME as usual), URL where the sources are published, which npm's
// provenance compares. Default folder: build/release. docs/releases.md says what is done with the result.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checksums, registryLayout } from './release/registry.mjs';
import { billsOfMaterials } from './release/sbom.mjs';
import { checkKey } from './release/signature.mjs';
import { releaseSource } from './release/source.mjs';
import { settle } from './settle.mjs';
import { root } from './setup.mjs';
import { printUsage } from './usage.mjs';

/** The architectures of Debian packages, and what Node.js calls them. */
const DEBS = { amd64: 'x64', arm64: 'arm64' };

printUsage(import.meta.url);
const { values: options } = parseArgs({
  options: {
    tag: { type: 'string' },
    rehearsal: { type: 'boolean' },
    key: { type: 'string' },
    repository: { type: 'string' },
    out: { type: 'string', default: join(root, 'build/release') },
  },
});

function release({ tag, rehearsal = false, key, repository, out }) {
  if ((tag === undefined) !== rehearsal) throw new Error('say which release: --tag v0.1.0, or --rehearsal to try one');
  if (repository !== undefined && !/^https:\/\/.*[^/]$/.test(repository))
    throw new Error(
      `"${repository}" is not the address of a repository. Write one like https://github.com/NAME/NAME, without a slash at its end.`,
    );
  // An earlier release is replaced, and nothing else that somebody may have there.
  if (existsSync(out) && readdirSync(out).length > 0 && !existsSync(join(out, 'SHA256SUMS')))
    throw new Error(`${out} has other files in it, and they would be lost: name a new folder with --out`);
  for (const program of ['git', 'npm', 'tar', 'dpkg-deb', 'du', ...(key === undefined ? [] : ['gpg'])])
    if (!isOnPath(program)) throw new Error(`${program} is not installed, and a release is not made without it`);
  const scratch = mkdtempSync(join(tmpdir(), 'peerform-release-'));
  let made;
  try {
    if (key !== undefined) checkKey(key, scratch);
    const source = releaseSource({ root, tag, repository, folder: join(scratch, 'src') });
    // Aside, on the same file system: an earlier release is replaced by a whole one, or not at all.
    mkdirSync(dirname(out), { recursive: true });
    made = mkdtempSync(`${out}.new-`);
    const count = fill(made, { source, scratch, key, repository });
    chmodSync(made, 0o755);
    rmSync(out, { recursive: true, force: true });
    renameSync(made, out);
    console.log(`version ${source.version}${rehearsal ? ', a rehearsal' : ''}: ${count} files in ${out}`);
    if (key === undefined)
      console.log('SHA256SUMS is not signed, which the Terraform Registry requires: name a key with --key');
  } finally {
    for (const folder of [scratch, made]) if (folder) rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes all files of a release in a folder; how many they are. */
function fill(folder, { source, scratch, key, repository }) {
  const inner = (name) => {
    mkdirSync(join(folder, name), { recursive: true });
    return join(folder, name);
  };
  const run = (command, ...args) =>
    execFileSync(command, args, {
      cwd: source.folder,
      env: source.env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  // First the registry: the package then knows the hashes of what it has.
  registryLayout({ source, out: inner('registry'), scratch, key, repository });
  settle(source.folder); // npm packs modes as they are
  run('npm', 'pack', '--silent', '--ignore-scripts', '--pack-destination', inner('npm'));
  const debs = Object.entries(DEBS).map(([arch, cpu]) => {
    const said = run(process.execPath, 'scripts/package-deb.mjs', '--arch', arch, inner('debian'));
    return { arch, cpu, file: basename(said.trim().split('\n').at(-1)) };
  });
  const registry = readdirSync(join(folder, 'registry')).filter((name) => name.endsWith('.zip'));
  for (const [file, bill] of Object.entries(billsOfMaterials({ source, debs, registry })))
    writeFileSync(join(inner('sbom'), `${file}.cdx.json`), `${JSON.stringify(bill, null, 2)}\n`);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1));
  const octets = Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path))]));
  writeFileSync(join(folder, 'SHA256SUMS'), checksums(octets));
  return paths.length + 1;
}

const isOnPath = (program) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));

process.umask(0o022); // the same octets and the same modes, whoever makes them
try {
  if (!existsSync(join(root, 'node_modules'))) throw new Error('the npm packages are not installed: run npm ci');
  release({ ...options, out: resolve(options.out) });
} catch (error) {
  console.error(`release: ${error.message}`);
  process.exit(1);
}
