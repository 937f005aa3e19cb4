import { basename } from 'node:path';
import { commandOf, readCheck, runCheck } from '../control/check';
import { underGuard } from '../control/guard';
import { printable } from '../model/printable';
import { boundHeap } from './heap';
import { NULL_STAND_IN } from './null-stand-in';
import { GATE } from './package';
import { readInvitation } from './protocol/handshake';
import { servePlugin } from './protocol/plugin';
import { PROVIDER } from './provider';

/**
 * Entry point of the provider: does the handshake and serves until the host disconnects. Standard output carries only
 * the handshake.
 */
async function main(): Promise<void> {
  const [, script, verb, ...rest] = process.argv;
  if (verb === GATE) return gate(script, rest);
  boundHeap();
  const invitation = readInvitation(process.env);
  if (typeof invitation === 'string') {
    process.stderr.write(`${invitation}\n`);
    process.exitCode = 1;
    return;
  }
  process.on('SIGINT', () => {}); // Terraform receives it too and stops its plugins itself.
  // One script serves both providers; the file name that Terraform runs it by tells which.
  const isStandIn = basename(process.argv[1]).startsWith('terraform-provider-null');
  const plugin = await servePlugin(isStandIn ? NULL_STAND_IN : PROVIDER, invitation);
  process.stdout.write(plugin.line);
  await plugin.done;
  process.exit(0); // Pending requests to agents need no cleanup.
}

/**
 * Runs the check of a `Gate`. It is in the same script as the provider so that a stack's folder needs no other files.
 */
async function gate(script: string, words: readonly string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {}); // the reader may be gone
  const say = (text: string) => process.stderr.write(`${printable(text)}\n`);
  process.exitCode = await underGuard([script, GATE, ...words], async (interrupted) => {
    const check = readCheck(process.env, commandOf(words));
    if (typeof check !== 'string') return runCheck(check, say, interrupted);
    say(check);
    return 2;
  });
  process.exit();
}

void main();
