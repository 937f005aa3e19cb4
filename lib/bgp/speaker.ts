// On the hot path: `bytes` and `pull` run for every chunk that comes and goes.
import { IpAddress } from '../model/address';
import type { Prefix } from '../model/prefix';
import type { Effect, Input, RoutingOptions, SpeakerEvent, SpeakerOptions } from './effects';
import type { RibPeer, RouteCounts } from './rib/peer';
import { type OriginAttributes, Rib } from './rib/rib';
import { type SessionConfig, transportOf } from './session/config';
import { forGood } from './session/graceful-restart';
import type { Lane } from './session/lane';
import type { Negotiated } from './session/negotiation';
import { Session, type SessionHost } from './session/session';
import type { SessionStatus } from './session/status';
import { Agenda, SECOND } from './session/timers';
import type { Family } from './wire/family';
import { encodeNotification, notification, shutdown } from './wire/notification';
import { CEASE, ERROR } from './wire/notification-codes';
import { read16 } from './wire/octets';
import { REFRESH } from './wire/route-refresh';
import type { Verdict } from './wire/verdict';

export type { Effect, Input, RoutingOptions, SpeakerEvent, SpeakerOptions } from './effects';

/** Status of a session with its routes by family. */
export type SpeakerSession = SessionStatus & { readonly routes: Readonly<Record<Family, RouteCounts>> };

/** While so many octets of a connection wait in the network, no more UPDATEs are made for it. */
const OUTSTANDING_LIMIT = 512 * 1024;
/** Octets of UPDATEs asked of the RIB at once, and made in one turn for all sessions together. */
const CHUNK = 64 * 1024;
const TURN = 256 * 1024;
/** Prefixes looked at in one turn for routes that are to go. */
const STRIDE = 16_384;
/** Seconds after a restart that a neighbour may take to come up; one that is not there then is not waited for. */
const PATIENCE = 15;
/** The longest body of an UPDATE that can be an End-of-RIB (RFC 4724 section 2). */
const END_OF_RIB_BODY = 11;

interface Member {
  readonly session: Session;
  readonly ribId: number;
  /** The pair of AS numbers that the RIB knows of. */
  localAs: number;
  peerAs: number;
  /** Established. */
  lane: Lane | undefined;
  told: boolean;
}

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
  private readonly members = new Map<string, Member>();
  /** By local and remote address. */
  private byAddresses = new Map<string, Member[]>();
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
  /** Those that are up, and those of them for whom there may be output, first come first served. */
  private readonly upMembers = new Set<Member>();
  private readonly dueMembers = new Set<Member>();
  private deferred: boolean;
  private patientUntil = 0;

  constructor(private readonly options: SpeakerOptions) {
    this.dice = options.seed >>> 0;
    this.deferred = options.restartingFor !== undefined;
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
    return this.deferred;
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
    return [...this.members.values()].map(({ session, ribId }) => ({
      ...session.status(now),
      routes: this.rib.counts(ribId),
    }));
  }

  /** The session with this key. */
  session(key: string): Session | undefined {
    return this.members.get(key)?.session;
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
    if (this.lanes.delete(connection)) this.effects.push({ kind: 'close', connection });
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
      this.rib.changePeer(member.ribId, ribPeerOf(session.config, pair.localAs, pair.remoteAs));
    }
    member.lane = session.established;
    member.told = false;
    this.upMembers.add(member);
    this.rib.peerUp(member.ribId, { ...context, peerRouterId });
    this.oweOutput(member);
    this.considerSelection();
  }

  down(session: Session, retain: boolean): void {
    const member = this.memberOf(session);
    member.lane = undefined;
    this.upMembers.delete(member);
    this.dueMembers.delete(member);
    this.rib.peerDown(member.ribId, { retain, later: true });
    this.touch();
  }

  retune(session: Session): void {
    // The RIB keeps what a policy turned away, so that nothing has to be asked for again.
    const { ribId, localAs, peerAs } = this.memberOf(session);
    this.rib.changePeer(ribId, ribPeerOf(session.config, localAs, peerAs), { later: true });
    this.touch();
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
    return this.rib.limitReached(member.ribId) ? tooManyPrefixes(member) : verdict;
  }

  refresh(session: Session, family: Family, subtype: number): void {
    const member = this.memberOf(session),
      { ribId, lane } = member,
      enhanced = lane?.agreed?.enhancedRefresh === true;
    if (subtype === REFRESH.request) {
      this.rib.refreshRequested(ribId, family, enhanced);
      this.oweOutput(member);
    } else if (enhanced && subtype === REFRESH.begin) this.rib.markStale(ribId, family);
    else if (enhanced && subtype === REFRESH.end) {
      // RFC 7313 section 4.2: what the neighbour did not repeat since the beginning is gone.
      this.rib.sweepStale(ribId, family, { later: true });
      this.touch();
    }
  }

  private memberOf(session: Session): Member {
    return this.members.get(session.config.key)!;
  }

  private touch(): void {
    this.isDue = this.isNews = true;
  }

  private oweOutput(member: Member): void {
    this.isDue = true;
    this.dueMembers.add(member);
  }

  private noteEndOfRib({ session, ribId, lane }: Member): void {
    for (const family of lane?.agreed?.context.families ?? []) {
      if (session.endOfRib.has(family) || !this.rib.endOfRibSeen(ribId, family)) continue;
      session.sawEndOfRib(family);
      this.tell(session, 'end-of-rib', `all routes of ${family} are here`);
      this.considerSelection();
    }
  }

  /** RFC 7606 section 6: malformed UPDATEs are told, but a neighbour that sends many of them doesn't fill the log. */
  private noteMalformed(member: Member, verdict: Exclude<Verdict, { kind: 'accept' }>): void {
    member.session.counters[verdict.kind === 'treat-as-withdraw' ? 'treatedAsWithdraw' : 'attributesDiscarded']++;
    if (!member.told) this.tell(member.session, 'malformed', `${verdict.kind}: ${verdict.reason}`);
    member.told = true;
  }

  /** RFC 4724 section 4.1: selection begins when every neighbour that can has said End-of-RIB; else when the time is over. */
  private considerSelection(): void {
    if (!this.deferred) return;
    for (const { session, lane } of this.members.values()) {
      if (!lane && session.isRunning && this.now < this.patientUntil) return;
      if (!lane) continue;
      const { gracefulRestart, context } = lane.agreed!;
      if (!gracefulRestart || gracefulRestart.restarted) continue;
      if ([...context.families].some((family) => !session.endOfRib.has(family))) return;
    }
    this.endDeferral();
  }

  private endDeferral(): void {
    this.deferred = false;
    this.touch();
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
    if (this.deferred) return;
    if (table.hasChanges) this.effects.push({ kind: 'routes' });
    if (this.isNews) for (const member of this.upMembers) this.dueMembers.add(member);
    this.isNews = false;
    let budget = TURN;
    for (const member of this.dueMembers) {
      this.dueMembers.delete(member);
      budget = this.pull(member, budget);
      if (budget > 0) continue;
      this.oweOutput(member); // behind the others
      return;
    }
  }

  private pull({ session, ribId, lane }: Member, budget: number): number {
    let left = budget;
    while (lane && lane.outstanding < OUTSTANDING_LIMIT && left > 0 && lane === session.established) {
      const bytes = this.rib.hasOutput(ribId) ? this.rib.takeOutput(ribId, CHUNK) : undefined;
      if (!bytes || bytes.length === 0) break;
      const messages = countMessages(bytes);
      lane.send(bytes, messages, messages);
      left -= bytes.length;
    }
    return left;
  }

  private configure(routing: RoutingOptions, configs: readonly SessionConfig[]): void {
    if (!this.table || !isSameSpeaker(routing, this.routing)) this.begin(routing);
    else {
      this.table.setMultipath(routing.multipath ?? 1, { later: true });
      this.touch();
    }
    const wanted = new Map(configs.map((config) => [config.key, config]));
    for (const config of wanted.values()) {
      const member = this.members.get(config.key);
      if (member) member.session.configure(config);
      else this.add(config);
    }
    for (const key of [...this.members.keys()])
      if (!wanted.has(key)) this.remove(key, notification(ERROR.cease, CEASE.peerDeconfigured));
    this.byAddresses = new Map();
    for (const member of this.members.values()) {
      const addresses = addressesOf(member.session.config.localAddress, member.session.config.remoteAddress);
      this.byAddresses.set(addresses, [...(this.byAddresses.get(addresses) ?? []), member]);
    }
  }

  private begin(routing: RoutingOptions): void {
    for (const key of [...this.members.keys()])
      this.remove(key, notification(ERROR.cease, CEASE.otherConfigurationChange));
    if (!this.table && this.options.restartingFor !== undefined) {
      this.patientUntil = this.now + Math.min(PATIENCE, this.options.restartingFor) * SECOND;
      this.agenda.timer(() => this.considerSelection()).start(this.patientUntil);
      this.agenda.timer(() => this.endDeferral()).start(this.now + this.options.restartingFor * SECOND);
    }
    this.routing = routing;
    this.takenBefore = this.taken;
    this.table = new Rib({ ...routing, seed: this.options.seed });
    for (const { prefix, attributes } of this.origins.values()) this.table.originate(prefix, attributes);
    this.touch();
  }

  private add(config: SessionConfig): void {
    const { localAs, remoteAs: peerAs } = config.acceptable[0];
    const session = new Session(config, this);
    const ribId = this.rib.addPeer(ribPeerOf(config, localAs, peerAs));
    this.members.set(config.key, { session, ribId, localAs, peerAs, lane: undefined, told: false });
    session.start();
  }

  private remove(key: string, content: Parameters<Session['stop']>[0]): void {
    const { session, ribId } = this.members.get(key)!;
    session.stop(content);
    this.rib.removePeer(ribId, { later: true });
    this.members.delete(key);
    this.touch();
  }

  /** A connection came in: to the session of its addresses, or back with a Cease (RFC 4486). */
  private accept(connection: number, local: string, remote: string): void {
    const candidates =
      this.byAddresses.get(addressesOf(local, remote)) ??
      this.byAddresses.get(addressesOf(IpAddress.parse(local), IpAddress.parse(remote))) ??
      [];
    const member = candidates.find(({ session }) => session.accepted.state === 'Active') ?? candidates[0];
    if (member) this.lanes.set(connection, { member, lane: member.session.accepted });
    const refusal = member ? member.session.offer(connection) : notification(ERROR.cease, CEASE.connectionRejected);
    if (!refusal) return;
    this.lanes.delete(connection);
    this.rejected++;
    this.effects.push({ kind: 'send', connection, bytes: encodeNotification(refusal) }, { kind: 'close', connection });
    const { key, name } = member?.session.config ?? { key: '', name: '' };
    const why = member ? `it is ${member.session.accepted.state}` : 'no session has these addresses';
    this.effects.push({
      kind: 'event',
      event: { session: key, name, type: 'rejected', text: `connection from ${remote} to ${local} refused: ${why}` },
    });
  }

  /** How each input is taken. */
  static readonly inputs: {
    readonly [K in Input['kind']]: (speaker: Speaker, input: Extract<Input, { kind: K }>) => void;
  } = {
    configure: (speaker, { routing, sessions }) => speaker.configure(routing, sessions),
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
    reset(speaker, { session }) {
      const found = speaker.session(session);
      found?.stop(notification(ERROR.cease, CEASE.administrativeReset));
      found?.start();
    },
    stop(speaker, { text, graceful }) {
      const content = graceful ? undefined : shutdown(CEASE.administrativeShutdown, text ?? '');
      for (const { session } of speaker.members.values()) session.stop(content);
    },
  };

  private lost(connection: number, reason: string | undefined): void {
    const lane = this.lanes.get(connection)?.lane;
    this.lanes.delete(connection); // nothing is left to be closed
    lane?.handle('TcpConnectionFails', reason === undefined ? {} : { text: reason });
  }
}

const INPUTS = Speaker.inputs;

const isSameSpeaker = (a: RoutingOptions, b: RoutingOptions | undefined): boolean =>
  a.routerId === b?.routerId && a.clusterId === b.clusterId;

/** RFC 4486 section 4: more prefixes than the neighbour may send. The routes are not to be kept over it. */
const tooManyPrefixes = ({ session, lane }: Member): Verdict => ({
  kind: 'session-reset',
  reason: `more than ${session.config.maxPrefixes} prefixes`,
  notification: forGood(notification(ERROR.cease, CEASE.maximumPrefixes), lane?.agreed),
});

/** A session as the RIB must know it. */
function ribPeerOf(config: SessionConfig, localAs: number, peerAs: number): RibPeer {
  const { name, remoteAddress, localAddress, localAddresses, inside, importPolicy, exportPolicy } = config;
  const { nextHop, routeReflectorClient, allowOwnAs, maxPrefixes, role, gracefulShutdown } = config;
  return {
    name,
    address: remoteAddress,
    localAddress,
    localAddresses,
    localAs,
    peerAs,
    inside,
    importPolicy,
    exportPolicy,
    nextHop,
    routeReflectorClient,
    allowOwnAs,
    ...(maxPrefixes !== undefined && { maxPrefixes }),
    ...(role !== undefined && { role }),
    ...(gracefulShutdown !== undefined && { gracefulShutdown }),
  };
}

const addressesOf = (local: unknown, remote: unknown): string => `${local} ${remote}`;

/** Messages in a run of whole ones. */
function countMessages(bytes: Uint8Array): number {
  let count = 0;
  for (let at = 0; at + 18 < bytes.length; at += read16(bytes, at + 16)) count++;
  return count;
}
