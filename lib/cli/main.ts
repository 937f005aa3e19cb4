#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from './exit-codes';
import { tooOld } from './node-version';
import { onReaderGone, ownText, printError } from './terminal';

/** `peerform agent` in one file, beside this one once it is built. */
const AGENT = join(__dirname, 'agent.js');

onReaderGone((isGone) => process.exit(isGone ? EXIT.ok : EXIT.failed));
const why = tooOld(process.versions.node);
if (why === undefined) void start(process.argv.slice(2));
else {
  printError(ownText(why));
  process.exitCode = EXIT.usage;
}

async function start(words: readonly string[]): Promise<void> {
  const { run } = words[0] === 'agent' && existsSync(AGENT) ? await agentProgram() : await import('./run');
  await run(words);
}

/** The service manager names a folder for caches: CacheDirectory= of the unit. */
async function agentProgram(): Promise<typeof import('./run')> {
  const { loadCached } = await import('./code-cache');
  const { keepHeapsSmall } = await import('../agent/host/heap');
  keepHeapsSmall();
  return loadCached(AGENT, process.env.CACHE_DIRECTORY) as typeof import('./run');
}
