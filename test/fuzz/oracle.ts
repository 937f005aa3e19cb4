import { digest } from './digest';

/** An oracle was breached: what the fuzzer looks for. */
export class Finding extends Error {
  override readonly name = 'Finding';
}

/** Throws a {@link Finding} that says so. */
export function fail(what: string): never {
  throw new Finding(what);
}

export function hold(condition: boolean, what: string): void {
  if (!condition) fail(what);
}

const BEFORE = 67; // odd, so that nothing is aligned by chance
const BEHIND = 70_000; // further than any length field of 16 bits reaches

/** Octets within a larger buffer whose other octets are all alike: what they are must not matter. */
class Surroundings {
  private room: Uint8Array;
  private used = 0;

  constructor(private readonly poison: number) {
    this.room = new Uint8Array(BEFORE + 70_000 + BEHIND).fill(poison);
  }

  /** The buffer with the input from {@link BEFORE} on. Valid until the next call. */
  put(input: Uint8Array): Uint8Array {
    if (BEFORE + input.length + BEHIND > this.room.length)
      this.room = new Uint8Array(BEFORE + 2 * input.length + BEHIND).fill(this.poison);
    else if (this.used > input.length) this.room.fill(this.poison, BEFORE + input.length, BEFORE + this.used);
    this.room.set(input, BEFORE);
    this.used = input.length;
    return this.room;
  }
}

const ZEROS = new Surroundings(0);
const ONES = new Surroundings(0xff);

/** Octets that count how often they are read, and complain of a read outside [start, end). */
export class Watched {
  reads = 0;
  readonly octets: Uint8Array;

  constructor(bytes: Uint8Array, start: number, end: number) {
    const watched = this;
    const check = (from: number, to: number) => {
      if (from < to && (from < start || to > end))
        fail(`reads octets ${from - start} to ${to - start} of ${end - start}`);
      watched.reads += Math.max(0, to - from);
    };
    this.octets = new Proxy(bytes, {
      get(target, name) {
        if (typeof name === 'string') {
          const first = name.charCodeAt(0);
          if (first >= 48 && first <= 57) {
            const index = Number(name);
            if (index < start || index >= end) fail(`reads octet ${index - start} of ${end - start}`);
            watched.reads++;
            return target[index];
          }
          if (name === 'slice' || name === 'subarray')
            return (from = 0, to = target.length) => {
              check(from, to);
              return target.slice(from, to);
            };
        }
        const value = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }
}

/**
 * How closely executions are looked at. `always`: each one is watched octet by octet, for one that is to be repeated.
 */
export const closeness = { always: false };

let turn = 0;
/** One execution in so many is watched octet by octet, which costs as much as all the rest. */
const WATCH_EVERY = 8;

/**
 * Decodes the input where it lies within larger buffers, and complains where what lies around it makes a difference.
 * Now and then every read is watched: none outside, and not more than `work` for each octet. Gives what was decoded.
 */
export function decodeInPlace<T>(
  input: Uint8Array,
  decode: (bytes: Uint8Array, start: number, end: number) => T,
  work = 64,
): T {
  const end = BEFORE + input.length;
  const first = digest(decode(ONES.put(input), BEFORE, end));
  const result = decode(ZEROS.put(input), BEFORE, end);
  hold(digest(result) === first, 'octets outside the buffer make a difference');
  if (++turn % WATCH_EVERY === 0 || closeness.always) watch(input, decode, work);
  return result;
}

/** As {@link decodeInPlace}, every read watched, nothing else. */
export function watch(
  input: Uint8Array,
  decode: (bytes: Uint8Array, start: number, end: number) => unknown,
  work = 64,
): void {
  const watched = new Watched(ZEROS.put(input), BEFORE, BEFORE + input.length);
  decode(watched.octets, BEFORE, BEFORE + input.length);
  hold(watched.reads <= work * (input.length + 16), `reads ${watched.reads} octets of an input of ${input.length}`);
}

/** Complains where two values do not say the same. */
export function same(a: unknown, b: unknown, what: string): void {
  if (digest(a) !== digest(b)) fail(`${what}: ${short(a)} became ${short(b)}`);
}

function short(value: unknown): string {
  const text = JSON.stringify(value, (key, inner) =>
    key === 'row' ? inner.name : inner instanceof Uint8Array ? Buffer.from(inner).toString('hex') : inner,
  );
  return text === undefined || text.length <= 600 ? String(text) : `${text.slice(0, 600)}…`;
}
