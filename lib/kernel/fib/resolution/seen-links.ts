import type { Link } from '../../codec/link';
import type { Links } from './resolution';

/** No link has this index: a link was looked for by its name. */
export const ANY_LINK = -1;

/** The links by index; notes which of them are looked at. */
export class SeenLinks implements Links {
  private seen = new Set<number>();

  constructor(private readonly links: Links) {}

  /** Those that are looked at from now on. */
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
