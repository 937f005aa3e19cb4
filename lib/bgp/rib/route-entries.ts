import type { Prefix } from '../../model/prefix';
import type { PathAttributes } from '../wire/path-attributes';
import type { AttributeIntern } from './adj-rib-in/attribute-intern';
import type { Eligibility } from './adj-rib-in/eligibility';
import type { Ineligibility } from './adj-rib-in/ineligibility';
import type { DecidingStep } from './loc-rib/decision-process';
import type { LocRib } from './loc-rib/loc-rib';
import {
  PATH,
  PATH_MARTIAN,
  PATH_NEXT,
  PATH_PEER,
  PATH_POST_POLICY,
  PATH_PRE_POLICY,
  PATH_STALE,
  PEER_MASK,
} from './table/path-table';
import { ROW, ROW_HEAD, ROW_META, ROW_USED } from './table/prefix-table';
import type { RibTables } from './tables';

/** Why a path is not the best one: a step of the decision process, or an ineligibility. */
export type PathReason = DecidingStep | Ineligibility;

/** A prefix with all its paths, for status. */
export interface RouteEntry {
  readonly id: number;
  readonly prefix: Prefix;
  /** Index into `paths`, -1 if none is usable. */
  readonly best: number;
  readonly paths: readonly {
    /** Its number in the table. */
    readonly path: number;
    /** 0: originated here. */
    readonly peer: number;
    readonly attributes: PathAttributes;
    /** The link of a link-local next hop. */
    readonly interface?: string;
    readonly stale: boolean;
    /** When it was received or its attributes last changed: seconds of the speaker's clock. */
    readonly since: number;
    /** Used beside the best one (multipath). */
    readonly beside?: true;
    /** Absent for the best one. */
    readonly reason?: PathReason;
  }[];
}

/** Which prefixes to select. */
export interface RouteFilter {
  readonly prefix?: Prefix;
}

/** Lists the routing table for display. */
export class RouteEntries {
  constructor(
    private readonly tables: RibTables,
    private readonly locRib: LocRib,
    private readonly eligibility: Eligibility,
    private readonly intern: AttributeIntern,
  ) {}

  /** The prefixes with all their paths, in no particular order. */
  *all({ prefix }: RouteFilter): Generator<RouteEntry> {
    const { prefixes } = this.tables;
    const only = prefix && prefixes.id(prefix, false);
    for (let id = only ?? 1; id < (only === undefined ? prefixes.limit : only + 1); id++) {
      const { rows } = prefixes;
      const meta = rows[id * ROW + ROW_META];
      const head = rows[id * ROW + ROW_HEAD];
      if ((meta & ROW_USED) === 0 || head === 0) continue;
      yield this.entry(id, head);
    }
  }

  private entry(id: number, head: number): RouteEntry {
    const { best, lost, beside } = this.locRib.explain(id, head);
    const { paths } = this.tables.paths;
    const all: RouteEntry['paths'][number][] = [];
    let bestIndex = -1;
    for (let path = head; path !== 0; path = paths[path * PATH + PATH_NEXT]) {
      const word = paths[path * PATH + PATH_PEER];
      const number = word & PEER_MASK;
      const peer = this.tables.peers[number];
      const set = paths[path * PATH + PATH_PRE_POLICY];
      const ineligibility =
        (word & PATH_MARTIAN) !== 0 ? 'martian' : peer && this.eligibility.ineligibility(peer, set, id);
      const reason = lost.get(path) ?? (path === best ? undefined : (ineligibility ?? 'policy'));
      if (path === best) bestIndex = all.length;
      const shown = paths[path * PATH + PATH_POST_POLICY] || set;
      const link = this.eligibility.hopOf(shown)?.interface;
      all.push({
        path,
        peer: number,
        attributes: this.intern.attributes(shown),
        ...(link !== undefined && { interface: link }),
        stale: (word & PATH_STALE) !== 0,
        since: this.tables.paths.since[path],
        ...(beside.has(path) && { beside: true }),
        ...(reason !== undefined && { reason }),
      });
    }
    return { id, prefix: this.tables.prefixes.prefix(id), best: bestIndex, paths: all };
  }
}
