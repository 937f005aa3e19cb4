import type { Policy } from '../../../model/filter';
import type { Prefix } from '../../../model/prefix';
import { decidingRule } from '../../policy/deciding-rule';
import { familyOfSet } from '../adj-rib-out/advertisement-rules';
import { exportObstacle } from '../adj-rib-out/not-advertised';
import type { PeerState } from '../peer';
import { advertisedView, routeView } from '../policy-view';
import { PATH, PATH_NEXT, PATH_PEER, PATH_POST_POLICY, PATH_PRE_POLICY, PEER_MASK } from '../table/path-table';
import { ROW, ROW_HEAD, ROW_META, ROW_USED } from '../table/prefix-table';
import type { RibTables } from '../tables';

/** Number of routes decided on by each rule of a policy, by position, and of those that none matched. */
export interface RuleMatches {
  readonly byRule: readonly number[];
  readonly unmatched: number;
}

/**
 * By number of the neighbour: the routes received from it, and those that could be sent to it. A direction without
 * rules is left out.
 */
export type PeerMatches = ReadonlyMap<number, { readonly import?: RuleMatches; readonly export?: RuleMatches }>;

/** Routes evaluated before yielding. */
const STRIDE = 2048;

class Counter {
  private readonly byRule: number[];
  private unmatched = 0;

  constructor(readonly policy: Policy) {
    this.byRule = policy.rules.map(() => 0);
  }

  add(rule: number): void {
    if (rule < 0) this.unmatched++;
    else this.byRule[rule]++;
  }

  get matches(): RuleMatches {
    return { byRule: this.byRule, unmatched: this.unmatched };
  }
}

const counterOf = (policy: Policy | undefined): Counter | undefined =>
  policy && policy.rules.length > 0 ? new Counter(policy) : undefined;

/** Evaluates the rules of every policy on the current table, with a yield after each stride. */
export function* ruleMatches(tables: RibTables): Generator<undefined, PeerMatches> {
  const { prefixes, paths } = tables;
  const peers = tables.peers.flatMap((peer) => {
    if (!peer) return [];
    const { importPolicy, exportPolicy } = peer.config;
    return [{ peer, import: counterOf(importPolicy), export: counterOf(exportPolicy) }];
  });
  const importing = new Map(peers.flatMap((one) => (one.import ? [[one.peer, one.import] as const] : [])));
  const exporting = peers.filter((one) => one.export !== undefined && one.peer.context !== undefined);
  let judged = 0;
  if (importing.size + exporting.length > 0)
    for (let id = 1; id < prefixes.limit; id++) {
      const row = id * ROW;
      if ((prefixes.rows[row + ROW_META] & ROW_USED) === 0 || prefixes.rows[row + ROW_HEAD] === 0) continue;
      const prefix = prefixes.prefix(id);
      const head = prefixes.rows[row + ROW_HEAD];
      for (let path = head; path !== 0; path = paths.paths[path * PATH + PATH_NEXT]) {
        const peer = tables.peers[paths.paths[path * PATH + PATH_PEER] & PEER_MASK];
        const counter = peer && importing.get(peer);
        if (!counter) continue;
        const set = paths.paths[path * PATH + PATH_PRE_POLICY];
        counter.add(decidingRule(counter.policy, routeView(tables, set, peer), prefix));
        judged++;
      }
      const best = paths.paths[head * PATH + PATH_POST_POLICY];
      if (best !== 0) for (const one of exporting) judged += countExport(tables, one.peer, one.export!, best, prefix);
      if (++judged < STRIDE) continue;
      judged = 0;
      yield undefined;
    }
  return new Map(
    peers.map((one) => [
      one.peer.number,
      { ...(one.import && { import: one.import.matches }), ...(one.export && { export: one.export.matches }) },
    ]),
  );
}

/** Counts the best route if the policy applies to it; returns the amount of work. */
function countExport(tables: RibTables, peer: PeerState, counter: Counter, set: number, prefix: Prefix): number {
  if (!peer.negotiated[familyOfSet(tables.attributes, set)] || exportObstacle(tables, set, peer)) return 0;
  counter.add(decidingRule(counter.policy, advertisedView(tables, set, peer), prefix));
  return 1;
}
