#!/usr/bin/env node
// Records what this version writes, for the versions that come after it: what Terraform and the agents have after the
// quickstart was deployed in a lab, from HCL and from constructs. Usage: record-version.mjs [FOLDER]. Default:
// test/fixtures/released/VERSION. Run it before a tag is set; test/house/released.test.ts reads all of them.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { makeProject } from './quickstart-project.mjs';
import { build, packages, root, terraform } from './setup.mjs';
import { printUsage } from './usage.mjs';

printUsage(import.meta.url);
packages();
terraform();
build();
const require = createRequire(import.meta.url);
const dist = (path) => require(join(root, 'dist', path));
const { up } = dist('lab/up.js');
const { readFabricFile } = dist('cli/fabric-file.js');
const { ProviderPackage } = dist('provider/package.js');
const { placeProvider } = dist('provider/package/place.js');

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const target = resolve(process.argv[2] ?? join(root, 'test/fixtures/released', version));
const scratch = mkdtempSync(join(tmpdir(), 'record-'));
const stack = join(scratch, 'stack');
const lab = join(scratch, 'l'); // short: sockets are below it
const env = { ...process.env, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_CLI_CONFIG_FILE: '/dev/null' };
const run = (cwd, program, ...args) =>
  execFileSync(program, args, {
    cwd,
    env: { ...env, PEERFORM_LAB: lab },
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    stdio: ['ignore', 'pipe', 'inherit'],
  });

let running;
try {
  mkdirSync(stack);
  const source = readFileSync(join(root, 'examples/hcl/main.tf'), 'utf8');
  // Under a version of three numbers, as a release has it.
  const script = readFileSync(join(root, 'dist/provider/bundle.js'));
  placeProvider(ProviderPackage.of(script, version, true), stack);
  writeFileSync(join(stack, 'main.tf'), source);
  run(stack, 'terraform', 'init');
  run(stack, 'terraform', 'plan', `-var=lab=${lab}`, '-out=plan.bin');
  writeFileSync(join(stack, 'plan.json'), run(stack, 'terraform', 'show', '-json', 'plan.bin'));
  const { fabric } = readFabricFile(join(stack, 'plan.json'));
  running = await up({ fabric, name: `record-${process.pid}`, folder: lab, agents: 'idle' });
  run(stack, 'terraform', 'apply', '-auto-approve', `-var=lab=${lab}`);
  // What is of this machine, as every user could have it.
  const project = join(root, '.peerform', `record-${process.pid}`);
  const settled = (text) =>
    text
      .replace(/(?<="private": ")[^"]+/g, (encoded) => btoa(settled(atob(encoded))))
      .replaceAll(project, '/srv/network')
      .replaceAll(lab, '/run/peerform/lab/quickstart')
      .replaceAll(`${userInfo().username}@${hostname()}:${stack}`, 'deploy@runner:/srv/network');
  const copy = (from, to) => writeFileSync(join(target, to), settled(readFileSync(from, 'utf8')));
  rmSync(target, { recursive: true, force: true });
  mkdirSync(join(target, 'agent/releases'), { recursive: true });
  copy(join(stack, 'main.tf'), 'main.tf');
  copy(join(stack, 'terraform.tfstate'), 'terraform.tfstate');
  const state = join(lab, 'node1/state');
  copy(join(state, 'state.json'), 'agent/state.json');
  for (const name of readdirSync(join(state, 'releases')))
    copy(join(state, 'releases', name), `agent/releases/${name}`);
  try {
    makeProject(project);
    run(project, 'npx', 'cdktf', 'synth');
    copy(join(project, 'cdktf.out/stacks/quickstart/cdk.tf.json'), 'cdk.tf.json');
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
  const { publicNames } = await import('./public-names.mjs');
  writeFileSync(join(target, 'names.json'), `${JSON.stringify(await publicNames(), null, 1)}\n`);
  run(root, 'node_modules/.bin/biome', 'check', '--write', target); // as lint wants it
  console.log(`version ${version} is recorded in ${target}`);
} finally {
  await running?.down();
  rmSync(scratch, { recursive: true, force: true });
}
