#!/usr/bin/env node
// The names that docs/versions.md promises to keep, as JSON, from dist/: a list of strings, in order. Usage:
// public-names.mjs
import { createRequire } from 'node:module';

import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const { programOf } = require('../dist/cli/program.js');
const { EXIT } = require('../dist/cli/exit-codes.js');
const { PROVIDER } = require('../dist/provider/provider.js');
const { fabricShape } = require('../dist/model/shape.js');

/** Each command with its options, without those that are for development. */
function commandsOf(command, path = '') {
  return command.commands
    .filter((one) => one.name() !== 'debug' && one.name() !== 'help')
    .flatMap((one) => {
      const name = `${path}${one.name()}`;
      return [
        `command ${name}`,
        ...one.options.filter(({ hidden }) => !hidden).map(({ long }) => `option ${name} ${long}`),
        ...commandsOf(one, `${name} `),
      ];
    });
}

/** Each field of a fabric. */
function fieldsOf(shape, path = '') {
  if (shape.type === 'list') return fieldsOf(shape.item, path);
  if (shape.type === 'map') return fieldsOf(shape.item, path);
  if (shape.type !== 'object') return [];
  return Object.entries(shape.fields).flatMap(([name, field]) => [
    `field ${path}${name}`,
    ...fieldsOf(field.shape, `${path}${name}.`),
  ]);
}

/** All of them. */
export async function publicNames() {
  const names = [
    ...Object.keys(require('../dist/index.js')).map((name) => `export ${name}`),
    ...commandsOf(await programOf()),
    ...Object.entries(EXIT).map(([name, code]) => `exit code ${name} ${code}`),
    ...fieldsOf(fabricShape()),
    ...Object.entries(PROVIDER.resources).flatMap(([type, { schema }]) =>
      Object.keys(schema.attributes).map((name) => `attribute ${type}.${name}`),
    ),
    ...Object.keys(PROVIDER.functions).map((name) => `function ${name}`),
  ];
  return [...new Set(names)].sort();
}

if (argv[1] && import.meta.url === pathToFileURL(argv[1]).href)
  console.log(JSON.stringify(await publicNames(), null, 1));
