/*
 * The routing information base (RFC 4271 section 3.2). Hot path: `update` and what it calls run for each route; they work on the typed arrays of
 * the tables beside and allocate nothing for a route. Adj-RIB-In, Loc-RIB and Adj-RIB-Out are not three copies: a prefix has a chain of paths, as
 * received and with the answer of the import policy, the best first; what a peer was told is one bit.
 */
import { compareBytes, type IpAddress } from '../../model/address';
import type { HashKey } from '../../model/keyed-hash';
import type { Prefix } from '../../model/prefix';
import { type Outcome, type PrefixRules, REJECTED } from '../policy/prefix-rules';
import type { WireContext } from '../wire/context';
import type { Family } from '../wire/family';
import { NlriCursor } from '../wire/nlri';
import type { PathAttributes } from '../wire/path-attributes';
import { splitUpdate, UpdateSplit, weigh } from '../wire/update';
import { stricter, type Verdict } from '../wire/verdict';
import { AttributeIntern, type OriginAttributes, outOfResources } from './adj-rib-in/attribute-intern';
import {
  attributeIneligibility,
  type Ineligibility,
  isOfNextHop,
  isReported,
  nextHopIneligibility,
} from './adj-rib-in/ineligibility';
import { isMartian, SUSPECTS } from './adj-rib-in/martians';
import { type Bounds, type ReceivedRoutes, receivedBy } from './adj-rib-in/received-routes';
import { markReflectionLoops, wasReflected } from './adj-rib-in/reflection-loop';
import type { Refusal } from './adj-rib-in/refusals';
import { AdjRibOut } from './adj-rib-out/adj-rib-out';
import { type ExportView, routeView } from './adj-rib-out/attribute-rewriter';
import type { LocalInterface } from './adj-rib-out/own-next-hop';
import { type LinkSubnet, linkOf } from './link-subnet';
import { Candidates, COLUMN, type DecidingStep } from './loc-rib/decision-process';
import { type LostPrefix, Reachability } from './loc-rib/reachability';
import { Recursion } from './loc-rib/recursion';
import { addressesOf, OwnAddresses } from './own-addresses';
import { FAMILY_BY_INDEX, IPV4, IPV6, PeerState, type RibPeer, type RouteCounts } from './peer';
import { evaluatedAnew } from './peer-change';
import type { RouteHop } from './route-hop';
import { RouteMemory } from './route-memory';
import type { Revision, Sweep } from './sweep';
import {
  AttributeTable,
  SET,
  SET_LOCAL_PREF,
  SET_MARKS,
  SET_MED,
  SET_NEIGHBOUR_AS,
  SET_NEXT_HOP,
  SET_ORIGIN,
  SET_ORIGINATOR,
  SET_PATH_LENGTHS,
} from './table/attribute-table';
import { ChangeLog } from './table/change-log';
import { ChangeQueue, RouteChange } from './table/change-queue';
import { type NextHop, type NextHopQuestions, type NextHopState, NextHopTable } from './table/next-hop-table';
import {
  PATH,
  PATH_MARTIAN,
  PATH_NEXT,
  PATH_PEER,
  PATH_POST_POLICY,
  PATH_PRE_POLICY,
  PATH_STALE,
  PathTable,
  PEER_MASK,
} from './table/path-table';
import {
  PrefixTable,
  ROW,
  ROW_ADVERTISED,
  ROW_HEAD,
  ROW_INSTALLED,
  ROW_IPV6,
  ROW_KEY,
  ROW_LENGTH,
  ROW_META,
  ROW_QUEUED,
  ROW_USED,
} from './table/prefix-table';

export type { Ineligibility } from './adj-rib-in/ineligibility';
export type { Refusal } from './adj-rib-in/refusals';
export type { LinkSubnet } from './link-subnet';
export type { RibPeer, RouteCounts } from './peer';
export type { RouteHop } from './route-hop';
export type { RouteChange } from './table/change-queue';
export type { NextHopQuestions, NextHopState } from './table/next-hop-table';

export interface RibOptions {
  /** BGP Identifier of this node, 32 bits. */
  readonly routerId: number;
  /** CLUSTER_ID of this node as a reflector, 32 bits; absent: the router id (RFC 4456 section 7). */
  readonly clusterId?: number;
  /** How many paths of equal cost a change may name; absent: 1. */
  readonly multipath?: number;
  /** Most octets of memory that all routes may take, see {@link RouteMemory}; absent: no limit. */
  readonly maxRouteMemory?: number;
  /** A secret one keeps outsiders from choosing what collides in the tables; absent: a known one. */
  readonly hashKey?: HashKey;
  /** Next hops are reachable once somebody said so: see {@link Rib.questions}. Absent: until somebody says that they are not. */
  readonly asksNextHops?: boolean;
}

export type { OriginAttributes } from './adj-rib-in/attribute-intern';

/** Why a path is not the best one: a step of the decision, or why it may not be used at all. */
export type PathReason = DecidingStep | Ineligibility;

/** A prefix with all its paths, for status. */
export interface RouteEntry {
  readonly id: number;
  readonly prefix: Prefix;
  /** Index into `paths`, -1 where none is usable. */
  readonly best: number;
  readonly paths: readonly {
    /** 0: originated here. */
    readonly peer: number;
    readonly attributes: PathAttributes;
    /** The link that a link-local next hop is on. */
    readonly interface?: string;
    readonly stale: boolean;
    /** Absent for the best one. */
    readonly reason?: PathReason;
  }[];
}

/** Paths of this node itself. */
const LOCAL = 0;

const NO_HOPS: readonly RouteHop[] = [];

/** Prefixes that are looked at before the rest is put off. */
const AT_ONCE = 4096;

/** All paths of a neighbour. */
const ALL = () => true;

/** More paths of one neighbour to one prefix are too many (RFC 7911 sets no limit): each costs as much as there are beside it. */
const MOST_PATHS = 256;
const TOO_MANY_PATHS = outOfResources(`more than ${MOST_PATHS} paths to one prefix`);

/** So many lists of several next hops are remembered. */
const MOST_HOP_LISTS = 4096;

export class Rib {
  readonly memory: RouteMemory;
  readonly #prefixes: PrefixTable;
  readonly #paths = new PathTable();
  readonly #nextHops: NextHopTable;
  readonly #store: AttributeTable;
  readonly #recursion: Recursion;
  readonly #log: ChangeLog;
  /** Changes of any path, for neighbours that get all (RFC 7911). */
  readonly #pathLog: ChangeLog;
  readonly #changes: ChangeQueue;
  readonly #output: AdjRibOut;
  readonly #peers: (PeerState | undefined)[] = [undefined];
  #multipath: number;
  /** Lists of several next hops by their text: equal ones are one object, as whoever writes them looks a list up once. */
  readonly #hopLists = new Map<string, readonly RouteHop[]>();
  #links: readonly LinkSubnet[] = [];
  #interfaces: readonly LocalInterface[] = [];
  readonly #candidates = new Candidates();
  /** Path of each candidate. */
  #candidatePaths = new Uint32Array(8);
  readonly #split = new UpdateSplit();
  readonly #cursor = new NlriCursor();
  /** The prefixes of the message at hand. */
  #ids = new Uint32Array(4096);
  readonly #view: ExportView;
  readonly #intake: AttributeIntern;
  /** Sets that the import policy made of the set at hand, by outcome. */
  readonly #derived: number[] = [];
  #contexts = 1;
  #taken = 0;
  #isArranged = true;
  /** The next hop that the set waits for that `#used` was asked for last. */
  #awaited: NextHop | undefined;
  /** Neighbours with routes that became ineligible. */
  readonly #refusing = new Set<PeerState>();
  /** What {@link work} is still to do. */
  readonly #sweeps: Sweep[] = [];
  #revisions: Revision[] = [];

  constructor(options: RibOptions) {
    this.#multipath = options.multipath ?? 1;
    this.#nextHops = new NextHopTable(options.hashKey, options.asksNextHops);
    this.#store = new AttributeTable(this.#nextHops, options.hashKey);
    this.#prefixes = new PrefixTable(options.hashKey);
    this.#recursion = new Recursion(this.#prefixes, this.#paths, this.#store, this.#nextHops);
    this.#log = new ChangeLog(this.#prefixes);
    this.#pathLog = new ChangeLog(this.#prefixes, false);
    this.#changes = new ChangeQueue(this.#prefixes);
    this.memory = new RouteMemory(
      this.#store,
      this.#nextHops,
      this.#paths,
      this.#prefixes,
      this.#peers,
      () => this.#leaving(),
      options.maxRouteMemory,
    );
    this.#view = {
      store: this.#store,
      nextHops: this.#nextHops,
      routerId: options.routerId >>> 0,
      otherRouterIds: [],
      clusterId: (options.clusterId ?? options.routerId) >>> 0,
      interfaceOf: (set) => this.#intake.interfaceOf(set),
      peers: this.#peers,
    };
    this.#intake = new AttributeIntern(this.#view, this.#split);
    this.#output = new AdjRibOut(this.#view, this.#prefixes, this.#paths, (id) => this.#tryForget(id));
  }

  // ---- Peers

  /** A new neighbour; its session is down. Gives its number: small, from 1 on, free again after `removePeer`. */
  addPeer(config: RibPeer): number {
    let number = 1;
    while (this.#peers[number]) number++;
    this.#peers[number] = new PeerState(number, config);
    this.#nextHops.setLink(number, this.#linkOf(config));
    this.#isArranged = false;
    return number;
  }

  /**
   * Another configuration for a neighbour. What it changes is evaluated anew, in and out; the session stays up and routes stay known. `later`: of a
   * large table most is evaluated with the calls of {@link work} that follow.
   */
  changePeer(id: number, config: RibPeer, { later = false }: { readonly later?: boolean } = {}): void {
    const peer = this.#peer(id),
      before = peer.config,
      selfBefore = peer.self;
    peer.configure(config);
    this.#nextHops.setLink(id, this.#linkOf(config));
    const anew = evaluatedAnew(before, config);
    if (anew.has('order')) this.#isArranged = false;
    const selfChanged = [IPV4, IPV6].filter((family) => !sameOctets(selfBefore[family], peer.self[family]));
    if (anew.has('imports')) this.#reconsider(`peer ${id}`, (path) => this.#peerOf(path) === id, later);
    this.#readvertise(peer, anew.has('exports') ? [IPV4, IPV6] : selfChanged);
    if (anew.has('reflection'))
      for (const other of this.#peers) if (other && !other.isExternal) this.#readvertise(other);
  }

  /** What is known of a peer; undefined where the number stands for none. */
  peer(id: number): RibPeer | undefined {
    return this.#peers[id]?.config;
  }

  /** Forgets a neighbour and all its routes; `later`: as with {@link peerDown}. */
  removePeer(id: number, { later = false }: { readonly later?: boolean } = {}): void {
    const peer = this.#peer(id);
    this.#finishSweeps(peer);
    this.#closeOutput(peer);
    this.#refusing.delete(peer);
    peer.setContext(undefined);
    this.#sweep(peer, ALL, later, true);
  }

  /** The session is Established: the whole table becomes due, then End-of-RIB for each family. */
  peerUp(id: number, context: WireContext & { readonly peerRouterId: number }): void {
    const peer = this.#peer(id);
    this.#finishSweeps(peer);
    this.#closeOutput(peer);
    peer.setContext(context);
    peer.routerId = context.peerRouterId >>> 0;
    const { session, as4, localAs, peerAs, extendedNextHop } = context,
      originator = session === 'ibgp' ? peer.routerId : 0,
      key = [session, as4, localAs, peerAs, [...extendedNextHop], originator].join();
    if (key !== peer.contextKey) {
      // Octets read another way are other attributes, and those of an internal neighbour are told on with its identifier; else routes kept over a restart find
      // their sets again.
      peer.contextKey = key;
      peer.contextNumber = this.#contexts++;
      peer.derivedContext = this.#contexts++;
    }
    peer.log = context.addPathSend.size > 0 ? this.#pathLog : this.#log;
    peer.cursor = peer.log.open();
    for (const family of [IPV4, IPV6]) {
      peer.negotiated[family] = context.families.has(FAMILY_BY_INDEX[family]);
      peer.endOfRibSeen[family] = false;
      peer.getsAllPaths[family] = context.addPathSend.has(FAMILY_BY_INDEX[family]);
      if (!peer.negotiated[family]) continue;
      peer.dumps[family].next = 1;
      peer.dumps[family].marker = 'end-of-rib';
    }
  }

  /**
   * The session is gone. Its routes go too, or stay as stale ones (RFC 4724 section 4.2) until `sweepStale`; those that were stale already go, but for
   * `keepsStale`: the end of the session cut off a refresh, or came of a new configuration. `later`: of a large table most go with the calls of {@link work} that follow, at the latest when the neighbour is up again.
   */
  peerDown(
    id: number,
    {
      retain,
      later = false,
      keepsStale = false,
    }: { readonly retain: boolean; readonly later?: boolean; readonly keepsStale?: boolean },
  ): void {
    const peer = this.#peer(id);
    this.#finishSweeps(peer);
    this.#closeOutput(peer);
    peer.setContext(undefined);
    if (!retain) {
      this.#sweep(peer, ALL, later);
      return;
    }
    const { paths } = this.#paths;
    this.#visitPaths(peer, (path) => {
      if ((paths[path * PATH + PATH_PEER] & PATH_STALE) !== 0) return !keepsStale;
      paths[path * PATH + PATH_PEER] |= PATH_STALE;
      return false;
    });
  }

  /** The neighbour begins to send all routes of a family again (RFC 7313 section 4): those that it has not repeated go with `sweepStale`. */
  markStale(id: number, family: Family): void {
    this.#finishSweeps(this.#peer(id));
    const wanted = FAMILY_BY_INDEX.indexOf(family),
      { paths } = this.#paths;
    this.#visitPaths(this.#peer(id), (path, of) => {
      if (of === wanted) paths[path * PATH + PATH_PEER] |= PATH_STALE;
      return false;
    });
  }

  /** Removes the routes that the neighbour has not repeated since its restart, of one family or of all; `later`: as with {@link peerDown}. */
  sweepStale(id: number, family?: Family, { later = false }: { readonly later?: boolean } = {}): void {
    const peer = this.#peer(id),
      wanted = family === undefined ? -1 : FAMILY_BY_INDEX.indexOf(family);
    this.#finishSweeps(peer);
    if (!peer.context && wanted < 0) {
      this.#sweep(peer, ALL, later); // of a neighbour that is down all paths are stale
      return;
    }
    this.#sweep(
      peer,
      (path, of) => (wanted < 0 || of === wanted) && (this.#paths.paths[path * PATH + PATH_PEER] & PATH_STALE) !== 0,
      later,
    );
  }

  /** Whether something was put off: call {@link work}. */
  get hasWork(): boolean {
    return this.#sweeps.length + this.#revisions.length > 0;
  }

  /** Goes on with what was put off, over `count` prefixes of the table. */
  work(count: number): void {
    const [sweep] = this.#sweeps;
    const [revision] = this.#revisions;
    if (sweep) {
      if (this.#goOn(sweep, count)) this.#sweeps.shift();
    } else if (revision && this.#revise(revision, count)) this.#revisions.shift();
  }

  /** Whether the neighbour has sent the End-of-RIB of a family since it came up. */
  endOfRibSeen(id: number, family: Family): boolean {
    return this.#peer(id).endOfRibSeen[FAMILY_BY_INDEX.indexOf(family)];
  }

  /** Families of a session that is up whose routes can't have this node as their next hop: those that need it are not advertised. */
  lacksNextHop(id: number): Family[] {
    const { context, self } = this.#peer(id);
    return FAMILY_BY_INDEX.filter((family, index) => context?.families.has(family) && self[index] === undefined);
  }

  /** How many routes a neighbour has sent and not taken back. */
  received(id: number): number {
    return this.#peer(id).paths;
  }

  /** Whether the neighbour has sent more prefixes than it may. */
  limitReached(id: number): boolean {
    const { config, paths } = this.#peer(id);
    return config.maxPrefixes !== undefined && paths > config.maxPrefixes;
  }

  /** How many routes a neighbour sent, how many of them may be used, and how many it was told, by family. */
  counts(id: number): Record<Family, RouteCounts> {
    const { received, accepted, advertised, martians } = this.#peer(id);
    const of = (i: number) => ({
      received: received[i],
      accepted: accepted[i],
      advertised: advertised[i],
      martians: martians[i],
    });
    return { 'ipv4 unicast': of(IPV4), 'ipv6 unicast': of(IPV6) };
  }

  // ---- Routes in

  /**
   * Takes one UPDATE (its body, from `start` to `end`) of a neighbour that is up. Routes that RFC 7606 says to treat as withdrawn are; after a
   * `session-reset` the caller closes the session.
   */
  update(id: number, bytes: Uint8Array, start: number, end: number): Verdict {
    const peer = this.#peer(id),
      context = peer.context!,
      split = this.#split;
    this.#arrangePeers();
    let verdict = splitUpdate(bytes, start, end, context, split);
    if (verdict.kind === 'session-reset') return verdict;
    const [hasNlri, reaches, unreaches] = [
      split.nlriEnd > split.nlriStart,
      split.reachNlriEnd > split.reachNlriStart && split.reachFamily !== undefined,
      split.unreachNlriEnd > split.unreachNlriStart && split.unreachFamily !== undefined,
    ];
    if (split.withdrawnEnd > split.withdrawnStart)
      this.#withdraw(peer, 'ipv4 unicast', bytes, split.withdrawnStart, split.withdrawnEnd);
    if (unreaches) this.#withdraw(peer, split.unreachFamily!, bytes, split.unreachNlriStart, split.unreachNlriEnd);
    if (!hasNlri && !reaches) return this.#withoutRoutes(peer, bytes, verdict);
    let routesSet = 0,
      reachSet = 0;
    if (verdict.kind === 'accept') {
      if (hasNlri) {
        routesSet = peer.negotiated[IPV4]
          ? this.#intake.intern(peer, bytes, 'nlri', 'ipv4 unicast')
          : this.#intake.judge(peer, bytes, 'nlri');
        verdict = stricter(verdict, this.#intake.verdict);
      }
      if (reaches) {
        reachSet = this.#intake.intern(peer, bytes, 'reach', split.reachFamily!);
        verdict = stricter(verdict, this.#intake.verdict);
      }
    } else {
      this.#intake.judge(peer, bytes, 'none');
      verdict = stricter(verdict, this.#intake.verdict);
    }
    // RFC 7606 section 2: all routes of the message share its fate, those of the other field too.
    if (verdict.kind === 'treat-as-withdraw' || verdict.kind === 'session-reset') {
      for (const set of [routesSet, reachSet]) if (set !== 0) this.#store.release(set);
      routesSet = reachSet = 0;
      if (verdict.kind === 'session-reset') return verdict;
    }
    if (hasNlri)
      if (routesSet === 0) this.#withdraw(peer, 'ipv4 unicast', bytes, split.nlriStart, split.nlriEnd);
      else this.#announce(peer, 'ipv4 unicast', bytes, split.nlriStart, split.nlriEnd, routesSet);
    if (reaches)
      if (reachSet === 0) this.#withdraw(peer, split.reachFamily!, bytes, split.reachNlriStart, split.reachNlriEnd);
      else this.#announce(peer, split.reachFamily!, bytes, split.reachNlriStart, split.reachNlriEnd, reachSet);
    return stricter(verdict, this.#intake.verdict);
  }

  /** This node originates a route; a second time: with these attributes from now on. */
  originate(prefix: Prefix, attributes: OriginAttributes = {}): void {
    const set = this.#intake.own(attributes, prefix.family === 'ipv6');
    this.#setPath(LOCAL, undefined, this.#prefixes.id(prefix, true), 0, set, set);
    this.#store.release(set);
  }

  /** This node originates a route no longer. */
  withdrawOrigin(prefix: Prefix): void {
    const id = this.#prefixes.id(prefix, false);
    if (id !== 0) this.#dropPath(LOCAL, undefined, id, 0);
  }

  /**
   * What is known of the ways to next hops from now on (RFC 4271 section 9.1.2.1); `state` undefined: nothing. Give all changes in one call: routes are
   * reconsidered once; `later`: as with {@link changePeer}, but for routes that wait for an answer, which are judged at once.
   */
  setNextHops(
    changes: Iterable<{ readonly address: IpAddress; readonly state: NextHopState | undefined }>,
    { later = false }: { readonly later?: boolean } = {},
  ): void {
    const news = new Set<string>(),
      waiting: Uint32Array[] = [];
    for (const { address, state } of changes) {
      const outcome = this.#nextHops.setState(address, state);
      if (outcome === 'changed') news.add(address.toString());
      else if (outcome !== 'same') waiting.push(...outcome);
    }
    this.#nextHops.rely((prefix) => this.#prefixes.id(prefix, false));
    for (const ids of waiting) for (let i = 0; i < ids.length; i++) this.#judge(ids[i], () => true);
    if (news.size === 0) return;
    const concerns = (path: number): boolean => {
      if (this.#peers[this.#peerOf(path)]?.importPolicy.changesNextHop) return true;
      const set = this.#paths.paths[path * PATH + PATH_PRE_POLICY],
        hop = this.#nextHops.get(this.#store.sets[set * SET + SET_NEXT_HOP]);
      return hop !== undefined && news.has(hop.address.toString());
    };
    this.#reconsider(`next hops ${[...news]}`, concerns, later);
  }

  /** Whether {@link questions} has any. */
  get hasQuestions(): boolean {
    return this.#nextHops.hasQuestions;
  }

  /** The next hops whose ways are to be asked for, to be given to {@link setNextHops} now and whenever they change, and those that are gone. */
  questions(): NextHopQuestions {
    return this.#nextHops.questions();
  }

  /** The addresses of all next hops that were asked for, or will be. */
  nextHops(): IpAddress[] {
    return this.#nextHops.asked();
  }

  /** How many paths there are, used or not, by the address of their next hop; of these addresses alone. */
  pathsBy(addresses: readonly IpAddress[]): Map<string, number> {
    const counts = new Map(addresses.map((address) => [address.toString(), 0])),
      byHop = new Uint32Array(this.#nextHops.limit);
    if (counts.size === 0) return counts;
    const { rows, limit } = this.#prefixes,
      { paths } = this.#paths,
      { sets } = this.#store;
    for (let id = 1; id < limit; id++) {
      if ((rows[id * ROW + ROW_META] & ROW_USED) === 0) continue;
      for (let path = rows[id * ROW + ROW_HEAD]; path !== 0; path = paths[path * PATH + PATH_NEXT])
        byHop[sets[paths[path * PATH + PATH_PRE_POLICY] * SET + SET_NEXT_HOP]]++;
    }
    for (let hop = 1; hop < byHop.length; hop++) {
      const name = byHop[hop] === 0 ? undefined : this.#nextHops.get(hop)?.address.toString();
      if (name !== undefined && counts.has(name)) counts.set(name, counts.get(name)! + byHop[hop]);
    }
    return counts;
  }

  /** Whether next hops of a neighbour's routes must be on the link to it: no default route leads to them. */
  isOnLink(id: number): boolean {
    return this.#peers[id]?.isOnLink === true;
  }

  /**
   * The links of this node from now on: a link-local next hop of a neighbour is on the one that the neighbour is on (RFC 4007), and may not be used
   * where it is on none.
   */
  setLinks(links: readonly LinkSubnet[]): void {
    this.#links = links;
    const moved = this.#peers.filter(
      (peer) => peer && this.#nextHops.linkOf(peer.number) !== this.#linkOf(peer.config),
    );
    const reconsider = (linkOf: (peer: PeerState) => string | undefined) => {
      const numbers = moved.flatMap((peer) =>
        this.#nextHops.setLink(peer!.number, linkOf(peer!)) ? peer!.number : [],
      );
      if (numbers.length === 0) return;
      const concerns = (path: number) => numbers.includes(this.#peerOf(path)) && this.#isLinkLocal(path);
      this.#reconsider(`links of ${numbers}`, concerns, false);
    };
    // First nobody is on a link, so that what then is on another one is a change to whoever writes the routes.
    reconsider(() => undefined);
    reconsider(({ config }) => this.#linkOf(config));
  }

  /** The interfaces of this node from now on: a next hop that is an address of one may not be used. */
  setInterfaces(interfaces: readonly LocalInterface[]): void {
    this.#interfaces = interfaces;
    this.#setOwn(this.#peers.filter((peer) => peer !== undefined));
  }

  /** Whether routes became ineligible in a way that people should know of: see {@link takeRefusals}. */
  get hasRefusals(): boolean {
    return this.#refusing.size > 0;
  }

  /** By neighbour, what of its routes became ineligible since this was asked last. */
  takeRefusals(): Map<number, Refusal[]> {
    const all = new Map([...this.#refusing].map((peer) => [peer.number, peer.refusals.take()]));
    this.#refusing.clear();
    return all;
  }

  /** How many paths of equal cost a change may name from now on; what is told otherwise then is told anew. `later`: as with {@link changePeer}. */
  setMultipath(paths: number, { later = false }: { readonly later?: boolean } = {}): void {
    if (paths === this.#multipath) return;
    this.#multipath = paths;
    this.#start({ about: 'multipath', concerns: 'several', next: 1, end: this.#prefixes.limit }, later);
  }

  /**
   * CLUSTER_ID of this node from now on. What came is judged anew, for another cluster list makes a loop; what this node reflects is told anew.
   * `later`: as with {@link changePeer}.
   */
  setClusterId(id: number, { later = false }: { readonly later?: boolean } = {}): void {
    const clusterId = id >>> 0;
    if (clusterId === this.#view.clusterId) return;
    this.#view.clusterId = clusterId;
    this.#judgeReflected('cluster id', later);
    if (!this.#peers.some((peer) => peer?.config.routeReflectorClient)) return;
    for (const peer of this.#peers) if (peer && !peer.isExternal) this.#readvertise(peer);
  }

  /**
   * BGP identifier of this node from now on, and others that neighbours know it by. What came is judged anew, for a route that this node originated makes a
   * loop. `later`: as with {@link changePeer}.
   */
  setRouterId(id: number, others: readonly number[] = [], { later = false }: { readonly later?: boolean } = {}): void {
    const routerId = id >>> 0,
      { routerId: before, otherRouterIds } = this.#view;
    if (routerId === before && others.join() === otherRouterIds.join()) return;
    this.#view.routerId = routerId;
    this.#view.otherRouterIds = others.map((other) => other >>> 0);
    this.#judgeReflected('router id', later);
  }

  /** Another identifier makes other loops of reflected routes. */
  #judgeReflected(about: string, later: boolean): void {
    markReflectionLoops(this.#store, this.#view);
    this.#reconsider(
      about,
      (path) => wasReflected(this.#store, this.#paths.paths[path * PATH + PATH_PRE_POLICY]),
      later,
    );
  }

  // ---- Routes out

  /** Whether a neighbour may have to be told something: call `takeOutput`. */
  hasOutput(id: number): boolean {
    return this.#output.isDue(this.#peer(id));
  }

  /** The next UPDATE messages for a neighbour, whole ones, of about `maxBytes` at most; undefined where there is nothing (more) to say. */
  takeOutput(id: number, maxBytes: number): Uint8Array | undefined {
    return this.#output.take(this.#peer(id), maxBytes);
  }

  /** The neighbour asks for everything of a family again (RFC 2918); `enhanced`: with marks before and behind (RFC 7313). */
  refreshRequested(id: number, family: Family, enhanced = false): void {
    const peer = this.#peer(id),
      index = FAMILY_BY_INDEX.indexOf(family),
      dump = peer.dumps[index];
    if (!peer.cursor || !peer.negotiated[index]) return;
    dump.next = 1;
    // RFC 7313 section 4: no marks before the first End-of-RIB.
    if (dump.marker === 'end-of-rib') return;
    dump.sendsBorr = enhanced;
    dump.marker = enhanced ? 'eorr' : 'none';
  }

  /** Whether there are changes to take. */
  get hasChanges(): boolean {
    return !this.#changes.isEmpty;
  }

  /** How many changes were taken so far. */
  get taken(): number {
    return this.#taken;
  }

  /** Every prefix with a route is to be taken again, by somebody who knows none. */
  showAll(): void {
    const { rows, limit } = this.#prefixes;
    for (let id = 1; id < limit; id++)
      if ((rows[id * ROW + ROW_META] & ROW_USED) !== 0 && rows[id * ROW + ROW_HEAD] !== 0) this.#changes.push(id);
  }

  /**
   * The next prefix whose best route changed since it was taken last, or that is this node's own and that others' paths came to or went from, with its latest
   * state; undefined: there is none. Asked in a loop rather than given a function to call: what takes changes is compiled apart from what makes them.
   */
  takeChange(): RouteChange | undefined {
    for (let id = this.#changes.shift(); id !== 0; id = this.#changes.shift()) {
      const { rows } = this.#prefixes,
        row = id * ROW,
        head = rows[row + ROW_HEAD],
        used = head === 0 ? 0 : this.#paths.paths[head * PATH + PATH_POST_POLICY];
      let change: RouteChange | undefined;
      if (used !== 0) {
        rows[row + ROW_META] |= ROW_INSTALLED;
        change = this.#change(id, head);
      } else if ((rows[row + ROW_META] & ROW_INSTALLED) !== 0) {
        rows[row + ROW_META] &= ~ROW_INSTALLED;
        change = new RouteChange(id, this.#prefixes, null, LOCAL);
      }
      this.#tryForget(id);
      if (!change) continue;
      this.#taken++;
      return change;
    }
    return undefined;
  }

  /** Shows all changes that there are to take, at most `limit` of them. */
  takeChanges(visit: (change: RouteChange) => void, limit = Number.POSITIVE_INFINITY): void {
    for (let taken = 0; taken < limit; taken++) {
      const change = this.takeChange();
      if (!change) return;
      visit(change);
    }
  }

  /** All prefixes with their paths, in no order; for status. `filter` picks by prefix number, family or neighbour. */
  *routes(
    filter: { readonly family?: Family; readonly peer?: number; readonly prefix?: Prefix } = {},
  ): Generator<RouteEntry> {
    const { prefix, peer } = filter,
      family = filter.family && FAMILY_BY_INDEX.indexOf(filter.family),
      only = prefix && this.#prefixes.id(prefix, false);
    for (let id = only ?? 1; id < (only === undefined ? this.#prefixes.limit : only + 1); id++) {
      const { rows } = this.#prefixes,
        meta = rows[id * ROW + ROW_META],
        head = rows[id * ROW + ROW_HEAD];
      if ((meta & ROW_USED) === 0 || head === 0) continue;
      if (family !== undefined && family !== familyOf(meta)) continue;
      if (peer !== undefined && this.#paths.find(head, peer, 0) === 0) continue;
      yield this.#entry(id, head);
    }
  }

  /** The prefixes that neighbours give a usable path to now. */
  reached(): Reachability {
    return Reachability.now(this.#prefixes, this.#paths);
  }

  /** Of these, from one place to another, the prefixes that no neighbour but those `without` gives a usable path to any more. */
  lost(reached: Reachability, without: ReadonlySet<number>, from: number, to: number): LostPrefix[] {
    return [...reached.lost(this.#prefixes, this.#paths, without, from, to)];
  }

  /** What neighbours have sent, before policy, as far as bounds allow; it pauses after each stride of the table. Routes whose next hop is not reached are left out. */
  receivedBy(ids: readonly number[], bounds: Bounds): Generator<undefined, Map<number, ReceivedRoutes>> {
    const isUnreached = (id: number, set: number, prefix: number) => {
      const peer = this.#peers[id],
        why = peer && this.#obstacle(peer, set, prefix);
      return why !== undefined && (why === 'next-hop-recursive' || isOfNextHop(why as Ineligibility));
    };
    const tables = { prefixes: this.#prefixes, paths: this.#paths, store: this.#store, nextHops: this.#nextHops };
    const wanted = ids.map((peer) => ({ peer, received: this.#peer(peer).received }));
    return receivedBy({ ...tables, isUnreached }, wanted, bounds);
  }

  /** How much there is in the tables. */
  get size(): Readonly<Record<'prefixes' | 'paths' | 'attributeSets' | 'nextHops', number>> {
    return {
      prefixes: this.#prefixes.count,
      paths: this.#paths.count,
      attributeSets: this.#store.count,
      nextHops: this.#nextHops.count,
    };
  }

  // ---- Within

  #peer(id: number): PeerState {
    const peer = this.#peers[id];
    if (peer === undefined) throw new RangeError(`there is no peer ${id}`);
    return peer;
  }

  #peerOf(path: number): number {
    return this.#paths.paths[path * PATH + PATH_PEER] & PEER_MASK;
  }

  /** What follows from all peers together: the order of their addresses, the addresses of this node. Done before routes are looked at. */
  #arrangePeers(): void {
    if (this.#isArranged) return;
    this.#isArranged = true;
    const all = this.#peers.filter((peer) => peer !== undefined);
    all.sort((a, b) => a.config.address.compare(b.config.address) || a.number - b.number);
    for (const [rank, peer] of all.entries()) peer.rank = rank + 1;
    this.#setOwn(all);
  }

  /** Judges anew what leads to an address that became one of this node, or is none any more. */
  #setOwn(peers: readonly PeerState[]): void {
    const configured = peers.flatMap(({ config }) => addressesOf(config)),
      changed = this.#nextHops.setOwn(new OwnAddresses(configured, this.#interfaces));
    if (changed.size === 0) return;
    const isOf = (set: number) => changed.has(this.#hopOf(set)!);
    const { paths } = this.#paths;
    this.#reconsider(
      'own addresses',
      (path) =>
        this.#peers[this.#peerOf(path)]?.importPolicy.changesNextHop === true ||
        isOf(paths[path * PATH + PATH_PRE_POLICY]),
      false,
    );
  }

  #readvertise(peer: PeerState, families: readonly number[] = [IPV4, IPV6]): void {
    if (!peer.cursor) return;
    for (const family of families) if (peer.negotiated[family]) peer.dumps[family].next = 1;
  }

  #closeOutput(peer: PeerState): void {
    if (peer.cursor) peer.log!.close(peer.cursor);
    peer.cursor = undefined;
    peer.backlog = [];
    peer.backlogPaths = [];
    for (const dump of peer.dumps) {
      dump.next = 0;
      dump.marker = 'none';
      dump.sendsBorr = false;
    }
    peer.advertised.fill(0);
    const forget = (id: number) => {
      this.#prefixes.rows[id * ROW + ROW_META] -= ROW_ADVERTISED;
      this.#tryForget(id);
    };
    peer.advertisedPrefixes.drain(forget);
    peer.advertisedPaths.drain(forget);
  }

  /** A message without (known) routes: the attributes are judged all the same, for they may ask for a reset. */
  #withoutRoutes(peer: PeerState, bytes: Uint8Array, verdict: Verdict): Verdict {
    const split = this.#split,
      ended = split.endOfRib;
    if (ended !== undefined) peer.endOfRibSeen[FAMILY_BY_INDEX.indexOf(ended)] = true;
    if (!split.hasAttributes) return weigh(verdict, split);
    this.#intake.judge(peer, bytes, 'none');
    return weigh(stricter(verdict, this.#intake.verdict), split);
  }

  #announce(peer: PeerState, family: Family, bytes: Uint8Array, start: number, end: number, set: number): void {
    const cursor = this.#cursor,
      prefixes = this.#prefixes,
      isFaulty = this.#fault(peer, set) !== undefined,
      lacksHop = isFaulty ? undefined : nextHopIneligibility(this.#hopOf(set), peer),
      rules = isFaulty ? undefined : this.#importRules(peer, set),
      usesPrefix = rules?.usesPrefix === true,
      forAll = rules && !usesPrefix ? this.#used(peer, set, rules.otherwise) : 0,
      awaited = rules && !usesPrefix && forAll === 0 ? this.#awaited : undefined,
      isRecursive = forAll !== 0 && this.#hopOf(forAll)?.ways !== undefined,
      hasPathIds = peer.context!.addPathReceive.has(family);
    if (this.#ids.length < end - start) this.#ids = new Uint32Array(end - start);
    const ids = this.#ids;
    // Two loops, because looking up a prefix is waiting for memory, and look-ups that stand close together wait together.
    const suspects = SUSPECTS[family === 'ipv4 unicast' ? 'ipv4' : 'ipv6'];
    let count = 0,
      suspect = 0,
      unused = 0,
      unusedId = 0,
      martians = 0,
      martianId = 0;
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
        if (this.#setMartian(peer, ids[i], pathId, set, isFaulty) && martians++ === 0) martianId = ids[i];
        continue;
      }
      let used = forAll;
      if (isRecursive && !this.#isReached(peer, forAll, ids[i])) used = 0;
      if (usesPrefix) {
        const outcome = this.#outcome(rules!, ids[i]);
        used = this.#used(peer, set, outcome, ids[i]);
        if (used === 0 && outcome !== REJECTED && unused++ === 0) unusedId = ids[i];
      }
      this.#setPath(peer.number, peer, ids[i], pathId, set, used);
    }
    if (awaited) awaited.waiting.push(ids.slice(0, count));
    if (martians > 0) this.#refuse(peer, 'martian', martians, set, martianId);
    if (lacksHop !== undefined) {
      // What policy rejects anyway is nobody's concern.
      if (!usesPrefix && forAll === 0 && rules!.otherwise !== REJECTED) {
        const all = ids.subarray(0, count),
          others = suspect === 0 ? all : all.filter((id) => !isMartian(prefixes, id));
        [unused, unusedId] = [others.length, others[0]];
      }
      if (unused > 0) this.#refuse(peer, lacksHop, unused, set, unusedId);
    }
    this.#forgetDerived();
    this.#store.release(set);
  }

  #withdraw(peer: PeerState, family: Family, bytes: Uint8Array, start: number, end: number): void {
    const cursor = this.#cursor,
      prefixes = this.#prefixes,
      isIpv4 = family === 'ipv4 unicast';
    cursor.start(bytes, start, end, peer.context!.addPathReceive.has(family));
    while (cursor.next()) {
      const id = isIpv4
        ? prefixes.find4(cursor.word0, cursor.length)
        : prefixes.find6(cursor.word0, cursor.word1, cursor.word2, cursor.word3, cursor.length);
      if (id !== 0) this.#dropPath(peer.number, peer, id, cursor.pathId >>> 0);
    }
  }

  /** Why routes with this set may not be used, as far as the set says. */
  #obstacle(peer: PeerState, set: number, id: number): PathReason | undefined {
    return (
      this.#fault(peer, set) ??
      nextHopIneligibility(this.#hopOf(set), peer) ??
      (this.#isReached(peer, set, id) ? undefined : 'next-hop-recursive')
    );
  }

  #hopOf(set: number): NextHop | undefined {
    return this.#nextHops.get(this.#store.sets[set * SET + SET_NEXT_HOP]);
  }

  /** The link that the session with a neighbour runs over. */
  #linkOf({ interface: link, address }: RibPeer): string | undefined {
    return link ?? linkOf(address, this.#links);
  }

  #isLinkLocal(path: number): boolean {
    const { paths } = this.#paths;
    const [set, used] = [paths[path * PATH + PATH_PRE_POLICY], paths[path * PATH + PATH_POST_POLICY]];
    return this.#hopOf(set)?.kind === 'link-local' || this.#hopOf(used)?.kind === 'link-local';
  }

  /** Routes of a neighbour are ineligible: counted, where people should know. `id`: one of the prefixes. */
  #refuse(peer: PeerState, why: Ineligibility, count: number, set: number, id: number): void {
    if (!isReported(why)) return;
    const hop = isOfNextHop(why) ? this.#hopOf(set)?.address : undefined;
    peer.refusals.add(why, count, hop, () => this.#prefixes.prefix(id));
    this.#refusing.add(peer);
  }

  /** What the attributes of a set have against its routes. */
  #fault(peer: PeerState, set: number): Ineligibility | undefined {
    const { otherAs } = peer;
    // RFC 7705: with a local AS the node's number counts, too; looked for in the octets, as such sessions are few.
    const others = otherAs === undefined ? 0 : routeView(this.#view, set, peer).countInPath(otherAs);
    return attributeIneligibility(this.#store.sets[set * SET + SET_MARKS], others, peer);
  }

  /** What the import policy says of routes with this set. */
  #importRules(peer: PeerState, set: number): PrefixRules {
    const { importPolicy } = peer;
    return importPolicy.prefixRules ?? importPolicy.rulesFor(routeView(this.#view, set, peer));
  }

  #outcome(rules: PrefixRules, id: number): Outcome {
    const { rows } = this.#prefixes,
      prefixes = this.#prefixes,
      meta = rows[id * ROW + ROW_META],
      length = meta & ROW_LENGTH;
    return (meta & ROW_IPV6) === 0
      ? rules.outcome4(rows[id * ROW + ROW_KEY], length)
      : rules.outcome6(
          prefixes.word6(id, 0),
          prefixes.word6(id, 1),
          prefixes.word6(id, 2),
          prefixes.word6(id, 3),
          length,
        );
  }

  /**
   * The set to use by an outcome of the import policy for a prefix, 0 for none. `id` 0: for any, as far as that can be said; where it waits for its
   * next hop, that is `#awaited` then. Until `#forgetDerived` all questions must be about one set.
   */
  #used(peer: PeerState, set: number, outcome: Outcome, id = 0): number {
    this.#awaited = undefined;
    if (outcome === REJECTED) return 0;
    let used = set;
    if (outcome !== 0 || peer.editsImports) {
      this.#derived[outcome] ??= this.#intake.derive(peer, set, outcome);
      used = this.#derived[outcome];
    }
    const hop = used === 0 ? undefined : this.#hopOf(used);
    if (used === 0 || hop === undefined || hop.isFree) return used;
    if (hop.isPending) {
      if (id !== 0) hop.waiting.push(Uint32Array.of(id));
      else this.#awaited = hop;
      return 0;
    }
    return nextHopIneligibility(hop, peer) === undefined && (id === 0 || this.#isReached(peer, used, id)) ? used : 0;
  }

  /** Whether a way leads to the next hop of a set that does not need the route to a prefix itself. */
  #isReached(peer: PeerState, used: number, id: number): boolean {
    const hop = this.#hopOf(used);
    return hop?.ways === undefined || this.#recursion.metric(id, hop, peer.isOnLink) >= 0;
  }

  /** The interior cost of a path (RFC 4271 section 9.1.2.2 e). */
  #metric(id: number, peer: PeerState | undefined, used: number): number {
    const hop = this.#hopOf(used);
    if (hop === undefined) return 0;
    return hop.ways ? this.#recursion.metric(id, hop, peer?.isOnLink === true) : hop.state.metric;
  }

  #forgetDerived(): void {
    if (this.#derived.length === 0) return;
    for (const set of this.#derived) if (set) this.#store.release(set);
    this.#derived.length = 0;
  }

  /**
   * A neighbour's path to a martian, which is used where an import rule names it; kept in any case, for other rules may come. Answers whether it was no
   * path to one that is not used before.
   */
  #setMartian(peer: PeerState, id: number, pathId: number, set: number, isFaulty: boolean): boolean {
    const outcome = this.#martianOutcome(peer, set, id),
      used = isFaulty ? 0 : this.#used(peer, set, outcome, id),
      before = peer.martians[IPV4] + peer.martians[IPV6];
    this.#setPath(peer.number, peer, id, pathId, set, used, outcome === REJECTED ? PATH_MARTIAN : 0);
    return peer.martians[IPV4] + peer.martians[IPV6] > before;
  }

  /** What the import policy says of a route with this set to a martian. */
  #martianOutcome(peer: PeerState, set: number, id: number): Outcome {
    const { forMartians } = peer.importPolicy;
    return forMartians ? this.#outcome(forMartians.rulesFor(routeView(this.#view, set, peer)), id) : REJECTED;
  }

  /** A neighbour's path to a prefix is this one from now on: as received, and as it may be used (0: it may not). */
  #setPath(
    number: number,
    peer: PeerState | undefined,
    id: number,
    pathId: number,
    set: number,
    used: number,
    mark = 0,
  ): void {
    const row = id * ROW,
      head = this.#prefixes.rows[row + ROW_HEAD],
      family = familyOf(this.#prefixes.rows[row + ROW_META]);
    if (head === 0) {
      this.#prefixes.rows[row + ROW_HEAD] = this.#paths.add(set, used, number | mark, pathId);
      this.#hold(set, used);
      count(peer, family, 1, used === 0 ? 0 : 1);
      if (mark !== 0) peer!.martians[family]++;
      if (used === 0) return;
      this.#changed(id);
      this.#pathLog.append(id);
      return;
    }
    let { paths } = this.#paths;
    const before = paths[head * PATH + PATH_POST_POLICY],
      path = this.#paths.find(head, number, pathId);
    if (path === 0) {
      if (pathId !== 0 && this.#paths.countOf(head, number) >= MOST_PATHS) {
        this.#intake.verdict = TOO_MANY_PATHS;
        return;
      }
      const added = this.#paths.add(set, used, number | mark, pathId);
      paths = this.#paths.paths;
      paths[added * PATH + PATH_NEXT] = paths[head * PATH + PATH_NEXT];
      paths[head * PATH + PATH_NEXT] = added;
      this.#hold(set, used);
      count(peer, family, 1, used === 0 ? 0 : 1);
      if (mark !== 0) peer!.martians[family]++;
      if (used === 0) return;
      this.#pathLog.append(id);
      this.#choose(id, before);
      return;
    }
    const line = path * PATH,
      oldSet = paths[line + PATH_PRE_POLICY],
      oldUsed = paths[line + PATH_POST_POLICY];
    if (((paths[line + PATH_PEER] ^ mark) & PATH_MARTIAN) !== 0) this.#mark(path, peer!, family, mark);
    paths[line + PATH_PEER] = number | mark;
    if (oldSet === set && oldUsed === used) return;
    this.#hold(set, used);
    paths[line + PATH_PRE_POLICY] = set;
    paths[line + PATH_POST_POLICY] = used;
    count(peer, family, 0, (used === 0 ? 0 : 1) - (oldUsed === 0 ? 0 : 1));
    if (used !== oldUsed) {
      this.#pathLog.append(id);
      this.#choose(id, before);
    }
    this.#letGo(oldSet, oldUsed);
  }

  /** A path that is there is one to a martian from now on (`PATH_MARTIAN`), or no longer (0). Answers whether it became one. */
  #mark(path: number, peer: PeerState, family: number, mark: number): boolean {
    const line = path * PATH + PATH_PEER,
      { paths } = this.#paths;
    if (((paths[line] ^ mark) & PATH_MARTIAN) === 0) return false;
    paths[line] ^= PATH_MARTIAN;
    peer.martians[family] += mark === 0 ? -1 : 1;
    return mark !== 0;
  }

  #hold(set: number, used: number): void {
    this.#store.hold(set);
    if (used !== 0 && used !== set) this.#store.hold(used);
  }

  #letGo(set: number, used: number): void {
    if (used !== 0 && used !== set) this.#store.release(used);
    this.#store.release(set);
  }

  /** A neighbour has no path to a prefix any more. */
  #dropPath(number: number, peer: PeerState | undefined, id: number, pathId: number): void {
    const head = this.#prefixes.rows[id * ROW + ROW_HEAD],
      path = this.#paths.find(head, number, pathId);
    if (path !== 0) this.#removePath(peer, id, head, path);
  }

  #removePath(peer: PeerState | undefined, id: number, head: number, path: number): void {
    const { paths } = this.#paths,
      { rows } = this.#prefixes,
      line = path * PATH,
      before = paths[head * PATH + PATH_POST_POLICY],
      set = paths[line + PATH_PRE_POLICY],
      used = paths[line + PATH_POST_POLICY];
    if (path === head) rows[id * ROW + ROW_HEAD] = paths[line + PATH_NEXT];
    else {
      let previous = head;
      while (paths[previous * PATH + PATH_NEXT] !== path) previous = paths[previous * PATH + PATH_NEXT];
      paths[previous * PATH + PATH_NEXT] = paths[line + PATH_NEXT];
    }
    this.#paths.remove(path);
    const family = familyOf(rows[id * ROW + ROW_META]);
    count(peer, family, -1, used === 0 ? 0 : -1);
    if ((paths[line + PATH_PEER] & PATH_MARTIAN) !== 0) peer!.martians[family]--;
    if (used !== 0) this.#pathLog.append(id);
    if (rows[id * ROW + ROW_HEAD] === 0) {
      if (before !== 0) this.#changed(id);
      this.#tryForget(id);
    } else if (used !== 0) this.#choose(id, before);
    this.#letGo(set, used);
  }

  /** Puts the best path of a prefix first; `before` is what the first one was used with until now. */
  #choose(id: number, before: number): void {
    const { paths } = this.#paths,
      row = id * ROW,
      head = this.#prefixes.rows[row + ROW_HEAD];
    if (paths[head * PATH + PATH_NEXT] === 0) {
      if (paths[head * PATH + PATH_POST_POLICY] !== before) this.#changed(id);
      else if (this.#tellsOfOthers(head)) this.#changes.push(id); // one of equal cost may have gone
      return;
    }
    const winner = this.#decide(id, head),
      best = winner < 0 ? head : this.#candidatePaths[winner];
    if (best !== head) {
      let previous = head;
      while (paths[previous * PATH + PATH_NEXT] !== best) previous = paths[previous * PATH + PATH_NEXT];
      paths[previous * PATH + PATH_NEXT] = paths[best * PATH + PATH_NEXT];
      paths[best * PATH + PATH_NEXT] = head;
      this.#prefixes.rows[row + ROW_HEAD] = best;
    }
    if (paths[best * PATH + PATH_POST_POLICY] !== before) this.#changed(id);
    else if (this.#tellsOfOthers(best)) this.#changes.push(id); // another path of equal cost may have come or gone
  }

  /** Whether it matters what paths there are beside the best one. */
  #tellsOfOthers(best: number): boolean {
    return this.#multipath > 1 || this.#peerOf(best) === LOCAL;
  }

  /** Runs the decision process over the usable paths of a chain; gives the winner among the candidates, -1 where none is usable. */
  #decide(id: number, head: number): number {
    const { paths } = this.#paths,
      { sets } = this.#store,
      candidates = this.#candidates;
    candidates.clear();
    for (let path = head; path !== 0; path = paths[path * PATH + PATH_NEXT]) {
      const used = paths[path * PATH + PATH_POST_POLICY];
      if (used === 0) continue;
      const line = candidates.add(),
        set = used * SET,
        number = paths[path * PATH + PATH_PEER] & PEER_MASK,
        peer = this.#peers[number],
        lengths = sets[set + SET_PATH_LENGTHS];
      if (line === this.#candidatePaths.length) {
        const wider = new Uint32Array(line * 2);
        wider.set(this.#candidatePaths);
        this.#candidatePaths = wider;
      }
      this.#candidatePaths[line] = path;
      candidates.set(line, COLUMN.origination, number === LOCAL ? 0 : 1);
      candidates.set(line, COLUMN.localPref, -sets[set + SET_LOCAL_PREF]);
      candidates.set(line, COLUMN.asPathLength, lengths & 0xffff);
      candidates.set(line, COLUMN.origin, sets[set + SET_ORIGIN]);
      candidates.set(line, COLUMN.med, sets[set + SET_MED]);
      candidates.set(line, COLUMN.neighbourAs, sets[set + SET_NEIGHBOUR_AS]);
      candidates.set(line, COLUMN.session, peer?.isExternal === false ? 1 : 0);
      candidates.set(line, COLUMN.igpMetric, this.#metric(id, peer, used));
      candidates.set(line, COLUMN.routerId, sets[set + SET_ORIGINATOR] || (peer?.routerId ?? 0));
      candidates.set(line, COLUMN.clusterListLength, lengths >>> 16);
      candidates.set(line, COLUMN.peerAddress, peer?.rank ?? 0);
      candidates.set(line, COLUMN.pathId, this.#paths.pathId(path));
    }
    return candidates.decide();
  }

  #changed(id: number): void {
    this.#log.append(id);
    this.#changes.push(id);
  }

  /** Gives the prefix's number back where nobody has a path and nobody is to be told. */
  #tryForget(id: number): void {
    const { rows } = this.#prefixes,
      meta = rows[id * ROW + ROW_META];
    if (rows[id * ROW + ROW_HEAD] !== 0 || (meta & (ROW_QUEUED | ROW_INSTALLED)) !== 0) return;
    if (meta >>> 16 === 0 && (meta & ROW_USED) !== 0) this.#prefixes.remove(id);
  }

  /** Shows all paths of a neighbour to `isToGo` and removes those of which it says so. */
  #visitPaths(peer: PeerState, isToGo: Sweep['isToGo']): void {
    this.#sweep(peer, isToGo, false);
  }

  /** As `#visitPaths`, at once or later; `forgets`: then there is no such neighbour any more. */
  #sweep(peer: PeerState, isToGo: Sweep['isToGo'], later: boolean, forgets = false): void {
    // While it goes on, a neighbour that is up may bring more paths than these, and then a count would end it too soon.
    const left = later && peer.context ? Number.POSITIVE_INFINITY : peer.paths,
      sweep: Sweep = { peer, isToGo, next: 1, end: this.#prefixes.limit, left, forgets };
    if (!this.#goOn(sweep, later ? AT_ONCE : Number.POSITIVE_INFINITY)) this.#sweeps.push(sweep);
  }

  /** Neighbours that are down and of which no path stays. */
  #leaving(): ReadonlySet<PeerState> {
    return new Set(this.#sweeps.flatMap(({ peer, isToGo }) => (isToGo === ALL && !peer.context ? [peer] : [])));
  }

  #finishSweeps(peer: PeerState): void {
    for (const sweep of this.#sweeps.filter((one) => one.peer === peer)) {
      this.#goOn(sweep);
      this.#sweeps.splice(this.#sweeps.indexOf(sweep), 1);
    }
  }

  /** Looks at `count` prefixes more; answers whether these were the last. */
  #goOn(sweep: Sweep, count = Number.POSITIVE_INFINITY): boolean {
    const { peer, isToGo, forgets } = sweep,
      { number } = peer,
      { paths } = this.#paths,
      { rows } = this.#prefixes,
      stop = Math.min(sweep.end, sweep.next + count);
    let { left } = sweep,
      id = sweep.next;
    for (; id < stop && left > 0; id++) {
      const meta = rows[id * ROW + ROW_META];
      if ((meta & ROW_USED) === 0) continue;
      const head = rows[id * ROW + ROW_HEAD];
      for (let path = head; path !== 0; path = paths[path * PATH + PATH_NEXT]) {
        if ((paths[path * PATH + PATH_PEER] & PEER_MASK) !== number) continue;
        if (this.#paths.pathIds !== undefined) left -= this.#removeSeveral(number, id, isToGo);
        else {
          left--;
          if (isToGo(path, familyOf(meta))) this.#removePath(peer, id, head, path);
        }
        break; // without path identifiers a neighbour has one path to a prefix
      }
    }
    sweep.next = id;
    sweep.left = left;
    const isDone = id >= sweep.end || left <= 0;
    if (isDone && forgets) {
      this.#nextHops.forgetGiven(number);
      this.#peers[number] = undefined;
      this.#isArranged = false;
    }
    return isDone;
  }

  /** As `#visitPaths` for one prefix, of which a neighbour may have several paths (RFC 7911); gives how many it had. */
  #removeSeveral(number: number, id: number, isToGo: Sweep['isToGo']): number {
    const { paths } = this.#paths,
      { rows } = this.#prefixes,
      family = familyOf(rows[id * ROW + ROW_META]),
      own: number[] = []; // collected first, because each removal may rearrange the chain
    for (let path = rows[id * ROW + ROW_HEAD]; path !== 0; path = paths[path * PATH + PATH_NEXT])
      if ((paths[path * PATH + PATH_PEER] & PEER_MASK) === number) own.push(path);
    for (const path of own)
      if (isToGo(path, family)) this.#removePath(this.#peers[number], id, rows[id * ROW + ROW_HEAD], path);
    return own.length;
  }

  /** Asks anew whether and how paths may be used, and decides anew where the answer changed. */
  #reconsider(about: string, concerns: (path: number) => boolean, later: boolean): void {
    this.#start({ about, concerns, next: 1, end: this.#prefixes.limit }, later);
  }

  #start(revision: Revision, later: boolean): void {
    this.#revisions = this.#revisions.filter(({ about }) => about !== revision.about);
    if (!this.#revise(revision, later ? AT_ONCE : Number.POSITIVE_INFINITY)) this.#revisions.push(revision);
  }

  /** Looks at `most` prefixes more; answers whether these were the last. */
  #revise(revision: Revision, most: number): boolean {
    this.#arrangePeers();
    const { concerns, next, end } = revision,
      { paths } = this.#paths,
      stop = Math.min(end, next + most);
    revision.next = stop;
    for (let id = next; id < stop; id++) {
      const row = id * ROW,
        { rows } = this.#prefixes;
      if ((rows[row + ROW_META] & ROW_USED) === 0 || rows[row + ROW_HEAD] === 0) continue;
      if (concerns === 'several') {
        const head = rows[row + ROW_HEAD];
        if (paths[head * PATH + PATH_NEXT] !== 0) this.#changes.push(id);
        continue;
      }
      this.#judge(id, concerns);
    }
    return stop === end;
  }

  /** Asks anew whether and how the paths to a prefix may be used that it concerns, and decides anew. */
  #judge(id: number, concerns: (path: number) => boolean): void {
    const row = id * ROW,
      { rows } = this.#prefixes,
      { paths } = this.#paths,
      head = rows[row + ROW_HEAD],
      old: number[] = [];
    if ((rows[row + ROW_META] & ROW_USED) === 0 || head === 0) return;
    const before = paths[head * PATH + PATH_POST_POLICY],
      family = familyOf(rows[row + ROW_META]),
      martian = isMartian(this.#prefixes, id);
    let isConcerned = false;
    for (let path = head; path !== 0; path = paths[path * PATH + PATH_NEXT]) {
      const peer = this.#peers[this.#peerOf(path)];
      if (!peer || !concerns(path)) continue;
      isConcerned = true;
      const set = paths[path * PATH + PATH_PRE_POLICY],
        used = paths[path * PATH + PATH_POST_POLICY],
        policy = martian ? this.#martianOutcome(peer, set, id) : this.#outcome(this.#importRules(peer, set), id),
        outcome = this.#fault(peer, set) ? REJECTED : policy,
        now = this.#used(peer, set, outcome, id),
        lacksHop = now === 0 && outcome !== REJECTED ? nextHopIneligibility(this.#hopOf(set), peer) : undefined;
      if (lacksHop !== undefined) this.#refuse(peer, lacksHop, 1, set, id);
      if (martian && this.#mark(path, peer, family, policy === REJECTED ? PATH_MARTIAN : 0))
        this.#refuse(peer, 'martian', 1, set, id);
      if (now !== used) {
        if (now !== 0 && now !== set) this.#store.hold(now);
        if (used !== 0 && used !== set) old.push(used);
        paths[path * PATH + PATH_POST_POLICY] = now;
        this.#pathLog.append(id);
        count(peer, family, 0, (now === 0 ? 0 : 1) - (used === 0 ? 0 : 1));
      }
      this.#forgetDerived();
    }
    if (isConcerned) this.#choose(id, before);
    // Not before: a number that is given back may stand for another set at once, and then nothing seems to have changed.
    for (const set of old) this.#store.release(set);
  }

  /** The best route of a prefix as a change. */
  #change(id: number, head: number): RouteChange {
    const used = this.#paths.paths[head * PATH + PATH_POST_POLICY],
      peer = this.#peerOf(head),
      hop = this.#hopOf(used),
      nextHops = hop === undefined ? NO_HOPS : this.#multipath > 1 ? this.#equalHops(id, head) : hop.list;
    return new RouteChange(id, this.#prefixes, nextHops, peer);
  }

  /** The next hops of the paths that are as good as the best one up to the interior cost: the best one's first, then as the later steps rank them. */
  #equalHops(id: number, head: number): readonly RouteHop[] {
    this.#decide(id, head);
    const ranked = this.#candidates.rankEquals(),
      hops = new Map<string, RouteHop>();
    for (const index of ranked) {
      if (hops.size === this.#multipath) break;
      const used = this.#paths.paths[this.#candidatePaths[index] * PATH + PATH_POST_POLICY],
        [hop] = this.#hopOf(used)!.list;
      hops.set(hop.toString(), hop);
    }
    const key = [...hops.keys()].join(' '),
      known = this.#hopLists.get(key);
    if (known) return known;
    if (this.#hopLists.size >= MOST_HOP_LISTS) this.#hopLists.clear();
    const list = [...hops.values()];
    this.#hopLists.set(key, list);
    return list;
  }

  #entry(id: number, head: number): RouteEntry {
    const winner = this.#decide(id, head),
      lost = new Map<number, PathReason | undefined>();
    for (let i = 0; i < this.#candidates.count; i++) lost.set(this.#candidatePaths[i], this.#candidates.lostAt(i));
    const best = winner < 0 ? 0 : this.#candidatePaths[winner],
      all: RouteEntry['paths'][number][] = [];
    const { paths } = this.#paths;
    let bestIndex = -1;
    for (let path = head; path !== 0; path = paths[path * PATH + PATH_NEXT]) {
      const number = this.#peerOf(path),
        peer = this.#peers[number],
        set = paths[path * PATH + PATH_PRE_POLICY],
        isMartian = (paths[path * PATH + PATH_PEER] & PATH_MARTIAN) !== 0,
        obstacle = isMartian ? 'martian' : peer && this.#obstacle(peer, set, id),
        reason = lost.get(path) ?? (path === best ? undefined : (obstacle ?? 'policy'));
      if (path === best) bestIndex = all.length;
      const shown = paths[path * PATH + PATH_POST_POLICY] || set,
        link = this.#hopOf(shown)?.interface;
      all.push({
        peer: number,
        attributes: this.#intake.attributes(shown),
        ...(link !== undefined && { interface: link }),
        stale: (paths[path * PATH + PATH_PEER] & PATH_STALE) !== 0,
        ...(reason !== undefined && { reason }),
      });
    }
    return { id, prefix: this.#prefixes.prefix(id), best: bestIndex, paths: all };
  }
}

const familyOf = (meta: number): number => ((meta & ROW_IPV6) === 0 ? IPV4 : IPV6);

function count(peer: PeerState | undefined, family: number, received: number, accepted: number): void {
  if (peer === undefined) return;
  peer.received[family] += received;
  peer.accepted[family] += accepted;
}

function sameOctets(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && compareBytes(a, b) === 0);
}
