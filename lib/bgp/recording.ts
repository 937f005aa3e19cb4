import type { Json } from '../model/canonical';
import type { HashKey } from '../model/keyed-hash';
import { Problem } from '../model/problem';
import { fromJson, toJson } from './json';
import { type Effect, type Input, Speaker, type SpeakerOptions } from './speaker';

/** Version of the recording format; others are not replayed. */
const RECORDING_VERSION = 2;

/** One step of a run: an input, its time, and the effects. */
export interface ReplayStep {
  /** Milliseconds of the speaker's clock. */
  readonly at: number;
  readonly input: Input;
  readonly effects: readonly Effect[];
}

/**
 * A run of a speaker as JSON lines: {@link headerLine}, then a {@link stepLine} for each input. Octets are `{"$hex":
 * "ff00"}`, addresses and prefixes `{"$address": …}` and `{"$prefix": …}`. Inputs contain no secrets; the one in the
 * header, the hash key, is worthless after the run.
 */
export const headerLine = ({ seed, hashKey, restartingFor, asksNextHops }: SpeakerOptions): string =>
  JSON.stringify({
    recording: 'peerform speaker',
    version: RECORDING_VERSION,
    options: {
      seed,
      ...(hashKey && { hashKey }),
      ...(restartingFor !== undefined && { restartingFor }),
      ...(asksNextHops && { asksNextHops }),
    },
  });

/** The line of one step. */
export const stepLine = ({ at, input, effects }: ReplayStep): string =>
  JSON.stringify({ at, input: toJson(input), effects: effects.map(effectJson) });

/** An effect as recorded; routes as a string, since there are many, and events as in every version: by their text. */
export function effectJson(effect: Effect): Json {
  if (effect.kind === 'routes') return toJson({ ...effect, changes: effect.changes.map(String) });
  if (effect.kind !== 'event') return toJson(effect);
  const { refused: _, reason: __, ...event } = effect.event;
  return toJson({ ...effect, event });
}

/** The options of the speaker that was recorded. */
export function readHeader(line: string): SpeakerOptions | Problem {
  const header = parse(line);
  if (header instanceof Problem) return header;
  if (!isObject(header) || header.recording !== 'peerform speaker') return broken('it is not a recording');
  if (header.version !== RECORDING_VERSION)
    return broken(
      `its version is ${JSON.stringify(header.version)}, not ${RECORDING_VERSION}: replay it with the release of Peerform that made it`,
    );
  const { options } = header;
  if (!isObject(options) || typeof options.seed !== 'number') return broken('the seed is missing');
  const { seed, hashKey, restartingFor, asksNextHops } = options;
  return {
    seed,
    ...(isHashKey(hashKey) && { hashKey }),
    ...(asksNextHops === true && { asksNextHops }),
    ...(typeof restartingFor === 'number' && { restartingFor }),
  };
}

/** A recorded step; its effects stay JSON, to be compared as strings. */
interface RecordedStep {
  readonly at: number;
  readonly input: Input;
  readonly effects: readonly Json[];
}

export function readStep(line: string): RecordedStep | Problem {
  const step = parse(line);
  if (step instanceof Problem) return step;
  if (!isObject(step) || typeof step.at !== 'number' || !Array.isArray(step.effects))
    return broken('it is not a step of a run');
  const { at, effects } = step;
  const input = fromJson(step.input ?? null) as Input | undefined;
  if (!isObject(input) || !Object.hasOwn(Speaker.inputs, String(input.kind))) return broken('there is no such input');
  return { at, input, effects };
}

const broken = (why: string): Problem => Problem.of('recording', why);

const isHashKey = (value: unknown): value is HashKey =>
  Array.isArray(value) && value.length === 2 && value.every((word) => typeof word === 'number');

const isObject = (value: unknown): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parse(line: string): Json | Problem {
  try {
    return JSON.parse(line) as Json;
  } catch (error) {
    return broken(`it is not valid JSON: ${(error as Error).message}`);
  }
}
