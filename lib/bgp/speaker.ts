// On the hot path: `bytes` runs for every chunk that comes, `turn` for what goes.
import { IpAddress } from '../model/address';
import { Prefix } from '../model/prefix';
import { Deferral } from './deferral';
import type { Effect, Input, RoutingOptions, SpeakerEvent, SpeakerOptions } from './effects';
import { type Member, ribPeerOf, warningOf } from './member';
import { OUTSTANDING_LIMIT, Outbox } from './outbox';
import type { RibPeer, RouteCounts } from './rib/peer';
import type { LostPrefix, Reached } from './rib/reached';
import { type OriginAttributes, Rib } from './rib/rib';
import { Roster } from './roster';
import { type SessionConfig, transportOf } from './session/config';
import { forGood } from './session/graceful-restart';
import type { Lane } from './session/lane';
import type { Negotiated } from './session/negotiation';
import { Session, type SessionHost } from './session/session';
import type { SessionStatus } from './session/status';
import { type SessionTemplate, sessionFrom } from './session/template';
import { Agenda, SECOND } from './session/timers';
import type { Family } from './wire/family';
import { encodeNotification, notification, shutdown } from './wire/notification';
import { CEASE, ERROR } from './wire/notification-codes';
import { REFRESH } from './wire/route-refresh';
import type { Verdict } from './wire/verdict';

export type { Effect, Input, RoutingOptions, SpeakerEvent, SpeakerOptions } from './effects';

/** Status of a session with its routes by family. */
export type SpeakerSession = SessionStatus & { readonly routes: Readonly<Record<Family, RouteCounts>> };

/** Prefixes looked at in one turn for routes that are to go. */
const STRIDE = 16_384;
/** The longest body of an UPDATE that can be an End-of-RIB (RFC 4724 section 2). */
const END_OF_RIB_BODY = 11;
/** Seconds for which a neighbour that came unnamed is remembered without a connection: who fails again and again is damped. */
const LINGER = 60;

/**
 * A BGP speaker as a state machine over values: {@link handle} takes what happened and when, and answers what is to be done.
 * It reads no clock, opens no socket and throws no dice. Times are milliseconds of any monotonic clock.
 */
export class Speaker implements SessionHost {
  readonly agenda = new Agenda();
  /** The time of the input being handled. */
  now = 0;
  /** Connections refused because no session wants them. */
  rejected = 0;

  private table: Rib | undefined;
  /** Changes taken out of tables before this one. */
  private takenBefore = 0;
  private routing: RoutingOptions | undefined;
  private readonly roster = new Roster();
  private readonly outbox = new Outbox();
  private readonly deferral: Deferral;
  /** Keys of sessions that are about to end (RFC 8326); `allLeave`: every one is. */
  private readonly leaving = new Set<string>();
  private allLeave = false;
  private readonly lanes = new Map<number, { member: Member; lane: Lane }>();
  private readonly origins = new Map<string, { prefix: Prefix; attributes?: OriginAttributes }>();
  private effects: Effect[] = [];
  private armed = Number.POSITIVE_INFINITY;
  private lastDialled = 0;
  private dice: number;
  /** Routes or output may be there to be taken: looked after in a turn of its own, so that it is done once for many inputs. */
  private isDue = false;
  /** Routes changed: every session that is up may have something to tell. */
  private isNews = false;

  constructor(private readonly options: SpeakerOptions) {
    this.dice = options.seed >>> 0;
    this.deferral = new Deferral(
      options.restartingFor,
      () => this.roster,
      () => this.touch(),
    );
  }

  /** The routing table; there once `configure` was given. */
  get rib(): Rib {
    if (!this.table) throw new Error('the speaker is not configured yet');
    return this.table;
  }

  /** Whether best routes changed that nobody has taken yet. */
  get hasChanges(): boolean {
    return this.table?.hasChanges ?? false;
  }

  /** How many changes of best routes were taken in all its life. */
  get taken(): number {
    return this.takenBefore + (this.table?.taken ?? 0);
  }

  /** Selection of routes is deferred, as after a restart (RFC 4724 section 4.1). */
  get restarting(): boolean {
    return this.deferral.active;
  }

  /** Takes one input; the effects are to be done in order. */
  handle(input: Input, now: number): Effect[] {
    this.now = now;
    this.effects = [];
    const take = INPUTS[input.kind] as (speaker: Speaker, input: Input) => void;
    take(this, input);
    const next = this.isDue ? now : this.agenda.next;
    if (next < this.armed) {
      // A wake-up that is no longer needed comes all the same: it costs less than to move it with every message.
      this.armed = next;
      this.effects.push({ kind: 'timer', at: next });
    }
    return this.effects;
  }

  /** Every session as it stands. */
  status(now: number): SpeakerSession[] {
    return [...this.roster].map(({ session, ribId }) => ({
      ...session.status(now),
      routes: this.rib.counts(ribId),
    }));
  }

  /** {@link Rib.lost}, where neighbours that do not count are given by the keys of their sessions. */
  lostSince(reached: Reached, without: readonly string[], from: number, to: number): LostPrefix[] {
    const numbers = without.flatMap((key) => this.roster.get(key)?.ribId ?? []);
    return this.rib.lost(reached, new Set(numbers), from, to);
  }

  /** The session with this key. */
  session(key: string): Session | undefined {
    return this.roster.get(key)?.session;
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

  dial(session: Session, lane: Lane): number {
    this.lastDialled += 2;
    const connection = this.lastDialled,
      { key, localAddress, remoteAddress, port } = session.config;
    this.lanes.set(connection, { member: this.memberOf(session), lane });
    this.effects.push({
      kind: 'connect',
      connection,
      session: key,
      local: String(localAddress),
      remote: String(remoteAddress),
      port,
      transport: transportOf(session.config),
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
    this.effects.push({
      kind: 'event',
      event: { session: session.config.key, name: session.config.name, type, text },
    });
  }

  up(session: Session, { context, pair, peerRouterId }: Negotiated): void {
    const member = this.memberOf(session);
    if (member.localAs !== pair.localAs || member.peerAs !== pair.remoteAs) {
      [member.localAs, member.peerAs] = [pair.localAs, pair.remoteAs];
      this.rib.changePeer(member.ribId, this.ribPeer(member));
    }
    member.lane = session.established;
    member.toldMalformed = member.toldLimit = false;
    this.rib.peerUp(member.ribId, { ...context, peerRouterId });
    this.outbox.open(member);
    this.isDue = true;
    this.deferral.consider(this.now);
  }

  down(session: Session, retain: boolean): void {
    const member = this.memberOf(session);
    member.lane = undefined;
    this.outbox.close(member);
    this.rib.peerDown(member.ribId, { retain, later: true, inRefresh: session.markedRefresh.active });
    this.touch();
  }

  retune(session: Session): void {
    const member = this.memberOf(session);
    // The RIB keeps what a policy turned away, so that nothing has to be asked for again.
    this.rib.changePeer(member.ribId, this.ribPeer(member), { later: true });
    member.warnAt = warningOf(session.config);
    member.toldLimit = false;
    this.touch();
    const verdict = this.rib.limitReached(member.ribId) && tooManyPrefixes(member);
    if (verdict) member.lane?.handle('AutomaticStop', { notification: verdict.notification, text: verdict.reason });
  }

  sweep(session: Session, family?: Family): void {
    this.rib.sweepStale(this.memberOf(session).ribId, family, { later: true });
    this.touch();
  }

  update(session: Session, bytes: Uint8Array, start: number, end: number): Verdict {
    const member = this.memberOf(session),
      verdict = this.rib.update(member.ribId, bytes, start, end);
    this.touch();
    if (end - start <= END_OF_RIB_BODY) this.noteEndOfRib(member);
    if (verdict.kind !== 'accept' && verdict.kind !== 'session-reset') this.noteMalformed(member, verdict);
    if (this.rib.received(member.ribId) >= member.warnAt) this.noteLimit(member);
    return this.rib.limitReached(member.ribId) ? tooManyPrefixes(member) : verdict;
  }

  refresh(session: Session, family: Family, subtype: number): void {
    const member = this.memberOf(session),
      { ribId, lane } = member,
      enhanced = lane?.agreed?.enhancedRefresh === true;
    if (subtype === REFRESH.request) {
      this.rib.refreshRequested(ribId, family, enhanced);
      this.oweOutput(member);
    } else if (enhanced && subtype === REFRESH.begin) {
      this.rib.markStale(ribId, family);
      session.markedRefresh.begin(this.now, family);
    } else if (enhanced && subtype === REFRESH.end) session.markedRefresh.end(family);
  }

  private memberOf(session: Session): Member {
    return this.roster.get(session.config.key)!;
  }

  private ribPeer({ session: { config }, localAs, peerAs }: Member): RibPeer {
    return ribPeerOf(config, localAs, peerAs, this.allLeave || this.leaving.has(config.key));
  }

  private touch(): void {
    this.isDue = this.isNews = true;
  }

  private oweOutput(member: Member): void {
    this.isDue = true;
    this.outbox.owe(member);
  }

  private noteEndOfRib({ session, ribId, lane }: Member): void {
    for (const family of lane?.agreed?.context.families ?? []) {
      if (session.endOfRib.has(family) || !this.rib.endOfRibSeen(ribId, family)) continue;
      session.sawEndOfRib(family);
      this.tell(session, 'end-of-rib', `all routes of ${family} are here`);
      this.deferral.consider(this.now);
    }
  }

  /** RFC 7606 section 6: malformed UPDATEs are told, but a neighbour that sends many of them doesn't fill the log. */
  private noteMalformed(member: Member, verdict: Exclude<Verdict, { kind: 'accept' }>): void {
    member.session.counters[verdict.kind === 'treat-as-withdraw' ? 'treatedAsWithdraw' : 'attributesDiscarded']++;
    if (!member.toldMalformed) this.tell(member.session, 'malformed', `${verdict.kind}: ${verdict.reason}`);
    member.toldMalformed = true;
  }

  private noteLimit(member: Member): void {
    if (member.toldLimit) return;
    member.toldLimit = true;
    const { config } = member.session,
      count = this.rib.received(member.ribId);
    this.tell(member.session, 'limit', `${count} prefixes came, of at most ${config.maxPrefixes}`);
  }

  /** What was put off while inputs came: tells of new routes, and takes output out of the RIB where a connection can take more. */
  private turn(): void {
    this.isDue = false;
    const { table } = this;
    if (!table) return;
    if (table.hasWork) {
      table.work(STRIDE);
      this.isNews = true;
      this.isDue = table.hasWork;
    }
    if (this.deferral.active) return;
    if (table.hasChanges) this.effects.push({ kind: 'routes' });
    if (this.isNews) this.outbox.oweAll();
    this.isNews = false;
    if (this.outbox.send(table)) this.isDue = true;
  }

  private configure(
    routing: RoutingOptions,
    configs: readonly SessionConfig[],
    templates: readonly SessionTemplate[],
  ): void {
    if (!this.table || !isSameSpeaker(routing, this.routing)) this.begin(routing);
    else {
      this.table.setMultipath(routing.multipath ?? 1, { later: true });
      this.touch();
    }
    const wanted = new Map(configs.map((config) => [config.key, config]));
    for (const { config } of this.unnamed(templates)) if (!wanted.has(config.key)) wanted.set(config.key, config);
    this.roster.templates = templates;
    for (const config of wanted.values()) {
      const member = this.roster.get(config.key);
      if (!member) this.add(config);
      else {
        member.session.configure(config);
        this.remember(member);
      }
    }
    for (const key of this.roster.keys())
      if (!wanted.has(key)) {
        this.leaving.delete(key);
        this.remove(key, notification(ERROR.cease, CEASE.peerDeconfigured));
      }
  }

  /** Sessions of neighbours that came unnamed and that these templates still allow, as these have them. */
  private *unnamed(templates: readonly SessionTemplate[]): Generator<{ config: SessionConfig }> {
    for (const template of templates)
      for (const { session } of this.roster.madeBy(template.key))
        if (template.range.contains(Prefix.host(session.config.remoteAddress)))
          yield { config: sessionFrom(template, session.config.remoteAddress) };
  }

  private begin(routing: RoutingOptions): void {
    for (const key of this.roster.keys()) this.remove(key, notification(ERROR.cease, CEASE.otherConfigurationChange));
    if (!this.table) this.deferral.begin(this.agenda, this.now);
    this.routing = routing;
    this.takenBefore = this.taken;
    this.table = new Rib({ ...routing, seed: this.options.seed });
    for (const { prefix, attributes } of this.origins.values()) this.table.originate(prefix, attributes);
    this.touch();
  }

  private add(config: SessionConfig): Member {
    const { localAs, remoteAs: peerAs } = config.acceptable[0],
      session = new Session(config, this),
      isLeaving = this.allLeave || this.leaving.has(config.key);
    const member: Member = {
      session,
      ribId: this.rib.addPeer(ribPeerOf(config, localAs, peerAs, isLeaving)),
      localAs,
      peerAs,
      lane: undefined,
      toldMalformed: false,
      toldLimit: false,
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
    this.rib.removePeer(member.ribId, { later: true });
    this.roster.delete(member);
    this.touch();
  }

  /** A connection came in: to the session of its addresses, to a new one where a template allows it, or back with a Cease (RFC 4486). */
  private accept(connection: number, local: string, remote: string): void {
    const found = this.roster.find(local, remote) ?? this.welcome(local, remote),
      member = typeof found === 'string' ? undefined : found;
    if (member) this.lanes.set(connection, { member, lane: member.session.accepted });
    const refusal = member ? member.session.offer(connection) : notification(ERROR.cease, CEASE.connectionRejected);
    if (!refusal) return;
    this.lanes.delete(connection);
    this.rejected++;
    this.effects.push({ kind: 'send', connection, bytes: encodeNotification(refusal) }, { kind: 'close', connection });
    const { key, name } = member?.session.config ?? { key: '', name: '' };
    const why = member ? `it is ${member.session.accepted.state}` : found;
    this.effects.push({
      kind: 'event',
      event: { session: key, name, type: 'rejected', text: `connection from ${remote} to ${local} refused: ${why}` },
    });
  }

  /** A session for a neighbour that comes unnamed, or why there is none. */
  private welcome(local: string, remote: string): Member | string {
    const template = this.roster.template(local, remote);
    if (!template) return 'no session has these addresses';
    const { key, range, limit } = template,
      all = this.roster.madeBy(key);
    if (all.length >= limit) {
      const gone = all.find(({ session }) => session.isQuiet);
      if (!gone) return `there are ${limit} neighbours of ${range}, which is the limit`;
      this.forget(gone);
    }
    const address = IpAddress.parse(remote) as IpAddress; // else no template would have been found
    const member = this.add(sessionFrom(template, address));
    this.tell(member.session, 'dynamic', `came as a neighbour of ${range}`);
    this.remember(member);
    return member;
  }

  /** One that came unnamed is forgotten some time after its last connection. */
  private remember(member: Member): void {
    if (member.session.config.template === undefined) {
      member.linger?.stop();
      return;
    }
    member.linger ??= this.agenda.timer(() => {
      if (member.session.isQuiet) this.forget(member);
      else this.remember(member);
    });
    member.linger.start(this.now + LINGER * SECOND);
  }

  private forget({ session }: Member): void {
    this.tell(session, 'dynamic', 'is gone and forgotten');
    this.leaving.delete(session.config.key);
    this.remove(session.config.key, undefined);
  }

  /** RFC 8326, on request. */
  private leave(key: string | undefined, on: boolean): void {
    if (key === undefined) {
      this.allLeave = on;
      if (!on) this.leaving.clear();
    } else if (on) this.leaving.add(key);
    else this.leaving.delete(key);
    for (const member of this.roster) {
      if (key !== undefined && member.session.config.key !== key) continue;
      this.rib.changePeer(member.ribId, this.ribPeer(member), { later: true });
      this.touch();
    }
  }

  /** How each input is taken. */
  static readonly inputs: {
    readonly [K in Input['kind']]: (speaker: Speaker, input: Extract<Input, { kind: K }>) => void;
  } = {
    configure: (speaker, { routing, sessions, templates = [] }) => speaker.configure(routing, sessions, templates),
    accepted: (speaker, { connection, local, remote }) => speaker.accept(connection, local, remote),
    opened: (speaker, { connection }) => speaker.lanes.get(connection)?.lane.handle('TcpConnectionAcked'),
    failed: (speaker, { connection, reason }) => speaker.lost(connection, reason),
    closed: (speaker, { connection, reason }) => speaker.lost(connection, reason),
    bytes: (speaker, { connection, bytes }) => speaker.lanes.get(connection)?.lane.receive(bytes),
    written(speaker, { connection, octets }) {
      const line = speaker.lanes.get(connection);
      if (!line) return;
      const { lane, member } = line,
        wasFull = lane.outstanding >= OUTSTANDING_LIMIT;
      lane.written(octets);
      if (wasFull && lane.outstanding < OUTSTANDING_LIMIT && member.lane === lane) speaker.oweOutput(member);
    },
    timer(speaker) {
      speaker.armed = Number.POSITIVE_INFINITY;
      speaker.agenda.run(speaker.now);
      if (speaker.isDue) speaker.turn();
    },
    originate(speaker, { prefix, attributes }) {
      speaker.origins.set(String(prefix), { prefix, ...(attributes && { attributes }) });
      speaker.table?.originate(prefix, attributes);
      speaker.touch();
    },
    withdraw(speaker, { prefix }) {
      if (!speaker.origins.delete(String(prefix))) return;
      speaker.table?.withdrawOrigin(prefix);
      speaker.touch();
    },
    nextHops(speaker, { changes }) {
      speaker.table?.setNextHops(changes, { later: true });
      speaker.touch();
    },
    gracefulShutdown: (speaker, { session, on }) => speaker.leave(session, on),
    reset(speaker, { session }) {
      const found = speaker.session(session);
      found?.stop(notification(ERROR.cease, CEASE.administrativeReset));
      found?.start();
    },
    stop(speaker, { text, graceful }) {
      const content = graceful ? undefined : shutdown(CEASE.administrativeShutdown, text ?? '');
      for (const { session } of speaker.roster) session.stop(content);
    },
  };

  private lost(connection: number, reason: string | undefined): void {
    const line = this.lanes.get(connection);
    this.lanes.delete(connection); // nothing is left to be closed
    line?.lane.handle('TcpConnectionFails', reason === undefined ? {} : { text: reason });
    if (line) this.remember(line.member);
  }
}

const INPUTS = Speaker.inputs;

const isSameSpeaker = (a: RoutingOptions, b: RoutingOptions | undefined): boolean =>
  a.routerId === b?.routerId && (a.clusterId ?? a.routerId) === (b.clusterId ?? b.routerId);

/** RFC 4486 section 4: more prefixes than the neighbour may send. The routes are not to be kept over it. */
const tooManyPrefixes = ({ session, lane }: Member) => ({
  kind: 'session-reset' as const,
  reason: `more than ${session.config.maxPrefixes} prefixes`,
  notification: forGood(notification(ERROR.cease, CEASE.maximumPrefixes), lane?.agreed),
});
