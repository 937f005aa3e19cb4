import { basename } from 'node:path';
import { commandOf, readCheck, runCheck } from '../control/check';
import { underGuard } from '../control/guard';
import { printable } from '../model/printable';
import { NULL_STAND_IN } from './null-stand-in';
import { GATE } from './package';
import { readInvitation } from './protocol/handshake';
import { servePlugin } from './protocol/plugin';
import { PROVIDER } from './provider';

/** The provider's process: shake hands, serve until the host has gone. Only the handshake stands on standard output. */
async function main(): Promise<void> {
  const [, script, verb, ...rest] = process.argv;
  if (verb === GATE) return gate(script, rest);
  const invitation = readInvitation(process.env);
  if (typeof invitation === 'string') {
    process.stderr.write(`${invitation}\n`);
    process.exitCode = 1;
    return;
  }
  process.on('SIGINT', () => {}); // Terraform gets it too and stops its plugins itself.
  // One script is both; Terraform calls it by the name of the provider that it takes it for.
  const isStandIn = basename(process.argv[1]).startsWith('terraform-provider-null');
  const plugin = await servePlugin(isStandIn ? NULL_STAND_IN : PROVIDER, invitation);
  process.stdout.write(plugin.line);
  await plugin.done;
  process.exit(0); // Agents that were being spoken to hold nothing that must be waited for.
}

/**
 * The check of a `Gate`: one script is the provider and this, so that it needs nothing but what is in the stack's
 * folder.
 */
async function gate(script: string, words: readonly string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {}); // nobody may read it any more
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
