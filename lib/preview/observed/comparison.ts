import type { Observation } from '../../control/observed';
import { OBSERVATION_VERSION } from '../../control/observed';
import type { SessionChange } from '../../topology/session-change';
import { names } from '../words';
import type { Difference } from './finding';
import { compareLosses, type LossRow, lossRows } from './losses';
import type { Prediction } from './prediction';
import { compareSessions, sessionCounts } from './sessions';
import { type Noted, Unseen } from './unseen';

/** A deploy compared with its prediction. */
export interface Comparison {
  readonly activation: number;
  /**
   * `differs`: something is different, or something else happened meanwhile; `not observed`: it is not known whether
   * all was as predicted.
   */
  readonly verdict: 'as predicted' | 'differs' | 'not observed';
  /** Summary in one line. */
  readonly line: string;
  /** The plan's prediction; unset if there was none. */
  readonly predicted?: { readonly about: string; readonly counts: Readonly<Record<SessionChange, number>> };
  readonly observed: Readonly<Record<SessionChange, number>>;
  readonly differences: readonly Difference[];
  /** What happened at the same time but not because of the deploy. */
  readonly besides: readonly string[];
  /** What was not observed, and why. */
  readonly unseen: readonly string[];
  /** Prefixes that nodes lost. */
  readonly losses: readonly LossRow[];
}

const NONE = { added: 0, removed: 0, reset: 0, retuned: 0 };

/** Compares what happened with the prediction. */
export function compare(prediction: Prediction | undefined, noted: Noted): Comparison {
  const { activation } = noted;
  const deploys = recordsOf(noted);
  const whether = new Unseen(prediction, noted, deploys);
  const unseen = whether.lines();
  const observations = [...deploys.values()];
  const undone = observations.filter(({ steps }) => steps.returned !== undefined).map(({ node }) => node);
  if (!prediction || observations.length === 0)
    return told({
      ...{ activation, observed: NONE, differences: [], besides: [], losses: [] },
      unseen: prediction ? unseen : [...unseen, NO_PREDICTION],
    });
  const predicted = { about: prediction.about, counts: prediction.counts };
  if (undone.length > 0) {
    const observed = `rolled back on ${names(undone)}`;
    const difference: Difference = {
      kind: 'deploy',
      subject: `activation ${activation}`,
      predicted: 'carried out',
      observed,
    };
    return told({
      ...{ activation, predicted, observed: sessionCounts(observations), differences: [difference], besides: [] },
      losses: lossRows(observations),
      unseen,
    });
  }
  const sessions = compareSessions(prediction, observations, whether);
  const losses = compareLosses(prediction, observations, whether, sessions.isUntoldChanged);
  return told({
    ...{ activation, predicted, observed: sessions.observed },
    differences: [...sessions.differences, ...losses.differences],
    besides: [...sessions.besides, ...losses.besides],
    unseen,
    losses: losses.rows,
  });
}

const NO_PREDICTION =
  'no prediction was kept with this activation: it was deployed by an older version, or without a plan';

/** Each node's record of the deploy. */
function recordsOf({ observations, activation }: Noted): Map<string, Observation> {
  const records = new Map<string, Observation>();
  for (const [node, all] of observations) {
    const record = all.find(
      (one) => one.activation === activation && one.kind === 'deploy' && one.version === OBSERVATION_VERSION,
    );
    if (record) records.set(node, record);
  }
  return records;
}

function told(found: Omit<Comparison, 'verdict' | 'line'>): Comparison {
  const { differences, besides, unseen } = found;
  const verdict =
    differences.length + besides.length > 0 ? 'differs' : unseen.length > 0 ? 'not observed' : 'as predicted';
  return { ...found, verdict, line: lineOf(found, verdict) };
}

function lineOf(
  { observed, losses, differences, besides, unseen }: Omit<Comparison, 'verdict' | 'line'>,
  verdict: Comparison['verdict'],
): string {
  if (verdict === 'as predicted') return `as predicted: ${[...countTexts(observed), lossText(losses)].join(', ')}`;
  if (verdict === 'not observed') return `not observed: ${first(unseen)}`;
  const all = [
    ...differences.map(
      ({ subject, predicted, observed: was }) => `${subject}: predicted ${predicted}, observed ${was}`,
    ),
    ...besides.map((text) => `besides the deploy, ${text}`),
  ];
  return `not as predicted: ${first(all)}`;
}

const first = ([one, ...rest]: readonly string[]): string =>
  rest.length > 0 ? `${one}; and ${rest.length} more` : one;

const WORDS: Readonly<Record<SessionChange, readonly [one: string, many: string]>> = {
  reset: ['reset', 'resets'],
  removed: ['session removed', 'sessions removed'],
  added: ['session added', 'sessions added'],
  retuned: ['session changed without a reset', 'sessions changed without a reset'],
};

function countTexts(counts: Readonly<Record<SessionChange, number>>): string[] {
  const said = (Object.keys(WORDS) as SessionChange[])
    .filter((change) => counts[change] > 0)
    .map((change) => `${counts[change]} ${WORDS[change][counts[change] === 1 ? 0 : 1]}`);
  return said.length > 0 ? said : ['no session touched'];
}

function lossText(losses: readonly LossRow[]): string {
  if (losses.length === 0) return 'no prefix lost';
  const prefixes = new Set(losses.map(({ prefix }) => prefix)).size;
  const nodes = new Set(losses.map(({ node }) => node)).size;
  const back = losses.filter(({ isLost }) => !isLost);
  // Too many values for the arguments of one call.
  const time = `for up to ${back.reduce((most, { ms }) => Math.max(most, ms), 0)} ms`;
  const how =
    back.length === 0 ? 'permanently' : back.length === losses.length ? time : `some permanently, some ${time}`;
  return `${prefixes} ${prefixes === 1 ? 'prefix' : 'prefixes'} lost at ${nodes} ${nodes === 1 ? 'node' : 'nodes'}, ${how}`;
}
