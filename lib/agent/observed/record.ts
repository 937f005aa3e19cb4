import { OBSERVATION_VERSION, type Observation, type ObservedLoss, type ObservedStep } from '../../control/observed';
import type { Activation, Instant } from '../../control/transaction';
import { type SessionEntry, type SessionReading, SessionRecord } from './session-record';

/** Maximum number of sessions, and of this node's own prefixes, in one observation. */
const MOST_SESSIONS = 4_096;
const MOST_ORIGINS = 1_000;

/** The activation of a record, and its start. */
interface Beginning extends Activation {
  readonly kind: Observation['kind'];
  /** ISO 8601, UTC. */
  readonly began: string;
  readonly at: Instant;
  readonly origins: readonly string[];
  /** See {@link Prediction}. */
  readonly prediction?: string;
}

/** The stored form of one in progress. */
export interface StoredRecord extends Beginning {
  readonly steps: Observation['steps'];
  readonly sessions: readonly SessionEntry[];
  readonly losses: readonly ObservedLoss[];
  readonly withdrawn: Observation['withdrawn'];
  readonly gaps: readonly string[];
}

/** What happens at this node during one activation. */
export class ActivationRecord {
  private readonly steps: Partial<Record<ObservedStep, number>> = {};
  private readonly withdrawn: { prefix: string; at: number }[] = [];
  private readonly gaps: string[] = [];

  private constructor(
    readonly beginning: Beginning,
    readonly sessions: SessionRecord,
  ) {}

  /** `readings`: the current sessions. */
  static begin(beginning: Beginning, readings: Iterable<SessionReading>): ActivationRecord {
    return new ActivationRecord(beginning, new SessionRecord(readings));
  }

  /** Continues what an earlier run of the agent began, on the same boot. */
  static of({ steps, sessions, withdrawn, gaps, losses: _, ...beginning }: StoredRecord): ActivationRecord {
    const record = new ActivationRecord(beginning, SessionRecord.of(sessions));
    Object.assign(record.steps, steps);
    record.withdrawn.push(...withdrawn);
    record.gaps.push(...gaps);
    return record;
  }

  /** Milliseconds since it began. */
  offset(at: number): number {
    return Math.round(at - this.beginning.at.at);
  }

  step(step: ObservedStep, at: number): void {
    this.steps[step] ??= this.offset(at);
  }

  has(step: ObservedStep): boolean {
    return this.steps[step] !== undefined;
  }

  /** Records a gap. */
  gap(why: string): void {
    if (!this.gaps.includes(why)) this.gaps.push(why);
  }

  gave(prefix: string, at: number): void {
    if (this.withdrawn.length < MOST_ORIGINS) this.withdrawn.push({ prefix, at: this.offset(at) });
  }

  stored(losses: readonly ObservedLoss[]): StoredRecord {
    const { beginning, steps, sessions, withdrawn, gaps } = this;
    return { ...beginning, ...{ steps, sessions: sessions.kept(), losses, withdrawn, gaps } };
  }

  /** In the reported form. `losses`: with times since the record began; `cut`: how many more there were. */
  view(node: string, at: number, isOver: boolean, losses: readonly ObservedLoss[], cut: number): Observation {
    const { at: _, origins, ...beginning } = this.beginning;
    const sessions = this.sessions.list();
    return {
      version: OBSERVATION_VERSION,
      ...{ node, ...beginning, isOver, losses },
      lasted: this.offset(at),
      steps: { ...this.steps },
      sessions: sessions.slice(0, MOST_SESSIONS),
      origins: origins.slice(0, MOST_ORIGINS),
      withdrawn: [...this.withdrawn],
      gaps: [...this.gaps],
      cut: {
        sessions: Math.max(0, sessions.length - MOST_SESSIONS),
        losses: cut,
        origins: Math.max(0, origins.length - MOST_ORIGINS),
      },
    };
  }
}
