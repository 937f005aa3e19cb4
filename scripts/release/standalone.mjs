// The provider as one executable with Node.js in it, for machines that have none. Node.js 24 is the newest whose binary
// needs nothing beyond glibc 2.28 and libstdc++; that of 26 needs libatomic1, which images of CI runners lack.
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { elfMachine } from '../elf.mjs';
import { fromNpm } from '../from-npm.mjs';

export const NODE_VERSION = '24.22.3';

/** By Terraform's name of an architecture. */
export const NODES = {
  amd64: {
    cpu: 'x64',
    integrity: 'sha512-KHsob+Fv9YerATvYujMbiyJqnRCvLtrcr/eTNqRqiOSGp97EOiRP1yP47+knGgQ/xnc3XY8xzkW587dlZzNqRA==',
  },
  arm64: {
    cpu: 'arm64',
    integrity: 'sha512-IZx0J52/1NDwAsY2iyWR9nlPIYuYviTWetjj8+ElvYQh2+XRhLfCfkbFEF/2O5vGI2hcUbyPNHV+nz342FbJXw==',
  },
};

/** What puts a blob into an executable, as the documentation of Node.js has it. */
const POSTJECT = {
  name: 'postject',
  version: '1.0.0-alpha.6',
  integrity: 'sha512-b9Eb8h2eVqNE8edvKdwqkrY6O7kAwmI8kcnBv1NScolYJbo59XUF0noFq+lxbC1yN20bmC0WBEbDC5H/7ASb0A==',
};
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
const INJECT = `
const [api, file, blob] = process.argv.slice(1);
require(api).inject(file, 'NODE_SEA_BLOB', require('node:fs').readFileSync(blob), { sentinelFuse: '${FUSE}' });`;

export const STANDALONE = Object.keys(NODES);

const nodeOf = ({ cpu, integrity }, scratch) =>
  fromNpm({ name: `node-linux-${cpu}`, version: NODE_VERSION, integrity }, scratch);

/** The licence of the Node.js inside. */
export const nodeLicence = (scratch) => readFileSync(join(nodeOf(NODES.amd64, scratch), 'LICENSE'));

/** The octets of an executable for each architecture, made of the provider's script in a scratch folder. */
export function standaloneProviders(script, scratch) {
  const here = Object.values(NODES).find(({ cpu }) => cpu === process.arch);
  if (process.platform !== 'linux' || !here)
    throw new Error(
      `a release is made on Linux, on ${STANDALONE.join(' or ')}: only there Node.js ${NODE_VERSION} runs`,
    );
  const at = (name) => join(scratch, name);
  writeFileSync(at('main.js'), withoutShell(readFileSync(script, 'utf8')));
  const config = {
    // Relative: the blob has the path in it.
    main: 'main.js',
    output: 'provider.blob',
    disableExperimentalSEAWarning: true,
    // Both would be of this machine's architecture.
    useCodeCache: false,
    useSnapshot: false,
  };
  writeFileSync(at('sea.json'), JSON.stringify(config));
  execFileSync(join(nodeOf(here, scratch), 'bin/node'), ['--experimental-sea-config', 'sea.json'], {
    cwd: scratch,
    stdio: 'pipe',
  });
  return Object.fromEntries(
    Object.entries(NODES).map(([arch, node]) => [
      arch,
      executable({ node, file: at(arch), blob: at(config.output), scratch }),
    ]),
  );
}

function executable({ node, file, blob, scratch }) {
  copyFileSync(join(nodeOf(node, scratch), 'bin/node'), file);
  execFileSync(process.execPath, ['-e', INJECT, join(fromNpm(POSTJECT, scratch), 'dist/api.js'), file, blob], {
    stdio: 'pipe',
  });
  if (elfMachine(file) !== node.cpu) throw new Error(`node-linux-${node.cpu} has a program for ${elfMachine(file)}`);
  return readFileSync(file);
}

/** The script without the lines by which a shell looks for Node.js. */
function withoutShell(script) {
  const start = script.indexOf('"use strict"');
  if (!script.startsWith('#!/bin/sh\n') || start < 0 || start > 1000)
    throw new Error('the provider has not the head that scripts/bundle-provider.mjs gives it');
  return script.slice(start);
}
