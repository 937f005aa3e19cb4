import * as z from 'zod';
import type { SessionChange } from '../topology/session-change';
import { MOST_ACTIVATION } from './protocol';
import type { Activation } from './transaction';

/** Version of the observations format; others are not understood. */
export const OBSERVATION_VERSION = 1;

/**
 * The steps of a deploy at one node. `closed`: sessions that only the previous release had are gone; `returned`: the
 * activation was rolled back here.
 */
export type ObservedStep = 'activated' | 'confirmed' | 'finalised' | 'closed' | 'returned';

/**
 * What happened at one node during, and because of, one activation. Begins when the release is staged, as earlier waves
 * affect the node, too. All times are milliseconds of the node's monotonic clock since then; they are never comparable
 * between nodes.
 */
export interface Observation extends Activation {
  readonly version: number;
  readonly node: string;
  /** `rollback`: begins when the activation was rolled back here. */
  readonly kind: 'deploy' | 'rollback';
  /** Wall-clock time, for display. */
  readonly began: string;
  /** Duration of the observation, so far or in total. */
  readonly lasted: number;
  readonly isOver: boolean;
  readonly steps: Readonly<Partial<Record<ObservedStep, number>>>;
  /** Sessions that changed, or were down all the time. */
  readonly sessions: readonly ObservedSession[];
  /** Prefixes that lost all usable paths for some time, or still have none. */
  readonly losses: readonly ObservedLoss[];
  /** Prefixes originated by the node at the start, and those no longer originated. */
  readonly origins: readonly string[];
  readonly withdrawn: readonly { readonly prefix: string; readonly at: number }[];
  /** Reasons for gaps in the observation; empty if complete. */
  readonly gaps: readonly string[];
  /**
   * The plan's prediction ({@link RecordedPrediction}) as received, if requested. Absent if none was received, as from
   * an older provider.
   */
  readonly prediction?: string;
  /** What was omitted for lack of room. */
  readonly cut: { readonly sessions: number; readonly losses: number; readonly origins: number };
}

/** What happened to one end of a session. */
export interface ObservedSession {
  readonly key: string;
  readonly remoteNode?: string;
  /** Prefix of its unnamed neighbours; `isGuest`: it is one such neighbour, not the entry. */
  readonly range?: string;
  readonly isGuest?: boolean;
  /** The effect of configuration changes on it at this end, the most severe one, and why; absent if none. */
  readonly change?: SessionChange;
  readonly reason?: string;
  /** Number of times a configuration at this end reset it while it was up. */
  readonly resets: number;
  readonly wasUp: boolean;
  readonly isUp: boolean;
  /** Number of times it went down. */
  readonly downs: number;
  /** The first of its state changes. */
  readonly news: readonly SessionNews[];
}

/** A session came up or went down; `why`: the reason given, for display. */
export interface SessionNews {
  readonly at: number;
  readonly isUp: boolean;
  readonly why?: string;
}

export interface ObservedLoss {
  readonly prefix: string;
  /** When it was first lost. */
  readonly at: number;
  /** The longest outage, including a current one up to now. */
  readonly ms: number;
  readonly times: number;
  /** It is still lost. */
  readonly isLost: boolean;
}

/** The activation asked for (default: all on record), and whether to include the prediction, which may be long. */
export interface ObservedQuery {
  readonly activation?: number;
  readonly prediction?: boolean;
}

/**
 * A plan's prediction for a deploy, sent to the agents: they keep it with their observations of the activation, and
 * return it for comparison.
 */
export interface RecordedPrediction extends Activation {
  /** Text that only the comparison interprets. */
  readonly text: string;
}

/** Maximum number of characters of a prediction; a longer one is omitted and reported as missing. */
export const MOST_PREDICTED = 262_144;

export const predictionSchema = z.strictObject({
  release: z.string(),
  activation: z.int().min(1).max(MOST_ACTIVATION),
  text: z.string().max(MOST_PREDICTED),
});
