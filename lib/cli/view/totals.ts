import type { AgentAnswer } from '../../control/agents';
import { totalsOf } from '../../control/totals';
import { PLAIN, type Screen } from '../screen';
import { foldedLine, line, lines, styled, type Text } from '../terminal';

/** Problems that are named; the tables have all. */
const MOST = 20;

/** What a fleet has in all, and what is wrong with it, in as few lines as that takes. */
export function totalsText(answers: readonly AgentAnswer[], screen: Screen = PLAIN): Text {
  const { shares, problems } = totalsOf(answers);
  const rest = problems.length - MOST;
  return lines(
    line`${shares.join(', ')}`,
    ...problems
      .slice(0, MOST)
      .map(({ text, kind }) =>
        styled(kind === 'refused' ? 'yellow' : 'red', foldedLine(line`  ${text}`, screen, 4), screen),
      ),
    ...(rest > 0 ? [line`  and ${rest} more`] : []),
  );
}
