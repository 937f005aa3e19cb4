import type { IpAddress } from '../../../model/address';
import type { Prefix } from '../../../model/prefix';
import type { PeerState } from '../peer';
import { SET, SET_NEXT_HOP } from '../table/attribute-table';
import type { RibTables } from '../tables';
import { type Ineligibility, isOfNextHop, isReported } from './ineligibility';

/** Ineligible routes of a neighbour that have not been reported yet. */
export interface RefusedRoutes {
  readonly why: Ineligibility;
  /** Number received, or that became ineligible. */
  readonly count: number;
  /** The first of them, and its next hop. */
  readonly prefix: Prefix;
  readonly nextHop: IpAddress | undefined;
}

/** Counts ineligible routes between reports: a million make one line. */
class RefusalsOfPeer {
  private readonly byReason = new Map<Ineligibility, RefusedRoutes>();

  /** Adds `count` routes; `first` creates the prefix of the first one, and is called if there was none. */
  add(why: Ineligibility, count: number, nextHop: IpAddress | undefined, first: () => Prefix): void {
    const before = this.byReason.get(why);
    this.byReason.set(
      why,
      before ? { ...before, count: before.count + count } : { why, count, prefix: first(), nextHop },
    );
  }

  get all(): RefusedRoutes[] {
    return [...this.byReason.values()];
  }
}

/** Routes that became ineligible in a way to be reported, by neighbour. */
export class RefusalBook {
  private readonly byPeer = new Map<PeerState, RefusalsOfPeer>();

  constructor(private readonly tables: RibTables) {}

  get isEmpty(): boolean {
    return this.byPeer.size === 0;
  }

  /** Adds routes of a neighbour with this set. `id`: one of the prefixes. */
  add(peer: PeerState, why: Ineligibility, count: number, set: number, id: number): void {
    if (!isReported(why)) return;
    const { nextHops, attributes, prefixes } = this.tables;
    const hop = isOfNextHop(why) ? nextHops.get(attributes.sets[set * SET + SET_NEXT_HOP])?.address : undefined;
    const refusals = this.byPeer.get(peer) ?? new RefusalsOfPeer();
    this.byPeer.set(peer, refusals);
    refusals.add(why, count, hop, () => prefixes.prefix(id));
  }

  /** Everything since the last call, by number of the neighbour. */
  take(): Map<number, RefusedRoutes[]> {
    const all = new Map([...this.byPeer].map(([peer, refusals]) => [peer.number, refusals.all]));
    this.byPeer.clear();
    return all;
  }

  /** Removes a neighbour. */
  forget(peer: PeerState): void {
    this.byPeer.delete(peer);
  }
}
