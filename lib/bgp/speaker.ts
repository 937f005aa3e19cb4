// On the hot path: `bytes` runs for every received chunk, `turn` for all output.
import { DynamicPeers } from './dynamic-peers';
import type { Effect, Input, RoutingOptions, SpeakerEvent, SpeakerOptions } from './effects';
import { type SpeakerPeer, warningOf } from './peer';
import { PeerTable } from './peer-table';
import type { Bounds, ReceivedRoutes } from './rib/adj-rib-in/received-routes';
import type { Reachability, UnreachablePrefix } from './rib/loc-rib/reachability';
import type { RouteCounts } from './rib/peer';
import type { BestRouteChange } from './rib/rib';
import type { RibView } from './rib/rib-view';
import { Roll } from './roll';
import { Routing } from './routing';
import { endTexts, type SessionConfig, transportOf } from './session/config';
import type { Connection } from './session/connection';
import type { FaultReason } from './session/fault';
import { retentionAt } from './session/graceful-restart';
import { BgpSession, type SessionHost, type SessionRoutes } from './session/session';
import type { SessionCounts, SessionSnapshot } from './session/status';
import type { SessionTemplate } from './session/template';
import { TimerQueue } from './session/timers';
import type { Family } from './wire/family';
import { encodeNotification, notification, shutdown } from './wire/notification';
import { CEASE, ERROR } from './wire/notification-codes';

export type { Effect, Input, RoutingOptions, SpeakerEvent, SpeakerOptions } from './effects';

/** The contents of a neighbour's OPEN. */
interface Said {
  readonly routerId: number;
  readonly retains: ReturnType<typeof retentionAt>;
}

/** Status of a session with its routes by family. */
export type SpeakerSession = SessionSnapshot & {
  readonly routes: Readonly<Record<Family, RouteCounts>>;
  /** Why routes of a family cannot have this node as next hop and are not advertised, if so. */
  readonly lacks: Readonly<Partial<Record<Family, string>>>;
  /** Octets of memory used by its routes. */
  readonly routeMemory: number;
};

/**
 * A BGP speaker as a state machine over values: {@link handle} takes an input and its time, and returns effects. It
 * reads no clock, opens no socket and uses no system randomness. Times are milliseconds of any monotonic clock.
 */
export class Speaker implements SessionHost {
  readonly agenda = new TimerQueue();
  /** The time of the input being handled. */
  now = 0;
  /** Connections refused for lack of a session. */
  rejected = 0;

  /** Applies events of sessions to the routing table. */
  readonly routes: SessionRoutes;

  private readonly peers = new PeerTable();
  private readonly routing: Routing;
  private readonly dynamic: DynamicPeers;
  private readonly connections = new Map<number, { peer: SpeakerPeer; connection: Connection }>();
  private effects: Effect[] = [];
  private armed = Number.POSITIVE_INFINITY;
  private lastDialled = 0;
  /** A configuration that has not been applied to all sessions yet. */
  private roll: Roll | undefined;
  private dice: number;

  constructor(options: SpeakerOptions) {
    this.dice = options.seed >>> 0;
    this.routing = new Routing(this, this.peers, options);
    this.routes = this.routing.sessions;
    const speaker = this;
    this.dynamic = new DynamicPeers(
      {
        agenda: this.agenda,
        get now() {
          return speaker.now;
        },
        add: (config) => {
          this.roll?.came(config.key);
          return this.add(config);
        },
        reject: ({ session: { config } }) =>
          this.remove(config.key, notification(ERROR.cease, CEASE.connectionRejected)),
        tell: (...event) => this.tell(...event),
      },
      this.peers,
    );
  }

  /** A read-only view of the routing table; available once configured. */
  get rib(): RibView {
    return this.routing.rib.view;
  }

  /**
   * Memory used by the routes of all neighbours and its limit, in octets, and the number of sessions closed because of
   * it.
   */
  get routeMemory(): { readonly used: number; readonly limit: number | undefined; readonly ended: number } {
    const { table, limits } = this.routing;
    return { used: table?.memory.total ?? 0, limit: table?.memory.most, ended: limits.endedForMemory };
  }

  /** Whether all established sessions have been sent all routes. */
  get isTold(): boolean {
    return this.routing.isTold;
  }

  /** Route selection is deferred after a restart (RFC 4724 section 4.1). */
  get restarting(): boolean {
    return this.routing.deferral.active;
  }

  /**
   * The kernel's routes from the previous run must stay, as some neighbour may still have to advertise them (RFC 4724
   * section 4.1).
   */
  get keepsForwarding(): boolean {
    return this.routing.deferral.keeps;
  }

  /** A configuration of very many sessions is being applied, in steps. */
  get isConfiguring(): boolean {
    return this.roll !== undefined;
  }

  /** Handles one input; the effects must be executed in order. */
  handle(input: Input, now: number): Effect[] {
    this.now = now;
    if (this.routing.table) this.routing.table.now = now;
    this.effects = [];
    const take = INPUTS[input.kind] as (speaker: Speaker, input: Input) => void;
    take(this, input);
    if (this.routing.table?.hasQuestions) this.effects.push({ kind: 'nextHops', ...this.routing.table.questions() });
    const next = this.routing.scheduler.isDue || this.roll ? now : this.agenda.next;
    if (next < this.armed) {
      // A timer that is no longer needed still fires, as that is cheaper than moving it with every message.
      this.armed = next;
      this.effects.push({ kind: 'timer', at: next });
    }
    return this.effects;
  }

  /** The state of every session. */
  status(now: number): SpeakerSession[] {
    return [...this.peers].map((peer) => this.statusOf(peer, now));
  }

  /** The same of those that are not up, one at a time: the caller may yield between thousands of them. */
  *statusOfDown(now: number): Generator<SpeakerSession> {
    for (const peer of this.peers) if (!peer.session.established) yield this.statusOf(peer, now);
  }

  private statusOf({ session, ribId, lacks }: SpeakerPeer, now: number): SpeakerSession {
    const { rib } = this.routing;
    return { ...session.status(now), routes: rib.view.counts(ribId), lacks, routeMemory: rib.memory.held(ribId) };
  }

  /** The configuration of every session. */
  configs(): SessionConfig[] {
    return [...this.peers].map(({ session }) => session.config);
  }

  /** The number in the RIB of every session, by its key. */
  ribNumbers(): Map<string, number> {
    return new Map([...this.peers].map(({ session, ribId }) => [session.key, ribId]));
  }

  /** The counters of every session, by its key: not copied, to be read at once. */
  counts(): ReadonlyMap<string, SessionCounts> {
    return new Map([...this.peers].map(({ session }) => [session.key, session.counts]));
  }

  /** {@link Rib.lost}, with the excluded neighbours given by the keys of their sessions. */
  lostSince(reached: Reachability, without: readonly string[], from: number, to: number): UnreachablePrefix[] {
    const numbers = without.flatMap((key) => this.peers.get(key)?.ribId ?? []);
    return this.routing.rib.view.lost(reached, new Set(numbers), from, to);
  }

  /**
   * {@link Rib.receivedBy} for the established sessions with these keys, with the contents of each neighbour's OPEN.
   */
  *receivedBy(keys: readonly string[], bounds: Bounds): Generator<undefined, Map<string, ReceivedRoutes & Said>> {
    const entries = keys.flatMap((key) => {
      const peer = this.peers.get(key);
      const agreed = peer?.connection?.agreed;
      if (!agreed) return [];
      return [{ key, id: peer.ribId, said: { routerId: agreed.peerRouterId, retains: retentionAt(agreed) } }];
    });
    const found = yield* this.routing.rib.view.receivedBy(
      entries.map(({ id }) => id),
      bounds,
    );
    return new Map(
      entries.flatMap(({ key, id, said }) => {
        const routes = found.get(id);
        return routes ? [[key, { ...routes, ...said }] as const] : [];
      }),
    );
  }

  /** The session with this key. */
  session(key: string): BgpSession | undefined {
    return this.peers.get(key)?.session;
  }

  /**
   * Name of the secret that connections between these addresses, to this port, must be signed with; null: none;
   * undefined: there is no such session.
   */
  keyFor(local: string, remote: string, port: number): string | null | undefined {
    const peer = this.peers.find(local, remote, port);
    return peer && (peer.session.config.authentication ?? null);
  }

  // Called by sessions.

  /** mulberry32: small, and good enough for jitter. */
  random(): number {
    this.dice = (this.dice + 0x6d2b79f5) >>> 0;
    let t = this.dice;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  dial(session: BgpSession, connection: Connection, key: string | null): number {
    this.lastDialled += 2;
    const id = this.lastDialled;
    const { localAddress, remoteAddress, port } = session.config;
    this.connections.set(id, { peer: this.peers.get(session.config.key)!, connection });
    this.effects.push({
      kind: 'connect',
      connection: id,
      session: session.config.key,
      local: String(localAddress),
      remote: String(remoteAddress),
      port,
      transport: transportOf(session.config, key),
    });
    return id;
  }

  send(connection: number, bytes: Uint8Array): void {
    this.effects.push({ kind: 'send', connection, bytes });
  }

  close(connection: number): void {
    const entry = this.connections.get(connection);
    if (!entry) return;
    this.connections.delete(connection);
    this.effects.push({ kind: 'close', connection });
    this.dynamic.remember(entry.peer);
  }

  tell(session: BgpSession, type: SpeakerEvent['type'], text: string, reason?: FaultReason): void {
    this.effects.push({ kind: 'event', event: { ...whoseEvent(session), type, text, ...(reason && { reason }) } });
  }

  routesChanged(changes: readonly BestRouteChange[], more: boolean): void {
    this.effects.push({ kind: 'routes', changes, more });
  }

  private configure(
    routing: RoutingOptions,
    configs: readonly SessionConfig[],
    templates: readonly SessionTemplate[],
  ): void {
    this.routing.configure(routing);
    const wanted = new Map(configs.map((config) => [config.key, config]));
    for (const config of this.dynamic.configsBy(templates)) if (!wanted.has(config.key)) wanted.set(config.key, config);
    this.peers.templates = templates;
    this.roll = new Roll(wanted);
    this.goOn(this.roll);
  }

  /** Applies the next part of a configuration; at the end removes sessions that are no longer configured. */
  private goOn(roll: Roll): void {
    for (const config of roll.next()) this.put(config);
    if (!roll.isHandedOut) return;
    for (const key of roll.left(this.peers.keys())) this.remove(key, notification(ERROR.cease, CEASE.peerDeconfigured));
    if (roll.left(this.peers.keys()).length > 0) return;
    this.roll = undefined;
    this.routing.deferral.consider();
  }

  /** Creates or changes a session. */
  private put(config: SessionConfig): void {
    const peer = this.peers.get(config.key);
    if (!peer) this.add(config);
    else if (endTexts(peer.session.config).join() !== endTexts(config).join()) {
      // Another neighbour on the link of a session without addresses: nothing of the former one applies to it.
      this.remove(config.key, notification(ERROR.cease, CEASE.peerDeconfigured));
      this.add(config);
    } else {
      peer.session.configure(config);
      this.peers.file(peer);
      this.dynamic.remember(peer);
    }
  }

  private add(config: SessionConfig): SpeakerPeer {
    const { localAs, remoteAs: peerAs } = config.acceptable[0];
    const session = new BgpSession(config, this);
    const peer: SpeakerPeer = {
      session,
      ribId: this.routing.add({ session, localAs, peerAs }),
      localAs,
      peerAs,
      connection: undefined,
      malformedReported: false,
      limitReported: false,
      lacks: {},
      warnAt: warningOf(config),
      linger: undefined,
    };
    this.peers.add(peer);
    session.start();
    return peer;
  }

  private remove(key: string, content: Parameters<BgpSession['stop']>[0]): void {
    const peer = this.peers.get(key)!;
    peer.session.stop(content);
    peer.linger?.stop();
    this.roll?.gone(key);
    this.routing.remove(peer);
    this.peers.delete(peer);
  }

  /**
   * A connection arrived: passed to the session of its addresses, to a new one if a template permits it, or refused
   * with a Cease (RFC 4486).
   */
  private accept(connection: number, local: string, remote: string, port?: number): void {
    for (const config of this.roll?.between(local, remote) ?? []) this.put(config);
    const found = this.peers.find(local, remote, port) ?? this.dynamic.welcome(local, remote);
    const peer = typeof found === 'string' ? undefined : found;
    if (peer) this.connections.set(connection, { peer, connection: peer.session.incoming });
    const refusal = peer ? peer.session.offer(connection) : notification(ERROR.cease, CEASE.connectionRejected);
    if (!refusal) return;
    this.connections.delete(connection);
    this.effects.push({ kind: 'send', connection, bytes: encodeNotification(refusal) }, { kind: 'close', connection });
    this.refused(peer?.session, local, remote, typeof found === 'string' ? found : found.session.refusal);
  }

  admits(session: BgpSession): boolean {
    const refusal = this.dynamic.refusal(session);
    if (refusal === undefined) return true;
    const { remoteAddress, localAddress } = session.config;
    this.refused(undefined, String(localAddress), String(remoteAddress), refusal);
    return false;
  }

  /** Refuses a connection, with an event that explains it. */
  private refused(session: BgpSession | undefined, local: string, remote: string, why: string): void {
    this.rejected++;
    const text = `connection from ${remote} to ${local} refused: ${why}`;
    const refused = session === undefined && { refused: remote };
    this.effects.push({ kind: 'event', event: { ...whoseEvent(session), type: 'rejected', text, ...refused } });
  }

  /** The handler of each input. */
  static readonly inputs: {
    readonly [K in Input['kind']]: (speaker: Speaker, input: Extract<Input, { kind: K }>) => void;
  } = {
    configure: (speaker, { routing, sessions, templates = [] }) => speaker.configure(routing, sessions, templates),
    accepted: (speaker, { connection, local, remote, port }) => speaker.accept(connection, local, remote, port),
    opened: (speaker, { connection }) => speaker.connections.get(connection)?.connection.handle('TcpConnectionAcked'),
    failed: (speaker, { connection, reason, isSilence, fault = isSilence && 'silence' }) =>
      speaker.lost(connection, reason, fault),
    closed: (speaker, { connection, reason }) => speaker.lost(connection, reason),
    bytes: (speaker, { connection, bytes }) => speaker.connections.get(connection)?.connection.receive(bytes),
    written(speaker, { connection, octets }) {
      const entry = speaker.connections.get(connection);
      if (!entry) return;
      const { connection: sender, peer } = entry;
      const wasFull = sender.isFull;
      sender.written(octets);
      if (wasFull && !sender.isFull && peer.connection === sender) speaker.routing.scheduler.owe(peer);
    },
    timer(speaker, { heard = speaker.now }) {
      speaker.armed = Number.POSITIVE_INFINITY;
      if (speaker.roll) speaker.goOn(speaker.roll);
      speaker.agenda.run(Math.min(heard, speaker.now));
      if (speaker.routing.scheduler.isDue) speaker.routing.turn();
    },
    originate: (speaker, { prefix, attributes }) => speaker.routing.local.originate(prefix, attributes),
    withdraw: (speaker, { prefix }) => speaker.routing.local.withdraw(prefix),
    nextHops: (speaker, { changes }) => speaker.routing.local.setNextHops(changes),
    interfaces: (speaker, { interfaces }) => speaker.routing.local.setInterfaces(interfaces),
    links: (speaker, { links }) => speaker.routing.local.setLinks(links),
    gracefulShutdown: (speaker, { session, on }) => speaker.routing.local.leave(session, on),
    bfd: (speaker, { session, verdict, outlives, why }) => speaker.session(session)?.bfdSays(verdict, outlives, why),
    resendRoutes: (speaker) => speaker.routing.resend(),
    reset(speaker, { session, why }) {
      const found = speaker.session(session);
      found?.stop(notification(ERROR.cease, CEASE.administrativeReset), why);
      found?.start();
    },
    stop(speaker, { text, graceful }) {
      const content = graceful ? undefined : shutdown(CEASE.administrativeShutdown, text ?? '');
      speaker.roll = undefined;
      for (const { session } of speaker.peers) session.stop(content);
    },
  };

  private lost(connection: number, text: string | undefined, fault?: FaultReason): void {
    const entry = this.connections.get(connection);
    this.connections.delete(connection); // nothing is left to close
    entry?.connection.handle('TcpConnectionFails', text === undefined ? {} : { text, fault });
    if (entry) this.dynamic.remember(entry.peer);
  }
}

const INPUTS = Speaker.inputs;

function whoseEvent(session: BgpSession | undefined): Pick<SpeakerEvent, 'session' | 'name' | 'template'> {
  if (!session) return { session: '', name: '' };
  const { key, name, template } = session.config;
  return { session: key, name, ...(template !== undefined && { template }) };
}
