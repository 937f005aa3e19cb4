#!/usr/bin/env node
import { EXIT, exitCodeOf } from './exit-codes';
import { programOf } from './program';

// Who reads only the first lines has what he wanted.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? EXIT.ok : EXIT.failed));

programOf(process.argv[2])
  .then((program) => program.parseAsync())
  .catch((error: Error) => {
    process.stderr.write(`peerform: ${error.message}\n`);
    process.exitCode = exitCodeOf(error);
  });
