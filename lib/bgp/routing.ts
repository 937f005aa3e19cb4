// On the hot path: `turn` runs for all output.
import type { RoutingOptions, SpeakerEvent, SpeakerOptions } from './effects';
import { LocalState } from './local-state';
import type { SpeakerPeer } from './peer';
import { PeerEvents } from './peer-events';
import { PeerRoutes } from './peer-routes';
import type { PeerTable } from './peer-table';
import { RefusalNotes } from './refusal-notes';
import { type BestRouteChange, Rib } from './rib/rib';
import { MB } from './rib/route-memory';
import { RouteLimits } from './route-limits';
import { routingChanges } from './routing-change';
import { SelectionDeferral } from './selection-deferral';
import type { BgpSession } from './session/session';
import type { TimerQueue } from './session/timers';
import { UpdateScheduler } from './update-scheduler';

/** Prefixes examined in one turn for routes to be removed. */
const STRIDE = 16_384;
/** Changed routes reported in one turn; the rest waits for the next, so that keepalives are sent in time. */
const ROUTES_AT_ONCE = 10_000;

/** The part of the speaker that routing uses. */
interface RoutingHost {
  readonly agenda: TimerQueue;
  /** The time of the input being handled, milliseconds. */
  readonly now: number;
  /** Not all sessions have been configured yet. */
  readonly isConfiguring: boolean;
  tell(session: BgpSession, type: SpeakerEvent['type'], text: string): void;
  /** Best routes changed; `more`: further ones follow. */
  routesChanged(changes: readonly BestRouteChange[], more: boolean): void;
}

/** The routing half of a speaker: its table, and the input and output of routes. */
export class Routing {
  readonly scheduler = new UpdateScheduler();
  readonly events = new PeerEvents(this);
  readonly limits: RouteLimits;
  readonly local: LocalState;
  readonly deferral: SelectionDeferral;
  readonly sessions: PeerRoutes;
  /** Set once the speaker is configured. */
  table: Rib | undefined;
  /** Best routes are to be reported even if none changed: a deferral ended, or all were requested. */
  private isAwaited = false;
  /** The parameters in use. */
  private parameters: RoutingOptions | undefined;
  private readonly refusals: RefusalNotes;

  constructor(
    private readonly host: RoutingHost,
    readonly peers: PeerTable,
    private readonly options: SpeakerOptions,
  ) {
    this.limits = new RouteLimits(this);
    this.local = new LocalState(this);
    this.deferral = new SelectionDeferral(options.restartingFor, {
      agenda: host.agenda,
      get now() {
        return host.now;
      },
      peers,
      get awaitsUnnamed() {
        return peers.templates.length > 0;
      },
      get isConfiguring() {
        return host.isConfiguring;
      },
      over: () => {
        this.isAwaited = true;
        this.scheduler.routesChanged();
      },
    });
    this.sessions = new PeerRoutes(this);
    this.refusals = new RefusalNotes(
      host,
      () => peers,
      ({ session }, text) => host.tell(session, 'ineligible', text),
    );
  }

  get now(): number {
    return this.host.now;
  }

  tell(session: BgpSession, type: SpeakerEvent['type'], text: string): void {
    this.host.tell(session, type, text);
  }

  get rib(): Rib {
    if (!this.table) throw new Error('the speaker is not configured yet');
    return this.table;
  }

  /** Creates an empty table, or applies these parameters to the existing one. */
  configure(routing: RoutingOptions): void {
    if (this.table) this.reconfigure(this.table, routing);
    else this.begin(routing);
    this.parameters = routing;
    this.scheduler.routesChanged();
  }

  private begin(routing: RoutingOptions): void {
    this.deferral.begin(routing.restartTime);
    const { hashKey, asksNextHops } = this.options;
    const { maxRouteMemory, ...rest } = routing;
    this.table = new Rib({ ...rest, ...(hashKey && { hashKey }), ...(asksNextHops && { asksNextHops }) });
    this.table.now = this.host.now;
    this.table.memory.most = octetsOf(maxRouteMemory);
    this.local.fill(this.table, routing);
  }

  private reconfigure(table: Rib, routing: RoutingOptions): void {
    const { multipath = 1, routerId, clusterId = routerId, maxRouteMemory } = routing;
    for (const { session } of this.peers)
      for (const { cost, words } of routingChanges(this.parameters!, routing, session.config))
        session.noteChange(cost, words);
    const most = octetsOf(maxRouteMemory);
    if (most !== table.memory.most) for (const { session } of this.peers) session.endIdleHold();
    table.memory.most = most;
    this.local.setRouterId(routerId);
    table.setMultipath(multipath, { later: true });
    table.setClusterId(clusterId, { later: true });
  }

  /** Adds a session, which is down; returns its number. */
  add(peer: Pick<SpeakerPeer, 'session' | 'localAs' | 'peerAs'>): number {
    return this.rib.addPeer(this.local.ribPeer(peer));
  }

  /** A session was removed. */
  remove(peer: SpeakerPeer): void {
    this.rib.removePeer(peer.ribId, { later: true });
    this.local.forget(peer);
    this.scheduler.routesChanged();
  }

  /** See the input `resendRoutes`. */
  resend(): void {
    if (!this.table) return;
    this.table.showAll();
    this.isAwaited = this.scheduler.isDue = true;
  }

  /** Whether all established sessions have been sent all routes. */
  get isTold(): boolean {
    return !this.scheduler.isDue && (this.table === undefined || this.scheduler.isEmpty(this.table));
  }

  /** Continues deferred work; sends routes on connections that are ready. */
  turn(): void {
    const { table, scheduler } = this;
    scheduler.isDue = false;
    if (!table) return;
    this.local.settleRouterId();
    if (table.hasWork) {
      table.work(STRIDE);
      scheduler.routesChanged();
      scheduler.isDue = table.hasWork;
    }
    if (table.memory.isExceeded) this.limits.makeRoom();
    if (table.hasRefusals) this.refusals.take(table);
    if (!this.deferral.active) this.emitRoutes(table);
    // While selection is deferred: a neighbour that does not retain our routes over a restart has nothing better
    // meanwhile.
    scheduler.send(table, ({ connection }) => !this.deferral.active || !connection?.agreed?.gracefulRestart);
  }

  private emitRoutes(table: Rib): void {
    if (!table.hasChanges && !this.isAwaited) return;
    this.isAwaited = false;
    const changes: BestRouteChange[] = [];
    while (changes.length < ROUTES_AT_ONCE) {
      const change = table.takeChange();
      if (!change) break;
      changes.push(change);
    }
    if (table.hasChanges) this.scheduler.isDue = true;
    this.host.routesChanged(changes, table.hasChanges);
  }
}

const octetsOf = (megabytes: number | undefined): number | undefined =>
  megabytes === undefined ? undefined : megabytes * MB;
