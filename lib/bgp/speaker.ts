// On the hot path: `bytes` runs for every chunk that comes, `turn` for what goes.
import { IpAddress } from '../model/address';
import { Prefix } from '../model/prefix';
import type { Effect, Input, RoutingOptions, SpeakerEvent, SpeakerOptions } from './effects';
import { RouteExchange } from './exchange';
import { type Member, warningOf } from './member';
import type { Bounds, ReceivedRoutes } from './rib/adj-rib-in/received-routes';
import type { LostPrefix, Reachability } from './rib/loc-rib/reachability';
import type { RouteCounts } from './rib/peer';
import type { RouteChange } from './rib/rib';
import type { RibView } from './rib/rib-view';
import { Roll } from './roll';
import { Roster } from './roster';
import { type SessionConfig, transportOf } from './session/config';
import { retentionAt } from './session/graceful-restart';
import type { Lane } from './session/lane';
import { Session, type SessionHost } from './session/session';
import type { SessionCounts, SessionStatus } from './session/status';
import { placeFor, roomFor, type SessionTemplate, sessionFrom } from './session/template';
import { SECOND, TimerQueue } from './session/timers';
import type { Family } from './wire/family';
import { encodeNotification, notification, shutdown } from './wire/notification';
import { CEASE, ERROR } from './wire/notification-codes';

export type { Effect, Input, RoutingOptions, SpeakerEvent, SpeakerOptions } from './effects';

/** What a neighbour said of itself in its OPEN. */
interface Said {
  readonly routerId: number;
  readonly retains: ReturnType<typeof retentionAt>;
}

/** Status of a session with its routes by family. */
export type SpeakerSession = SessionStatus & {
  readonly routes: Readonly<Record<Family, RouteCounts>>;
  /** Why routes of a family can't have this node as their next hop and are not advertised, where they can't. */
  readonly lacks: Readonly<Partial<Record<Family, string>>>;
  /** Octets of memory that its routes take. */
  readonly routeMemory: number;
};

/** Seconds for which a neighbour that came unnamed is remembered without a connection: who fails again and again is damped. */
const LINGER = 60;

/**
 * A BGP speaker as a state machine over values: {@link handle} takes what happened and when, and answers what is to be done.
 * It reads no clock, opens no socket and throws no dice. Times are milliseconds of any monotonic clock.
 */
export class Speaker implements SessionHost {
  readonly agenda = new TimerQueue();
  /** The time of the input being handled. */
  now = 0;
  /** Connections refused because no session wants them. */
  rejected = 0;

  readonly routes: RouteExchange;

  private readonly roster = new Roster();
  private readonly lanes = new Map<number, { member: Member; lane: Lane }>();
  private effects: Effect[] = [];
  private armed = Number.POSITIVE_INFINITY;
  private lastDialled = 0;
  /** A configuration that is not yet carried out for all sessions. */
  private roll: Roll | undefined;
  private dice: number;

  constructor(options: SpeakerOptions) {
    this.dice = options.seed >>> 0;
    this.routes = new RouteExchange(this, this.roster, options);
  }

  /** The routing table, to be looked at; there once `configure` was given. */
  get rib(): RibView {
    return this.routes.view;
  }

  /** Memory that the routes of all neighbours take and may take, octets, and how many sessions ended for it. */
  get routeMemory(): { readonly used: number; readonly limit: number | undefined; readonly ended: number } {
    const { table, endedForMemory: ended } = this.routes;
    return { used: table?.memory.total ?? 0, limit: table?.memory.most, ended };
  }

  /** Whether nothing is left to be told to anybody who is up. */
  get isTold(): boolean {
    return this.routes.isTold;
  }

  /** Selection of routes is deferred, as after a restart (RFC 4724 section 4.1). */
  get restarting(): boolean {
    return this.routes.deferral.active;
  }

  /** What the kernel holds of the run before is to stay, since some neighbour may still have to tell of it (RFC 4724 section 4.1). */
  get keepsForwarding(): boolean {
    return this.routes.deferral.keeps;
  }

  /** A configuration of very many sessions is being carried out, some of them with each wake-up. */
  get isConfiguring(): boolean {
    return this.roll !== undefined;
  }

  /** Takes one input; the effects are to be done in order. */
  handle(input: Input, now: number): Effect[] {
    this.now = now;
    if (this.routes.table) this.routes.table.now = now;
    this.effects = [];
    const take = INPUTS[input.kind] as (speaker: Speaker, input: Input) => void;
    take(this, input);
    if (this.routes.table?.hasQuestions) this.effects.push({ kind: 'nextHops', ...this.routes.table.questions() });
    const next = this.routes.isDue || this.roll ? now : this.agenda.next;
    if (next < this.armed) {
      // A wake-up that is no longer needed comes all the same: it costs less than to move it with every message.
      this.armed = next;
      this.effects.push({ kind: 'timer', at: next });
    }
    return this.effects;
  }

  /** Every session as it stands. */
  status(now: number): SpeakerSession[] {
    return [...this.statuses(now)];
  }

  /** The same, one after another: of thousands, who looks at them may do other things in between. */
  *statuses(now: number): Generator<SpeakerSession> {
    for (const { session, ribId, lacks } of this.roster)
      yield {
        ...session.status(now),
        routes: this.routes.rib.counts(ribId),
        lacks,
        routeMemory: this.routes.rib.memory.held(ribId),
      };
  }

  /** The configuration of every session. */
  configs(): SessionConfig[] {
    return [...this.roster].map(({ session }) => session.config);
  }

  /** The number in the RIB of every session, by its key. */
  ribNumbers(): Map<string, number> {
    return new Map([...this.roster].map(({ session, ribId }) => [session.key, ribId]));
  }

  /** What was counted of every session, by its key: not copied, to be read at once. */
  counts(): ReadonlyMap<string, SessionCounts> {
    return new Map([...this.roster].map(({ session }) => [session.key, session.counts]));
  }

  /** {@link Rib.lost}, where neighbours that do not count are given by the keys of their sessions. */
  lostSince(reached: Reachability, without: readonly string[], from: number, to: number): LostPrefix[] {
    const numbers = without.flatMap((key) => this.roster.get(key)?.ribId ?? []);
    return this.routes.rib.lost(reached, new Set(numbers), from, to);
  }

  /** {@link Rib.receivedBy} for the sessions with these keys that are up, with what each neighbour said of itself. */
  *receivedBy(keys: readonly string[], bounds: Bounds): Generator<undefined, Map<string, ReceivedRoutes & Said>> {
    const members = keys.flatMap((key) => {
      const member = this.roster.get(key),
        agreed = member?.lane?.agreed;
      if (!agreed) return [];
      return [{ key, id: member.ribId, said: { routerId: agreed.peerRouterId, retains: retentionAt(agreed) } }];
    });
    const found = yield* this.routes.rib.receivedBy(
      members.map(({ id }) => id),
      bounds,
    );
    return new Map(
      members.flatMap(({ key, id, said }) => {
        const routes = found.get(id);
        return routes ? [[key, { ...routes, ...said }] as const] : [];
      }),
    );
  }

  /** The session with this key. */
  session(key: string): Session | undefined {
    return this.roster.get(key)?.session;
  }

  /** Name of the secret that connections between these addresses, to this port, must be signed with; null: none; undefined: no session has them. */
  keyFor(local: string, remote: string, port: number): string | null | undefined {
    const member = this.roster.find(local, remote, port);
    return member && (member.session.config.authentication ?? null);
  }

  // What the sessions ask for.

  /** mulberry32: small, and good enough for jitter. */
  random(): number {
    this.dice = (this.dice + 0x6d2b79f5) >>> 0;
    let t = this.dice;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  dial(session: Session, lane: Lane, key: string | null): number {
    this.lastDialled += 2;
    const connection = this.lastDialled,
      { localAddress, remoteAddress, port } = session.config;
    this.lanes.set(connection, { member: this.roster.get(session.config.key)!, lane });
    this.effects.push({
      kind: 'connect',
      connection,
      session: session.config.key,
      local: String(localAddress),
      remote: String(remoteAddress),
      port,
      transport: transportOf(session.config, key),
    });
    return connection;
  }

  send(connection: number, bytes: Uint8Array): void {
    this.effects.push({ kind: 'send', connection, bytes });
  }

  close(connection: number): void {
    const line = this.lanes.get(connection);
    if (!line) return;
    this.lanes.delete(connection);
    this.effects.push({ kind: 'close', connection });
    this.remember(line.member);
  }

  tell(session: Session, type: SpeakerEvent['type'], text: string): void {
    this.effects.push({ kind: 'event', event: { ...whoseEvent(session), type, text } });
  }

  routesChanged(changes: readonly RouteChange[], more: boolean): void {
    this.effects.push({ kind: 'routes', changes, more });
  }

  private configure(
    routing: RoutingOptions,
    configs: readonly SessionConfig[],
    templates: readonly SessionTemplate[],
  ): void {
    if (this.routes.table) this.routes.reroute(routing);
    else this.routes.begin(routing);
    const wanted = new Map(configs.map((config) => [config.key, config]));
    for (const { config } of this.unnamed(templates)) if (!wanted.has(config.key)) wanted.set(config.key, config);
    this.roster.templates = templates;
    this.roll = new Roll(wanted);
    this.goOn(this.roll);
  }

  /** Carries a configuration further; when all sessions are as they are to be, those that are not to be go. */
  private goOn(roll: Roll): void {
    for (const config of roll.next()) this.put(config);
    if (!roll.isHandedOut) return;
    for (const key of roll.left(this.roster.keys()))
      this.remove(key, notification(ERROR.cease, CEASE.peerDeconfigured));
    if (roll.left(this.roster.keys()).length > 0) return;
    this.roll = undefined;
    this.routes.deferral.consider();
  }

  /** A session is to be like this. */
  private put(config: SessionConfig): void {
    const member = this.roster.get(config.key);
    if (!member) this.add(config);
    else {
      member.session.configure(config);
      this.remember(member);
    }
  }

  /** Sessions of neighbours that came unnamed and that these templates still allow, as these have them. */
  private *unnamed(templates: readonly SessionTemplate[]): Generator<{ config: SessionConfig }> {
    for (const template of templates)
      for (const { session } of this.roster.madeBy(template.key))
        if (template.range.contains(Prefix.host(session.config.remoteAddress)))
          yield { config: sessionFrom(template, session.config.remoteAddress) };
  }

  private add(config: SessionConfig): Member {
    const { localAs, remoteAs: peerAs } = config.acceptable[0],
      session = new Session(config, this);
    const member: Member = {
      session,
      ribId: this.routes.add(config, localAs, peerAs),
      localAs,
      peerAs,
      lane: undefined,
      toldMalformed: false,
      toldLimit: false,
      lacks: {},
      warnAt: warningOf(config),
      linger: undefined,
    };
    this.roster.add(member);
    session.start();
    return member;
  }

  private remove(key: string, content: Parameters<Session['stop']>[0]): void {
    const member = this.roster.get(key)!;
    member.session.stop(content);
    member.linger?.stop();
    this.roll?.gone(key);
    this.routes.remove(member);
    this.roster.delete(member);
  }

  /** A connection came in: to the session of its addresses, to a new one where a template allows it, or back with a Cease (RFC 4486). */
  private accept(connection: number, local: string, remote: string, port?: number): void {
    for (const config of this.roll?.between(local, remote) ?? []) this.put(config);
    const found = this.roster.find(local, remote, port) ?? this.welcome(local, remote),
      member = typeof found === 'string' ? undefined : found;
    if (member) this.lanes.set(connection, { member, lane: member.session.accepted });
    const refusal = member ? member.session.offer(connection) : notification(ERROR.cease, CEASE.connectionRejected);
    if (!refusal) return;
    this.lanes.delete(connection);
    this.rejected++;
    this.effects.push({ kind: 'send', connection, bytes: encodeNotification(refusal) }, { kind: 'close', connection });
    const why = member ? member.session.refusal : found;
    this.effects.push({
      kind: 'event',
      event: {
        ...whoseEvent(member?.session),
        ...{ type: 'rejected', text: `connection from ${remote} to ${local} refused: ${why}` },
      },
    });
  }

  /** A session for a neighbour that comes unnamed, or why there is none. */
  private welcome(local: string, remote: string): Member | string {
    const template = this.roster.template(local, remote);
    if (!template) return 'no session has these addresses';
    const { key, range } = template,
      all = this.roster.madeBy(key);
    if (!this.makeRoom(roomFor(all, template.limit)))
      return placeFor(all, template.limit) ? `too many neighbours of ${range} connect at once` : fullOf(template);
    const address = IpAddress.parse(remote) as IpAddress; // else no template would have been found
    const member = this.add(sessionFrom(template, address));
    this.roll?.came(member.session.key);
    this.tell(member.session, 'dynamic', `connected as a neighbour of ${range}`);
    this.remember(member);
    return member;
  }

  /** A place for a neighbour that came unnamed and has said who it is; a configured one has it. */
  admits(session: Session): boolean {
    const { template: key } = session.config,
      template = this.roster.templates.find((one) => one.key === key);
    if (!template) return true;
    const others = this.roster.madeBy(template.key).filter((member) => member.session !== session),
      isAdmitted = this.makeRoom(placeFor(others, template.limit));
    this.roster.get(session.config.key)!.isRefused = !isAdmitted;
    if (isAdmitted) return true;
    this.rejected++;
    const { remoteAddress, localAddress } = session.config,
      text = `connection from ${remoteAddress} to ${localAddress} refused: ${fullOf(template)}`;
    this.effects.push({ kind: 'event', event: { session: '', name: '', type: 'rejected', text } });
    return false;
  }

  /** Lets go of these; answers whether there is room then. */
  private makeRoom(gone: readonly Member[] | undefined): boolean {
    for (const member of gone ?? []) this.forget(member, 'makes room for another neighbour, as it is not up');
    return gone !== undefined;
  }

  /** One that came unnamed is forgotten some time after its last connection, one that found no place soon. */
  private remember(member: Member): void {
    if (member.session.config.template === undefined) {
      member.linger?.stop();
      return;
    }
    member.linger ??= this.agenda.timer(() => {
      if (member.session.isQuiet) this.forget(member);
      else this.remember(member);
    });
    member.linger.start(this.now + (member.isRefused ? 1 : LINGER) * SECOND);
  }

  private forget({ session }: Member, why = 'is gone and was removed'): void {
    this.tell(session, 'dynamic', why);
    this.remove(session.config.key, notification(ERROR.cease, CEASE.connectionRejected));
  }

  /** How each input is taken. */
  static readonly inputs: {
    readonly [K in Input['kind']]: (speaker: Speaker, input: Extract<Input, { kind: K }>) => void;
  } = {
    configure: (speaker, { routing, sessions, templates = [] }) => speaker.configure(routing, sessions, templates),
    accepted: (speaker, { connection, local, remote, port }) => speaker.accept(connection, local, remote, port),
    opened: (speaker, { connection }) => speaker.lanes.get(connection)?.lane.handle('TcpConnectionAcked'),
    failed: (speaker, { connection, reason, isSilence }) => speaker.lost(connection, reason, isSilence),
    closed: (speaker, { connection, reason }) => speaker.lost(connection, reason),
    bytes: (speaker, { connection, bytes }) => speaker.lanes.get(connection)?.lane.receive(bytes),
    written(speaker, { connection, octets }) {
      const line = speaker.lanes.get(connection);
      if (!line) return;
      const { lane, member } = line,
        wasFull = lane.isFull;
      lane.written(octets);
      if (wasFull && !lane.isFull && member.lane === lane) speaker.routes.owe(member);
    },
    timer(speaker, { heard = speaker.now }) {
      speaker.armed = Number.POSITIVE_INFINITY;
      if (speaker.roll) speaker.goOn(speaker.roll);
      speaker.agenda.run(Math.min(heard, speaker.now));
      if (speaker.routes.isDue) speaker.routes.turn();
    },
    originate: (speaker, { prefix, attributes }) => speaker.routes.originate(prefix, attributes),
    withdraw: (speaker, { prefix }) => speaker.routes.withdraw(prefix),
    nextHops: (speaker, { changes }) => speaker.routes.setNextHops(changes),
    interfaces: (speaker, { interfaces }) => speaker.routes.setInterfaces(interfaces),
    links: (speaker, { links }) => speaker.routes.setLinks(links),
    gracefulShutdown: (speaker, { session, on }) => speaker.routes.leave(session, on),
    resendRoutes: (speaker) => speaker.routes.resend(),
    reset(speaker, { session, why }) {
      const found = speaker.session(session);
      found?.stop(notification(ERROR.cease, CEASE.administrativeReset), why);
      found?.start();
    },
    stop(speaker, { text, graceful }) {
      const content = graceful ? undefined : shutdown(CEASE.administrativeShutdown, text ?? '');
      speaker.roll = undefined;
      for (const { session } of speaker.roster) session.stop(content);
    },
  };

  private lost(connection: number, reason: string | undefined, isSilence = false): void {
    const line = this.lanes.get(connection);
    this.lanes.delete(connection); // nothing is left to be closed
    line?.lane.handle('TcpConnectionFails', reason === undefined ? {} : { text: reason, isSilence });
    if (line) this.remember(line.member);
  }
}

const INPUTS = Speaker.inputs;

const fullOf = ({ range, limit }: SessionTemplate): string => `${range} has reached its limit of ${limit} neighbours`;

function whoseEvent(session: Session | undefined): Pick<SpeakerEvent, 'session' | 'name' | 'template'> {
  if (!session) return { session: '', name: '' };
  const { key, name, template } = session.config;
  return { session: key, name, ...(template !== undefined && { template }) };
}
