#!/usr/bin/env node
import { EXIT } from './exit-codes';
import { tooOld } from './node-version';
import { onReaderGone, ownText, printError } from './terminal';

onReaderGone((isGone) => process.exit(isGone ? EXIT.ok : EXIT.failed));
const why = tooOld(process.versions.node);
if (why === undefined) void import('./run').then(({ run }) => run(process.argv.slice(2)));
else {
  printError(ownText(why));
  process.exitCode = EXIT.usage;
}
