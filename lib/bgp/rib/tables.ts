import { assert, isChecking } from '../../model/assertion';
import type { HashKey } from '../../model/keyed-hash';
import type { PeerState } from './peer';
import { AttributeTable, SET, SET_CONTEXT } from './table/attribute-table';
import { CheckedAttributeTable, CheckedNextHopTable, CheckedPathTable, CheckedPrefixTable } from './table/checked';
import { InterfaceNames, interfaceNumberOf } from './table/interface-names';
import { NextHopTable } from './table/next-hop-table';
import { PathTable } from './table/path-table';
import {
  PrefixTable,
  ROW,
  ROW_ADVERTISED,
  ROW_HEAD,
  ROW_INSTALLED,
  ROW_META,
  ROW_QUEUED,
  ROW_USED,
} from './table/prefix-table';

/** This node's identifiers towards neighbours; may change, see `Rib.setRouterId` and `Rib.setClusterId`. */
interface LocalIdentity {
  /** BGP Identifier, 32 bits. */
  readonly routerId: number;
  /** Others by which neighbours know it. */
  readonly otherRouterIds: readonly number[];
  /** CLUSTER_ID as a reflector, 32 bits (RFC 4456 section 7). */
  readonly clusterId: number;
}

/** The tables that all phases work on. */
export class RibTables implements LocalIdentity {
  readonly prefixes: PrefixTable;
  readonly paths: PathTable;
  readonly attributes: AttributeTable;
  readonly nextHops: NextHopTable;
  readonly interfaces = new InterfaceNames();
  /** By number; 0 is this node itself and has no entry. */
  readonly peers: (PeerState | undefined)[] = [undefined];
  routerId = 0;
  otherRouterIds: readonly number[] = [];
  clusterId = 0;

  /** `hashKey`: if secret, outsiders cannot choose collisions. `asksNextHops`: see {@link NextHopTable}. */
  constructor(hashKey?: HashKey, asksNextHops?: boolean) {
    this.paths = isChecking ? new CheckedPathTable() : new PathTable();
    this.nextHops = new (isChecking ? CheckedNextHopTable : NextHopTable)(hashKey, asksNextHops);
    this.attributes = new (isChecking ? CheckedAttributeTable : AttributeTable)(this.nextHops, hashKey);
    this.prefixes = new (isChecking ? CheckedPrefixTable : PrefixTable)(hashKey);
  }

  /** The interface of own routes with this set. */
  interfaceOf(set: number): string | undefined {
    return this.interfaces.name(interfaceNumberOf(this.attributes.sets[set * SET + SET_CONTEXT]));
  }

  /** A prefix is advertised to one peer less. */
  withdrawn(id: number): void {
    const { rows } = this.prefixes;
    if (isChecking) assert(rows[id * ROW + ROW_META] >= ROW_ADVERTISED, 'a prefix that is withdrawn was advertised');
    rows[id * ROW + ROW_META] -= ROW_ADVERTISED;
    this.forgetUnused(id);
  }

  /** Frees a prefix's number once there is no path to it and its withdrawal has been sent to everybody. */
  forgetUnused(id: number): void {
    const { rows } = this.prefixes;
    const meta = rows[id * ROW + ROW_META];
    if (rows[id * ROW + ROW_HEAD] !== 0 || (meta & (ROW_QUEUED | ROW_INSTALLED)) !== 0) return;
    if (meta < ROW_ADVERTISED && (meta & ROW_USED) !== 0) this.prefixes.remove(id);
  }
}
