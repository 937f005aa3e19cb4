import { randomInt } from 'node:crypto';
import { SpeakerHost } from '../bgp/net/host';
import type { LostPrefix, Reached } from '../bgp/rib/reached';
import type { SessionTemplate } from '../bgp/session/template';
import type { SpeakerEvent } from '../bgp/speaker';
import type { RouteQuery } from '../control/protocol';
import type { FibCheck, KernelStatus, Losses, RouteStatus, SessionStatus } from '../control/status';
import { describeCapabilities, probeCapabilities } from '../kernel/capabilities';
import { leaveOtherTables } from '../kernel/cleanup';
import { OWN_PROTOCOL, ownerOfProtocol } from '../kernel/codec/route-protocol';
import { KernelError } from '../kernel/error';
import { Fib, type FibOptions, type Reach } from '../kernel/fib';
import { notForwarding } from '../kernel/forwarding';
import { type AgentLock, lockAgent } from '../kernel/lock';
import type { Log as KernelLog } from '../kernel/log';
import { Watch, type WorkloadSelector } from '../kernel/watch';
import { type AddressFamily, IpAddress } from '../model/address';
import type { Fabric } from '../model/fabric';
import type { Prefix } from '../model/prefix';
import { sure } from '../model/problem';
import { neighboursOf } from '../topology/derive';
import type { Neighbours } from '../topology/session';
import { Duplicates, originators } from './duplicates';
import type { EventLog } from './events';
import { Failure, type FailureCode } from './failure';
import { KernelRoutes } from './kernel-routes';
import { gatewaysOf, type Place, placeOf, workloadsOf } from './kernel-settings';
import { type CarriedSession, endedByAddress, endedByLink } from './link-loss';
import type { Log } from './log';
import { Origins } from './origins';
import { Recorder } from './recorder';
import { type RunningSession, routerIdNumber, routingOf } from './sessions';
import { routeStatuses, sessionStatuses } from './speaker-status';
import { speakerTcp } from './tcp';
import { warmUp } from './warm-up';

/** Seconds that a restarted agent waits for its neighbours' routes before it lets go of those that the kernel kept (RFC 4724). */
const RESTART_TIME = 120;

/** So many paths have had the speaker's code compiled: no rehearsal is needed any more. */
const WARM = 10_000;

/** Prefixes that are compared in one turn of the event loop, and the most that are told. */
const TURN = 20_000;
const MOST_LOST = 20;

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
  /** Neighbours that may come from prefixes. */
  private unnamed: readonly Neighbours[] = [];
  private fabric: Fabric | undefined;
  private readonly duplicates = new Duplicates(({ prefix, nodes }) => {
    const message =
      nodes.length === 0
        ? `workload ${prefix} is advertised by this node alone, or no longer`
        : `workload ${prefix} is advertised by ${nodes.join(' and ')}, too: traffic to it goes to the nearest`;
    this.log[nodes.length === 0 ? 'info' : 'warn'](message);
    this.happenings.add('workload', message);
  });
  private routerId: number | undefined;
  private readonly host: SpeakerHost;
  private readonly kernelRoutes: KernelRoutes;
  private readonly recorder: Recorder | undefined;
  private readonly origins: Origins;
  private watch!: Watch;
  /** Where our routes stand. */
  private place: Place;
  private readonly protocol: number;
  /** Hosts that are reached by a gateway of the fabric's choice. */
  private readonly hosts = new Map<string, Prefix>();
  private stopWarmUp: (() => void) | undefined;
  /** Level of the log unless a fabric says otherwise. */
  private readonly ownLevel: string;
  /** Families of which it was said that this machine forwards none of their packets. */
  private readonly unforwarded = new Set<AddressFamily>();

  private constructor(
    private readonly log: Log,
    private readonly happenings: EventLog,
    private readonly lock: AgentLock,
    private fib: Fib,
    { kernelRoutes, record, secret, protocol = OWN_PROTOCOL }: NetworkOptions,
  ) {
    const { kept, table, metric } = fib.status();
    this.place = { table, metric };
    this.protocol = protocol;
    this.ownLevel = log.level;
    if (kept > 0) log.info(`takes over ${kept} kernel routes of the run before`);
    const speaker = { seed: randomInt(2 ** 32), ...(kept > 0 && { restartingFor: RESTART_TIME }) };
    if (record !== undefined)
      this.recorder = Recorder.open(record, speaker, (error) => log.error(`the recording ends: ${error.message}`));
    this.host = new SpeakerHost({
      ...speaker,
      ...(this.recorder && { onInput: this.recorder.onInput }),
      tcp: speakerTcp,
      ...(secret && { secret }),
      onEvent: (event) => this.tell(event),
      onRoutes: () => this.kernelRoutes.take(),
    });
    this.kernelRoutes = new KernelRoutes(this.host.speaker, fib, kernelRoutes, (prefix) => this.compare(prefix));
    this.origins = new Origins({
      originate: (prefix, attributes) => this.host.give({ kind: 'originate', prefix, attributes }),
      withdraw: (prefix) => this.host.give({ kind: 'withdraw', prefix }),
      blackhole: (prefix, on) => this.kernelRoutes.pin(prefix, on ? 'blackhole' : undefined),
    });
  }

  /** Takes hold of this machine's kernel. Throws {@link Failure}: a privilege is missing, or another agent runs here. */
  static async open(log: Log, happenings: EventLog, options: NetworkOptions): Promise<Network> {
    const capabilities = granted(probeCapabilities());
    if (capabilities.routes) throw new Failure('privilege', `may not write kernel routes: ${capabilities.routes}`);
    for (const line of describeCapabilities(capabilities)) log.warn(line);
    const { protocol = OWN_PROTOCOL, place } = options,
      owner = ownerOfProtocol(protocol);
    if (owner !== undefined)
      throw new Failure(
        'usage',
        `protocol ${protocol} marks the kernel routes of ${owner}: give --kernel-protocol a number that nobody has`,
      );
    const lock = lockAgent(protocol);
    if (lock instanceof KernelError) throw new Failure('second-agent', lock.toString());
    const fib = granted(await Fib.open({ ...place, ...fibOptions(log, protocol, () => network) }));
    const network: Network = new Network(log, happenings, lock, fib, options);
    network.watch = granted(
      await Watch.open({
        protocol,
        log: kernelLogOf(log),
        appeared: (prefix, link) => network.workload(prefix, true, link),
        disappeared: (prefix) => network.workload(prefix, false),
        link: (link) =>
          network.lose(
            endedByLink(link, network.watch?.addresses() ?? [], network.carried()),
            `link ${link.name} is down`,
          ),
        address: ({ address }, isThere) => {
          if (!isThere) network.lose(endedByAddress(address, network.carried()), `address ${address} is gone`);
        },
      }),
    );
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
    await this.select(fabric ? workloadsOf(fabric, node) : {});
    this.origins.configure(fabric, node);
    const isNew = await this.setRouterId(fabric && routerIdNumber(fabric, node));
    if (this.routerId !== undefined)
      this.host.configure(
        fabric ? routingOf(fabric, node) : { routerId: this.routerId },
        sessions.map(({ config }) => config),
        templates,
      );
    if (this.routerId !== undefined && sessions.length > 0)
      this.stopWarmUp ??= warmUp(
        [...new Set(sessions.flatMap(({ config }) => config.families))],
        () => this.host.speaker.rib.size.paths < WARM,
      );
    if (isNew) this.nextHops(this.fib.reaches().filter(({ reachable }) => !reachable));
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
  reached(): Reached | undefined {
    return this.routerId === undefined ? undefined : this.host.speaker.rib.reached();
  }

  /** What of this has no path any more, but by the sessions `without`; a large table is looked through in turns. */
  async losses(reached: Reached, without: readonly string[]): Promise<Omit<Losses, 'since'>> {
    let count = 0;
    const examples: LostPrefix[] = [];
    for (let from = 0; from < reached.size; from += TURN) {
      const lost = this.host.speaker.lostSince(reached, without, from, from + TURN);
      count += lost.length;
      examples.push(...lost.slice(0, MOST_LOST - examples.length));
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { count, examples: examples.map(({ prefix, isOffered }) => ({ prefix: String(prefix), isOffered })) };
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
    return this.sessions().every(
      ({ isInside, isRetiring, state, routes }) =>
        !isInside || isRetiring || (state === 'Established' && Object.values(routes).every(({ endOfRib }) => endOfRib)),
    );
  }

  sessions(): SessionStatus[] {
    return sessionStatuses(this.host.speaker, this.running, this.unnamed, this.host.now());
  }

  kernel(): KernelStatus {
    const { wanted, installed, waiting, unreached, failed, differences, lastDifferenceMs, beside } = this.fib.status();
    const waits = waiting.reduce((sum, { prefixes }) => sum + prefixes, 0);
    return {
      wanted: wanted - waits,
      installed,
      failed,
      waiting: [...waiting, ...unreached].map(({ target, reason, prefixes }) => ({
        nextHop: target,
        reason,
        routes: prefixes,
      })),
      workloads: this.watch.workloads().length,
      differences: { ...differences },
      ...(lastDifferenceMs !== null && { lastDifference: ago(lastDifferenceMs) }),
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
    return this.routerId === undefined ? [] : routeStatuses(this.host.speaker, query);
  }

  /** Takes every route of ours out of the kernel. */
  withdraw(): Promise<void> {
    return this.fib.flush();
  }

  /** Ends the sessions in such a way that neighbours keep our routes, and lets go of the kernel, whose routes stay. */
  async close(): Promise<void> {
    this.stopWarmUp?.();
    await this.host.close({ graceful: true });
    this.watch.close();
    await this.fib.close();
    this.recorder?.close();
    this.lock.release();
  }

  /** Which kernel routes are workload routes; what the watch then tells comes by {@link workload}. */
  private async select(workloads: WorkloadSelector): Promise<void> {
    const error = await this.watch.select(workloads);
    if (error) this.log.error(`workload routes can't be read: ${error}`);
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
    this.kernelRoutes.moveTo(fib, this.routerId !== undefined);
    if (moved instanceof KernelError) return;
    this.place = wanted;
    this.log.info(
      `kernel routes move from table ${table}, metric ${metric}, to table ${wanted.table}, metric ${wanted.metric}`,
    );
    if (wanted.table !== table) void this.leaveFormerTable(fib);
  }

  /** When all that stood in the former table stands in the new one, it goes from there. */
  private async leaveFormerTable(fib: Fib): Promise<void> {
    while (this.routerId === undefined || this.host.speaker.rib.hasChanges || this.host.speaker.restarting)
      await new Promise((resolve) => setTimeout(resolve, 50));
    await fib.settled();
    if (fib !== this.fib) return;
    const left = await leaveOtherTables(this.place.table, this.protocol);
    if (left instanceof KernelError) this.log.error(`routes of the former table are left: ${left}`);
    else this.log.info(`${left} routes were taken out of the former table`);
  }

  private openFib(place: Place): Promise<Fib | KernelError> {
    return Fib.open({ ...place, ...fibOptions(this.log, this.protocol, () => this) });
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

  /** BGP must not choose what the kernel can't reach (RFC 4271 section 9.1.2). */
  /** @internal */
  nextHops(changes: readonly Reach[]): void {
    for (const { address, reachable, reason } of changes) {
      const message = reachable ? `next hop ${address} is reached` : reason;
      this.log.info(message);
      this.happenings.add('kernel', message);
    }
    this.host.give({
      kind: 'nextHops',
      changes: changes.map(({ address, reachable, metric }) => ({ address, state: { reachable, metric } })),
    });
  }

  /** With another BGP identifier the speaker begins anew, and nothing that it said before holds. True where it does. */
  private async setRouterId(id: number | undefined): Promise<boolean> {
    if (id === undefined) return false;
    const isNew = this.routerId !== undefined && id !== this.routerId;
    if (isNew) await this.fib.flush();
    this.routerId = id;
    return isNew;
  }

  /** Those of neighbours that came unnamed, too. */
  private carried(): CarriedSession[] {
    return this.host.speaker.status(this.host.now()).map(({ key, localAddress, remoteAddress }) => ({
      key,
      localAddress: sure(IpAddress.parse(localAddress)),
      remoteAddress: sure(IpAddress.parse(remoteAddress)),
    }));
  }

  /** What carried these sessions is gone: they end now, not when their hold timers do. */
  private lose(keys: readonly string[], reason: string): void {
    if (keys.length === 0) return;
    const established = this.host.speaker.status(this.host.now()).filter(({ state }) => state === 'Established');
    for (const { key, remoteAddress } of established) {
      if (!keys.includes(key)) continue;
      const message = `session with ${remoteAddress} ends: ${reason}`;
      this.log.warn(message);
      this.happenings.add('session', message);
      this.host.give({ kind: 'reset', session: key });
    }
  }

  private workload(prefix: Prefix, isThere: boolean, link?: string): void {
    this.happenings.add('workload', `${prefix} ${isThere ? 'appeared' : 'is gone'}`);
    this.log.debug(`workload ${prefix} ${isThere ? 'appeared' : 'is gone'}`);
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

  private tell({ session, name, type, text }: SpeakerEvent): void {
    const [, remote] = session.split(' ');
    const message = name === '' ? text : `${name} ${remote}: ${text}`;
    // The steps of an attempt are news only to those who look for a fault.
    const isStep = type === 'state' && !text.includes('Established');
    this.log[type === 'error' || type === 'malformed' ? 'warn' : isStep ? 'debug' : 'info'](message);
    this.happenings.add('session', message);
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
  (log: Log): KernelLog =>
  (level, message, fields) =>
    log[level](fields ?? {}, message);

/** What every table of ours is opened with; the network that is told of next hops may come to be later. */
const fibOptions = (
  log: Log,
  protocol: number,
  network: () => { nextHops(changes: readonly Reach[]): void },
): FibOptions => ({
  protocol,
  log: kernelLogOf(log),
  nextHops: (changes) => network().nextHops(changes),
});

/** Milliseconds ago, as the control protocol writes times. */
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();

function granted<T>(value: T | KernelError): T {
  if (value instanceof KernelError) throw new Failure('privilege', value.toString());
  return value;
}
