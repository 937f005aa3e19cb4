// On the hot path: `intern` runs for each message. A known set costs a hash and a comparison; the rest is for new ones.
import { IpAddress } from '../../../model/address';
import type { RuleOutcome } from '../../policy/prefix-rules';
import { reachNextHop } from '../../wire/decoded-attributes';
import type { Family } from '../../wire/family';
import { notification } from '../../wire/notification';
import { CEASE, ERROR } from '../../wire/notification-codes';
import type { PathAttributes } from '../../wire/path-attributes';
import { copyAttributes, decodeAttributes, type RouteSource, type UpdateSplit } from '../../wire/update';
import { ACCEPT, type UpdateVerdict } from '../../wire/verdict';
import { missingOnlyToCustomer } from '../only-to-customer';
import type { PeerState } from '../peer';
import { AttributeFacts, DEFAULT_LOCAL_PREF, MARK } from '../table/attribute-facts';
import {
  type AttributeTable,
  SET,
  SET_CONTEXT,
  SET_LOCAL_PREF,
  SET_MARKS,
  SET_NEXT_HOP,
} from '../table/attribute-table';
import { fromCanonical, toCanonical } from '../table/canonical';
import { interfaceNumberOf, isLocalContext, localContext } from '../table/interface-names';
import type { NextHopTable } from '../table/next-hop-table';
import type { RibTables } from '../tables';
import { found, type ScanContext, scanAttributes } from './attribute-scan';

/** A route that this node originates itself. */
export interface OriginAttributes {
  readonly med?: number;
  /** 32 bits each (RFC 1997). */
  readonly communities?: readonly number[];
  /** 8 octets each (RFC 4360). */
  readonly extendedCommunities?: readonly Uint8Array[];
  /** RFC 8092. */
  readonly largeCommunities?: readonly (readonly [number, number, number])[];
  /** 0 IGP (default), 1 EGP, 2 INCOMPLETE. */
  readonly origin?: 0 | 1 | 2;
  /** Name of a workload's interface, for rules that match on it. */
  readonly interface?: string;
}

/** Octets that the number of the next hop takes in the key of a set changed by policy. */
const HOP_KEY = 4;

/** RFC 4486: the Cease for a neighbour that sends more than can be stored. */
export const outOfResources = (reason: string): Extract<UpdateVerdict, { kind: 'session-reset' }> => ({
  kind: 'session-reset',
  reason,
  notification: notification(ERROR.cease, CEASE.outOfResources),
});
const NO_ROOM = outOfResources('there is no space for more attributes');

/** Maximum number of stored reasons for discarded attributes; for other sets only the fact is stored. */
const MOST_DISCARDS = 4096;
const DISCARDED: UpdateVerdict = { kind: 'attribute-discard', reason: 'attributes are malformed, as they were before' };

/** Adds attribute sets to the store: from messages, from the import policy, and from this node itself. */
export class AttributeIntern {
  /** The errors that `intern` or `judge` found, and their handling. */
  verdict: UpdateVerdict = ACCEPT;
  private readonly store: AttributeTable;
  private readonly nextHops: NextHopTable;
  private readonly facts = new AttributeFacts();
  private readonly key = new Uint8Array(65536);
  private scratch = new Uint8Array(4096);
  /** Verdicts for sets with discarded attributes. */
  private readonly discards = new Map<number, UpdateVerdict>();

  /** `split`: the parts of the current message. */
  constructor(
    private readonly tables: RibTables,
    private readonly split: UpdateSplit,
  ) {
    this.store = tables.attributes;
    this.nextHops = tables.nextHops;
    this.store.onRelease = (set) => {
      if (this.discards.size > 0) this.discards.delete(set);
      const context = this.store.sets[set * SET + SET_CONTEXT];
      if (isLocalContext(context)) tables.interfaces.release(interfaceNumberOf(context));
    };
  }

  /** The set of a route that this node originates, with a reference owned by the caller. */
  own(attributes: OriginAttributes, isIpv6: boolean): number {
    const { origin = 0, med, communities, extendedCommunities, largeCommunities, interface: name } = attributes;
    const route: PathAttributes = {
      origin,
      asPath: [],
      ...(med !== undefined && { med }),
      ...(communities && { communities: [...communities].map((community) => community >>> 0) }),
      ...(extendedCommunities && { extendedCommunities }),
      ...(largeCommunities && { largeCommunities }),
    };
    const canonical = toCanonical(route);
    const interfaceNumber = this.tables.interfaces.number(name);
    const context = localContext(interfaceNumber, isIpv6);
    const hash = this.store.hash(canonical, 0, canonical.length, context);
    let set = this.store.find(hash, context, canonical, 0, canonical.length);
    if (set === 0) {
      const { routerId, clusterId } = this.tables;
      this.facts.read(route, { localAs: 0, peerAs: 0, routerId, clusterId });
      this.facts.marks |= MARK.local | (isIpv6 ? MARK.ipv6 : 0);
      const { length } = canonical;
      set = this.store.add(hash, context, canonical, 0, length, 0, this.facts, 0, 0);
      if (set === 0) throw new RangeError('there is no space for routes of this node');
      this.tables.interfaces.hold(interfaceNumber);
    } else this.store.hold(set);
    return set;
  }

  /**
   * The set of a message's attributes for its routes of one source, with a reference owned by the caller; 0 if they
   * must be withdrawn.
   */
  intern(peer: PeerState, bytes: Uint8Array, source: RouteSource, family: Family): number {
    const split = this.split;
    const isReach = source === 'reach';
    const isIpv6 = family === 'ipv6 unicast';
    let octets = bytes;
    let start = split.attributesStart;
    let end = split.attributesEnd;
    if (isReach || split.unreachEnd !== 0 || split.reachEnd !== 0) {
      octets = this.key;
      end = copyAttributes(bytes, split, source, octets);
      start = isReach ? 0 : 1; // without the octet that separates routes of NLRI from none
    }
    this.verdict = ACCEPT;
    const context = peer.contextNumber * 4 + (isReach ? 2 : 0) + (isIpv6 ? 1 : 0);
    const store = this.store;
    const hash = store.hash(octets, start, end, context);
    const known = store.find(hash, context, octets, start, end);
    if (known !== 0) {
      store.hold(known);
      if ((store.sets[known * SET + SET_MARKS] & MARK.discarded) !== 0)
        this.verdict = this.discards.get(known) ?? DISCARDED;
      return known;
    }
    const first = isReach ? start + 1 + split.reachNextHopEnd - split.reachNextHopStart : start;
    const facts = this.facts;
    if (
      peer.context!.as4 &&
      (!isReach || this.isCommonNextHop(bytes, isIpv6)) &&
      scanAttributes(octets, first, end, this.scanContext(peer), !isReach, facts)
    ) {
      const nextHop = isReach ? this.reachNextHop(peer, bytes) : this.nextHops.intern4(found.nextHop, peer.number);
      if (isIpv6) facts.marks |= MARK.ipv6;
      return this.kept(store.add(hash, context, octets, start, end, first - start, facts, nextHop, peer.number));
    }
    const decoded = decodeAttributes(bytes, split, peer.context!, source);
    this.verdict = decoded.verdict;
    if (decoded.verdict.kind !== 'accept' && decoded.verdict.kind !== 'attribute-discard') return 0;
    const { attributes } = decoded;
    facts.read(attributes, this.scanContext(peer));
    if (isIpv6) facts.marks |= MARK.ipv6;
    if (decoded.verdict !== ACCEPT) facts.marks |= MARK.discarded;
    const canonical = toCanonical(attributes);
    if (canonical.length > 0xffff) {
      // Only if two-octet AS numbers become four-octet ones; such routes could not be advertised to anyone.
      this.verdict = {
        kind: 'treat-as-withdraw',
        reason: 'the attributes are too long with four-octet AS numbers',
      };
      return 0;
    }
    const hop = this.nextHops.intern(attributes.nextHop!, attributes.nextHopLinkLocal, peer.number);
    const set = this.kept(store.add(hash, context, octets, start, end, canonical, facts, hop, peer.number));
    if (set !== 0 && decoded.verdict !== ACCEPT && this.discards.size < MOST_DISCARDS)
      this.discards.set(set, decoded.verdict);
    return set;
  }

  /** Judges attributes that are not stored: of routes whose family was not negotiated, or of a malformed message. */
  judge(peer: PeerState, bytes: Uint8Array, source: RouteSource): 0 {
    this.verdict = decodeAttributes(bytes, this.split, peer.context!, source).verdict;
    return 0;
  }

  private kept(set: number): number {
    if (set === 0) this.verdict = NO_ROOM;
    return set;
  }

  private scanContext(peer: PeerState): ScanContext {
    const { localAs, peerAs, session } = peer.context!;
    const { routerId, otherRouterIds, clusterId } = this.tables;
    return { localAs, peerAs, isExternal: session === 'ebgp', routerId, otherRouterIds, clusterId };
  }

  /** A global IPv6 address, optionally with a link-local one; anything else is left to the full decoder. */
  private isCommonNextHop(bytes: Uint8Array, isIpv6: boolean): boolean {
    const { reachNextHopStart: start } = this.split;
    return isIpv6 && bytes[start] !== 0 && bytes[start] < 0xfe;
  }

  private reachNextHop(peer: PeerState, bytes: Uint8Array): number {
    const { nextHop, nextHopLinkLocal } = reachNextHop(bytes, this.split);
    return this.nextHops.intern(nextHop!, nextHopLinkLocal, peer.number);
  }

  /** LOCAL_PREF before RFC 8326 is applied: policy may remove the community. */
  private givenLocalPref(set: number): number {
    const { sets } = this.store;
    if ((sets[set * SET + SET_MARKS] & MARK.gracefulShutdown) === 0) return sets[set * SET + SET_LOCAL_PREF];
    return this.attributes(set).localPref ?? DEFAULT_LOCAL_PREF;
  }

  /**
   * The set as changed by the import policy, with a reference for the caller; 0 if it no longer fits a message, or the
   * store is full.
   */
  derive(peer: PeerState, set: number, outcome: RuleOutcome): number {
    const store = this.store;
    const line = set * SET;
    const edit = peer.importEdit(outcome);
    const start = store.start(set);
    const isIpv6 = (store.sets[line + SET_MARKS] & MARK.ipv6) !== 0;
    const room = HOP_KEY + store.length(set) + edit.room;
    if (this.scratch.length < room) this.scratch = new Uint8Array(2 * room);
    const key = this.scratch;
    const localPref = edit.localPref ?? this.givenLocalPref(set);
    const end = edit.write(store.octets(set), start, start + store.length(set), key, HOP_KEY, localPref);
    if (end > 0xffff) return 0;
    const given =
      edit.nextHop instanceof IpAddress && (edit.nextHop.family === 'ipv6') === isIpv6 ? edit.nextHop : undefined;
    let hop = store.sets[line + SET_NEXT_HOP];
    if (given) hop = this.nextHops.internGiven(given.bytes, peer.number);
    else this.nextHops.hold(hop);
    for (let i = 0; i < HOP_KEY; i++) key[i] = hop >>> (8 * i);
    const context = peer.derivedContext * 4 + (isIpv6 ? 1 : 0);
    const hash = store.hash(key, 0, end, context);
    const known = store.find(hash, context, key, 0, end);
    if (known !== 0) {
      store.hold(known);
      this.nextHops.release(hop);
      return known;
    }
    const facts = this.facts;
    const { localAs, peerAs } = peer.config;
    const { routerId, otherRouterIds, clusterId } = this.tables;
    const receiver = { localAs, peerAs, routerId, otherRouterIds, clusterId };
    if (!scanAttributes(key, HOP_KEY, end, { ...receiver, isExternal: false }, false, facts))
      facts.read(fromCanonical(key, HOP_KEY, end), receiver);
    if (isIpv6) facts.marks |= MARK.ipv6;
    return this.kept(store.add(hash, context, key, 0, end, HOP_KEY, facts, hop, peer.number));
  }

  /** The attributes of a set, for display. */
  attributes(set: number): PathAttributes {
    const store = this.store;
    const start = store.start(set);
    const hop = this.nextHops.get(store.sets[set * SET + SET_NEXT_HOP]);
    const onlyToCustomer = missingOnlyToCustomer(this.tables, set, undefined);
    return {
      ...fromCanonical(store.octets(set), start, start + store.length(set)),
      ...(onlyToCustomer !== 0 && { onlyToCustomer }),
      ...(hop && { nextHop: hop.address.bytes }),
      ...(hop?.linkLocal && { nextHopLinkLocal: hop.linkLocal.bytes }),
    };
  }
}
