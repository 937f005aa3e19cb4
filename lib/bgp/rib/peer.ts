import type { IpAddress } from '../../model/address';
import { assert, isChecking } from '../../model/assertion';
import { Edit } from '../policy/edit';
import { ACCEPT_ALL, CompiledPolicy, type Policy, REJECT_ALL } from '../policy/policy';
import type { RoleName } from '../session/config';
import type { WireContext } from '../wire/context';
import type { Family } from '../wire/family';
import { type OwnNextHops, ownNextHops } from './adj-rib-out/own-next-hop';
import { AdvertisedPaths } from './table/advertised-paths';
import { BitSet } from './table/bit-set';
import type { ChangeLog, Cursor } from './table/change-log';
import { IPV4, IPV6 } from './table/prefix-table';

/** A neighbour as the RIB must know it. */
export interface RibPeer {
  readonly name: string;
  /** Its address, the last thing that the decision process compares. */
  readonly address: IpAddress;
  /** This node's end of the session. */
  readonly localAddress: IpAddress;
  /** The node's own addresses: what "next hop self" says to an internal peer, by family of the routes. */
  readonly localAddresses: { readonly ipv4?: IpAddress; readonly ipv6?: IpAddress };
  /** What it says to an external one. Absent: what the addresses here make of it. */
  readonly nextHops?: OwnNextHops;
  readonly localAs: number;
  readonly peerAs: number;
  /**
   * AS number that this internal neighbour is about to have: its paths are used and told as though it stood in them
   * already. Absent: none.
   */
  readonly migrationAs?: number;
  /** Within the fabric: RFC 8212 does not apply. */
  readonly inside: boolean;
  /** Absent: everything is accepted, but nothing from an outside eBGP neighbour (RFC 8212). */
  readonly importPolicy?: Policy;
  /** Absent: everything is sent, but nothing to an outside eBGP neighbour (RFC 8212). */
  readonly exportPolicy?: Policy;
  /**
   * `auto`: RFC 4271 section 5.1.3 and RFC 4456 section 10, that is self to external peers and unchanged to internal
   * ones.
   */
  readonly nextHop: 'auto' | 'self' | 'keep';
  /** This node reflects routes to and from it (RFC 4456). */
  readonly routeReflectorClient: boolean;
  /**
   * It is on a link of this node: next hops of an external neighbour's routes must be, too (RFC 4271 section 5.1.3).
   * Absent: they need not.
   */
  readonly singleHop?: boolean;
  /** Name of the link that the session is bound to; absent: see `Rib.setLinks`. */
  readonly interface?: string;
  /** How often the own AS number may stand in AS_PATH without making a loop. */
  readonly allowOwnAs: number;
  /** More prefixes than this are too many; absent: no limit. */
  readonly maxPrefixes?: number;
  /** More octets of memory than this are too many for its routes, see RouteMemory; absent: no limit. */
  readonly maxRouteMemory?: number;
  /** With which neighbours it has a share of memory in common; absent: with none. */
  readonly group?: string;
  /** What this node is towards an external neighbour (RFC 9234): routes do not leak. */
  readonly role?: RoleName;
  /**
   * AS number of the node where the session has another as local AS (RFC 7705): both make a loop. Absent: the
   * session's.
   */
  readonly nodeAs?: number;
  /** Which way a local AS that is not the node's stands in paths beside it; see `SessionConfig`. */
  readonly localAsPrepend?: 'import' | 'export' | 'both';
  /** Routes with an AS_SET in their path may not be used (RFC 9774). */
  readonly refuseAsSets?: boolean;
  /**
   * The session is about to end: what is sent says so, and what comes over it is the last choice, that others find
   * other paths (RFC 8326).
   */
  readonly gracefulShutdown?: boolean;
}

/**
 * How many prefixes of a family were received from a peer, how many of these policy accepted, and how many were
 * advertised to it.
 */
export interface RouteCounts {
  readonly received: number;
  readonly accepted: number;
  readonly advertised: number;
  /** Of those received, the ones to martians (RFC 6890), which are not used. */
  readonly martians: number;
}

/** Families by index. */
export const FAMILY_BY_INDEX: readonly Family[] = ['ipv4 unicast', 'ipv6 unicast'];

/** Sending of the whole table of one family. */
class Dump {
  /** Next id to look at; 0: no dump is going on. */
  next = 0;
  /** What follows it: End-of-RIB (RFC 4724), the EoRR of an enhanced refresh (RFC 7313), nothing. */
  marker: 'end-of-rib' | 'eorr' | 'none' = 'none';
  /** The BoRR that goes before it (RFC 7313) is still to be sent. */
  sendsBorr = false;

  start(marker: Dump['marker']): void {
    this.next = 1;
    this.marker = marker;
    this.sendsBorr = marker === 'eorr';
  }

  cancel(): void {
    this.next = 0;
    this.marker = 'none';
    this.sendsBorr = false;
  }
}

/** A neighbour in the RIB: what it is, what was advertised to it and what is still to be. */
export class PeerState {
  /** While the session is up; see {@link setContext}. */
  context: WireContext | undefined;
  routerId = 0;
  /** Place of its address among all peers'. */
  rank = 0;
  /** Number of the context its attributes are read in; another one when the session is negotiated otherwise. */
  contextNumber = 0;
  contextKey = '';
  /** Number of the context of attributes that the import policy changed. */
  derivedContext = 0;
  importPolicy: CompiledPolicy;
  exportPolicy: CompiledPolicy;
  // What is asked of each route is here: configurations come in many shapes, and code that meets many of them is slow.
  /** RFC 4271: the other end is in another AS. */
  isExternal = false;
  /** Whether next hops of its routes must be on the link to it (RFC 4271 section 5.1.3). */
  isOnLink = false;
  /** RFC 9234 section 4: roles are between autonomous systems. */
  role: RoleName | undefined;
  /** This node reflects routes to and from it (RFC 4456). */
  isClient = false;
  nextHop: RibPeer['nextHop'] = 'auto';
  /** AS number of the node where it counts beside the session's own (RFC 7705), else undefined. */
  otherAs: number | undefined;
  /** What next hop self says, by family index; undefined: nothing that the neighbour could use. */
  self: readonly (Uint8Array | undefined)[] = [undefined, undefined];
  /** Whether every route that comes in is changed, also where the import policy changes nothing. */
  editsImports = false;
  /** The same for those that go out. */
  private editsExports = false;
  /** What outcomes of the policies do to routes, made when first asked for. */
  private importEdits: (Edit | undefined)[] = [];
  private exportEdits: (Edit | undefined)[] = [];
  /** By family index. */
  readonly received = [0, 0];
  readonly accepted = [0, 0];
  readonly advertised = [0, 0];
  readonly martians = [0, 0];
  readonly negotiated = [false, false];
  readonly endOfRibSeen = [false, false];
  readonly dumps = [new Dump(), new Dump()];
  /** Whether it gets all paths to a prefix of a family (RFC 7911), not the best one only. */
  readonly getsAllPaths = [false, false];
  /** The prefixes it knows from us, or the paths to them. */
  readonly advertisedPrefixes = new BitSet();
  readonly advertisedPaths = new AdvertisedPaths();
  /** Which changes it reads, of best routes or of all, and where. */
  log: ChangeLog | undefined;
  cursor: Cursor | undefined;
  /**
   * Prefixes taken out of the log that did not fit into the last output, and with each the path that is meant, 0 for
   * all.
   */
  backlog: number[] = [];
  backlogPaths: number[] = [];

  constructor(
    readonly number: number,
    public config: RibPeer,
  ) {
    this.importPolicy = policyOf(config, config.importPolicy);
    this.exportPolicy = policyOf(config, config.exportPolicy);
    this.setContext(undefined);
  }

  /** How many routes of a family there are of it, and to it. */
  counts(family: number): RouteCounts {
    const { received, accepted, advertised, martians } = this;
    return {
      received: received[family],
      accepted: accepted[family],
      advertised: advertised[family],
      martians: martians[family],
    };
  }

  get paths(): number {
    return this.received[IPV4] + this.received[IPV6];
  }

  /** The session comes up, or is gone. */
  setContext(context: WireContext | undefined): void {
    this.context = context;
    this.importEdits = [];
    this.exportEdits = [];
    const { nodeAs, localAs, peerAs, gracefulShutdown, migrationAs, singleHop, role, routeReflectorClient, nextHop } =
      this.config;
    this.isExternal = context ? context.session === 'ebgp' : localAs !== peerAs;
    this.isOnLink = singleHop === true && this.isExternal;
    this.role = this.isExternal ? role : undefined;
    this.isClient = routeReflectorClient;
    this.nextHop = nextHop;
    this.otherAs = nodeAs !== localAs && this.isExternal ? nodeAs : undefined;
    this.self = this.selfHops();
    this.editsImports =
      (gracefulShutdown === true && this.isExternal) || this.shows('import') || migrationAs !== undefined;
    this.editsExports = gracefulShutdown === true || this.shows('export');
  }

  configure(config: RibPeer): void {
    this.config = config;
    this.setContext(this.context);
    this.importPolicy = policyOf(config, config.importPolicy);
    this.exportPolicy = policyOf(config, config.exportPolicy);
  }

  /** RFC 4271 section 5.1.3: to external peers the address of the session, to internal ones that of the node. */
  private selfHops(): (Uint8Array | undefined)[] {
    const { config, context } = this;
    const own: OwnNextHops = this.isExternal ? (config.nextHops ?? ownNextHops(config)) : config.localAddresses;
    const { ipv4, ipv6, linkLocal, elsewhere } = own;
    const extended = context?.extendedNextHop.has(FAMILY_BY_INDEX[IPV4]) ? ipv6 : undefined;
    const last = (family: IpAddress['family']) => (elsewhere?.family === family ? elsewhere : undefined);
    return [
      (ipv4 ?? extended ?? last('ipv4'))?.bytes,
      ipv6 && linkLocal ? Uint8Array.of(...ipv6.bytes, ...linkLocal.bytes) : (ipv6 ?? last('ipv6'))?.bytes,
    ];
  }

  private shows(way: 'import' | 'export'): boolean {
    const { localAsPrepend } = this.config;
    return this.otherAs !== undefined && (localAsPrepend === way || localAsPrepend === 'both');
  }

  /** What an outcome of the import policy does to routes; not to be asked for outcome 0 unless {@link editsImports}. */
  importEdit(outcome: number): Edit {
    if (isChecking) assert(outcome !== 0 || this.editsImports, 'a policy that changes nothing is asked for no change');
    const { peerAs, localAs, migrationAs } = this.config;
    const gracefulShutdown = this.config.gracefulShutdown === true && this.isExternal;
    this.importEdits[outcome] ??= new Edit(this.importPolicy.settings[outcome] ?? {}, {
      prependedAs: peerAs,
      isExternal: this.isExternal,
      innerAs: this.shows('import') ? localAs : migrationAs,
      // RFC 8326 section 4.2: the initiator does to what comes over an external session what its neighbour does to what
      // goes.
      gracefulShutdown,
      lowersPreference: gracefulShutdown,
    });
    return this.importEdits[outcome];
  }

  /** What an outcome of the export policy does to routes; undefined: nothing. */
  exportEdit(outcome: number): Edit | undefined {
    if (outcome === 0 && !this.editsExports) return undefined;
    const { gracefulShutdown = false, localAs } = this.config;
    this.exportEdits[outcome] ??= new Edit(this.exportPolicy.settings[outcome] ?? {}, {
      prependedAs: localAs,
      isExternal: this.isExternal,
      innerAs: this.shows('export') ? this.otherAs : undefined,
      gracefulShutdown,
      // RFC 8326 section 4.2: internal neighbours that do not know the community are to find other paths, too.
      lowersPreference: gracefulShutdown && !this.isExternal,
    });
    return this.exportEdits[outcome];
  }
}

function policyOf(peer: RibPeer, policy: Policy | undefined): CompiledPolicy {
  const isOutside = !peer.inside && peer.localAs !== peer.peerAs;
  return CompiledPolicy.of(policy ?? (isOutside ? REJECT_ALL : ACCEPT_ALL));
}
