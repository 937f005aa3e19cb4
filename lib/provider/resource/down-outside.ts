import type { UnmetDemand } from '../../control/gate';
import { printable } from '../../model/printable';
import { firstLines, names } from '../../preview/words';
import { type Diagnostic, warning } from '../diagnostic';

/** Warns about outside sessions that are not up after a successful deploy. Nodes with the same message share a line. */
export function downOutside(listed: readonly UnmetDemand[]): Diagnostic[] {
  if (listed.length === 0) return [];
  const byMessage = new Map<string, string[]>();
  for (const { node, message } of listed) byMessage.set(message, [...(byMessage.get(message) ?? []), node]);
  const said = [...byMessage].map(([message, nodes]) => `${names(nodes.sort())}: ${message}`).sort();
  const nodes = [...new Set(listed.map(({ node }) => node))].sort();
  const what = listed.length === 1 ? 'A session' : `${listed.length} sessions`;
  const are = listed.length === 1 ? 'is' : 'are';
  return [
    warning(
      `${what} with outside neighbours ${are} not up on ${printable(names(nodes))}`,
      `The wave succeeded, as the gate does not require these sessions. If a session is not expected to come up, set expect = "down" in its entry.\n${firstLines(
        said,
      )
        .map((text) => `  ${printable(text)}`)
        .join('\n')}`,
    ),
  ];
}
