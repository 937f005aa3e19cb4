/** Our objects are recognised by their protocol number and by their id range, one for each protocol. */
const BASE = 0x42000000;
const SPAN = 0x10000;
/** Maximum number of ids for groups: the rest is for their members. */
const MOST_TAKEN = (SPAN * 3) / 4;

/** Ids for nexthop objects of one protocol. */
export class NexthopNumbers {
  /** In use, by us and by others in our range. */
  private readonly taken = new Set<number>();
  private readonly first: number;
  private next = 1;

  constructor(protocol: number) {
    this.first = BASE + protocol * SPAN;
  }

  /** Whether an id is in the range of our objects. */
  isOurs(id: number): boolean {
    return id > this.first && id < this.first + SPAN;
  }

  /** An id for a group; undefined if none is left. */
  forGroup(): number | undefined {
    return this.taken.size < MOST_TAKEN ? this.forMember() : undefined;
  }

  /** An id for a member; undefined if none is left. */
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

  /** Marks an id as used, by whomever. */
  take(id: number): void {
    this.taken.add(id);
  }

  giveBack(id: number): void {
    this.taken.delete(id);
  }
}
