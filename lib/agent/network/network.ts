import { randomInt } from 'node:crypto';
import { SpeakerHost } from '../../bgp/net/host';
import type { LostPrefix, Reachability } from '../../bgp/rib/loc-rib/reachability';
import type { SessionCounts } from '../../bgp/session/status';
import type { SessionTemplate } from '../../bgp/session/template';
import type { SpeakerEvent } from '../../bgp/speaker';
import { gathered, yieldTurn } from '../../control/concurrency';
import type { OutsideStatus } from '../../control/outside';
import type { ExchangeQuery, RouteQuery } from '../../control/protocol';
import type {
  FibCheck,
  KernelStatus,
  RouteMemoryStatus,
  RouteStatus,
  SessionMatches,
  SessionStatus,
  TrialLosses,
} from '../../control/status';
import { describeCapabilities, probeCapabilities } from '../../kernel/capabilities';
import { OWN_PROTOCOL, ownerOfProtocol } from '../../kernel/codec/route-protocol';
import { leaveOtherTables } from '../../kernel/fib/cleanup';
import { Fib, type FibOptions, type Reach } from '../../kernel/fib/fib';
import { Pace } from '../../kernel/fib/state/pace';
import type { Log as KernelLog } from '../../kernel/log';
import { KernelError } from '../../kernel/system/error';
import { notForwarding } from '../../kernel/system/forwarding';
import { type AgentLock, lockAgent } from '../../kernel/system/lock';
import { type InterfaceAddress, type Link, Watch, type WorkloadSelector } from '../../kernel/workload/watch';
import { type AddressFamily, IpAddress } from '../../model/address';
import type { Fabric } from '../../model/fabric';
import type { HashKey } from '../../model/keyed-hash';
import type { Prefix } from '../../model/prefix';
import { Problem, sure } from '../../model/problem';
import { routerIdNumber, routingOf } from '../../node/routing';
import type { RunningSession } from '../../node/sessions';
import { neighboursOf } from '../../topology/derive';
import type { SentRoutes } from '../../topology/outside-routes';
import type { Neighbours } from '../../topology/session';
import { neighbourOf, whatOf } from '../events/noise';
import type { Reports } from '../events/reports';
import { Failure, type FailureCode } from '../failure';
import type { Log } from '../host/log';
import { Duplicates, originators } from './duplicates';
import { exchangedRoutes, sessionMatches } from './exchanged-routes';
import { localInterfaces } from './interfaces';
import { KernelRoutes } from './kernel-routes';
import { gatewaysOf, type Place, placeOf, workloadsOf } from './kernel-settings';
import { KeyWatch } from './key-watch';
import { type CarriedSession, endedByAddress, endedByLink } from './link-loss';
import { NextHops } from './next-hops';
import { Origins } from './origins';
import { OutsideReader } from './outside';
import { type Machine, presentFaults, signedKeys } from './present-faults';
import { Recorder } from './recorder';
import { type RouteContext, routeStatuses } from './route-statuses';
import { type SessionStanding, sessionStandings, sessionStatuses } from './speaker-status';
import { speakerTcp } from './tcp';
import { type Trouble, Troubles } from './troubles';
import { warmUp } from './warm-up';

/** Seconds that a restarted agent keeps the routes it finds in the kernel for neighbours that are not back (RFC 4724), unless the fabric says otherwise. */
const RESTART_TIME = 120;

/** An address that is gone may be on another interface a moment later; neighbours do not notice. */
const MOVE_MS = 1000;

/** Milliseconds between two looks for what keeps sessions down and comes with no event. */
const LOOK_MS = 5_000;

/** So many paths have had the speaker's code compiled: no rehearsal is needed any more. */
const WARM = 10_000;

/** Prefixes that are compared in one turn of the event loop, and the most that are told. */
const TURN = 20_000;
const MOST_LOST = 20;

/** What speaks of something that somebody should mend. */
const WARNINGS: ReadonlySet<SpeakerEvent['type']> = new Set(['error', 'malformed', 'next-hop', 'ineligible']);

/** Workloads on several nodes that the status names. */
const MOST_DUPLICATES = 20;

/** What a failure to listen is, by the system's name of it. */
const LISTEN_FAILURES: Record<string, FailureCode> = { EADDRINUSE: 'port-busy', EACCES: 'privilege' };

/** How a node's network is run, beside what it runs. */
export interface NetworkOptions {
  /** Whether best routes go to the kernel; without, this node only speaks BGP. */
  readonly kernelRoutes: boolean;
  /** A file that all the speaker hears and does is written to, for `peerform replay`. */
  readonly record?: string;
  /** The value of a secret by its name. */
  readonly secret?: (name: string) => string | undefined;
  /** Marks our kernel routes; absent: 114. */
  readonly protocol?: number;
  /** Where the routes of the run before stand; absent: table 254, metric 200. */
  readonly place?: Place;
}

/**
 * Speaker and kernel of this node, joined: best routes go to the kernel, the kernel's workload routes go to the speaker. Neither
 * knows of the other; this is the one place where they meet.
 */
export class Network {
  private running: readonly RunningSession[] = [];
  /** The ends of all sessions, those that neighbours may come to among them. */
  private ends: readonly Pick<SessionTemplate, 'localAddress' | 'localAddresses'>[] = [];
  /** The interfaces of sessions as the speaker knows them, as text. */
  private interfaces = '';
  /** Neighbours that may come from prefixes. */
  private unnamed: readonly Neighbours[] = [];
  private fabric: Fabric | undefined;
  private readonly duplicates = new Duplicates(({ prefix, nodes }) => {
    const message =
      nodes.length === 0
        ? `workload ${prefix} is now advertised by this node only, or not at all`
        : `workload ${prefix} is also advertised by ${nodes.join(' and ')}: traffic to it goes to the nearest`;
    this.reports.say({ noise: 'duplicate', level: nodes.length === 0 ? 'info' : 'warn', message });
  });
  /** Of the fabric that runs, or ran last; none before the first. */
  private routerId: number | undefined;
  private readonly host: SpeakerHost;
  private readonly kernelRoutes: KernelRoutes;
  private readonly hops: NextHops;
  private readonly recorder: Recorder | undefined;
  private readonly origins: Origins;
  private readonly keys = new KeyWatch();
  private readonly troubles = new Troubles();
  private looking: NodeJS.Timeout | undefined;
  private readonly reader = new OutsideReader(
    () => this.host.speaker,
    () => this.host.now(),
  );
  private watch!: Watch;
  /** Where our routes stand. */
  private place: Place;
  private readonly protocol: number;
  /** Hosts that are reached by a gateway of the fabric's choice. */
  private readonly hosts = new Map<string, Prefix>();
  private stopWarmUp: (() => void) | undefined;
  /** Neighbours came or went that come unnamed, perhaps many at once: who is to stay reachable is found out once for all of them. */
  private neighboursDue: NodeJS.Immediate | undefined;
  /** Interfaces are to be told of to the speaker. */
  private interfacesDue: NodeJS.Timeout | undefined;
  private readonly pace = new Pace();
  /** Addresses that are gone, and may come back. */
  private readonly leaving = new Map<string, NodeJS.Timeout>();
  /** All sessions that there are, until others come or go. */
  private carriedNow: readonly CarriedSession[] | undefined;
  /** The neighbours of which the table of routes knows that they are to stay reachable, and which table that is. */
  private keptFor: ReadonlyMap<string, IpAddress> = new Map();
  private keptIn: Fib | undefined;
  /** Level of the log unless a fabric says otherwise. */
  private readonly ownLevel: string;
  /** Families of which it was said that this machine forwards none of their packets. */
  private readonly unforwarded = new Set<AddressFamily>();

  private constructor(
    private readonly log: Log,
    private readonly reports: Reports,
    private readonly lock: AgentLock,
    private fib: Fib,
    { kernelRoutes, record, secret, protocol = OWN_PROTOCOL }: NetworkOptions,
    private readonly hashKey: HashKey,
  ) {
    const { kept, table, metric } = fib.status();
    this.place = { table, metric };
    this.protocol = protocol;
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
      onRoutes: () => this.kernelRoutes.take(),
      onNextHops: (ask, forget) => this.hops.ask(ask, forget),
    });
    this.hops = new NextHops(fib, (input) => this.host.give(input), reports);
    this.host.give({ kind: 'links', links: fib.subnets });
    this.kernelRoutes = new KernelRoutes(this.host.speaker, fib, kernelRoutes, (prefix) => this.compare(prefix));
    this.origins = new Origins({
      originate: (prefix, attributes) => this.host.give({ kind: 'originate', prefix, attributes }),
      withdraw: (prefix) => this.host.give({ kind: 'withdraw', prefix }),
      blackhole: (prefix, on) => this.kernelRoutes.pin(prefix, on ? 'blackhole' : undefined),
    });
  }

  /** Takes hold of this machine's kernel. Throws {@link Failure}: a privilege is missing, or another agent runs here. */
  static async open(log: Log, reports: Reports, options: NetworkOptions): Promise<Network> {
    const capabilities = granted(probeCapabilities());
    if (capabilities.routes)
      throw new Failure('privilege', `not permitted to write kernel routes: ${capabilities.routes}`);
    for (const line of describeCapabilities(capabilities)) log.warn(line);
    const { protocol = OWN_PROTOCOL, place } = options,
      owner = ownerOfProtocol(protocol);
    if (owner !== undefined)
      throw new Failure(
        'usage',
        `protocol ${protocol} marks the kernel routes of ${owner}: set --kernel-protocol to an unused number`,
      );
    const lock = lockAgent(protocol);
    if (lock instanceof KernelError) throw new Failure('second-agent', lock.toString());
    if (lock.warning !== undefined) log.warn(lock.warning);
    const hashKey: HashKey = [randomInt(2 ** 32), randomInt(2 ** 32)];
    const fib = granted(await Fib.open({ ...place, ...fibOptions(log, reports, protocol, hashKey, () => network) }));
    const network: Network = new Network(log, reports, lock, fib, options, hashKey);
    network.watch = granted(
      await Watch.open({
        protocol,
        log: kernelLogOf(log, reports),
        appeared: (prefix, link) => network.workload(prefix, true, link),
        disappeared: (prefix) => network.workload(prefix, false),
        link: (link) => network.linkChanged(link),
        address: (address, isThere) => network.addressChanged(address, isThere),
      }),
    );
    network.looking = setInterval(() => void network.tellTroubles(), LOOK_MS).unref();
    return network;
  }

  /**
   * Runs these sessions from now on; those of the `former` fabric may still come to where that listened. What can't run here at all (the BGP port
   * is taken) comes back; the rest runs.
   */
  async run(
    fabric: Fabric | undefined,
    node: string,
    sessions: readonly RunningSession[],
    templates: readonly SessionTemplate[] = [],
    former?: Fabric,
  ): Promise<Failure | undefined> {
    this.running = sessions;
    this.fabric = fabric;
    this.unnamed = fabric ? neighboursOf(fabric, node) : [];
    const places = [fabric, former].flatMap((one) => (one ? listenAt(one, node) : []));
    const failures = await this.host.listen(places);
    if (fabric) {
      this.log.level = fabric.logLevel ?? this.ownLevel;
      await this.moveTo(placeOf(fabric, node));
      this.tellForwarding(fabric.nodes[node]);
    }
    this.reach(fabric ? gatewaysOf(fabric, node) : []);
    this.keepNeighbours();
    await this.select(fabric ? workloadsOf(fabric, node) : {});
    this.origins.configure(fabric, node);
    if (fabric) this.routerId = routerIdNumber(fabric, node);
    const ends = [...sessions.map(({ config }) => config), ...templates];
    this.tellInterfaces([...this.ends, ...ends]); // those of former sessions until these are gone
    if (this.routerId !== undefined)
      await this.host.configure(
        fabric ? routingOf(fabric, node) : { routerId: this.routerId },
        sessions.map(({ config }) => config),
        templates,
      );
    this.tellInterfaces(ends);
    this.carriedNow = undefined;
    if (this.routerId !== undefined && sessions.length > 0)
      this.stopWarmUp ??= warmUp(
        [...new Set(sessions.flatMap(({ config }) => config.families))],
        () => this.host.speaker.rib.size.paths < WARM,
      );
    if (this.routerId !== undefined) for (const { prefix } of this.duplicates.all()) this.compare(prefix);
    const [first] = failures;
    return first && new Failure(LISTEN_FAILURES[first.code] ?? 'internal', first.message);
  }

  /** Says once for each family of this node that the machine does not forward its packets. */
  private tellForwarding({
    ipv4Address,
    ipv6Address,
  }: Pick<Fabric['nodes'][string], 'ipv4Address' | 'ipv6Address'>): void {
    for (const address of [ipv4Address, ipv6Address]) {
      const why = address && !this.unforwarded.has(address.family) && notForwarding(address.family);
      if (!why) continue;
      this.unforwarded.add(address.family);
      this.log.warn(why);
    }
  }

  /** The prefixes that neighbours give a path to now, to be compared with later by {@link losses}; undefined before the first fabric. */
  reached(): Reachability | undefined {
    return this.routerId === undefined ? undefined : this.host.speaker.rib.reached();
  }

  /** What of this has no path any more, but by the sessions `without`; a large table is looked through in turns. */
  async losses(reached: Reachability, without: readonly string[]): Promise<Omit<TrialLosses, 'since'>> {
    let count = 0;
    const examples: LostPrefix[] = [];
    for (let from = 0; from < reached.size; from += TURN) {
      const lost = this.host.speaker.lostSince(reached, without, from, from + TURN);
      count += lost.length;
      examples.push(...lost.slice(0, MOST_LOST - examples.length));
      await yieldTurn();
    }
    return { count, examples: examples.map(({ prefix, isOffered }) => ({ prefix: String(prefix), isOffered })) };
  }

  /** What neighbours outside send, see {@link OutsideReader}. */
  outside(): Promise<readonly OutsideStatus[]> {
    return this.routerId === undefined ? Promise.resolve([]) : this.reader.list(this.standingsOutside());
  }

  sent(name: string): SentRoutes | undefined {
    return this.reader.sent(name);
  }

  /** Whether a path to the prefix is in use here. */
  holds(prefix: Prefix): boolean {
    if (this.routerId === undefined) return false;
    const [route] = this.host.speaker.rib.routes({ prefix });
    return route !== undefined && route.best >= 0;
  }

  /** Whether all is said and done: every session between nodes that is to stay is up with all its routes, and the kernel has them. */
  get isSettled(): boolean {
    if (this.routerId === undefined) return true;
    const { rib } = this.host.speaker,
      { wanted, installed } = this.kernel();
    if (rib.hasWork || rib.hasChanges || wanted !== installed) return false;
    const isDown = ({ isInside, isRetiring, state }: SessionStanding) =>
      isInside && !isRetiring && state !== 'Established';
    if (this.standings().some(isDown)) return false;
    return this.sessions().every(
      ({ isInside, isRetiring, routes }) =>
        !isInside || isRetiring || Object.values(routes).every(({ endOfRib }) => endOfRib),
    );
  }

  /** Whether every neighbour that is up has been told all that there is to tell. */
  get isTold(): boolean {
    return this.routerId === undefined || this.host.speaker.routes.isTold;
  }

  sessions(): SessionStatus[] {
    const now = this.host.now();
    return sessionStatuses(this.host.speaker, this.running, this.unnamed, now, this.machine(now));
  }

  /** The same sessions, in short; `wanted`: those of the running ones that this is true of. */
  standings(wanted: (session: RunningSession) => boolean = () => true): SessionStanding[] {
    return sessionStandings(this.host.speaker, this.running, this.unnamed, wanted);
  }

  /** Those with neighbours outside. */
  standingsOutside(): SessionStanding[] {
    return this.standings(({ session }) => !session.isInside);
  }

  private machine(now: number): Machine {
    const { watch, keys } = this;
    keys.look(now);
    return { addresses: watch.addresses(), links: watch.links(), keys, carried: this.carried() };
  }

  /** Nobody may look at the status while a session is down. */
  private async tellTroubles(): Promise<void> {
    const now = this.host.now(),
      all = await gathered(this.host.speaker.statuses(now));
    const present = presentFaults(all, signedKeys(this.running), this.machine(now), now);
    await gathered(this.said(this.troubles.look(all, present)));
  }

  private *said(troubles: readonly Trouble[]): Generator<Trouble> {
    for (const trouble of troubles) {
      const { session, text } = trouble,
        name = neighbourOf({ session: session.key, name: session.name });
      this.reports.say({ noise: 'trouble', of: session.key, name, level: 'warn', message: `${name}: ${text}` });
      yield trouble;
    }
  }

  /** What was counted of each session, by its key, and how many connections none wanted. */
  counts(): { readonly sessions: ReadonlyMap<string, SessionCounts>; readonly rejected: number } {
    const { speaker } = this.host;
    return { sessions: speaker.counts(), rejected: speaker.rejected };
  }

  routeMemory(): RouteMemoryStatus {
    const { routes } = this.host.speaker,
      memory = routes.table?.memory;
    return { used: memory?.total ?? 0, limit: memory?.most ?? 0, ended: routes.endedForMemory };
  }

  kernel(): KernelStatus {
    const {
      wanted,
      installed,
      waiting,
      unreached,
      failed,
      differences,
      lastDifferenceMs,
      lastDisturbance,
      beside,
      movesSlowly,
      ...rest
    } = this.fib.status();
    const waits = waiting.reduce((sum, { prefixes }) => sum + prefixes, 0),
      addresses = unreached.map(({ target }) => sure(IpAddress.parse(target))),
      paths = this.routerId === undefined ? undefined : this.host.speaker.rib.pathsBy(addresses);
    return {
      wanted: wanted - waits,
      installed,
      failed,
      waiting: [...waiting, ...unreached].map(({ target, reason, prefixes }) => ({
        nextHop: target,
        reason,
        routes: paths?.get(target) ?? prefixes,
      })),
      withheld: { routes: rest.withheld, examples: rest.heldBack },
      ...(rest.passedOn > 0 && { passedOn: { prefixes: rest.passedOn, examples: rest.throws } }),
      ...(movesSlowly && { movesSlowly }),
      workloads: this.watch.workloads().length,
      differences: { ...differences },
      ...(lastDifferenceMs !== null && { lastDifference: ago(lastDifferenceMs) }),
      ...(lastDisturbance !== undefined && { lastDisturbance }),
      beside,
      duplicates: this.duplicates
        .all()
        .slice(0, MOST_DUPLICATES)
        .map(({ prefix, nodes }) => ({ prefix: String(prefix), nodes })),
    };
  }

  /** Compares the kernel's table with what BGP chose, and mends it. Throws {@link Failure} where it can't be read. */
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
    const { fabric } = this,
      ahead = Date.now() - this.host.now();
    return {
      rib: this.host.speaker.rib,
      fabric,
      withheld: (prefix) => this.fib.withheldReason(prefix),
      time: (seconds) => new Date(Math.round(seconds * 1000 + ahead)).toISOString(),
    };
  }

  /** Takes every route of ours out of the kernel. */
  withdraw(): Promise<void> {
    return this.fib.flush();
  }

  /** Lets go of the kernel, whose routes stay, and ends the sessions in such a way that neighbours keep our routes; `forGood`: so that they keep none (RFC 8538). */
  async close({ forGood }: { readonly forGood: boolean }): Promise<void> {
    this.stopWarmUp?.();
    clearInterval(this.looking);
    await this.host.close(forGood ? { text: 'the agent is stopped' } : { graceful: true });
    clearImmediate(this.neighboursDue);
    clearTimeout(this.interfacesDue);
    for (const timer of this.leaving.values()) clearTimeout(timer);
    this.watch.close();
    await this.fib.close();
    this.recorder?.close();
    this.lock.release();
  }

  /** Which kernel routes are workload routes; what the watch then tells comes by {@link workload}. */
  private async select(workloads: WorkloadSelector): Promise<void> {
    const error = await this.watch.select(workloads);
    if (error) this.log.error(`workload routes cannot be read: ${error}`);
  }

  /**
   * Our routes stand in this table with this metric from now on: they are written there before those at the former place go. Where it can't
   * be had, all stays as it is.
   */
  private async moveTo(wanted: Place): Promise<void> {
    const { table, metric } = this.place;
    if (wanted.table === table && wanted.metric === metric) return;
    // Two that write with one protocol number would sweep each other's routes: the first lets go, and its routes stay.
    await this.fib.close();
    const moved = await this.openFib(wanted),
      fib = moved instanceof KernelError ? await this.openFib(this.place) : moved;
    if (moved instanceof KernelError) this.log.error(`kernel routes stay in table ${table}: ${moved}`);
    if (fib instanceof KernelError) throw new Failure('internal', fib.toString());
    this.fib = fib;
    this.linksChanged(fib.subnets);
    this.keepNeighbours();
    this.hops.moveTo(fib, this.routerId === undefined ? [] : this.host.speaker.rib.nextHops());
    this.kernelRoutes.moveTo(fib, this.routerId !== undefined);
    if (moved instanceof KernelError) return;
    this.place = wanted;
    this.log.info(
      `moving kernel routes from table ${table}, metric ${metric}, to table ${wanted.table}, metric ${wanted.metric}`,
    );
    if (wanted.table !== table) void this.leaveFormerTable(fib);
  }

  /** When all that stood in the former table stands in the new one, it goes from there. */
  private async leaveFormerTable(fib: Fib): Promise<void> {
    while (this.routerId === undefined || this.host.speaker.rib.hasChanges || this.host.speaker.keepsForwarding)
      await new Promise((resolve) => setTimeout(resolve, 50));
    await fib.settled();
    if (fib !== this.fib) return;
    const left = await leaveOtherTables(this.place.table, this.protocol);
    if (left instanceof KernelError) this.log.error(`routes are left in the previous table: ${left}`);
    else this.log.info(`${left} routes were removed from the previous table`);
  }

  private openFib(place: Place): Promise<Fib | KernelError> {
    return Fib.open({ ...place, ...fibOptions(this.log, this.reports, this.protocol, this.hashKey, () => this) });
  }

  /** Lets hosts be reached by these gateways, and by no former ones. */
  private reach(gateways: readonly { readonly host: Prefix; readonly gateway: IpAddress }[]): void {
    const wanted = new Set(gateways.map(({ host }) => String(host)));
    for (const [key, host] of this.hosts)
      if (!wanted.has(key)) {
        this.hosts.delete(key);
        this.kernelRoutes.pin(host, undefined);
      }
    for (const { host, gateway } of gateways) {
      this.hosts.set(String(host), host);
      this.kernelRoutes.pin(host, { via: [{ address: gateway }] });
    }
  }

  /** @internal Where links lead: a link-local next hop means the link that the session is on. */
  linksChanged(links: Fib['subnets']): void {
    this.host.give({ kind: 'links', links });
  }

  /** No route may change how neighbours on a link are reached, but where the fabric itself says how. */
  private keepNeighbours(): void {
    clearImmediate(this.neighboursDue);
    this.neighboursDue = undefined;
    const addresses = new Map<string, IpAddress>();
    for (const { config } of this.running) addresses.set(String(config.remoteAddress), config.remoteAddress);
    for (const { remoteAddress } of this.host.speaker.configs()) addresses.set(String(remoteAddress), remoteAddress);
    for (const { address } of this.hosts.values()) addresses.delete(String(address));
    const { keptFor, keptIn } = this;
    if (
      keptIn === this.fib &&
      keptFor.size === addresses.size &&
      [...addresses.keys()].every((one) => keptFor.has(one))
    )
      return; // what follows of thousands takes long
    this.keptFor = addresses;
    this.keptIn = this.fib;
    this.fib.setNeighbours([...addresses.values()]);
  }

  /** @internal */
  nextHops(changes: readonly Reach[]): void {
    this.hops.tell(changes);
  }

  /** Which of this node's addresses neighbours can use as a next hop hangs on the interfaces that the sessions leave from. */
  private tellInterfaces(ends = this.ends): void {
    this.ends = ends;
    if (!this.watch) return; // the first of them are told while it opens
    // Thousands of sessions leave from a few addresses.
    const wanted = new Set<IpAddress>();
    for (const { localAddress, localAddresses } of ends)
      for (const address of [localAddress, localAddresses.ipv4, localAddresses.ipv6]) if (address) wanted.add(address);
    const interfaces = localInterfaces(this.watch.links(), this.watch.addresses(), [...wanted]);
    const text = JSON.stringify(interfaces);
    if (text === this.interfaces) return;
    this.interfaces = text;
    this.host.give({ kind: 'interfaces', interfaces });
  }

  private linkChanged(link: Link): void {
    if (this.watch && !(link.up && link.carrier))
      this.lose(endedByLink(link, this.watch.addresses(), this.carried()), `link ${link.name} is down`);
    this.interfacesChanged();
  }

  /** An address may be on another interface as well, or be about to be: a mask that changes, a link that becomes part of a bridge. */
  private addressChanged({ address }: InterfaceAddress, isThere: boolean): void {
    const isUsed = () => endedByAddress(address, this.carried()).length > 0;
    // Looking through the sessions costs less than through the addresses, of which a machine with many workloads has one for each.
    if (!isThere && this.watch && !this.leaving.has(String(address)) && isUsed() && !this.hasAddress(address))
      this.leaving.set(
        String(address),
        setTimeout(() => {
          this.leaving.delete(String(address));
          if (!this.hasAddress(address))
            this.lose(endedByAddress(address, this.carried()), `address ${address} is gone`);
        }, MOVE_MS),
      );
    this.interfacesChanged();
  }

  private hasAddress(address: IpAddress): boolean {
    return this.watch.addresses().some((one) => one.address.equals(address));
  }

  /** Tells of interfaces soon, once for a swarm of changes, and not all the time. */
  private interfacesChanged(): void {
    this.interfacesDue ??= setTimeout(() => {
      this.interfacesDue = undefined;
      const start = performance.now();
      this.tellInterfaces();
      this.pace.done(performance.now(), performance.now() - start);
    }, this.pace.wait(performance.now()));
  }

  /** Those of neighbours that came unnamed, too. */
  private carried(): readonly CarriedSession[] {
    this.carriedNow ??= this.host.speaker.configs();
    return this.carriedNow;
  }

  /** Ends the sessions with a neighbour, by its address, and has them begin anew, whatever pause or limit keeps them down; answers how many. */
  reset(neighbour: string, by: string): number {
    const address = IpAddress.parse(neighbour),
      text = address instanceof Problem ? neighbour : String(address);
    const found = this.host.speaker.configs().filter(({ remoteAddress }) => String(remoteAddress) === text);
    for (const { key } of found) {
      this.reports.say({ kind: 'session', of: key, level: 'warn', message: `session with ${text} reset by ${by}` });
      this.host.give({ kind: 'reset', session: key, why: `reset by ${by}` });
    }
    return found.length;
  }

  /** What carried these sessions is gone: they end now, not when their hold timers do. */
  private lose(keys: readonly string[], reason: string): void {
    if (keys.length === 0) return;
    for (const key of keys) {
      const session = this.host.speaker.session(key);
      if (!session?.established) continue;
      const message = `session with ${session.config.remoteAddress} closed: ${reason}`;
      this.reports.say({ kind: 'session', of: key, level: 'warn', message });
      this.host.give({ kind: 'reset', session: key, why: reason });
    }
  }

  private workload(prefix: Prefix, isThere: boolean, link?: string): void {
    const message = `workload ${prefix} ${isThere ? 'appeared' : 'is gone'}`;
    this.reports.say({ noise: 'workload', level: 'debug', message });
    if (isThere) this.origins.appeared(prefix, link);
    else {
      this.origins.disappeared(prefix);
      this.duplicates.set(prefix, []);
    }
  }

  /** Whether others advertise a prefix of this node's own, too: of a workload that is a mistake, of what the fabric has it advertise it is not. */
  private compare(prefix: Prefix): void {
    const { fabric } = this;
    const { rib } = this.host.speaker,
      [route] = rib.routes({ prefix });
    const isOwn = fabric && this.origins.isWorkload(prefix) && route?.paths.some(({ peer }) => peer === 0);
    this.duplicates.set(prefix, isOwn ? originators(route, (number) => rib.peer(number), fabric) : []);
  }

  private tell(event: SpeakerEvent): void {
    const { name, type, text } = event,
      message = name === '' ? text : `${neighbourOf(event)}: ${text}`;
    // The steps of an attempt are news only to those who look for a fault.
    const isStep = type === 'state' && !text.includes('Established');
    // A growth between an attempt's begin and its end is what speaks of a key.
    if (type === 'state') this.keys.look(this.host.now());
    const level = WARNINGS.has(type) ? 'warn' : isStep ? 'debug' : 'info';
    this.reports.say({ ...whatOf(event), level, message });
    if (type === 'dynamic') this.carriedNow = undefined;
    if (type === 'dynamic') this.neighboursDue ??= setImmediate(() => this.keepNeighbours());
  }
}

/** Unless the fabric says otherwise: all addresses of the families that the node has, so that one may come or move while the agent runs. */
function listenAt({ bindMode, listenPort: port, nodes }: Fabric, node: string): { address: string; port: number }[] {
  const { ipv4Address, ipv6Address } = nodes[node];
  const at = (own: IpAddress | undefined, any: string) =>
    own ? [{ address: bindMode === 'nodeAddress' ? own.toString() : any, port }] : [];
  return [...at(ipv4Address, '0.0.0.0'), ...at(ipv6Address, '::')];
}

const kernelLogOf =
  (log: Log, reports: Reports): KernelLog =>
  (level, message, fields) => {
    if (reports.admit('kernel', level)) log[level](fields ?? {}, message);
  };

/** What every table of ours is opened with; the network that is told of next hops may come to be later. */
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

/** Milliseconds ago, as the control protocol writes times. */
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();

function granted<T>(value: T | KernelError): T {
  if (value instanceof KernelError) throw new Failure('privilege', value.toString());
  return value;
}
