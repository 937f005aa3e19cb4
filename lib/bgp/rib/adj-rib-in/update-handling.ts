/*
 * Hot path: applies an UPDATE to the neighbour's Adj-RIB-In (RFC 4271 section 9, RFC 7606). `take` and what it calls
 * run for each message and each route; they work on the typed arrays of the tables and allocate nothing for a route.
 */
import { REJECTED } from '../../policy/prefix-rules';
import type { Family } from '../../wire/family';
import { NlriCursor } from '../../wire/nlri';
import { splitUpdate, type UpdateSplit, weigh } from '../../wire/update';
import { stricter, type UpdateVerdict } from '../../wire/verdict';
import { FAMILY_BY_INDEX, type PeerState } from '../peer';
import { outcomeOf } from '../policy-view';
import type { AttributeTable } from '../table/attribute-table';
import { PATH_MARTIAN } from '../table/path-table';
import { IPV4, IPV6, type PrefixTable } from '../table/prefix-table';
import type { RibTables } from '../tables';
import { type AdjRibIn, MOST_PATHS } from './adj-rib-in';
import { type AttributeIntern, outOfResources } from './attribute-intern';
import type { Eligibility } from './eligibility';
import { nextHopIneligibility } from './ineligibility';
import { isMartian, SUSPECTS } from './martians';
import type { RefusalBook } from './refusals';

const TOO_MANY_PATHS = outOfResources(`more than ${MOST_PATHS} paths to one prefix`);

/** Processes the messages of all neighbours; keeps only scratch space between them. */
export class UpdateHandling {
  private readonly cursor = new NlriCursor();
  /** The prefixes of the current message. */
  private ids = new Uint32Array(4096);
  private readonly prefixes: PrefixTable;
  private readonly attributes: AttributeTable;

  /** `split`: the parts of the current message, which `intern` uses. */
  constructor(
    tables: RibTables,
    private readonly split: UpdateSplit,
    private readonly intern: AttributeIntern,
    private readonly eligibility: Eligibility,
    private readonly adjRibIn: AdjRibIn,
    private readonly refusals: RefusalBook,
  ) {
    this.prefixes = tables.prefixes;
    this.attributes = tables.attributes;
  }

  /**
   * Processes one UPDATE (its body, from `start` to `end`) of an established neighbour. Routes to be treated as
   * withdrawn by RFC 7606 are withdrawn; on `session-reset` the caller closes the session.
   */
  take(peer: PeerState, bytes: Uint8Array, start: number, end: number): UpdateVerdict {
    const { split, intern } = this;
    let verdict = splitUpdate(bytes, start, end, peer.context!, split);
    if (verdict.kind === 'session-reset') return verdict;
    const hasNlri = split.nlriEnd > split.nlriStart;
    const reaches = split.reachNlriEnd > split.reachNlriStart && split.reachFamily !== undefined;
    const unreaches = split.unreachNlriEnd > split.unreachNlriStart && split.unreachFamily !== undefined;
    if (split.withdrawnEnd > split.withdrawnStart)
      this.withdraw(peer, 'ipv4 unicast', bytes, split.withdrawnStart, split.withdrawnEnd);
    if (unreaches) this.withdraw(peer, split.unreachFamily!, bytes, split.unreachNlriStart, split.unreachNlriEnd);
    if (!hasNlri && !reaches) return this.withoutRoutes(peer, bytes, verdict);
    let routesSet = 0;
    let reachSet = 0;
    if (verdict.kind === 'accept') {
      if (hasNlri) {
        routesSet = peer.negotiated[IPV4]
          ? intern.intern(peer, bytes, 'nlri', 'ipv4 unicast')
          : intern.judge(peer, bytes, 'nlri');
        verdict = stricter(verdict, intern.verdict);
      }
      if (reaches) {
        reachSet = intern.intern(peer, bytes, 'reach', split.reachFamily!);
        verdict = stricter(verdict, intern.verdict);
      }
    } else {
      intern.judge(peer, bytes, 'none');
      verdict = stricter(verdict, intern.verdict);
    }
    // RFC 7606 section 2: all routes of the message are treated alike, including those of the other field.
    if (verdict.kind === 'treat-as-withdraw' || verdict.kind === 'session-reset') {
      for (const set of [routesSet, reachSet]) if (set !== 0) this.attributes.release(set);
      routesSet = reachSet = 0;
      if (verdict.kind === 'session-reset') return verdict;
    }
    if (hasNlri)
      if (routesSet === 0) this.withdraw(peer, 'ipv4 unicast', bytes, split.nlriStart, split.nlriEnd);
      else this.announce(peer, 'ipv4 unicast', bytes, split.nlriStart, split.nlriEnd, routesSet);
    if (reaches)
      if (reachSet === 0) this.withdraw(peer, split.reachFamily!, bytes, split.reachNlriStart, split.reachNlriEnd);
      else this.announce(peer, split.reachFamily!, bytes, split.reachNlriStart, split.reachNlriEnd, reachSet);
    return stricter(verdict, intern.verdict);
  }

  /** A message without (known) routes: the attributes are judged all the same, as they may require a reset. */
  private withoutRoutes(peer: PeerState, bytes: Uint8Array, verdict: UpdateVerdict): UpdateVerdict {
    const { split } = this;
    const ended = split.endOfRib;
    if (ended !== undefined) peer.endOfRibSeen[FAMILY_BY_INDEX.indexOf(ended)] = true;
    if (!split.hasAttributes) return weigh(verdict, split);
    this.intern.judge(peer, bytes, 'none');
    return weigh(stricter(verdict, this.intern.verdict), split);
  }

  private announce(peer: PeerState, family: Family, bytes: Uint8Array, start: number, end: number, set: number): void {
    const { prefixes, eligibility } = this;
    const cursor = this.cursor;
    const isIneligible = eligibility.ofAttributes(peer, set) !== undefined;
    const lacksHop = isIneligible ? undefined : nextHopIneligibility(eligibility.hopOf(set), peer);
    const rules = isIneligible ? undefined : eligibility.rules(peer, set);
    const usesPrefix = rules?.usesPrefix === true;
    const forAll = rules && !usesPrefix ? eligibility.postPolicy(peer, set, rules.otherwise) : 0;
    const awaited = rules && !usesPrefix && forAll === 0 ? eligibility.awaited : undefined;
    const isRecursive = forAll !== 0 && eligibility.hopOf(forAll)?.ways !== undefined;
    const hasPathIds = peer.context!.addPathReceive.has(family);
    if (this.ids.length < end - start) this.ids = new Uint32Array(end - start);
    const ids = this.ids;
    // Two loops, because prefix look-ups wait for memory, and adjacent look-ups overlap their waits.
    const suspects = SUSPECTS[family === 'ipv4 unicast' ? 'ipv4' : 'ipv6'];
    let count = 0;
    let suspect = 0;
    let unused = 0;
    let unusedId = 0;
    let martians = 0;
    let martianId = 0;
    cursor.start(bytes, start, end, hasPathIds);
    if (family === 'ipv4 unicast')
      while (cursor.next()) {
        suspect |= suspects[cursor.word0 >>> 24];
        ids[count++] = prefixes.add4(cursor.word0, cursor.length);
      }
    else
      while (cursor.next()) {
        suspect |= suspects[cursor.word0 >>> 24];
        ids[count++] = prefixes.add6(cursor.word0, cursor.word1, cursor.word2, cursor.word3, cursor.length);
      }
    if (hasPathIds) cursor.start(bytes, start, end, true);
    for (let i = 0; i < count; i++) {
      if (hasPathIds) cursor.next();
      const pathId = hasPathIds ? cursor.pathId >>> 0 : 0;
      if (suspect !== 0 && isMartian(prefixes, ids[i])) {
        if (this.putMartian(peer, ids[i], pathId, set, isIneligible) && martians++ === 0) martianId = ids[i];
        continue;
      }
      let used = forAll;
      if (isRecursive && !eligibility.isReached(peer, forAll, ids[i])) used = 0;
      if (usesPrefix) {
        const outcome = outcomeOf(rules!, prefixes, ids[i]);
        used = eligibility.postPolicy(peer, set, outcome, ids[i]);
        if (used === 0 && outcome !== REJECTED && unused++ === 0) unusedId = ids[i];
      }
      if (!this.adjRibIn.put(peer.number, peer, ids[i], pathId, set, used)) this.intern.verdict = TOO_MANY_PATHS;
    }
    if (awaited) awaited.waiting.push(ids.slice(0, count));
    if (martians > 0) this.refusals.add(peer, 'martian', martians, set, martianId);
    if (lacksHop !== undefined) {
      // Routes rejected by policy anyway are not reported.
      if (!usesPrefix && forAll === 0 && rules!.otherwise !== REJECTED) {
        const all = ids.subarray(0, count);
        const others = suspect === 0 ? all : all.filter((id) => !isMartian(prefixes, id));
        [unused, unusedId] = [others.length, others[0]];
      }
      if (unused > 0) this.refusals.add(peer, lacksHop, unused, set, unusedId);
    }
    eligibility.forgetDerived();
    this.attributes.release(set);
  }

  /**
   * Stores a neighbour's path to a martian, which is used if an import rule names it; stored in any case, as rules may
   * change. Returns whether it newly became an unused path to a martian.
   */
  private putMartian(peer: PeerState, id: number, pathId: number, set: number, isIneligible: boolean): boolean {
    const outcome = this.eligibility.martianOutcome(peer, set, id);
    const used = isIneligible ? 0 : this.eligibility.postPolicy(peer, set, outcome, id);
    const mark = outcome === REJECTED ? PATH_MARTIAN : 0;
    const before = peer.martians[IPV4] + peer.martians[IPV6];
    if (!this.adjRibIn.put(peer.number, peer, id, pathId, set, used, mark)) this.intern.verdict = TOO_MANY_PATHS;
    return peer.martians[IPV4] + peer.martians[IPV6] > before;
  }

  private withdraw(peer: PeerState, family: Family, bytes: Uint8Array, start: number, end: number): void {
    const { prefixes, adjRibIn } = this;
    const cursor = this.cursor;
    const isIpv4 = family === 'ipv4 unicast';
    cursor.start(bytes, start, end, peer.context!.addPathReceive.has(family));
    while (cursor.next()) {
      const id = isIpv4
        ? prefixes.find4(cursor.word0, cursor.length)
        : prefixes.find6(cursor.word0, cursor.word1, cursor.word2, cursor.word3, cursor.length);
      if (id !== 0) adjRibIn.drop(peer.number, peer, id, cursor.pathId >>> 0);
    }
  }
}
