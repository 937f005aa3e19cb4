#!/usr/bin/env node
// Writes NOTICE: the licence of every package that a product of Peerform has in it, with the text that it demands to be
// passed on. Usage: notice.mjs [--print]. With --print, to standard output.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundledPackages, licenceText, lookUp, nativeName, packageIn, productionPackages } from './production.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const LINE = '-'.repeat(100);

/** The licences of some packages, one below the other. */
export const licences = (packages) =>
  packages
    .map((one) => `${LINE}\n${one.title ?? `${one.name} ${one.version}`} (${one.license})\n\n${licenceText(one)}\n`)
    .join('\n');

/** The whole of NOTICE. */
export function notice() {
  const installed = lookUp(root, root, nativeName(process.arch));
  if (!installed) throw new Error(`${nativeName(process.arch)} is not installed: run npm install`);
  const native = packageIn(installed);
  const others = [...bundledPackages(root), ...productionPackages(root)].sort((a, b) => (a.name < b.name ? -1 : 1));
  const packages = [{ ...native, title: `${nativeName('*')} ${native.version}` }, ...others];
  return `Peerform
Copyright the authors of Peerform

Licensed under the Apache License, Version 2.0 (LICENSE).

The Debian package, the container image and the Terraform provider have the packages below in them. A provider for Linux that
comes from a registry also has Node.js in it, with its licence as LICENSE.node beside it.
This file is written by scripts/notice.mjs.

${licences(packages)}`;
}

if (argv[1] && import.meta.url === pathToFileURL(argv[1]).href) {
  if (argv.includes('--print')) process.stdout.write(notice());
  else writeFileSync(join(root, 'NOTICE'), notice());
}
