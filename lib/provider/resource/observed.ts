import { printable } from '../../model/printable';
import { type Comparison, compare } from '../../preview/observed/comparison';
import type { Prediction } from '../../preview/observed/prediction';
import { comparisonSections } from '../../preview/observed/sections';
import { firstLines } from '../../preview/words';
import { type Diagnostic, warning } from '../diagnostic';
import type { Fleet } from '../fleet';
import { pause } from '../pause';
import { keptPrediction } from './prediction';

/** Milliseconds to wait for sessions and prefixes that may still recover. */
const SETTLE_MS = 10_000;
const LOOK_MS = 500;

/**
 * Maximum number of session changes plus nodes that are compared at the end of a deploy; with more, it would take the
 * agents minutes.
 */
const MOST_CHANGES = 20_000;
const MOST_NODES = 500;

/** What a deploy did compared to the plan, reported at its end. */
interface Outcome {
  /** Summary in one line. */
  readonly line: string;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Compares what nodes recorded for an activation with the prediction. Nothing depends on it: failures are returned as
 * text.
 */
export async function observe(fleet: Fleet, activation: number, stop: AbortSignal): Promise<Outcome> {
  if (fleet.nodes.length === 0 || stop.aborted)
    return { line: 'not observed: the deploy was stopped', diagnostics: [] };
  const prediction = await keptPrediction(fleet.nodes.map((node) => () => fleet.predicted(node, activation)));
  if (prediction && isLarge(prediction))
    return { line: `not observed: too many changes to compare here; run ${COMMAND}`, diagnostics: [] };
  const until = performance.now() + SETTLE_MS;
  for (;;) {
    const noted = { activation, ...(await fleet.observed(activation)) };
    const found = comparisonOf(prediction, noted);
    if (typeof found === 'string') return { line: `not observed: ${found}; ${COMMAND} may say more`, diagnostics: [] };
    if (found.verdict !== 'differs' || stop.aborted || performance.now() >= until) return outcomeOf(found);
    await pause(LOOK_MS, stop);
  }
}

/**
 * Records come from other machines and may be malformed: a fault here must not fail a deploy that is over. A string
 * says why there is no comparison.
 */
function comparisonOf(...known: Parameters<typeof compare>): Comparison | string {
  try {
    return compare(...known);
  } catch (error) {
    return `what the nodes recorded could not be compared (${printable(error instanceof Error ? error.message : String(error))})`;
  }
}

const isLarge = ({ counts, nodes }: Prediction): boolean =>
  nodes.length > MOST_NODES || Object.values(counts).reduce((sum, number) => sum + number, 0) > MOST_CHANGES;

const COMMAND = 'peerform report --observed';

/** No warning if everything is as predicted. */
function outcomeOf(found: Comparison): Outcome {
  const { verdict, line } = found;
  if (verdict !== 'differs') return { line, diagnostics: [] };
  const parts = comparisonSections(found)
    .filter(({ isGrave }) => isGrave)
    .map(({ title, lines: all }) => [`${title}:`, ...firstLines(all).map((text) => `  ${printable(text)}`)].join('\n'));
  return {
    line,
    diagnostics: [
      warning(
        'The deploy did not go as predicted',
        `The release is confirmed and runs; ${COMMAND} shows everything.\n${parts.join('\n')}`,
      ),
    ],
  };
}
