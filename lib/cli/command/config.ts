import type { Command } from 'commander';
import { AgentClient } from '../../control/client';
import { settingNames } from '../../topology/objects';
import { CommandError } from '../exit-codes';
import { type Format, show } from '../output';
import { line } from '../terminal';
import { suggesting, withVia } from '../via';
import { settingOf, settingsOf, settingText } from '../view/settings';
import { refuseOn } from './refused';

/** `peerform config`: settings of the running fabric, in calicoctl's format. */
export function register(program: Command): void {
  const config = program.command('config').description('show settings of the running fabric');
  withVia(config.command('get'))
    .description('print one setting, bare; switches as on or off')
    .addArgument(suggesting('<name>', 'the setting (not case-sensitive)', settingNames()))
    .action(async (word: string, { via, output }: { via: string; output: Format }) => {
      const name = settingOf(word);
      if (name === undefined)
        throw new CommandError('absent', `unknown setting ${word}; known settings are ${settingNames().join(', ')}`);
      const value = settingsOf(await new AgentClient(via).deployed())[name];
      await show(output, { data: value, table: () => line`${settingText(value)}` });
    });
  refuseOn(config, ['set', 'unset'], ['config']);
}
