import type { AgentStatus } from '../control/status';
import { countsOf } from '../control/totals';
import { type KnownNode, NOT_YET } from './fleet';
import { NODE_LOOKS, type NodeLook } from './looks';

/** State of a node. */
interface NodeState {
  /** Most severe style that applies. */
  readonly look: NodeLook;
  /** All that apply, most severe first. */
  readonly all: readonly { readonly look: NodeLook; readonly words: readonly string[] }[];
}

/** Seconds until the agent rolls back by itself, as reported, minus the time elapsed since. */
export const secondsLeft = (returnsInMs: number, at: number, now: number): number =>
  Math.max(0, Math.ceil((returnsInMs - (now - at)) / 1000));

/** Possible states of a node, most severe first. */
const STATES: readonly {
  readonly look: NodeLook;
  readonly words: (status: AgentStatus, at: number, now: number) => readonly string[];
}[] = [
  { look: 'amiss', words: (status) => countsOf(status).amiss },
  {
    look: 'trial',
    words: ({ transaction: { active, returnsInMs } }, at, now) =>
      returnsInMs === null
        ? []
        : [`activation ${active?.activation} rolls back in ${secondsLeft(returnsInMs, at, now)} s unless confirmed`],
  },
  {
    look: 'back',
    words: ({ transaction: { returned } }) =>
      returned ? [`activation ${returned.activation} was rolled back: ${returned.reason}`] : [],
  },
  {
    look: 'drained',
    words: ({ service, transaction }) => (service === 'none' ? [`out of service${byOf(transaction)}`] : []),
  },
  {
    look: 'drains',
    words: ({ service, transaction }) =>
      service === 'leaving' ? [`is being drained: neighbours are asked to avoid it${byOf(transaction)}`] : [],
  },
  { look: 'empty', words: ({ transaction: { active } }) => (active ? [] : [NODE_LOOKS.empty.words]) },
];

const byOf = ({ drained }: AgentStatus['transaction']): string =>
  drained ? ` (${drained.by}, ${drained.at.replace(/\.\d+Z$/, 'Z')})` : '';

/** `now`: milliseconds since the epoch. */
export function nodeStateOf({ status, at, error }: KnownNode, now: number): NodeState {
  if (error !== undefined || !status)
    return { look: 'silent', all: [{ look: 'silent', words: [`no status: ${error ?? NOT_YET}`] }] };
  const found = STATES.map(({ look, words }) => ({ look, words: words(status, at ?? now, now) })).filter(
    ({ words }) => words.length > 0,
  );
  const all = found.length > 0 ? found : [{ look: 'fine' as const, words: [NODE_LOOKS.fine.words] }];
  return { look: all[0].look, all };
}

/** All states of a node as text. */
export const wordsOf = ({ all }: NodeState): string[] => all.flatMap(({ words }) => words);

/** Number of sessions up, of those the release requires: `11/12`. */
export function shareUp(status: AgentStatus): string {
  const { wanted, missing } = countsOf(status);
  return `${wanted - missing}/${wanted}`;
}
