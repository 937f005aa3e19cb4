import { randomInt } from 'node:crypto';
import { SpeakerHost } from '../../bgp/net/host';
import type { Reachability } from '../../bgp/rib/loc-rib/reachability';
import { endTexts, type SessionConfig } from '../../bgp/session/config';
import type { SessionCounts } from '../../bgp/session/status';
import type { SessionTemplate } from '../../bgp/session/template';
import type { RoutingOptions, SpeakerEvent } from '../../bgp/speaker';
import type { BfdProcessStatus } from '../../control/bfd-status';
import { MOST_WORKLOADS, type OutsideStatus } from '../../control/outside';
import type { ExchangeQuery, RouteQuery } from '../../control/protocol';
import { shortfallsOf } from '../../control/shortfall';
import type {
  FibCheck,
  KernelStatus,
  RouteMemoryStatus,
  RouteStatus,
  SessionMatches,
  SessionStatus,
  TrialLosses,
} from '../../control/status';
import { OWN_PROTOCOL } from '../../kernel/codec/route-protocol';
import { Fib, type FibOptions, type NextHopReach } from '../../kernel/fib/fib';
import type { KernelLog } from '../../kernel/log';
import { AdvertisedDefaultRoutes } from '../../kernel/system/advertised-default-route';
import { KernelError } from '../../kernel/system/error';
import type { AgentLock } from '../../kernel/system/lock';
import { type Link, Watch, type WorkloadSelector } from '../../kernel/workload/watch';
import { IpAddress } from '../../model/address';
import type { Fabric } from '../../model/fabric';
import type { HashKey } from '../../model/keyed-hash';
import type { Prefix } from '../../model/prefix';
import { Problem } from '../../model/problem';
import { onLinks } from '../../node/on-links';
import { routerIdNumber, routingOf } from '../../node/routing';
import type { RunningSession } from '../../node/sessions';
import { explicitSessionsOf, neighboursOf } from '../../topology/derive';
import type { SentRoutes, WorkloadRoutes } from '../../topology/outside-routes';
import type { Neighbours } from '../../topology/session';
import { type BfdCounts, DEFAULT_BFD_SOCKET } from '../bfd/protocol';
import { neighbourName, whatOf } from '../events/noise';
import type { Reports } from '../events/reports';
import { Failure, type FailureCode } from '../failure';
import { monotonicMs } from '../host/clock';
import { shrinkHeapWhenIdle } from '../host/heap';
import type { Log } from '../host/log';
import type { ObservedNetwork } from '../observed/observer';
import { PrefixLosses } from '../observed/prefix-losses';
import type { SessionReading } from '../observed/session-record';
import { BfdWatch } from './bfd-watch';
import { exchangedRoutes, sessionMatches } from './exchanged-routes';
import { KernelPlace, type KernelTable, placeOf } from './kernel-place';
import { KernelRoutes } from './kernel-routes';
import { ago, kernelStatus } from './kernel-status';
import { LocalLinks } from './local-links';
import { lossesSince } from './losses';
import { MatchedLinks } from './matched-links';
import { gatewaysOf, NeighbourRoutes } from './neighbour-routes';
import { NextHops } from './next-hops';
import { OutsideReader } from './outside-reader';
import { ForwardingCheck, granted, preflight } from './preflight';
import { Recorder } from './recorder';
import { neighbourText, type RouteContext, routeStatuses } from './route-statuses';
import { runningPolicies } from './running-policies';
import { progressOf } from './session-progress';
import { sessionReading, sessionReadings } from './session-readings';
import { carriageOf, type SessionSummary, sessionStandings, sessionStatuses } from './session-status';
import { speakerTcp } from './tcp';
import { TroubleWatch } from './trouble-watch';
import { acceptRaNote, Unnumbered } from './unnumbered';
import { warmUp } from './warm-up';
import { Workloads, workloadsOf } from './workloads';

/**
 * Seconds for which a restarted agent keeps the routes it finds in the kernel for neighbours that are not back (RFC
 * 4724). Default unless set by the fabric.
 */
const RESTART_TIME = 120;

/** After this many paths the speaker's code is already compiled (JIT): no warm-up is needed. */
const WARM = 10_000;

/** Milliseconds for which a recent report counts as the reason for an event. */
const JUST_NOW_MS = 1_000;

/** Events about problems that somebody should fix. */
const WARNINGS: ReadonlySet<SpeakerEvent['type']> = new Set(['error', 'malformed', 'next-hop', 'ineligible']);

/** Events about a session's change of state. */
const MOVES: ReadonlySet<SpeakerEvent['type']> = new Set(['up', 'down', 'attempt']);

/** Event for a failure to listen, by the system's error code. */
const LISTEN_FAILURES: Record<string, FailureCode> = { EADDRINUSE: 'port-busy', EACCES: 'privilege' };

/** Options of a node's network, apart from the fabric. */
export interface NetworkOptions {
  /** Whether best routes go to the kernel; otherwise this node only speaks BGP. */
  readonly kernelRoutes: boolean;
  /** File to which all inputs and effects of the speaker are recorded, for `peerform replay`. */
  readonly record?: string;
  /** The value of a secret by its name. */
  readonly secret?: (name: string) => string | undefined;
  /** Protocol number of our kernel routes. Default: 114. */
  readonly protocol?: number;
  /** Place of the previous run's routes. Default: table 254, metric 200. */
  readonly place?: KernelTable;
  /** Folder of the agent's state. */
  readonly state?: string;
  /** Socket of the BFD process. Default: that of its service. */
  readonly bfdSocket?: string;
}

/** Records what happens to sessions and to prefixes of this node. */
interface NetworkObserver {
  moved(key: string): void;
  configured(): void;
  gave(prefix: Prefix): void;
}

/**
 * Connects the speaker and the kernel of this node: best routes go to the kernel, the kernel's workload routes go to
 * the speaker. Neither knows the other; this is the only connection.
 */
export class Network implements ObservedNetwork {
  readonly prefixLosses = new PrefixLosses(monotonicMs);
  private observer: NetworkObserver | undefined;
  private running: readonly RunningSession[] = [];
  /** The same before those of patterns are on links, and those without addresses have the ones that were found. */
  private given: readonly RunningSession[] = [];
  private readonly uplinks = new MatchedLinks();
  private configureAgain: (() => Promise<void>) | undefined;
  /** Templates for unnamed neighbours. */
  private unnamed: readonly Neighbours[] = [];
  private fabric: Fabric | undefined;
  /** Our name in it. */
  private node = '';
  /** Of the running fabric, or the last one; none before the first. */
  private routerId: number | undefined;
  private readonly host: SpeakerHost;
  private readonly kernelRoutes: KernelRoutes;
  private readonly hops: NextHops;
  private readonly recorder: Recorder | undefined;
  private readonly workloads: Workloads;
  private readonly neighbours: NeighbourRoutes;
  private readonly links: LocalLinks;
  private readonly bfd: BfdWatch;
  private readonly unnumbered: Unnumbered;
  private readonly troubles: TroubleWatch;
  private readonly forwarding: ForwardingCheck;
  private readonly reader = new OutsideReader(
    () => this.host.speaker,
    () => this.host.now(),
  );
  private watch!: Watch;
  private readonly place: KernelPlace;
  private stopWarmUp: (() => void) | undefined;
  /** Default log level unless the fabric sets one. */
  private readonly ownLevel: string;

  private constructor(
    private readonly log: Log,
    private readonly reports: Reports,
    private readonly lock: AgentLock,
    fib: Fib,
    { kernelRoutes, record, secret, protocol = OWN_PROTOCOL, bfdSocket = DEFAULT_BFD_SOCKET, state }: NetworkOptions,
    hashKey: HashKey,
  ) {
    const { kept } = fib.status();
    this.place = new KernelPlace(fib, protocol, log, {
      open: (place) => Fib.open({ ...place, ...fibOptions(log, reports, protocol, hashKey, () => this) }),
      moved: (moved) => this.movedTo(moved),
      isCarried: () => this.isCarried,
    });
    this.ownLevel = log.level;
    if (kept > 0) log.info(`taking over ${kept} kernel routes of the previous run`);
    const speaker = {
      seed: randomInt(2 ** 32),
      hashKey,
      ...(kept > 0 && { restartingFor: RESTART_TIME }),
      ...(kernelRoutes && { asksNextHops: true }),
    };
    if (record !== undefined)
      this.recorder = Recorder.open(record, speaker, (error) => log.error(`the recording stopped: ${error.message}`));
    this.host = new SpeakerHost({
      ...speaker,
      ...(this.recorder && { onInput: this.recorder.onInput }),
      tcp: speakerTcp,
      ...(secret && { secret }),
      onEvent: (event) => this.tell(event),
      onRoutes: (changes, more) => this.kernelRoutes.take(changes, more),
      onNextHops: (ask, forget) => this.hops.ask(ask, forget),
    });
    this.hops = new NextHops(fib, (input) => this.host.give(input), reports);
    this.host.give({ kind: 'links', links: fib.subnets });
    this.kernelRoutes = new KernelRoutes(
      this.host.speaker,
      fib,
      kernelRoutes,
      (prefix) => this.workloads.compare(prefix),
      this.prefixLosses,
    );
    this.workloads = new Workloads(
      this.host,
      this.kernelRoutes,
      () => this.fabric,
      reports,
      (prefix) => this.observer?.gave(prefix),
    );
    const running = () => this.running;
    this.neighbours = new NeighbourRoutes(this.host, this.kernelRoutes, () => this.fib, running);
    this.links = new LocalLinks(this.host, reports);
    this.unnumbered = new Unnumbered(
      this.links,
      new AdvertisedDefaultRoutes(() => this.links.links(), state === undefined ? undefined : acceptRaNote(state)),
      () => this.rebind(),
      reports,
      monotonicMs,
      (keys) => progressOf(keys.flatMap((key) => this.host.speaker.session(key) ?? [])),
    );
    this.bfd = new BfdWatch(bfdSocket, (input) => this.host.give(input), reports);
    this.troubles = new TroubleWatch(this.host, this.links, running, reports, () => this.unnumbered.look());
    this.forwarding = new ForwardingCheck(log);
  }

  private get fib(): Fib {
    return this.place.fib;
  }

  /** Acquires this machine's kernel. Throws {@link Failure}: a privilege is missing, or another agent runs here. */
  static async open(log: Log, reports: Reports, options: NetworkOptions): Promise<Network> {
    const { protocol = OWN_PROTOCOL, place } = options;
    const lock = preflight(log, protocol);
    const hashKey: HashKey = [randomInt(2 ** 32), randomInt(2 ** 32)];
    const fib = granted(await Fib.open({ ...place, ...fibOptions(log, reports, protocol, hashKey, () => network) }));
    const network: Network = new Network(log, reports, lock, fib, options, hashKey);
    network.watch = granted(
      await Watch.open({
        protocol,
        log: kernelLogOf(log, reports),
        appeared: (prefix, link) => network.workloads.appeared(prefix, link),
        disappeared: (prefix) => network.workloads.disappeared(prefix),
        link: (link, present) => {
          network.links.linkChanged(link);
          network.linkChanged(link, present);
        },
        address: (address, isThere) => {
          network.links.addressChanged(address, isThere);
          network.unnumbered.addressChanged(address);
        },
      }),
    );
    network.links.watched(network.watch);
    network.troubles.begin();
    return network;
  }

  /**
   * Runs these sessions; those of the `former` fabric may still connect to its listening addresses. Returns what cannot
   * run here at all (the BGP port is in use); the rest runs.
   */
  async run(
    fabric: Fabric | undefined,
    node: string,
    sessions: readonly RunningSession[],
    templates: readonly SessionTemplate[] = [],
    former?: Fabric,
  ): Promise<Failure | undefined> {
    this.given = sessions;
    this.configureAgain = undefined; // not before everything else is in place for them
    this.uplinks.run(sessions, this.links.links());
    this.bind();
    this.fabric = fabric;
    this.node = node;
    this.unnamed = fabric ? neighboursOf(fabric, node) : [];
    const places = [fabric, former].flatMap((one) => (one ? listenAt(one, node) : []));
    const failures = await this.host.listen(places);
    if (fabric) {
      this.log.level = fabric.logLevel ?? this.ownLevel;
      await this.place.moveTo(placeOf(fabric, node));
      this.forwarding.look(fabric.nodes[node], (link) => this.unnumbered.has(link));
    }
    this.neighbours.reach(fabric ? gatewaysOf(fabric, node) : []);
    this.neighbours.keep();
    await this.select(fabric ? workloadsOf(fabric, node) : {});
    this.workloads.configure(fabric, node);
    if (fabric) this.routerId = routerIdNumber(fabric, node);
    this.configureAgain = () =>
      this.configure(fabric ? routingOf(fabric, node) : { routerId: this.routerId! }, templates);
    await this.configureAgain();
    if (this.routerId !== undefined && sessions.length > 0)
      this.stopWarmUp ??= warmUp(
        [...new Set(sessions.flatMap(({ config }) => config.families))],
        () => this.host.speaker.rib.size.paths < WARM,
        shrinkHeapWhenIdle,
      );
    if (this.routerId !== undefined) for (const { prefix } of this.workloads.shared()) this.workloads.compare(prefix);
    this.observer?.configured();
    const [first] = failures;
    return first && new Failure(LISTEN_FAILURES[first.code] ?? 'internal', first.message);
  }

  /** Passes the sessions to all that serve them. */
  private async configure(routing: RoutingOptions, templates: readonly SessionTemplate[]): Promise<void> {
    const configs = this.running.map(({ config }) => config);
    const ends = [...configs, ...templates];
    this.links.add(ends); // those of former sessions until these are gone
    if (this.routerId !== undefined) await this.host.configure(routing, configs, templates);
    this.links.set(ends);
    this.bfd.run(configs);
    this.links.sessionsChanged();
  }

  /** Puts the sessions of patterns on the links that match now, and gives those without addresses the ones found. */
  private bind(): void {
    const placed = onLinks(this.given, this.uplinks.all);
    this.unnumbered.run(placed.map(({ config }) => config));
    this.running = placed.map((session) => this.unnumbered.bind(session));
  }

  private linkChanged(link: Link, present: boolean): void {
    if (this.uplinks.changed(link, present)) this.rebind();
    else this.unnumbered.look();
  }

  /** The links of sessions without addresses changed, or the neighbour on one. */
  private rebind(): void {
    this.bind();
    this.neighbours.keep();
    void this.configureAgain?.();
  }

  /** Sets the recipient of events. */
  observedBy(observer: NetworkObserver): void {
    this.observer = observer;
  }

  readings(): SessionReading[] {
    return this.routerId === undefined ? [] : sessionReadings(this.host.speaker, this.running, this.unnamed);
  }

  reading(key: string): SessionReading | undefined {
    return sessionReading(this.host.speaker, this.running, this.unnamed, key);
  }

  blame(key: string): string | undefined {
    const { speaker } = this.host;
    const now = this.host.now();
    const { lastError } = speaker.session(key)?.status(now) ?? {};
    return lastError && now - lastError.at < JUST_NOW_MS ? lastError.text : undefined;
  }

  origins(): string[] {
    return this.workloads.originated();
  }

  /**
   * The prefixes with a path from neighbours now, to be compared later by {@link losses}; undefined before the first
   * fabric.
   */
  reached(): Reachability | undefined {
    return this.routerId === undefined ? undefined : this.host.speaker.rib.reached();
  }

  /** The prefixes that have no path any more, ignoring the sessions `without`. */
  losses(reached: Reachability, without: readonly string[]): Promise<Omit<TrialLosses, 'since'>> {
    return lossesSince(reached, without, () => this.host.speaker);
  }

  /** The routes that outside neighbours send, see {@link OutsideReader}. */
  outside(): Promise<readonly OutsideStatus[]> {
    return this.routerId === undefined ? Promise.resolve([]) : this.reader.list(this.standingsOutside());
  }

  sent(name: string): SentRoutes | undefined {
    return this.reader.sent(name);
  }

  workloadRoutes(): WorkloadRoutes {
    return this.workloads.routes(MOST_WORKLOADS);
  }

  /** Whether a path to the prefix is in use here. */
  holds(prefix: Prefix): boolean {
    if (this.routerId === undefined) return false;
    const [route] = this.host.speaker.rib.routes({ prefix });
    return route !== undefined && route.best >= 0;
  }

  /**
   * Whether everything has converged: every session between nodes that is to stay is up with all its routes, and the
   * kernel has them.
   */
  get isSettled(): boolean {
    if (this.routerId === undefined) return true;
    const { rib } = this.host.speaker;
    const { wanted, installed } = this.kernel();
    if (rib.hasWork || rib.hasChanges || wanted !== installed) return false;
    const isDown = ({ isInside, isRetiring, state }: SessionSummary) =>
      isInside && !isRetiring && state !== 'Established';
    if (this.standings().some(isDown)) return false;
    return this.sessions().every(
      ({ isInside, isRetiring, routes }) =>
        !isInside || isRetiring || Object.values(routes).every(({ endOfRib }) => endOfRib),
    );
  }

  /** Whether every established neighbour has been sent all routes. */
  get isTold(): boolean {
    return this.routerId === undefined || this.host.speaker.isTold;
  }

  sessions(): SessionStatus[] {
    const now = this.host.now();
    const all = sessionStatuses(this.host.speaker, this.running, this.unnamed, now, this.troubles.machine(now));
    const placed = all.map((session) => this.hindered(session));
    return this.bfdProcess ? placed.map((session) => this.watched(session)) : placed;
  }

  private hindered(session: SessionStatus): SessionStatus {
    const linkHindrance = session.downBy === 'awaits-neighbour' ? this.unnumbered.hindranceOf(session.key) : undefined;
    const learnedDefault = this.unnumbered.learnedDefaultOf(session.key);
    if (linkHindrance === undefined && learnedDefault === undefined && session.linkLocal === undefined) return session;
    const otherStations = session.linkLocal === undefined ? [] : this.unnumbered.othersOf(session.key);
    return {
      ...session,
      ...(linkHindrance && { linkHindrance }),
      ...(learnedDefault && { learnedDefault }),
      ...(otherStations.length > 0 && { otherStations }),
    };
  }

  private watched(session: SessionStatus): SessionStatus {
    const bfd = this.bfd.statusOf(session.key);
    return bfd ? { ...session, bfd } : session;
  }

  /** The state of the BFD process; undefined: no session uses BFD. */
  get bfdProcess(): BfdProcessStatus | undefined {
    return this.bfd.processStatus;
  }

  /** Packets of a session's BFD session, by the session's key. */
  bfdCounts(key: string): BfdCounts | undefined {
    return this.bfd.countsOf(key);
  }

  /** The same sessions in brief; `wanted`: filters the running ones. */
  standings(wanted: (session: RunningSession) => boolean = () => true): SessionSummary[] {
    return sessionStandings(this.host.speaker, this.running, this.unnamed, wanted);
  }

  /** Those with outside neighbours. */
  standingsOutside(): SessionSummary[] {
    return this.standings(({ session }) => !session.isInside);
  }

  /** The counters of each session, by its key, and the number of connections refused for lack of one. */
  counts(): { readonly sessions: ReadonlyMap<string, SessionCounts>; readonly rejected: number } {
    const { speaker } = this.host;
    return { sessions: speaker.counts(), rejected: speaker.rejected };
  }

  routeMemory(): RouteMemoryStatus {
    const { used, limit = 0, ended } = this.host.speaker.routeMemory;
    return { used, limit, ended };
  }

  kernel(): KernelStatus {
    return kernelStatus(this.fib.status(), {
      workloads: this.watch.workloads().length,
      duplicates: this.workloads.shared(),
      pathsBy: (addresses) => (this.routerId === undefined ? undefined : this.host.speaker.rib.pathsBy(addresses)),
    });
  }

  /**
   * Compares the kernel's table with the routes chosen by BGP, and repairs it. Throws {@link Failure} if it cannot be
   * read.
   */
  async checkFib(): Promise<Omit<FibCheck, 'node'>> {
    const found = await this.fib.check();
    if (found instanceof KernelError) throw new Failure('internal', found.toString());
    const { sinceMs, ...rest } = found;
    return { ...rest, ...(sinceMs !== null && { since: ago(sinceMs + found.tookMs) }), kernel: this.kernel() };
  }

  routes(query?: RouteQuery): Iterable<RouteStatus | undefined> {
    return this.routerId === undefined ? [] : routeStatuses(this.routeContext(), query);
  }

  exchanged(query: ExchangeQuery): Iterable<RouteStatus | undefined> | undefined {
    return this.routerId === undefined ? undefined : exchangedRoutes(this.routeContext(), query);
  }

  async matches(): Promise<readonly SessionMatches[]> {
    return this.routerId === undefined ? [] : sessionMatches(this.routeContext(), this.host.speaker.ribNumbers());
  }

  private routeContext(): RouteContext {
    const { fabric } = this;
    const { speaker } = this.host;
    const ahead = Date.now() - this.host.now();
    return {
      rib: speaker.rib,
      fabric,
      neighbour: (number) => neighbourText(speaker.rib.peer(number), this.node),
      policies: runningPolicies(speaker, this.running),
      withheld: (prefix) => this.fib.withheldReason(prefix),
      time: (seconds) => new Date(Math.round(seconds * 1000 + ahead)).toISOString(),
    };
  }

  /** Removes all our routes from the kernel. */
  withdraw(): Promise<void> {
    return this.fib.flush();
  }

  /**
   * Releases the kernel, whose routes stay, and closes the sessions so that neighbours retain our routes; `forGood`: so
   * that they retain none (RFC 8538).
   */
  async close({ forGood }: { readonly forGood: boolean }): Promise<void> {
    this.stopWarmUp?.();
    this.troubles.close();
    this.unnumbered.close(forGood);
    await this.host.close(forGood ? { text: 'the agent is stopped' } : { graceful: true });
    this.bfd.close();
    this.neighbours.close();
    this.links.close();
    this.watch.close();
    await this.fib.close();
    this.recorder?.close();
    this.lock.release();
  }

  /** Sets which kernel routes are workload routes; the watch then reports the difference. */
  private async select(workloads: WorkloadSelector): Promise<void> {
    const error = await this.watch.select(workloads);
    if (error) this.log.error(`workload routes cannot be read: ${error}`);
  }

  private movedTo(fib: Fib): void {
    this.linksChanged(fib.subnets);
    this.neighbours.keep();
    this.hops.moveTo(fib, this.routerId === undefined ? [] : this.host.speaker.rib.nextHops());
    this.kernelRoutes.moveTo(fib);
    this.host.give({ kind: 'resendRoutes' });
  }

  /** Whether the kernel has received all routes, and no longer keeps those of the previous run. */
  private get isCarried(): boolean {
    const { speaker } = this.host;
    return this.routerId !== undefined && !speaker.rib.hasChanges && !speaker.keepsForwarding;
  }

  /** @internal Links by address: a link-local next hop is on the link of the session. */
  linksChanged(links: Fib['subnets']): void {
    this.host.give({ kind: 'links', links });
  }

  /** @internal */
  nextHops(changes: readonly NextHopReach[]): void {
    this.hops.tell(changes);
  }

  /**
   * Resets the sessions with a neighbour, by its address, regardless of any pause or limit that keeps them down;
   * returns their number.
   */
  reset(neighbour: string, by: string): number {
    const address = IpAddress.parseEnd(neighbour);
    const text = address instanceof Problem ? neighbour : String(address);
    const found = this.host.speaker
      .configs()
      .filter((config) => neighbourText(named(config), this.node) === text || endTexts(config)[1] === text);
    for (const { key } of found) {
      this.reports.say({ kind: 'session', of: key, level: 'warn', message: `session with ${text} reset by ${by}` });
      this.host.give({ kind: 'reset', session: key, why: `reset by ${by}` });
    }
    return found.length;
  }

  private tell(event: SpeakerEvent): void {
    const { name, type, refused } = event;
    // The speaker does not know who is on a link, and why another one is not the neighbour.
    const why = refused === undefined ? undefined : this.unnumbered.refused(refused);
    const text = why === undefined ? event.text : `connection from ${refused} refused: ${why}`;
    const message = name === '' ? text : `${neighbourName(event)}: ${text}`;
    // An increase during an attempt indicates a key problem.
    if (MOVES.has(type)) {
      this.troubles.attempt();
      if (type !== 'attempt') this.unnumbered.moved(event.session, type === 'up');
      if (type !== 'attempt') this.observer?.moved(event.session);
    }
    // The steps of an attempt only matter for debugging.
    const level = WARNINGS.has(type) ? 'warn' : type === 'attempt' ? 'debug' : 'info';
    this.reports.say({ ...whatOf(event), level, message });
    if (type === 'up') this.tellShortfalls(event);
    if (type !== 'dynamic') return;
    this.links.sessionsChanged();
    this.neighbours.keepSoon();
  }

  /** Nothing else of a session that is up tells that a family is missing. */
  private tellShortfalls(event: SpeakerEvent): void {
    const agreed = this.host.speaker.session(event.session)?.established?.agreed;
    const texts = agreed ? shortfallsOf(carriageOf(agreed.oneSided)) : [];
    if (texts.length === 0) return;
    this.reports.say({ ...whatOf(event), level: 'warn', message: `${neighbourName(event)}: ${texts.join('; ')}` });
  }
}

/**
 * Default unless set by the fabric: all addresses of the node's families, so that one may appear or move while the
 * agent runs.
 */
function listenAt(fabric: Fabric, node: string): { address: string; port: number }[] {
  const { bindMode, listenPort: port, nodes } = fabric;
  const { ipv4Address, ipv6Address } = nodes[node];
  const at = (own: IpAddress | undefined, any: string) =>
    own ? [{ address: bindMode === 'nodeAddress' ? own.toString() : any, port }] : [];
  // The link-local addresses of sessions over links come and go with these, which any address includes.
  const isOverLinks = ({ interface: link }: { readonly interface?: string }) => link !== undefined;
  const hasMore = bindMode !== 'nodeAddress' && !ipv6Address && explicitSessionsOf(fabric, node).some(isOverLinks);
  return [...at(ipv4Address, '0.0.0.0'), ...at(ipv6Address, '::'), ...(hasMore ? [{ address: '::', port }] : [])];
}

const kernelLogOf =
  (log: Log, reports: Reports): KernelLog =>
  (level, message, fields) => {
    if (reports.admit('kernel', level)) log[level](fields ?? {}, message);
  };

const named = ({ remoteAddress: address, interface: link }: SessionConfig) => ({ address, interface: link });

/** The options of each of our tables; the network that is notified of next hop changes may be created later. */
const fibOptions = (
  log: Log,
  reports: Reports,
  protocol: number,
  hashKey: HashKey,
  network: () => Pick<Network, 'nextHops' | 'linksChanged'>,
): FibOptions => ({
  protocol,
  hashKey,
  log: kernelLogOf(log, reports),
  disturbed: (message) => reports.say({ noise: 'disturbance', level: 'warn', message }),
  nextHops: (changes) => network().nextHops(changes),
  links: (subnets) => network().linksChanged(subnets),
});
