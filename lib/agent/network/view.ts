import type { SpeakerHost } from '../../bgp/net/host';
import type { Reachability } from '../../bgp/rib/loc-rib/reachability';
import type { SessionCounts } from '../../bgp/session/status';
import type { Speaker } from '../../bgp/speaker';
import type { BfdProcessStatus } from '../../control/bfd-status';
import { MOST_WORKLOADS, type OutsideStatus } from '../../control/outside';
import type { ExchangeQuery, RouteQuery } from '../../control/protocol';
import type {
  KernelStatus,
  RouteMemoryStatus,
  RouteStatus,
  SessionMatches,
  SessionStatus,
  TrialLosses,
} from '../../control/status';
import type { Fabric } from '../../model/fabric';
import type { Prefix } from '../../model/prefix';
import type { RunningSession } from '../../node/sessions';
import type { SentRoutes, WorkloadRoutes } from '../../topology/outside-routes';
import type { Neighbours } from '../../topology/session';
import type { BfdCounts } from '../bfd/protocol';
import type { ObservedNetwork } from '../observed/observer';
import type { PrefixLosses } from '../observed/prefix-losses';
import type { SessionReading } from '../observed/session-record';
import type { BfdWatch } from './bfd-watch';
import { exchangedRoutes, sessionMatches } from './exchanged-routes';
import type { KernelPlace } from './kernel-place';
import { kernelStatus } from './kernel-status';
import { lossesSince } from './losses';
import { OutsideReader } from './outside-reader';
import { neighbourText, type RouteContext, routeStatuses } from './route-statuses';
import { runningPolicies } from './running-policies';
import { sessionReading, sessionReadings } from './session-readings';
import { type SessionSummary, sessionStandings, sessionStatuses } from './session-status';
import type { TroubleWatch } from './trouble-watch';
import type { Unnumbered } from './unnumbered';
import type { Workloads } from './workloads';

/** Milliseconds for which a recent report counts as the reason for an event. */
const JUST_NOW_MS = 1_000;

/** What a node runs at the moment. */
export interface RunningConfiguration {
  readonly fabric?: Fabric;
  /** Our name in it; empty before the first fabric. */
  readonly node: string;
  /** Of the running fabric, or the last one; none before the first. */
  readonly routerId?: number;
  readonly sessions: readonly RunningSession[];
  /** Templates for unnamed neighbours. */
  readonly unnamed: readonly Neighbours[];
}

/** The parts of a network that can be asked. */
interface Parts {
  readonly host: SpeakerHost;
  readonly place: KernelPlace;
  /** The number of workload routes in the kernel. */
  readonly watched: () => number;
  readonly workloads: Workloads;
  readonly bfd: BfdWatch;
  readonly unnumbered: Unnumbered;
  readonly troubles: TroubleWatch;
  readonly prefixLosses: PrefixLosses;
}

/** What a network is asked for: sessions, routes and the kernel as they are. Changes nothing. */
export class NetworkView implements ObservedNetwork {
  private readonly reader = new OutsideReader(
    () => this.parts.host.speaker,
    () => this.parts.host.now(),
  );

  constructor(
    private readonly parts: Parts,
    private readonly running: () => RunningConfiguration,
  ) {}

  get prefixLosses(): PrefixLosses {
    return this.parts.prefixLosses;
  }

  private get speaker(): Speaker {
    return this.parts.host.speaker;
  }

  /** Whose tables can be asked: undefined before the first fabric. */
  private get configured(): Speaker | undefined {
    return this.running().routerId === undefined ? undefined : this.speaker;
  }

  readings(): SessionReading[] {
    const { sessions, unnamed } = this.running();
    return this.configured ? sessionReadings(this.configured, sessions, unnamed) : [];
  }

  reading(key: string): SessionReading | undefined {
    const { sessions, unnamed } = this.running();
    return sessionReading(this.speaker, sessions, unnamed, key);
  }

  blame(key: string): string | undefined {
    const now = this.parts.host.now();
    const { lastError } = this.speaker.session(key)?.status(now) ?? {};
    return lastError && now - lastError.at < JUST_NOW_MS ? lastError.text : undefined;
  }

  origins(): string[] {
    return this.parts.workloads.originated();
  }

  sessions(): SessionStatus[] {
    const now = this.parts.host.now();
    const { sessions, unnamed } = this.running();
    const all = sessionStatuses(this.speaker, sessions, unnamed, now, this.parts.troubles.machine(now));
    const placed = all.map((session) => this.hindered(session));
    return this.bfdProcess ? placed.map((session) => this.watched(session)) : placed;
  }

  private hindered(session: SessionStatus): SessionStatus {
    const { unnumbered } = this.parts;
    const linkHindrance = session.downBy === 'awaits-neighbour' ? unnumbered.hindranceOf(session.key) : undefined;
    const learnedDefault = unnumbered.learnedDefaultOf(session.key);
    if (linkHindrance === undefined && learnedDefault === undefined && session.linkLocal === undefined) return session;
    return {
      ...session,
      ...(linkHindrance && { linkHindrance }),
      ...(learnedDefault && { learnedDefault }),
      ...(session.linkLocal !== undefined && unnumbered.othersOf(session.key)),
    };
  }

  private watched(session: SessionStatus): SessionStatus {
    const bfd = this.parts.bfd.statusOf(session.key);
    return bfd ? { ...session, bfd } : session;
  }

  /** The same sessions in brief; `wanted`: filters the running ones. */
  standings(wanted: (session: RunningSession) => boolean = () => true): SessionSummary[] {
    const { sessions, unnamed } = this.running();
    return sessionStandings(this.speaker, sessions, unnamed, wanted);
  }

  /** Those with outside neighbours. */
  standingsOutside(): SessionSummary[] {
    return this.standings(({ session }) => !session.isInside);
  }

  /** The counters of each session, by its key, and the number of connections refused for lack of one. */
  counts(): { readonly sessions: ReadonlyMap<string, SessionCounts>; readonly rejected: number } {
    return { sessions: this.speaker.counts(), rejected: this.speaker.rejected };
  }

  /** The state of the BFD process; undefined: no session uses BFD. */
  get bfdProcess(): BfdProcessStatus | undefined {
    return this.parts.bfd.processStatus;
  }

  /** Packets of a session's BFD session, by the session's key. */
  bfdCounts(key: string): BfdCounts | undefined {
    return this.parts.bfd.countsOf(key);
  }

  /**
   * Whether everything has converged: every session between nodes that is to stay is up with all its routes, and the
   * kernel has them.
   */
  get isSettled(): boolean {
    if (!this.configured) return true;
    const { rib } = this.configured;
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
    return this.configured?.isTold ?? true;
  }

  /**
   * The prefixes with a path from neighbours now, to be compared later by {@link losses}; undefined before the first
   * fabric.
   */
  reached(): Reachability | undefined {
    return this.configured?.rib.reached();
  }

  /** The prefixes that have no path any more, ignoring the sessions `without`. */
  losses(reached: Reachability, without: readonly string[]): Promise<Omit<TrialLosses, 'since'>> {
    return lossesSince(reached, without, () => this.speaker);
  }

  /** The routes that outside neighbours send, see {@link OutsideReader}. */
  outside(): Promise<readonly OutsideStatus[]> {
    return this.configured ? this.reader.list(this.standingsOutside()) : Promise.resolve([]);
  }

  sent(name: string): SentRoutes | undefined {
    return this.reader.sent(name);
  }

  workloadRoutes(): WorkloadRoutes {
    return this.parts.workloads.routes(MOST_WORKLOADS);
  }

  /** Whether a path to the prefix is in use here. */
  holds(prefix: Prefix): boolean {
    const [route] = this.configured?.rib.routes({ prefix }) ?? [];
    return route !== undefined && route.best >= 0;
  }

  routes(query?: RouteQuery): Iterable<RouteStatus | undefined> {
    return this.configured ? routeStatuses(this.routeContext(), query) : [];
  }

  exchanged(query: ExchangeQuery): Iterable<RouteStatus | undefined> | undefined {
    return this.configured && exchangedRoutes(this.routeContext(), query);
  }

  async matches(): Promise<readonly SessionMatches[]> {
    return this.configured ? sessionMatches(this.routeContext(), this.configured.ribNumbers()) : [];
  }

  private routeContext(): RouteContext {
    const { host, place } = this.parts;
    const { fabric, node, sessions } = this.running();
    const { rib } = this.speaker;
    const ahead = Date.now() - host.now();
    return {
      rib,
      fabric,
      neighbour: (number) => neighbourText(rib.peer(number), node),
      policies: runningPolicies(this.speaker, sessions),
      withheld: (prefix) => place.fib.withheldReason(prefix),
      time: (seconds) => new Date(Math.round(seconds * 1000 + ahead)).toISOString(),
    };
  }

  routeMemory(): RouteMemoryStatus {
    const { used, limit = 0, ended } = this.speaker.routeMemory;
    return { used, limit, ended };
  }

  kernel(): KernelStatus {
    const { place, watched, workloads } = this.parts;
    return kernelStatus(place.fib.status(), {
      workloads: watched(),
      duplicates: workloads.shared(),
      pathsBy: (addresses) => this.configured?.rib.pathsBy(addresses),
    });
  }
}
