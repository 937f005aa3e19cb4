/** An entry of the wheel. */
interface Sleeper {
  /** Runs what is due, and returns when more is, in milliseconds of the wheel's clock; infinity: never. */
  wake(): number;
}

/**
 * Wakes many sleepers with a single timer. Times are mostly postponed, so a sleeper with a later time stays in its
 * slot, and returns the new time when it is woken.
 */
export class Wheel {
  /** The sleepers of each millisecond. */
  private readonly slots = new Map<number, Sleeper[]>();
  private readonly places = new Map<Sleeper, number>();
  private timer: NodeJS.Timeout | undefined;
  private timerAt = Number.POSITIVE_INFINITY;

  constructor(private readonly now: () => number) {}

  /** Wakes it at this time, or before. */
  add(sleeper: Sleeper, at: number): void {
    const slot = Math.ceil(at);
    const place = this.places.get(sleeper);
    if (slot === Number.POSITIVE_INFINITY || (place !== undefined && place <= slot)) return;
    this.remove(sleeper);
    this.places.set(sleeper, slot);
    const others = this.slots.get(slot);
    if (others) others.push(sleeper);
    else this.slots.set(slot, [sleeper]);
    if (slot < this.timerAt) this.arm(slot);
  }

  remove(sleeper: Sleeper): void {
    const place = this.places.get(sleeper);
    if (place === undefined) return;
    this.places.delete(sleeper);
    const left = this.slots.get(place)?.filter((one) => one !== sleeper) ?? []; // removed from the slot while it is being woken
    if (left.length > 0) this.slots.set(place, left);
    else this.slots.delete(place);
  }

  close(): void {
    clearTimeout(this.timer);
    this.slots.clear();
    this.places.clear();
  }

  private arm(slot: number): void {
    clearTimeout(this.timer);
    this.timerAt = slot;
    this.timer = setTimeout(() => this.turn(), Math.max(0, Math.ceil(slot - this.now())));
  }

  private turn(): void {
    this.timerAt = Number.POSITIVE_INFINITY;
    const now = this.now();
    const due = [...this.slots.keys()].filter((slot) => slot <= now).sort((a, b) => a - b);
    for (const slot of due) {
      const sleepers = this.slots.get(slot) ?? [];
      this.slots.delete(slot);
      for (const sleeper of sleepers) {
        if (this.places.get(sleeper) !== slot) continue; // it was removed meanwhile
        this.places.delete(sleeper);
        this.add(sleeper, sleeper.wake());
      }
    }
    const next = Math.min(...this.slots.keys());
    if (next < this.timerAt) this.arm(next);
  }
}
