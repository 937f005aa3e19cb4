#!/usr/bin/env node
import { Command } from 'commander';
import { VERSION } from '../agent/version';
import * as agent from './command/agent';
import * as debug from './command/debug';
import * as fib from './command/fib';
import * as imports from './command/import';
import * as lab from './command/lab';
import * as provider from './command/provider';
import * as reference from './command/reference';
import * as replay from './command/replay';
import * as status from './command/status';
import * as watch from './command/watch';

/** The commands, each a file of its own. */
const COMMANDS = [agent, status, watch, fib, lab, provider, imports, reference, replay, debug];

const program = new Command('peerform').description('BGP networks as code').version(VERSION);
for (const { register } of COMMANDS) register(program);

program.parseAsync().catch((error: Error) => {
  process.stderr.write(`peerform: ${error.message}\n`);
  process.exitCode = 1;
});
