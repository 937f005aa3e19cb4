/** Our objects are recognised by their protocol number and by this part of the number space, one for each protocol. */
const BASE = 0x42000000;
const SPAN = 0x10000;
/** Groups take so many of the numbers at most: what is left is for their members. */
const MOST_TAKEN = (SPAN * 3) / 4;

/** Numbers for nexthop objects of one protocol. */
export class NexthopNumbers {
  /** In use, by us and by others in our range. */
  private readonly taken = new Set<number>();
  private readonly first: number;
  private next = 1;

  constructor(protocol: number) {
    this.first = BASE + protocol * SPAN;
  }

  /** Whether a number is of the range in which our objects are. */
  isOurs(id: number): boolean {
    return id > this.first && id < this.first + SPAN;
  }

  /** A number for a group; undefined where none is left. */
  forGroup(): number | undefined {
    return this.taken.size < MOST_TAKEN ? this.forMember() : undefined;
  }

  /** A number for a member; undefined where none is left. */
  forMember(): number | undefined {
    for (let tries = 1; tries < SPAN && this.taken.size < SPAN - 1; tries++) {
      const id = this.first + this.next;
      this.next = (this.next % (SPAN - 1)) + 1;
      if (!this.taken.has(id)) {
        this.taken.add(id);
        return id;
      }
    }
    return undefined;
  }

  /** Somebody has a number, no matter who it is. */
  take(id: number): void {
    this.taken.add(id);
  }

  giveBack(id: number): void {
    this.taken.delete(id);
  }
}
