import type { Link } from '../../codec/link';
import type { Links } from './resolution';

/** Not the index of a link: a link was looked up by name. */
export const ANY_LINK = -1;

/** Links by index; records which of them are accessed. */
export class SeenLinks implements Links {
  private seen = new Set<number>();

  constructor(private readonly links: Links) {}

  /** The links accessed from now on. */
  from(): ReadonlySet<number> {
    this.seen = new Set();
    return this.seen;
  }

  get(index: number): Link | undefined {
    this.seen.add(index);
    return this.links.get(index);
  }

  values(): MapIterator<Link> {
    this.seen.add(ANY_LINK);
    return this.links.values();
  }
}
