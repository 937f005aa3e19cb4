import type { Json } from '../model/canonical';
import { Problem } from '../model/problem';
import { effectJson, readHeader, readStep } from './recording';
import { type Effect, type Input, Speaker } from './speaker';

/** The first difference between a replay and its recording. */
export interface ReplayDifference {
  /** Line number, from 1. */
  readonly line: number;
  /** Milliseconds since the first input. */
  readonly after: number;
  readonly input: Input;
  /** Which effect of the input, from 1. */
  readonly effect: number;
  /** Effects as JSON; undefined if there is none. */
  readonly expected: string | undefined;
  readonly got: string | undefined;
}

/** Replays the inputs of a recorded run with a new speaker and compares its effects, line by line. */
export class Replay {
  inputs = 0;
  effects = 0;
  /** Milliseconds from the first input to the last. */
  duration = 0;
  private speaker: Speaker | undefined;
  private line = 0;
  private begun = 0;

  /** Processes the next line. Returns nothing if it matches. There is no point in continuing after a difference. */
  take(text: string): ReplayDifference | Problem | undefined {
    this.line++;
    const problem = this.speaker ? undefined : this.begin(text);
    return problem ?? (this.line === 1 ? undefined : this.step(this.speaker!, text));
  }

  private begin(text: string): Problem | undefined {
    const options = readHeader(text);
    if (options instanceof Problem) return options.under(`line ${this.line}`);
    this.speaker = new Speaker(options);
    return undefined;
  }

  private step(speaker: Speaker, text: string): ReplayDifference | Problem | undefined {
    const step = readStep(text);
    if (step instanceof Problem) return step.under(`line ${this.line}`);
    const { at, input, effects } = step;
    if (this.inputs++ === 0) this.begun = at;
    this.duration = at - this.begun;
    const difference = { line: this.line, after: this.duration, input };
    let got: readonly Effect[];
    try {
      got = speaker.handle(input, at);
    } catch (error) {
      return { ...difference, effect: 1, expected: textOf(effects[0]), got: `throws ${error}` };
    }
    this.effects += got.length;
    for (let i = 0; i < Math.max(got.length, effects.length); i++) {
      const [expected, seen] = [textOf(effects[i]), textOf(i < got.length ? effectJson(got[i]) : undefined)];
      if (expected !== seen) return { ...difference, effect: i + 1, expected, got: seen };
    }
    return undefined;
  }
}

/** The same string for the same effect, whatever the order of its members. */
const textOf = (effect: Json | undefined): string | undefined =>
  effect === undefined
    ? undefined
    : JSON.stringify(effect, (_, value: Json) =>
        typeof value === 'object' && value !== null && !Array.isArray(value)
          ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
          : value,
      );
