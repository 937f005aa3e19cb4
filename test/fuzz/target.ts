import type { Dice } from './dice';

/** Says that something came about in this execution; inputs that bring about something new are kept and mutated on. */
export type Note = (feature: number) => void;

/** Something that takes octets, with the oracles that must hold whatever these are. */
export interface Target {
  readonly name: string;
  /** What is fed, for the report. */
  readonly about: string;
  /** Its share of the executions, against that of the others. */
  readonly share: number;
  /** Where it begins: made by our own encoders. */
  seeds(): Uint8Array[];
  mutate(input: Uint8Array, other: Uint8Array, dice: Dice): Uint8Array;
  /** One execution. Throws where an oracle is breached. */
  run(input: Uint8Array, note: Note): void;
  /** Forgets what executions left behind, where they share anything. */
  renew?(): void;
}

const REASONS = new Map<string, number>();

/** A small number for a text, the same for texts that differ in their numbers only. */
export function reasonNumber(text: string): number {
  const known = REASONS.get(text);
  if (known !== undefined) return known;
  const bare = text.replace(/[0-9a-f]*\d[0-9a-f]*/g, '#');
  const number = REASONS.get(bare) ?? REASONS.size + 1;
  if (REASONS.size < 100_000) REASONS.set(bare, number).set(text, number);
  return number;
}

/** How many, roughly: 0, 1, 2, 3 to 4, 5 to 8 … */
export const bucket = (count: number): number => (count === 0 ? 0 : 33 - Math.clz32(count - 1 || 0));
