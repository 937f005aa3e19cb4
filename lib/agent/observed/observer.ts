import type { Observation, ObservedQuery, RecordedPrediction } from '../../control/observed';
import { type Activation, type Instant, isSame, type TransactionState } from '../../control/transaction';
import type { Prefix } from '../../model/prefix';
import { now } from '../host/clock';
import type { PrefixLosses } from './prefix-losses';
import { ActivationRecord, type StoredRecord } from './record';
import type { SessionReading } from './session-record';
import { stepsBetween } from './steps';

/** Maximum number of stored activations, and of octets for all of them. */
const MOST_KEPT = 8;
const MOST_OCTETS = 1_000_000;

/** Milliseconds of observation after the last step, for its consequences. */
const TAIL_MS = 60_000;

/** Milliseconds before changes are written to disk. */
const WRITE_MS = 2_000;

/** What is observed. */
export interface ObservedNetwork {
  /** The current sessions, including those with unnamed neighbours, and their templates. */
  readings(): SessionReading[];
  /** One of them; undefined if it no longer exists. */
  reading(key: string): SessionReading | undefined;
  /** Why a session is down, for display. */
  blame(key: string): string | undefined;
  /** The prefixes that this node originates. */
  origins(): string[];
  readonly prefixLosses: PrefixLosses;
}

/** The stored form. */
export interface StoredObservations {
  readonly past: readonly Observation[];
  readonly current?: StoredRecord;
}

/** Where it is stored. Neither throws: an agent also runs without observations. */
export interface ObservationKeeper {
  loadObservations(): StoredObservations;
  saveObservations(stored: StoredObservations): void;
}

/**
 * Records what happens to sessions and prefixes of this node for each activation, from staging until some time after
 * its last step.
 */
export class Observer {
  private past: readonly Observation[] = [];
  private current: ActivationRecord | undefined;
  /** Of the activation that is staged next. */
  private predicted: RecordedPrediction | undefined;
  private writing: NodeJS.Timeout | undefined;
  private tail: NodeJS.Timeout | undefined;

  constructor(
    private readonly node: string,
    private readonly network: ObservedNetwork,
    private readonly keeper: ObservationKeeper,
    private readonly clock: () => Instant = now,
  ) {}

  /** Continues what an earlier run recorded. */
  resume(): void {
    const { past, current } = this.keeper.loadObservations();
    const { boot, at } = this.clock();
    this.past = past;
    if (!current) return;
    const record = ActivationRecord.of(current);
    this.current = record;
    this.network.prefixLosses.begin(current.losses);
    if (current.at.boot === boot) {
      record.gap('the agent was restarted');
      this.watchOn(at);
    } else {
      record.gap('the machine was restarted');
      this.finish(current.at.at); // the duration of the gap is unknown
    }
    this.writeLater();
  }

  /** The transaction changes from one state to the next, before anything is applied. */
  follow(before: TransactionState, after: TransactionState): void {
    if (before === after) return;
    const { at } = this.clock();
    const { staged } = after;
    if (staged && !isSame(before.staged, staged)) this.begin(staged, 'deploy');
    const { current } = this;
    if (!current) return;
    const steps = stepsBetween(before, after, current.beginning);
    for (const step of steps) current.step(step, at);
    if (steps.includes('returned') && current.beginning.kind === 'deploy') {
      const { release, activation } = current.beginning;
      this.begin({ release, activation }, 'rollback');
      this.current!.step('returned', at);
    }
    this.watchOn(at);
    if (steps.length > 0) this.writeLater();
  }

  /** A configuration was applied. */
  configured(): void {
    this.current?.sessions.configured(this.network.readings());
    if (this.current) this.writeLater();
  }

  /** A session changed its state. */
  moved(key: string): void {
    const { current, network } = this;
    if (!current) return;
    const reading = network.reading(key);
    const offset = current.offset(this.clock().at);
    if (!reading) current.sessions.gone(key, offset);
    else current.sessions.moved(reading, offset, reading.isUp ? undefined : network.blame(key));
    this.writeLater();
  }

  /** This node stopped originating a prefix. */
  gave(prefix: Prefix): void {
    this.network.prefixLosses.gave(prefix);
    this.current?.gave(String(prefix), this.clock().at);
  }

  /** The plan's prediction for the activation that is staged next. */
  expect(prediction: RecordedPrediction): void {
    this.predicted = prediction;
  }

  /** The observations, latest last; of one activation if named, and with its prediction if requested. */
  list({ activation, prediction: isAsked = false }: ObservedQuery = {}): Observation[] {
    const all = [...this.past, ...(this.current ? [this.view(this.current, this.clock().at, false)] : [])];
    const wanted = activation === undefined ? all : all.filter((one) => one.activation === activation);
    return isAsked ? wanted : wanted.map(({ prediction: _, ...observation }) => observation);
  }

  stop(): void {
    clearTimeout(this.tail);
    if (this.writing) this.write();
  }

  private begin({ release, activation }: Activation, kind: Observation['kind']): void {
    const at = this.clock();
    const { network, predicted } = this;
    const prediction =
      kind === 'deploy' && isSame(predicted ?? null, { release, activation }) ? predicted?.text : undefined;
    this.finish(at.at);
    this.current = ActivationRecord.begin(
      {
        ...{ release, activation, kind, began: new Date().toISOString(), at, origins: network.origins() },
        ...(prediction !== undefined && { prediction }),
      },
      network.readings(),
    );
    this.network.prefixLosses.begin();
    this.writeLater();
  }

  /** Complete: it does not change any more. */
  private finish(at: number): void {
    const { current } = this;
    if (!current) return;
    this.past = within([...this.past, this.view(current, at, true)].slice(-MOST_KEPT), MOST_OCTETS);
    this.current = undefined;
    this.network.prefixLosses.end();
    this.writeLater();
  }

  private view(record: ActivationRecord, at: number, isOver: boolean): Observation {
    const { prefixLosses } = this.network;
    const losses = prefixLosses.list(at).map((loss) => ({ ...loss, at: record.offset(loss.at) }));
    return record.view(this.node, at, isOver, losses, prefixLosses.cut);
  }

  /** If nothing more is expected, the observation ends after some time. */
  private watchOn(at: number): void {
    clearTimeout(this.tail);
    if (this.current?.has('closed') || this.current?.has('returned'))
      this.tail = setTimeout(() => this.finish(at + TAIL_MS), TAIL_MS).unref();
  }

  private writeLater(): void {
    this.writing ??= setTimeout(() => this.write(), WRITE_MS).unref();
  }

  private write(): void {
    clearTimeout(this.writing);
    this.writing = undefined;
    const { current, network } = this;
    const losses = current ? network.prefixLosses.list(this.clock().at) : [];
    const stored = current?.stored(losses);
    this.keeper.saveObservations({ past: this.past, ...(stored && { current: stored }) });
  }
}

/** The latest of these that fit into this many octets. */
function within(past: readonly Observation[], most: number): readonly Observation[] {
  let left = most;
  const first = past.findLastIndex((one) => {
    left -= JSON.stringify(one).length;
    return left < 0;
  });
  return past.slice(first + 1);
}
