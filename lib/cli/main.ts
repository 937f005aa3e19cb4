#!/usr/bin/env node
import { exitCodeOf } from './exit-codes';
import { programOf } from './program';

programOf(process.argv[2])
  .then((program) => program.parseAsync())
  .catch((error: Error) => {
    process.stderr.write(`peerform: ${error.message}\n`);
    process.exitCode = exitCodeOf(error);
  });
