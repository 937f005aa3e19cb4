import { AdjRibIn } from '../../../lib/bgp/rib/adj-rib-in/adj-rib-in';
import { AttributeIntern } from '../../../lib/bgp/rib/adj-rib-in/attribute-intern';
import { Eligibility } from '../../../lib/bgp/rib/adj-rib-in/eligibility';
import { RefusalBook } from '../../../lib/bgp/rib/adj-rib-in/refusals';
import { LocRib } from '../../../lib/bgp/rib/loc-rib/loc-rib';
import { Recursion } from '../../../lib/bgp/rib/loc-rib/recursion';
import { PeerState } from '../../../lib/bgp/rib/peer';
import { AttributeFacts } from '../../../lib/bgp/rib/table/attribute-facts';
import { ChangeLog } from '../../../lib/bgp/rib/table/change-log';
import {
  PATH,
  PATH_NEXT,
  PATH_PEER,
  PATH_POST_POLICY,
  PATH_PRE_POLICY,
  PEER_MASK,
} from '../../../lib/bgp/rib/table/path-table';
import { ROW, ROW_HEAD, ROW_META, ROW_USED } from '../../../lib/bgp/rib/table/prefix-table';
import { RibTables } from '../../../lib/bgp/rib/tables';
import { UpdateSplit } from '../../../lib/bgp/wire/update';
import { context, OWN_AS, peer } from './world';

/** Phases 1 and 2 over tables that a test can look into, with some neighbours that are up. */
export class Phases {
  readonly tables = new RibTables();
  readonly bestLog = new ChangeLog(this.tables.prefixes);
  readonly pathLog = new ChangeLog(this.tables.prefixes, false);
  readonly recursion = new Recursion(this.tables);
  readonly intern = new AttributeIntern(this.tables, new UpdateSplit());
  readonly eligibility = new Eligibility(this.tables, this.intern, this.recursion);
  readonly refusals = new RefusalBook(this.tables);
  readonly locRib = new LocRib(this.tables, this.bestLog, this.recursion, 1);
  readonly adjRibIn = new AdjRibIn(this.tables, this.locRib, this.pathLog, this.eligibility, this.refusals);
  readonly peers: readonly PeerState[];
  private sets = 0;

  constructor(count: number) {
    this.peers = Array.from({ length: count }, (_, n) => {
      const config = peer(n + 1, OWN_AS + n + 1);
      const state = new PeerState(n + 1, config);
      state.setContext(context(config));
      state.rank = n + 1;
      this.tables.peers[n + 1] = state;
      return state;
    });
  }

  /**
   * A set of its own of a neighbour, the better the higher its preference; with a reference that the caller releases.
   */
  set(of: PeerState, preference: number): number {
    const facts = new AttributeFacts();
    const octets = Uint8Array.of(++this.sets, this.sets >>> 8);
    const hop = this.tables.nextHops.intern4(0x0a000000 + of.number, of.number);
    const { attributes } = this.tables;
    facts.localPref = preference;
    return attributes.add(attributes.hash(octets, 0, 2, 4), 4, octets, 0, 2, 0, facts, hop, of.number);
  }

  /** A path of a neighbour to a prefix, by the first 24 bits of that. */
  put(of: PeerState, prefix: number, preference: number, isUsed = true, pathId = 0): boolean {
    const set = this.set(of, preference);
    const id = this.tables.prefixes.add4(prefix << 8, 24);
    const isPut = this.adjRibIn.put(of.number, of, id, pathId, set, isUsed ? set : 0);
    this.tables.attributes.release(set);
    return isPut;
  }

  drop(of: PeerState, prefix: number, pathId = 0): void {
    const id = this.tables.prefixes.find4(prefix << 8, 24);
    if (id !== 0) this.adjRibIn.drop(of.number, of, id, pathId);
  }

  /** Numbers of the neighbours with a path to a prefix, the first one of the chain first. */
  chain(prefix: number): number[] {
    const { prefixes, paths } = this.tables;
    const id = prefixes.find4(prefix << 8, 24);
    const all: number[] = [];
    for (let path = prefixes.rows[id * ROW + ROW_HEAD]; path !== 0; path = paths.paths[path * PATH + PATH_NEXT])
      all.push(paths.paths[path * PATH + PATH_PEER] & PEER_MASK);
    return id === 0 ? [] : all;
  }

  /** Prefix and neighbour of each change that there is to take; 0: no route is left. */
  changes(): [prefix: string, peer: number | undefined][] {
    const all: [string, number | undefined][] = [];
    for (let one = this.locRib.takeChange(); one; one = this.locRib.takeChange())
      all.push([String(one.prefix), one.nextHops ? one.peer : undefined]);
    return all;
  }

  /** What must hold of the tables between any two messages. */
  check(): void {
    const { prefixes, paths, attributes, peers } = this.tables;
    const references = new Map<number, number>();
    const received = new Map<number, number>();
    let count = 0;
    for (let id = 1; id < prefixes.limit; id++) {
      if ((prefixes.rows[id * ROW + ROW_META] & ROW_USED) === 0) continue;
      for (let path = prefixes.rows[id * ROW + ROW_HEAD]; path !== 0; path = paths.paths[path * PATH + PATH_NEXT]) {
        const [set, used] = [PATH_PRE_POLICY, PATH_POST_POLICY].map((word) => paths.paths[path * PATH + word]);
        const number = paths.paths[path * PATH + PATH_PEER] & PEER_MASK;
        count++;
        received.set(number, (received.get(number) ?? 0) + 1);
        for (const one of new Set([set, used])) if (one !== 0) references.set(one, (references.get(one) ?? 0) + 1);
      }
    }
    expect(paths.count).toBe(count);
    expect(attributes.count).toBe(references.size);
    for (const [set, wanted] of references) expect(attributes.sets[set * 16]).toBe(wanted);
    for (const one of peers) if (one) expect(one.paths).toBe(received.get(one.number) ?? 0);
  }
}
