import type { IpAddress } from '../../model/address';
import { assert, isChecking } from '../../model/assertion';
import { Edit } from '../policy/edit';
import { ACCEPT_ALL, CompiledPolicy, type Policy, REJECT_ALL } from '../policy/policy';
import type { RoleName } from '../session/config';
import type { WireContext } from '../wire/context';
import type { Family } from '../wire/family';
import { concat } from '../wire/octets';
import { type OwnNextHops, ownNextHops } from './adj-rib-out/own-next-hop';
import { AdvertisedPaths } from './table/advertised-paths';
import { BitSet } from './table/bit-set';
import type { ChangeLog, Cursor } from './table/change-log';
import { IPV4, IPV6 } from './table/prefix-table';

/** A neighbour's configuration in the RIB. */
export interface RibPeer {
  readonly name: string;
  /** Its address, the last tie-breaker of the decision process. */
  readonly address: IpAddress;
  /** This node's end of the session. */
  readonly localAddress: IpAddress;
  /** The node's own addresses: the next hop for "next hop self" towards an internal peer, by family of the routes. */
  readonly localAddresses: { readonly ipv4?: IpAddress; readonly ipv6?: IpAddress };
  /** The same towards an external peer. Default: derived from the addresses here. */
  readonly nextHops?: OwnNextHops;
  readonly localAs: number;
  readonly peerAs: number;
  /**
   * AS number to which this internal neighbour is migrating: its paths are used and advertised as if they already
   * contained it. Default: none.
   */
  readonly migrationAs?: number;
  /** Within the fabric: RFC 8212 does not apply. */
  readonly inside: boolean;
  /** Default: everything is accepted, but nothing from an outside eBGP neighbour (RFC 8212). */
  readonly importPolicy?: Policy;
  /** Default: everything is sent, but nothing to an outside eBGP neighbour (RFC 8212). */
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
   * Default: no.
   */
  readonly singleHop?: boolean;
  /** Name of the link that the session is bound to. Default: see `Rib.setLinks`. */
  readonly interface?: string;
  /** How often the own AS number may occur in AS_PATH without being a loop. */
  readonly allowOwnAs: number;
  /** Maximum number of prefixes. Default: no limit. */
  readonly maxPrefixes?: number;
  /** Maximum octets of memory for its routes, see RouteMemory. Default: no limit. */
  readonly maxRouteMemory?: number;
  /** The group of neighbours with which it shares a memory allowance. Default: none. */
  readonly group?: string;
  /** This node's role towards an external neighbour (RFC 9234), to prevent route leaks. */
  readonly role?: RoleName;
  /**
   * AS number of the node if the session has another as local AS (RFC 7705): both are a loop. Default: the session's.
   */
  readonly nodeAs?: number;
  /** How a local AS that is not the node's is combined with it in paths; see `SessionConfig`. */
  readonly localAsPrepend?: 'import' | 'export' | 'both';
  /** Routes with an AS_SET in their path are ineligible (RFC 9774). */
  readonly refuseAsSets?: boolean;
  /**
   * Graceful shutdown (RFC 8326): sent routes carry the community, and received ones are the last choice, so that
   * others find other paths.
   */
  readonly gracefulShutdown?: boolean;
}

/** Number of prefixes of a family received from a peer, accepted by policy, and advertised to it. */
export interface RouteCounts {
  readonly received: number;
  readonly accepted: number;
  readonly advertised: number;
  /** Of those received, the ones to martians (RFC 6890), which are not used. */
  readonly martians: number;
}

/** Families by index. */
export const FAMILY_BY_INDEX: readonly Family[] = ['ipv4 unicast', 'ipv6 unicast'];

/** A transmission of the whole table of one family. */
class Dump {
  /** Next id to examine; 0: no dump is in progress. */
  next = 0;
  /** The marker that follows: End-of-RIB (RFC 4724), the EoRR of an enhanced refresh (RFC 7313), or none. */
  marker: 'end-of-rib' | 'eorr' | 'none' = 'none';
  /** The preceding BoRR (RFC 7313) is still to be sent. */
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

/** A neighbour in the RIB: its configuration, and what was and is to be advertised to it. */
export class PeerState {
  /** While the session is up; see {@link setContext}. */
  context: WireContext | undefined;
  routerId = 0;
  /** Rank of its address among all peers. */
  rank = 0;
  /**
   * Number of the context in which its attributes are decoded; changes when the session negotiates other parameters.
   */
  contextNumber = 0;
  contextKey = '';
  /** Number of the context of attributes changed by the import policy. */
  derivedContext = 0;
  importPolicy: CompiledPolicy;
  exportPolicy: CompiledPolicy;
  // Fields used for each route are copied here: configurations come in many object shapes, which slows down the code
  // that reads them.
  /** RFC 4271: the other end is in another AS. */
  isExternal = false;
  /** Whether next hops of its routes must be on the link to it (RFC 4271 section 5.1.3). */
  isOnLink = false;
  /** RFC 9234 section 4: roles only apply between autonomous systems. */
  role: RoleName | undefined;
  /** This node reflects routes to and from it (RFC 4456). */
  isClient = false;
  nextHop: RibPeer['nextHop'] = 'auto';
  /** AS number of the node if it counts in addition to the session's own (RFC 7705), otherwise undefined. */
  otherAs: number | undefined;
  /** The next hop for next hop self, by family index; undefined if there is none that the neighbour could use. */
  self: readonly (Uint8Array | undefined)[] = [undefined, undefined];
  /** Whether every received route is changed, even if the import policy changes nothing. */
  editsImports = false;
  /** The same for advertised ones. */
  private editsExports = false;
  /** The edits for outcomes of the policies, created on first use. */
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
  /** Whether it is sent all paths to a prefix of a family (RFC 7911), not just the best one. */
  readonly getsAllPaths = [false, false];
  /** The prefixes, or paths to them, that it has from us. */
  readonly advertisedPrefixes = new BitSet();
  readonly advertisedPaths = new AdvertisedPaths();
  /** The change log it reads, of best routes or of all, and its position. */
  log: ChangeLog | undefined;
  cursor: Cursor | undefined;
  /** Prefixes taken from the log that did not fit into the last output, each with its path, 0 for all. */
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

  /** Number of routes of a family from it, and to it. */
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

  /** The session comes up, or goes down. */
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
      ipv6 && linkLocal ? concat(ipv6.bytes, linkLocal.bytes) : (ipv6 ?? last('ipv6'))?.bytes,
    ];
  }

  private shows(way: 'import' | 'export'): boolean {
    const { localAsPrepend } = this.config;
    return this.otherAs !== undefined && (localAsPrepend === way || localAsPrepend === 'both');
  }

  /** The edit for an outcome of the import policy; do not call for outcome 0 unless {@link editsImports}. */
  importEdit(outcome: number): Edit {
    if (isChecking) assert(outcome !== 0 || this.editsImports, 'a policy that changes nothing is asked for no change');
    const { peerAs, localAs, migrationAs } = this.config;
    const gracefulShutdown = this.config.gracefulShutdown === true && this.isExternal;
    this.importEdits[outcome] ??= new Edit(this.importPolicy.settings[outcome] ?? {}, {
      prependedAs: peerAs,
      isExternal: this.isExternal,
      innerAs: this.shows('import') ? localAs : migrationAs,
      // RFC 8326 section 4.2: the initiator applies to routes received over an external session what its neighbour
      // applies to those sent.
      gracefulShutdown,
      lowersPreference: gracefulShutdown,
    });
    return this.importEdits[outcome];
  }

  /** The edit for an outcome of the export policy; undefined: none. */
  exportEdit(outcome: number): Edit | undefined {
    if (outcome === 0 && !this.editsExports) return undefined;
    const { gracefulShutdown = false, localAs } = this.config;
    this.exportEdits[outcome] ??= new Edit(this.exportPolicy.settings[outcome] ?? {}, {
      prependedAs: localAs,
      isExternal: this.isExternal,
      innerAs: this.shows('export') ? this.otherAs : undefined,
      gracefulShutdown,
      // RFC 8326 section 4.2: internal neighbours that do not support the community should find other paths, too.
      lowersPreference: gracefulShutdown && !this.isExternal,
    });
    return this.exportEdits[outcome];
  }
}

function policyOf(peer: RibPeer, policy: Policy | undefined): CompiledPolicy {
  const isOutside = !peer.inside && peer.localAs !== peer.peerAs;
  return CompiledPolicy.of(policy ?? (isOutside ? REJECT_ALL : ACCEPT_ALL));
}
