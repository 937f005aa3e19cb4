/* Hot path for neighbours that get several paths to a prefix: typed arrays, two words for each advertised path. */
import { grown, NO_WORDS } from './growth';

/** The paths advertised to a neighbour (RFC 7911): a chain of path identifiers for each prefix. */
export class AdvertisedPaths {
  /** The first link of a prefix, 0 for none. */
  private heads = NO_WORDS;
  /** Links, two words each: path identifier and next link. */
  private links = NO_WORDS;
  private limit = 1;
  private free = 0;

  has(prefix: number, path: number): boolean {
    for (let link = this.head(prefix); link !== 0; link = this.links[link * 2 + 1])
      if (this.links[link * 2] === path) return true;
    return false;
  }

  /** Whether any path to the prefix is advertised. */
  hasAny(prefix: number): boolean {
    return this.head(prefix) !== 0;
  }

  /** True if it was added. */
  add(prefix: number, path: number): boolean {
    if (this.has(prefix, path)) return false;
    let link = this.free;
    if (link === 0) {
      link = this.limit++;
      this.links = grown(this.links, this.limit * 2);
    } else this.free = this.links[link * 2 + 1];
    this.heads = grown(this.heads, prefix + 1);
    this.links[link * 2] = path;
    this.links[link * 2 + 1] = this.heads[prefix];
    this.heads[prefix] = link;
    return true;
  }

  /** True if it was present. */
  delete(prefix: number, path: number): boolean {
    const links = this.links;
    for (let link = this.head(prefix), before = 0; link !== 0; before = link, link = links[link * 2 + 1]) {
      if (links[link * 2] !== path) continue;
      if (before === 0) this.heads[prefix] = links[link * 2 + 1];
      else links[before * 2 + 1] = links[link * 2 + 1];
      links[link * 2 + 1] = this.free;
      this.free = link;
      return true;
    }
    return false;
  }

  /** Visits the advertised paths of a prefix. */
  visit(prefix: number, show: (path: number) => void): void {
    for (let link = this.head(prefix); link !== 0; link = this.links[link * 2 + 1]) show(this.links[link * 2]);
  }

  /** Removes all; visits each prefix with an advertised path once. */
  drain(show: (prefix: number) => void): void {
    const heads = this.heads;
    this.heads = this.links = NO_WORDS;
    this.limit = 1;
    this.free = 0;
    for (let prefix = 0; prefix < heads.length; prefix++) if (heads[prefix] !== 0) show(prefix);
  }

  private head(prefix: number): number {
    return prefix < this.heads.length ? this.heads[prefix] : 0;
  }
}
