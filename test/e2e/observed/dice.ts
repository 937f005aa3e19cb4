/** Random choices that are the same for the same seed. */
export class Dice {
  constructor(private state: number) {}

  /** From 0 on, below `sides` (mulberry32). */
  roll(sides: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % sides;
  }

  one<T>(all: readonly T[]): T {
    return all[this.roll(all.length)];
  }
}
