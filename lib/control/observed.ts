import { z } from 'zod';
import type { SessionChange } from '../topology/session-change';
import { MOST_ACTIVATION } from './protocol';
import type { Activation } from './transaction';

/** Form of what an agent tells; one of another form is not understood. */
export const OBSERVATION_VERSION = 1;

/**
 * The steps of a deploy at one node. `closed`: sessions that only the previous release had are gone; `returned`: the
 * activation was undone here.
 */
export type ObservedStep = 'activated' | 'confirmed' | 'finalised' | 'closed' | 'returned';

/**
 * What happened at one node because of, and during, one activation. It begins when the release is staged, as waves
 * before its own concern the node, too. All times are milliseconds of the node's monotonic clock since then: they are
 * compared with each other, and never with those of another node.
 */
export interface Observation extends Activation {
  readonly version: number;
  readonly node: string;
  /** `rollback`: from the moment at which the activation was undone here. */
  readonly kind: 'deploy' | 'rollback';
  /** By the clock on the wall, for people. */
  readonly began: string;
  /** How long it was watched so far, or in all. */
  readonly lasted: number;
  readonly isOver: boolean;
  readonly steps: Readonly<Partial<Record<ObservedStep, number>>>;
  /** Those to which something happened, and those that were down all the time. */
  readonly sessions: readonly ObservedSession[];
  /** Prefixes that had a usable path and had none for a while, or have none. */
  readonly losses: readonly ObservedLoss[];
  /** What the node itself originated when it began, and what of it no longer since. */
  readonly origins: readonly string[];
  readonly withdrawn: readonly { readonly prefix: string; readonly at: number }[];
  /** Why some of it was not seen; empty: all was. */
  readonly gaps: readonly string[];
  /**
   * What the plan said ({@link RecordedPrediction}), as it came, where it is asked for; absent: nothing came, as from
   * an older provider.
   */
  readonly prediction?: string;
  /** What there was no room for. */
  readonly cut: { readonly sessions: number; readonly losses: number; readonly origins: number };
}

/** What happened to one end of a session. */
export interface ObservedSession {
  readonly key: string;
  readonly remoteNode?: string;
  /** The prefix that its neighbour may come from; `isGuest`: it is one neighbour that came, not the entry. */
  readonly range?: string;
  readonly isGuest?: boolean;
  /** What configurations did to it at this end, the gravest of all, and why; absent: nothing. */
  readonly change?: SessionChange;
  readonly reason?: string;
  /** How often configurations of this end reset it while it was up. */
  readonly resets: number;
  readonly wasUp: boolean;
  readonly isUp: boolean;
  /** How often it went down. */
  readonly downs: number;
  /** The first of them. */
  readonly news: readonly SessionNews[];
}

/** A session came up or went down; `why`: what was said then, for people. */
export interface SessionNews {
  readonly at: number;
  readonly isUp: boolean;
  readonly why?: string;
}

export interface ObservedLoss {
  readonly prefix: string;
  /** When it went first. */
  readonly at: number;
  /** The longest that it was gone, up to now where it is. */
  readonly ms: number;
  readonly times: number;
  /** It has not come back. */
  readonly isLost: boolean;
}

/**
 * Which activation is asked for (absent: all that are remembered), and whether with what was predicted, which may be
 * long.
 */
export interface ObservedQuery {
  readonly activation?: number;
  readonly prediction?: boolean;
}

/**
 * What a plan says of a deploy, on its way to the agents: they keep it with what they note of the activation, and give
 * it to the comparison.
 */
export interface RecordedPrediction extends Activation {
  /** Text that is the comparer's own. */
  readonly text: string;
}

/**
 * Maximum number of characters of a prediction that an agent takes; a longer one is left out, and said to be missing.
 */
export const MOST_PREDICTED = 262_144;

export const predictionSchema = z.strictObject({
  release: z.string(),
  activation: z.int().min(1).max(MOST_ACTIVATION),
  text: z.string().max(MOST_PREDICTED),
});
