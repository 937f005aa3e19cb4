import { randomInt } from 'node:crypto';
import { SpeakerHost } from '../../bgp/net/host';
import { endTexts, type SessionConfig } from '../../bgp/session/config';
import type { SessionTemplate } from '../../bgp/session/template';
import type { RoutingOptions } from '../../bgp/speaker';
import type { FibCheck } from '../../control/status';
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
import { listeningOf } from '../../node/listening';
import { onLinks } from '../../node/on-links';
import { routerIdNumber, routingOf } from '../../node/routing';
import type { RunningSession } from '../../node/sessions';
import { neighboursOf } from '../../topology/derive';
import { DEFAULT_BFD_SOCKET } from '../bfd/protocol';
import type { Reports } from '../events/reports';
import { Failure, type FailureCode } from '../failure';
import { monotonicMs } from '../host/clock';
import { shrinkHeapWhenIdle } from '../host/heap';
import type { Log } from '../host/log';
import { PrefixLosses } from '../observed/prefix-losses';
import { BfdWatch } from './bfd-watch';
import { KernelPlace, type KernelTable, placeOf } from './kernel-place';
import { KernelRoutes } from './kernel-routes';
import { ago } from './kernel-status';
import { LocalLinks } from './local-links';
import { MatchedLinks } from './matched-links';
import { gatewaysOf, NeighbourRoutes } from './neighbour-routes';
import { NextHops } from './next-hops';
import { ForwardingCheck, granted, preflight } from './preflight';
import { Recorder } from './recorder';
import { neighbourText } from './route-statuses';
import { progressOf } from './session-progress';
import { SpeakerEvents } from './speaker-events';
import { speakerTcp } from './tcp';
import { TroubleWatch } from './trouble-watch';
import { acceptRaNote, Unnumbered } from './unnumbered';
import { NetworkView, type RunningConfiguration } from './view';
import { warmUp } from './warm-up';
import { Workloads, workloadsOf } from './workloads';

/**
 * Seconds for which a restarted agent keeps the routes it finds in the kernel for neighbours that are not back (RFC
 * 4724). Default unless set by the fabric.
 */
const RESTART_TIME = 120;

/** After this many paths the speaker's code is already compiled (JIT): no warm-up is needed. */
const WARM = 10_000;

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
export class Network {
  /** What it can be asked for. */
  readonly view: NetworkView;
  private observer: NetworkObserver | undefined;
  private running: RunningConfiguration = { node: '', sessions: [], unnamed: [] };
  /** Its sessions before those of patterns are on links, and those without addresses have the ones that were found. */
  private given: readonly RunningSession[] = [];
  private readonly uplinks = new MatchedLinks();
  private configureAgain: (() => Promise<void>) | undefined;
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
  private readonly events: SpeakerEvents;
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
      onEvent: (event) => this.events.tell(event),
      onRoutes: (changes, more) => this.kernelRoutes.take(changes, more),
      onNextHops: (ask, forget) => this.hops.ask(ask, forget),
    });
    const prefixLosses = new PrefixLosses(monotonicMs);
    this.hops = new NextHops(fib, (input) => this.host.give(input), reports);
    this.host.give({ kind: 'links', links: fib.subnets });
    this.kernelRoutes = new KernelRoutes(
      this.host.speaker,
      fib,
      kernelRoutes,
      (prefix) => this.workloads.compare(prefix),
      prefixLosses,
    );
    this.workloads = new Workloads(
      this.host,
      this.kernelRoutes,
      () => this.running.fabric,
      reports,
      (prefix) => this.observer?.gave(prefix),
    );
    const running = () => this.running.sessions;
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
    const { links, neighbours, unnumbered, troubles, bfd, workloads, host, place } = this;
    const moved = (key: string) => this.observer?.moved(key);
    this.events = new SpeakerEvents({ reports, links, neighbours, unnumbered, troubles, moved }, host.speaker);
    this.view = new NetworkView(
      { host, place, workloads, bfd, unnumbered, troubles, prefixLosses, watched: () => this.watch.workloads().length },
      () => this.running,
    );
  }

  /** Whether a fabric runs, or has run. */
  private get isConfigured(): boolean {
    return this.running.routerId !== undefined;
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
    this.running = { ...this.running, fabric, node, unnamed: fabric ? neighboursOf(fabric, node) : [] };
    const places = [fabric, former].flatMap((one) => (one ? listeningOf(one, node) : []));
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
    if (fabric) this.running = { ...this.running, routerId: routerIdNumber(fabric, node) };
    this.configureAgain = () =>
      this.configure(fabric ? routingOf(fabric, node) : { routerId: this.running.routerId! }, templates);
    await this.configureAgain();
    if (this.isConfigured && sessions.length > 0)
      this.stopWarmUp ??= warmUp(
        [...new Set(sessions.flatMap(({ config }) => config.families))],
        () => this.host.speaker.rib.size.paths < WARM,
        shrinkHeapWhenIdle,
      );
    if (this.isConfigured) for (const { prefix } of this.workloads.shared()) this.workloads.compare(prefix);
    this.observer?.configured();
    const [first] = failures;
    return first && new Failure(LISTEN_FAILURES[first.code] ?? 'internal', first.message);
  }

  /** Passes the sessions to all that serve them. */
  private async configure(routing: RoutingOptions, templates: readonly SessionTemplate[]): Promise<void> {
    const configs = this.running.sessions.map(({ config }) => config);
    const ends = [...configs, ...templates];
    this.links.add(ends); // those of former sessions until these are gone
    if (this.isConfigured) await this.host.configure(routing, configs, templates);
    this.links.set(ends);
    this.bfd.run(configs);
    this.links.sessionsChanged();
  }

  /** Puts the sessions of patterns on the links that match now, and gives those without addresses the ones found. */
  private bind(): void {
    const placed = onLinks(this.given, this.uplinks.all);
    this.unnumbered.run(placed.map(({ config }) => config));
    this.running = { ...this.running, sessions: placed.map((session) => this.unnumbered.bind(session)) };
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

  /**
   * Compares the kernel's table with the routes chosen by BGP, and repairs it. Throws {@link Failure} if it cannot be
   * read.
   */
  async checkFib(): Promise<Omit<FibCheck, 'node'>> {
    const found = await this.fib.check();
    if (found instanceof KernelError) throw new Failure('internal', found.toString());
    const { sinceMs, ...rest } = found;
    return { ...rest, ...(sinceMs !== null && { since: ago(sinceMs + found.tookMs) }), kernel: this.view.kernel() };
  }

  /** Removes all our routes from the kernel. */
  withdraw(): Promise<void> {
    return this.fib.flush();
  }

  /** The agent ends permanently, and moves traffic away for so many milliseconds at most: BFD has to outlive that. */
  leave(within: number): void {
    this.bfd.leave(within);
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
    this.hops.moveTo(fib, !this.isConfigured ? [] : this.host.speaker.rib.nextHops());
    this.kernelRoutes.moveTo(fib);
    this.host.give({ kind: 'resendRoutes' });
  }

  /** Whether the kernel has received all routes, and no longer keeps those of the previous run. */
  private get isCarried(): boolean {
    const { speaker } = this.host;
    return this.isConfigured && !speaker.rib.hasChanges && !speaker.keepsForwarding;
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
      .filter((config) => neighbourText(named(config), this.running.node) === text || endTexts(config)[1] === text);
    for (const { key } of found) {
      this.reports.say({ kind: 'session', of: key, level: 'warn', message: `session with ${text} reset by ${by}` });
      this.host.give({ kind: 'reset', session: key, why: `reset by ${by}` });
    }
    return found.length;
  }
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
