import { basename } from 'node:path';
import { NULL_STAND_IN } from './null-stand-in';
import { readInvitation } from './protocol/handshake';
import { servePlugin } from './protocol/plugin';
import { PROVIDER } from './provider';

/** The provider's process: shake hands, serve until the host has gone. Only the handshake stands on standard output. */
async function main(): Promise<void> {
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

void main();
