import type { AgentAnswer } from '../../control/agents';
import { totalsOf } from '../../control/totals';
import { PLAIN, type Screen } from '../screen';
import { foldedLine, line, lines, styled, type Text } from '../terminal';

/** Maximum number of problems listed; the tables have all of them. */
const MOST = 20;

/** Totals of a fleet and its problems, in as few lines as possible. */
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
