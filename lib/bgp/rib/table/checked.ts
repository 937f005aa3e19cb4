/*
 * The tables with invariant checks, for tests and the fuzzer (see `assertion.ts`): separate classes, so that they cost
 * nothing on the hot path.
 */
import { assert } from '../../../model/assertion';
import { AttributeTable, SET, SET_REFERENCES } from './attribute-table';
import { NextHopTable } from './next-hop-table';
import { PATH, PATH_NEXT, PathTable } from './path-table';
import { PrefixTable, ROW, ROW_ADVERTISED, ROW_HEAD, ROW_META, ROW_QUEUED, ROW_USED } from './prefix-table';

export class CheckedPathTable extends PathTable {
  /** Paths in use. */
  private readonly live = new Set<number>();

  override add(prePolicy: number, postPolicy: number, peer: number, pathId: number): number {
    const path = super.add(prePolicy, postPolicy, peer, pathId);
    assert(!this.live.has(path), 'a path that is there is not given out');
    this.live.add(path);
    return path;
  }

  override insertBehind(head: number, path: number): void {
    assert(this.live.has(head) && this.live.has(path) && head !== path, 'a chain is of paths that are there');
    super.insertBehind(head, path);
  }

  override moveToFront(head: number, path: number): void {
    assert(head !== path && this.isInChain(head, path), 'a path that moves is in its chain, and not the first');
    super.moveToFront(head, path);
  }

  override remove(head: number, path: number): number {
    assert(this.isInChain(head, path), 'a path that goes is in its chain');
    assert(this.live.delete(path), 'a path is given back once');
    const first = super.remove(head, path);
    assert(!this.isInChain(first, path), 'a path that is given back is in no chain');
    return first;
  }

  private isInChain(head: number, path: number): boolean {
    for (let one = head; one !== 0; one = this.paths[one * PATH + PATH_NEXT]) if (one === path) return true;
    return false;
  }
}

export class CheckedAttributeTable extends AttributeTable {
  override hold(set: number): void {
    assert(this.sets[set * SET + SET_REFERENCES] > 0, 'a set that is held has a reference');
    super.hold(set);
  }

  override release(set: number): void {
    assert(this.sets[set * SET + SET_REFERENCES] > 0, 'a set that is released has a reference');
    super.release(set);
  }
}

export class CheckedNextHopTable extends NextHopTable {
  override hold(id: number): void {
    assert(id === 0 || this.get(id) !== undefined, 'a next hop that is held is there');
    super.hold(id);
  }

  override release(id: number): void {
    assert(id === 0 || this.get(id) !== undefined, 'a next hop that is released is there');
    super.release(id);
  }
}

export class CheckedPrefixTable extends PrefixTable {
  override remove(id: number): void {
    const meta = this.rows[id * ROW + ROW_META];
    assert((meta & ROW_USED) !== 0, 'a prefix goes once');
    assert(this.rows[id * ROW + ROW_HEAD] === 0, 'a prefix that goes has no path');
    assert(
      meta < ROW_ADVERTISED && (meta & ROW_QUEUED) === 0,
      'a prefix that goes is known to nobody and waits for nothing',
    );
    super.remove(id);
  }
}
