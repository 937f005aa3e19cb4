/* Hot path: the paths of all peers in one typed array, four words (a quarter cache line) each. */
import { grown, grownAmply } from './growth';

/** Words of a path. */
export const PATH = 4;
/** Word: the attribute set as received (before policy). */
export const PATH_PRE_POLICY = 0;
/** Word: the attribute set to use (after policy), 0 if the path is unusable. */
export const PATH_POST_POLICY = 1;
/** Word: the next path of the same prefix, 0 at the end. */
export const PATH_NEXT = 2;
/** Word: the peer's number in the low 16 bits, and the PATH_* marks. */
export const PATH_PEER = 3;

/** Bits of PATH_PEER that hold the peer's number. */
export const PEER_MASK = 0xffff;
/** Bit of PATH_PEER: retained over a restart of the peer (RFC 4724), not received again yet. */
export const PATH_STALE = 0x10000;
/** Bit of PATH_PEER: the prefix is a martian and no import rule names it, so that the path is unusable. */
export const PATH_MARTIAN = 0x20000;

/** The paths, by number from 1; the paths of a prefix are a chain that begins in its row, the best one first. */
export class PathTable {
  /** {@link PATH} words each; replaced when it grows. */
  paths: Uint32Array = new Uint32Array(64 * PATH);
  /** Path identifiers (RFC 7911) by path, if any peer sends them. */
  pathIds: Uint32Array<ArrayBuffer> | undefined;
  /** By path: when it was received or its attributes last changed, in seconds of {@link now}. */
  since: Uint32Array = new Uint32Array(64);
  /** The time, in seconds of the speaker's clock. */
  now = 0;
  count = 0;
  private limit = 1;
  private free = 0;

  /** A new path without a successor. */
  add(attributes: number, used: number, peer: number, pathId: number): number {
    let path = this.free;
    if (path === 0) {
      path = this.limit++;
      this.paths = grownAmply(this.paths, this.limit * PATH);
      if (this.limit > this.since.length) this.since = grownAmply(this.since, this.limit);
    } else this.free = this.paths[path * PATH + PATH_NEXT];
    const paths = this.paths;
    paths[path * PATH + PATH_PRE_POLICY] = attributes;
    paths[path * PATH + PATH_POST_POLICY] = used;
    paths[path * PATH + PATH_NEXT] = 0;
    paths[path * PATH + PATH_PEER] = peer;
    this.since[path] = this.now;
    this.count++;
    if (pathId !== 0) this.pathIds ??= new Uint32Array(this.limit);
    if (this.pathIds) {
      this.pathIds = grown(this.pathIds, this.limit);
      this.pathIds[path] = pathId;
    }
    return path;
  }

  /** The path of a peer in the chain that begins with `head`, 0 if it has none. */
  find(head: number, peer: number, pathId: number): number {
    const paths = this.paths;
    for (let path = head; path !== 0; path = paths[path * PATH + PATH_NEXT])
      if ((paths[path * PATH + PATH_PEER] & PEER_MASK) === peer && this.pathId(path) === pathId) return path;
    return 0;
  }

  /** Number of paths of a peer in the chain that begins with `head`. */
  countOf(head: number, peer: number): number {
    let count = 0;
    for (let path = head; path !== 0; path = this.paths[path * PATH + PATH_NEXT])
      if ((this.paths[path * PATH + PATH_PEER] & PEER_MASK) === peer) count++;
    return count;
  }

  /** Its path identifier (RFC 7911), 0 if it has none. */
  pathId(path: number): number {
    return this.pathIds === undefined ? 0 : this.pathIds[path];
  }

  /** Inserts a new path after the first one of the chain that begins with `head`. */
  insertBehind(head: number, path: number): void {
    const { paths } = this;
    paths[path * PATH + PATH_NEXT] = paths[head * PATH + PATH_NEXT];
    paths[head * PATH + PATH_NEXT] = path;
  }

  /** Moves a path, not the first one, to the front of the chain that begins with `head`. */
  moveToFront(head: number, path: number): void {
    this.unlink(head, path);
    this.paths[path * PATH + PATH_NEXT] = head;
  }

  /**
   * Removes a path from the chain that begins with `head` and frees it; its words can be read until the next {@link
   * add}. Returns the new first path.
   */
  remove(head: number, path: number): number {
    const { paths } = this;
    const next = paths[path * PATH + PATH_NEXT];
    if (path !== head) this.unlink(head, path);
    paths[path * PATH + PATH_NEXT] = this.free;
    this.free = path;
    this.count--;
    return path === head ? next : head;
  }

  /** Unlinks a path that is not the first one of its chain. */
  private unlink(head: number, path: number): void {
    const { paths } = this;
    let previous = head;
    while (paths[previous * PATH + PATH_NEXT] !== path) previous = paths[previous * PATH + PATH_NEXT];
    paths[previous * PATH + PATH_NEXT] = paths[path * PATH + PATH_NEXT];
  }
}
