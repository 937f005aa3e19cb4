#!/usr/bin/env node
// Runs a command with another Node.js first on the PATH: with-node.mjs MAJOR COMMAND [ARGUMENT…]. Its binary comes as
// an npm package and is kept.
import { spawnSync } from 'node:child_process';
import { nodeFolder } from './node-binary.mjs';

const [version, command, ...args] = process.argv.slice(2);
const env = { ...process.env, PATH: `${nodeFolder(version)}:${process.env.PATH}` };
console.log(`with Node.js ${version}: ${[command, ...args].join(' ')}`);
const { status } = spawnSync(command, args, { env, stdio: 'inherit' });
process.exit(status ?? 1);
