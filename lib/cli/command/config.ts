import type { Command } from 'commander';
import { AgentClient } from '../../control/client';
import { settingNames } from '../../topology/objects';
import { CommandError } from '../exit-codes';
import { type Format, print, withOutput, withVia } from '../via';
import { settingOf, settingsOf, settingText } from '../view/settings';
import { refuseOn } from './refused';

/** `peerform config`: settings of the fabric that runs, as calicoctl prints them. */
export function register(program: Command): void {
  const config = program.command('config').description('show settings of the fabric that runs');
  const get = withVia(config.command('get'))
    .description('print one setting, bare; switches as on or off')
    .argument('<name>', 'asNumber, nodeToNodeMesh or another that peerform get config shows, in any case of letters')
    .action(async (word: string, { via, output }: { via: string; output?: Format }) => {
      const name = settingOf(word);
      if (name === undefined)
        throw new CommandError('absent', `there is no setting ${word}; there are ${settingNames().join(', ')}`);
      const value = settingsOf(await new AgentClient(via).deployed())[name];
      await print(output, value, () => `${settingText(value)}\n`);
    });
  withOutput(get, ['json', 'yaml']);
  refuseOn(config, ['set', 'unset'], ['config']);
}
