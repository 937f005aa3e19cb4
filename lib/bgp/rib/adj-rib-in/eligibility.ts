/*
 * Hot path, once for each received attribute set: evaluates import policy, attributes and next hop (RFC 4271 section
 * 9.1.1). The result is the post-policy set that the decision process uses, 0 if a route is ineligible.
 */

import { assert, isChecking } from '../../../model/assertion';
import { type PrefixRules, REJECTED, type RuleOutcome } from '../../policy/prefix-rules';
import type { Recursion } from '../loc-rib/recursion';
import type { PeerState } from '../peer';
import { outcomeOf, routeView } from '../policy-view';
import { SET, SET_MARKS, SET_NEXT_HOP } from '../table/attribute-table';
import type { NextHop } from '../table/next-hop-table';
import type { RibTables } from '../tables';
import type { AttributeIntern } from './attribute-intern';
import { attributeIneligibility, type Ineligibility, nextHopIneligibility } from './ineligibility';

/** Why the attributes of a set make its routes ineligible. */
export function attributeObstacle(tables: RibTables, peer: PeerState, set: number): Ineligibility | undefined {
  const { otherAs } = peer;
  // RFC 7705: with a local AS the node's number counts as well; searched for in the octets, as such sessions are few.
  const others = otherAs === undefined ? 0 : routeView(tables, set, peer).countInPath(otherAs);
  return attributeIneligibility(tables.attributes.sets[set * SET + SET_MARKS], others, peer);
}

/** Evaluates routes by attribute set and prefix. */
export class Eligibility {
  /** The unresolved next hop of the set last passed to {@link postPolicy}. */
  awaited: NextHop | undefined;
  /** Sets derived from the current set by the import policy, by outcome, and the number of that set. */
  private readonly derived: number[] = [];
  private derivedFrom = 0;

  constructor(
    private readonly tables: RibTables,
    private readonly intern: AttributeIntern,
    private readonly recursion: Recursion,
  ) {}

  /** Why routes with this set are ineligible, as far as the set determines it. */
  ineligibility(peer: PeerState, set: number, id: number): Ineligibility | undefined {
    return (
      this.ofAttributes(peer, set) ??
      this.ofNextHop(peer, set) ??
      (this.isReached(peer, set, id) ? undefined : 'next-hop-recursive')
    );
  }

  /** Why the attributes of a set make its routes ineligible. */
  ofAttributes(peer: PeerState, set: number): Ineligibility | undefined {
    return attributeObstacle(this.tables, peer, set);
  }

  /** Why the next hop of a set makes its routes ineligible. */
  ofNextHop(peer: PeerState, set: number): Ineligibility | undefined {
    return nextHopIneligibility(this.hopOf(set), peer);
  }

  /** The next hop of a set; undefined for this node itself. */
  hopOf(set: number): NextHop | undefined {
    return this.tables.nextHops.get(this.tables.attributes.sets[set * SET + SET_NEXT_HOP]);
  }

  /** Whether the next hop of a set is reachable without the route to the prefix itself. */
  isReached(peer: PeerState, used: number, id: number): boolean {
    const hop = this.hopOf(used);
    return hop?.ways === undefined || this.recursion.metric(id, hop, peer.isOnLink) >= 0;
  }

  /** The import policy for routes with this set. */
  rules(peer: PeerState, set: number): PrefixRules {
    const { importPolicy } = peer;
    return importPolicy.prefixRules ?? importPolicy.rulesFor(routeView(this.tables, set, peer));
  }

  /** The import policy's outcome for a route with this set to a martian: rejected unless a rule names it. */
  martianOutcome(peer: PeerState, set: number, id: number): RuleOutcome {
    const { forMartians } = peer.importPolicy;
    return forMartians
      ? outcomeOf(forMartians.rulesFor(routeView(this.tables, set, peer)), this.tables.prefixes, id)
      : REJECTED;
  }

  /**
   * The set to use for a prefix by an outcome of the import policy, 0 for none. `id` 0: for any prefix, as far as
   * possible; if it waits for its next hop, that is then {@link awaited}. All calls must be for the same set until
   * {@link forgetDerived}.
   */
  postPolicy(peer: PeerState, set: number, outcome: RuleOutcome, id = 0): number {
    this.awaited = undefined;
    if (outcome === REJECTED) return 0;
    let used = set;
    if (outcome !== 0 || peer.editsImports) {
      if (isChecking) assert(this.derived.length === 0 || this.derivedFrom === set, 'derived sets are of another set');
      this.derivedFrom = set;
      this.derived[outcome] ??= this.intern.derive(peer, set, outcome);
      used = this.derived[outcome];
    }
    const hop = used === 0 ? undefined : this.hopOf(used);
    if (used === 0 || hop === undefined || hop.isFree) return used;
    if (hop.isPending) {
      if (id !== 0) hop.waiting.push(Uint32Array.of(id));
      else this.awaited = hop;
      return 0;
    }
    return nextHopIneligibility(hop, peer) === undefined && (id === 0 || this.isReached(peer, used, id)) ? used : 0;
  }

  /** The current set is done: derived sets are kept only by the routes that use them. */
  forgetDerived(): void {
    if (this.derived.length === 0) return;
    for (const set of this.derived) if (set) this.tables.attributes.release(set);
    this.derived.length = 0;
  }
}
