/*
 * Hot path, once for each attribute set that comes: what import policy, the attributes and the next hop make of routes
 * with it (RFC 4271 section 9.1.1). The answer is the post-policy set that the decision process uses, 0 where a route
 * may not be used.
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

/** What the attributes of a set have against its routes. */
export function attributeObstacle(tables: RibTables, peer: PeerState, set: number): Ineligibility | undefined {
  const { otherAs } = peer;
  // RFC 7705: with a local AS the node's number counts, too; looked for in the octets, as such sessions are few.
  const others = otherAs === undefined ? 0 : routeView(tables, set, peer).countInPath(otherAs);
  return attributeIneligibility(tables.attributes.sets[set * SET + SET_MARKS], others, peer);
}

/** Judges routes by attribute set and prefix. */
export class Eligibility {
  /** The next hop that the set waits for that {@link postPolicy} was asked for last. */
  awaited: NextHop | undefined;
  /** Sets that the import policy made of the set at hand, by outcome; and that set. */
  private readonly derived: number[] = [];
  private derivedFrom = 0;

  constructor(
    private readonly tables: RibTables,
    private readonly intern: AttributeIntern,
    private readonly recursion: Recursion,
  ) {}

  /** Why routes with this set may not be used, as far as the set says. */
  ineligibility(peer: PeerState, set: number, id: number): Ineligibility | undefined {
    return (
      this.ofAttributes(peer, set) ??
      this.ofNextHop(peer, set) ??
      (this.isReached(peer, set, id) ? undefined : 'next-hop-recursive')
    );
  }

  /** What the attributes of a set have against its routes. */
  ofAttributes(peer: PeerState, set: number): Ineligibility | undefined {
    return attributeObstacle(this.tables, peer, set);
  }

  /** What the next hop of a set has against its routes. */
  ofNextHop(peer: PeerState, set: number): Ineligibility | undefined {
    return nextHopIneligibility(this.hopOf(set), peer);
  }

  /** The next hop of a set; undefined for this node itself. */
  hopOf(set: number): NextHop | undefined {
    return this.tables.nextHops.get(this.tables.attributes.sets[set * SET + SET_NEXT_HOP]);
  }

  /** Whether a way leads to the next hop of a set that does not need the route to a prefix itself. */
  isReached(peer: PeerState, used: number, id: number): boolean {
    const hop = this.hopOf(used);
    return hop?.ways === undefined || this.recursion.metric(id, hop, peer.isOnLink) >= 0;
  }

  /** What the import policy says of routes with this set. */
  rules(peer: PeerState, set: number): PrefixRules {
    const { importPolicy } = peer;
    return importPolicy.prefixRules ?? importPolicy.rulesFor(routeView(this.tables, set, peer));
  }

  /** What the import policy says of a route with this set to a martian: it is rejected unless a rule names it. */
  martianOutcome(peer: PeerState, set: number, id: number): RuleOutcome {
    const { forMartians } = peer.importPolicy;
    return forMartians
      ? outcomeOf(forMartians.rulesFor(routeView(this.tables, set, peer)), this.tables.prefixes, id)
      : REJECTED;
  }

  /**
   * The set to use by an outcome of the import policy for a prefix, 0 for none. `id` 0: for any, as far as that can be
   * said; where it waits for its next hop, that is {@link awaited} then. Until {@link forgetDerived} all questions must
   * be about one set.
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

  /** The set at hand is dealt with: what the policy made of it is kept by those routes alone that have it. */
  forgetDerived(): void {
    if (this.derived.length === 0) return;
    for (const set of this.derived) if (set) this.tables.attributes.release(set);
    this.derived.length = 0;
  }
}
