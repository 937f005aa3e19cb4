import type { Unreachable } from '../control/client';
import { DEFAULT_SOCKET } from '../model/endpoint';
import { exitCodeOf } from './exit-codes';
import { programOf } from './program';
import { serviceHint } from './service-state';
import { ownText, printError } from './terminal';

/**
 * Runs a command line, without the names of node and script. Prints any error in a few lines and sets the exit code.
 */
export async function run(words: readonly string[]): Promise<void> {
  try {
    await (await programOf(words[0])).parseAsync(words, { from: 'user' });
  } catch (error) {
    const { message, endpoint } = error as Error & Pick<Unreachable, 'endpoint'>;
    const isOwnAgent = endpoint === `unix://${DEFAULT_SOCKET}`;
    const hint = isOwnAgent ? serviceHint() : undefined;
    printError(ownText(`peerform: ${message}${hint === undefined ? '' : `\n${hint}`}`));
    process.exitCode = exitCodeOf(error as Error);
  }
}
