import { Dice } from './dice';
import { cut } from './mutation/octets';
import { closeness } from './oracle';
import type { Target } from './target';

/** An input that breached an oracle, made as small as it could be. */
export interface Found {
  readonly signature: string;
  readonly message: string;
  readonly stack: string;
  readonly input: Uint8Array;
  /** Whether it does so alone, with nothing fed before. */
  readonly alone: boolean;
  /** Inputs fed before it since the target was renewed, the last ones; where it needs them. */
  readonly before: readonly Uint8Array[];
  /** How often it was found. */
  times: number;
}

/** Inputs of a target remembered for a finding that needs what was fed before. */
const HISTORY = 300;
/** Executions after which a target that keeps something begins anew. */
const RENEW = 256;
/** Executions spent to make one finding smaller. */
const SHRINKING = 4000;

/** One target being fuzzed: keeps the inputs that brought about something new and mutates them on. */
export class Fuzzer {
  executions = 0;
  readonly kept: Uint8Array[] = [];
  readonly found = new Map<string, Found>();
  private readonly features = new Set<number>();
  private readonly dice: Dice;
  private history: Uint8Array[] = [];
  private isNew = false;
  private readonly note = (feature: number): void => {
    if (this.features.has(feature)) return;
    this.features.add(feature);
    this.isNew = true;
  };

  /** `corpus`: inputs beside the target's own seeds. `onInput` hears of each input before it is run. */
  constructor(
    readonly target: Target,
    seed: number,
    corpus: readonly Uint8Array[] = [],
    private readonly onInput: (input: Uint8Array) => void = () => {},
  ) {
    this.dice = new Dice(seed);
    target.renew?.();
    for (const input of [...target.seeds(), ...corpus]) this.execute(input);
    this.executions = 0;
    if (this.kept.length === 0) this.kept.push(new Uint8Array(1));
  }

  /** How many different things came about so far. */
  get outcomes(): number {
    return this.features.size;
  }

  /** Mutates and runs one input. */
  step(): void {
    const { dice, kept, target } = this;
    const recent = dice.once(3) ? Math.min(16, kept.length) : kept.length;
    const one = kept[kept.length - 1 - dice.below(recent)];
    const two = dice.pick(kept);
    // Short inputs are as good as long ones and cost less.
    const input = one.length > two.length && !dice.once(one.length > 2000 ? 64 : 4) ? two : one;
    this.execute(target.mutate(input, dice.pick(kept), dice));
  }

  private execute(input: Uint8Array): void {
    this.executions++;
    this.isNew = false;
    this.onInput(input);
    if (this.target.renew) {
      if (this.history.length >= RENEW) this.renew();
      this.history.push(input);
    }
    try {
      this.target.run(input, this.note);
    } catch (error) {
      this.report(input, error as Error);
      this.renew();
      return;
    }
    if (this.isNew) this.kept.push(input.slice());
  }

  private renew(): void {
    this.target.renew?.();
    this.history = [];
  }

  private report(input: Uint8Array, error: Error): void {
    const signature = signatureOf(error);
    const known = this.found.get(signature);
    if (known) {
      known.times++;
      return;
    }
    const before = this.history.slice(-HISTORY, -1);
    const alone = this.fails(input, signature);
    const smallest = alone ? this.shrink(input, signature) : input;
    this.found.set(signature, {
      ...{ signature, message: error.message, stack: String(error.stack), input: smallest.slice(), alone, times: 1 },
      before: alone ? [] : before,
    });
  }

  private fails(input: Uint8Array, signature: string): boolean {
    this.target.renew?.();
    this.onInput(input);
    closeness.always = true;
    try {
      this.target.run(input, () => {});
      return false;
    } catch (error) {
      return signatureOf(error as Error) === signature;
    } finally {
      closeness.always = false;
    }
  }

  /** Takes out pieces, large ones first, and makes octets zero, as long as the same goes wrong. */
  private shrink(input: Uint8Array, signature: string): Uint8Array {
    let best = input;
    let left = SHRINKING;
    for (let size = input.length >> 1; size > 0 && left > 0; size >>= 1)
      for (let at = 0; at + size <= best.length && left > 0; left--) {
        const shorter = cut(best, at, size);
        if (this.fails(shorter, signature)) best = shorter;
        else at += size;
      }
    for (let at = 0; at < best.length && left > 0; at++, left--) {
      const plainer = best.slice();
      plainer[at] = 0;
      if (best[at] !== 0 && this.fails(plainer, signature)) best = plainer;
    }
    return best;
  }
}

/** What goes wrong, and where; the same for inputs that differ in numbers alone. */
function signatureOf(error: Error): string {
  const place = error.name === 'Finding' ? '' : /\/lib\/(\S+?):\d+/.exec(String(error.stack))?.[1];
  return `${error.name} ${error.message.slice(0, 120).replace(/[0-9a-f]*\d[0-9a-f]*/g, '#')} ${place ?? ''}`.trim();
}
