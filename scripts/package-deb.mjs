#!/usr/bin/env node
// Makes the Debian package of the agent, peerform-agent_VERSION_ARCH.deb, with what npm installs for production and
// nothing but dpkg-deb. Usage: package-deb.mjs [--arch ARCH] [OUTPUT FOLDER]. ARCH is Debian's name of a machine;
// default: this one. Default folder: build/. The same sources give the same octets.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { elfMachine } from './elf.mjs';
import { fromNpm } from './from-npm.mjs';
import { notice } from './notice.mjs';
import { lookUp, nativeName, nativePart, productionPackages } from './production.mjs';
import { settle } from './settle.mjs';
import { build, root } from './setup.mjs';
import { sourceDate } from './source-date.mjs';
import { printUsage } from './usage.mjs';

/** Debian's names of the machines that koffi has a prebuilt library for. */
const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64', riscv64: 'riscv64', loong64: 'loong64' };

/** Where Debian's shells look for the completions of a package. */
const COMPLETION = {
  bash: 'usr/share/bash-completion/completions/peerform',
  zsh: 'usr/share/zsh/vendor-completions/_peerform',
  fish: 'usr/share/fish/vendor_completions.d/peerform.fish',
};

/** What a program needs to run; no types, maps, sources and pages. */
const NEEDED = new Set(['.js', '.cjs', '.mjs', '.json', '.node']);
const isNeeded = (path) =>
  statSync(path).isDirectory()
    ? !/^(musl_\w+|tests?|benchmarks?|\.bin|\.github)$/.test(basename(path))
    : NEEDED.has(extname(path)) || /^(licen[cs]e|notice$)/i.test(basename(path));

printUsage(import.meta.url);
build();
const require = createRequire(join(root, 'dist/index.js'));
const { MONITOR_GROUP, SERVICE, SERVICE_USER, SERVICE_FILES, serviceUnit } = require('./agent/host/service-unit.js');
const { BFD_SERVICE, BFD_UNITS, bfdUnit } = require('./agent/host/bfd-unit.js');
const { OWN_PROTOCOL } = require('./kernel/codec/route-protocol.js');
const MAINTAINER = 'Peerform maintainers <maintainers@peerform.invalid>';
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const {
  values: { arch: architecture = ARCHITECTURES[process.arch] },
  positionals: [folder],
} = parseArgs({ options: { arch: { type: 'string' } }, allowPositionals: true });
const cpu = Object.keys(ARCHITECTURES).find((name) => ARCHITECTURES[name] === architecture);
if (!cpu)
  throw new Error(
    `there is no Debian package for ${architecture ?? process.arch}: --arch is one of ${Object.values(ARCHITECTURES).join(', ')}`,
  );
const version = manifest.version.replace(/-/g, '~'); // a pre-release comes before its release
const output = resolve(folder ?? join(root, 'build'));
const scratch = mkdtempSync(join(tmpdir(), 'peerform-deb-'));
const stage = join(scratch, 'stage');
try {
  program(join(stage, 'usr/lib/peerform'));
  mkdirSync(join(stage, 'usr/bin'), { recursive: true });
  symlinkSync('../lib/peerform/dist/cli/main.js', join(stage, 'usr/bin/peerform'));
  write(SERVICE_FILES.packagedUnit, serviceUnit('/usr/bin/peerform'));
  write(BFD_UNITS.packagedUnit, bfdUnit('/usr/bin/peerform'));
  const epoch = sourceDate(root);
  const doc = `usr/share/doc/${SERVICE}`;
  write(`${doc}/copyright`, copyright());
  write(`${doc}/NOTICE.gz`, gzipSync(notice(), { level: 9 }));
  write(`${doc}/changelog.gz`, gzipSync(changelog(epoch), { level: 9 }));
  write(`${doc}/NEWS.md.gz`, gzipSync(readFileSync(join(root, 'CHANGELOG.md')), { level: 9 }));
  await manualAndCompletion();
  for (const name of readdirSync(join(root, 'packaging/prometheus')))
    write(`usr/share/peerform/prometheus/${name}`, readFileSync(join(root, 'packaging/prometheus', name)));
  const values = {
    USER: SERVICE_USER,
    WATCHERS: MONITOR_GROUP,
    SERVICE,
    BFD: BFD_SERVICE,
    STATE: SERVICE_FILES.state,
    CACHE: SERVICE_FILES.cache,
    SETTINGS: SERVICE_FILES.settings,
    NETWORKD: SERVICE_FILES.networkd,
    PROTOCOL: OWN_PROTOCOL,
  };
  for (const name of readdirSync(join(root, 'packaging/debian')))
    write(`DEBIAN/${name}`, filled(readFileSync(join(root, 'packaging/debian', name), 'utf8'), values), 0o755);
  write('DEBIAN/md5sums', md5sums());
  write('DEBIAN/control', control());
  settle(stage, epoch);
  mkdirSync(output, { recursive: true });
  const file = join(output, `${SERVICE}_${version}_${architecture}.deb`);
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', '-Zxz', stage, file], {
    env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  console.log(file);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** The program with what it needs, as npm lays it out. */
function program(folder) {
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true, filter: isNeeded });
  const { name, version, type, license } = manifest;
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ name, version, type, license }, null, 2)}\n`);
  const copy = (from, to) => cpSync(from, join(folder, to), { recursive: true, filter: (file) => isNeeded(file) });
  for (const { folder: path } of productionPackages(root)) copy(path, path.slice(root.length + 1));
  const native = join('node_modules', nativeName(cpu));
  // npm installs the part of this machine only.
  copy(
    (cpu === process.arch && lookUp(root, root, nativeName(cpu))) || fromNpm(nativePart(root, cpu), scratch),
    native,
  );
  for (const path of readdirSync(join(folder, native), { recursive: true }).filter((one) => one.endsWith('.node'))) {
    const machine = elfMachine(join(folder, native, path));
    if (machine !== cpu)
      throw new Error(`${nativeName(cpu)}/${path} is for ${machine ?? 'no machine known here'}, not ${cpu}`);
  }
  chmodSync(join(folder, 'dist/cli/main.js'), 0o755);
}

/** What `man` and the shells look for, written from the commands. */
async function manualAndCompletion() {
  const { programOf } = require('./cli/program.js');
  const { SCRIPTS } = require('./cli/command/completion.js');
  const { placesOf } = require('./cli/completion/places.js');
  const places = placesOf(await programOf());
  for (const [shell, path] of Object.entries(COMPLETION)) write(path, SCRIPTS[shell](places));
  const pages = join(root, 'dist/man');
  for (const name of readdirSync(pages))
    write(`usr/share/man/man1/${name}.gz`, gzipSync(readFileSync(join(pages, name)), { level: 9 }));
}

/** As Debian's policy has it (12.5): the text of this license is on every Debian already. */
function copyright() {
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: ${manifest.name}

Files: *
Copyright: the authors of Peerform
License: Apache-2.0

Files: usr/lib/peerform/node_modules/*
Copyright: the authors of each package, as NOTICE.gz says
License: as-the-package-says

License: Apache-2.0
 On Debian systems the text of the Apache License, version 2.0, is in
 /usr/share/common-licenses/Apache-2.0.

License: as-the-package-says
 The license of each package is in NOTICE.gz, beside this file.
`;
}

/** What Debian's tools read; what is new is told in NEWS.md. */
function changelog(epoch) {
  const date = new Date(epoch * 1000).toUTCString().replace('GMT', '+0000');
  return `${SERVICE} (${version}) unstable; urgency=medium

  * What is new: /usr/share/doc/${SERVICE}/NEWS.md.gz

 -- ${MAINTAINER}  ${date}
`;
}

/** What `dpkg --verify` and debsums compare. */
function md5sums() {
  const entries = readdirSync(stage, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(stage.length + 1));
  return paths
    .filter((path) => !path.startsWith('DEBIAN/'))
    .sort()
    .map(
      (path) =>
        `${createHash('md5')
          .update(readFileSync(join(stage, path)))
          .digest('hex')}  ${path}\n`,
    )
    .join('');
}

function control() {
  const size = Number(execFileSync('du', ['-sk', stage], { encoding: 'utf8' }).split('\t')[0]);
  return `Package: ${SERVICE}
Version: ${version}
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
${manifest.homepage ? `Homepage: ${manifest.homepage}\n` : ''}Installed-Size: ${size}
Depends: nodejs (>= 20), libc6, init-system-helpers (>= 1.54), passwd
Recommends: iproute2
Suggests: openssh-server
Section: net
Priority: optional
Description: BGP networks as code: the agent of a node, and the command line
 The agent speaks BGP for one Linux machine and keeps its kernel routes equal to
 what BGP chose. A fabric is deployed to it as one transaction; when the agent
 stops, restarts or is upgraded, routes stay and sessions restart gracefully.
`;
}

function write(path, content, mode = 0o644) {
  const file = join(stage, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content, { mode });
}

function filled(text, values) {
  return text.replace(/@([A-Z]+)@/g, (_, name) => String(values[name]));
}
