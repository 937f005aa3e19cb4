import type { Command } from 'commander';
import { describeUndone, undo } from '../../control/undo';
import { CommandError } from '../exit-codes';
import { line, print } from '../terminal';
import { whoAsks, withVia } from '../via';

/**
 * `peerform rollback`: rolls back what is on trial on every node at once instead of waiting for the confirmation to
 * time out.
 */
export function register(program: Command): void {
  withVia(program.command('rollback'))
    .description('roll back the release on trial on every node that has not confirmed it; a confirmed release stays')
    .option('--reason <text>', 'reason, which agents record and the next plan shows')
    .action(async ({ via, reason }: { via: string; reason?: string }) => {
      const who = whoAsks(via);
      const undone = await undo([via], undefined, `rolled back by ${who}${reason === undefined ? '' : `: ${reason}`}`);
      for (const text of describeUndone(undone)) print(line`${text}`);
      if (undone.failed.size > 0) throw new CommandError('failed', 'not every node is known to be rolled back');
    });
}
