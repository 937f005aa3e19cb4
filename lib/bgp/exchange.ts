// On the hot path: `update` runs for every UPDATE that comes, `turn` for what goes.

import type { IpAddress } from '../model/address';
import type { Prefix } from '../model/prefix';
import { Deferral } from './deferral';
import type { RoutingOptions, SpeakerEvent, SpeakerOptions } from './effects';
import { type Member, ribPeerOf, warningOf } from './member';
import { Outbox } from './outbox';
import type { RibPeer } from './rib/peer';
import { type NextHopState, type OriginAttributes, Rib } from './rib/rib';
import type { Roster } from './roster';
import type { SessionConfig } from './session/config';
import { forGood as meantForGood } from './session/graceful-restart';
import type { Negotiated } from './session/negotiation';
import type { Session, SessionRoutes } from './session/session';
import type { Agenda } from './session/timers';
import type { Family } from './wire/family';
import { notification } from './wire/notification';
import { CEASE, ERROR } from './wire/notification-codes';
import { REFRESH } from './wire/route-refresh';
import type { Verdict } from './wire/verdict';

/** Prefixes looked at in one turn for routes that are to go. */
const STRIDE = 16_384;
/** The longest body of an UPDATE that can be an End-of-RIB (RFC 4724 section 2). */
const END_OF_RIB_BODY = 11;

/** What the exchange needs of its speaker. */
export interface ExchangeHost {
  readonly agenda: Agenda;
  /** The time of the input being handled, milliseconds. */
  readonly now: number;
  tell(session: Session, type: SpeakerEvent['type'], text: string): void;
  /** Best routes changed: they are to be taken out of the table. */
  tellRoutes(): void;
}

/** The joint of sessions and routing table: routes that sessions bring go in, those that neighbours are to be told come out in turns. */
export class RouteExchange implements SessionRoutes {
  readonly deferral: Deferral;
  /** There once a speaker was configured. */
  table: Rib | undefined;
  /** Routes or output may be there to be taken: looked after in a turn of its own, so that it is done once for many inputs. */
  isDue = false;

  /** Routes changed: every session that is up may have something to tell. */
  private isNews = false;
  private readonly outbox = new Outbox();
  private readonly origins = new Map<string, { prefix: Prefix; attributes?: OriginAttributes }>();
  /** Keys of sessions that are about to end (RFC 8326); `allLeave`: every one is. */
  private readonly leaving = new Set<string>();
  private allLeave = false;
  /** Changes taken out of tables before this one. */
  private takenBefore = 0;

  constructor(
    private readonly host: ExchangeHost,
    private readonly roster: Roster,
    private readonly options: SpeakerOptions,
  ) {
    this.deferral = new Deferral(
      options.restartingFor,
      () => roster,
      () => this.touch(),
    );
  }

  get rib(): Rib {
    if (!this.table) throw new Error('the speaker is not configured yet');
    return this.table;
  }

  /** How many changes of best routes were taken in all. */
  get taken(): number {
    return this.takenBefore + (this.table?.taken ?? 0);
  }

  /** Begins with an empty table, in which nothing but our own routes is. No session may be in it. */
  begin(routing: RoutingOptions): void {
    if (!this.table) this.deferral.begin(this.host.agenda, this.host.now);
    this.takenBefore = this.taken;
    this.table = new Rib({ ...routing, seed: this.options.seed });
    for (const { prefix, attributes } of this.origins.values()) this.table.originate(prefix, attributes);
    this.touch();
  }

  /** Parameters of the speaker that change while its sessions go on. */
  reroute({ multipath = 1, routerId, clusterId = routerId }: RoutingOptions): void {
    this.rib.setMultipath(multipath, { later: true });
    this.rib.setClusterId(clusterId, { later: true });
    this.touch();
  }

  /** A new session, which is down; answers its number. */
  add(config: SessionConfig, localAs: number, peerAs: number): number {
    return this.rib.addPeer(ribPeerOf(config, localAs, peerAs, this.leaves(config.key)));
  }

  /** A session is gone; `forGood`: and with it what was asked for it. */
  remove({ session, ribId }: Member, forGood: boolean): void {
    this.rib.removePeer(ribId, { later: true });
    if (forGood) this.leaving.delete(session.config.key);
    this.touch();
  }

  originate(prefix: Prefix, attributes: OriginAttributes | undefined): void {
    this.origins.set(String(prefix), { prefix, ...(attributes && { attributes }) });
    this.table?.originate(prefix, attributes);
    this.touch();
  }

  withdraw(prefix: Prefix): void {
    if (!this.origins.delete(String(prefix))) return;
    this.table?.withdrawOrigin(prefix);
    this.touch();
  }

  setNextHops(changes: readonly { readonly address: IpAddress; readonly state: NextHopState | undefined }[]): void {
    this.table?.setNextHops(changes, { later: true });
    this.touch();
  }

  /** RFC 8326, on request: for the session with this key, or for all. */
  leave(key: string | undefined, on: boolean): void {
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

  /** There may be output for a session. */
  owe(member: Member): void {
    this.isDue = true;
    this.outbox.owe(member);
  }

  /** What was put off while inputs came; output goes out of the RIB where a connection can take more. */
  turn(): void {
    this.isDue = false;
    const { table } = this;
    if (!table) return;
    if (table.hasWork) {
      table.work(STRIDE);
      this.isNews = true;
      this.isDue = table.hasWork;
    }
    if (this.deferral.active) return;
    if (table.hasChanges) this.host.tellRoutes();
    if (this.isNews) this.outbox.oweAll();
    this.isNews = false;
    if (this.outbox.send(table)) this.isDue = true;
  }

  // What sessions ask for.

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
    this.deferral.consider(this.host.now);
  }

  down(session: Session, retain: boolean, keepsStale: boolean): void {
    const member = this.memberOf(session);
    member.lane = undefined;
    this.outbox.close(member);
    this.rib.peerDown(member.ribId, { retain, later: true, keepsStale });
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
      this.owe(member);
    } else if (enhanced && subtype === REFRESH.begin) {
      this.rib.markStale(ribId, family);
      session.markedRefresh.begin(this.host.now, family);
    } else if (enhanced && subtype === REFRESH.end) session.markedRefresh.end(family);
  }

  private memberOf(session: Session): Member {
    return this.roster.get(session.config.key)!;
  }

  private leaves(key: string): boolean {
    return this.allLeave || this.leaving.has(key);
  }

  private ribPeer({ session: { config }, localAs, peerAs }: Member): RibPeer {
    return ribPeerOf(config, localAs, peerAs, this.leaves(config.key));
  }

  private touch(): void {
    this.isDue = this.isNews = true;
  }

  private noteEndOfRib({ session, ribId, lane }: Member): void {
    for (const family of lane?.agreed?.context.families ?? []) {
      if (session.endOfRib.has(family) || !this.rib.endOfRibSeen(ribId, family)) continue;
      session.sawEndOfRib(family);
      this.host.tell(session, 'end-of-rib', `all routes of ${family} are here`);
      this.deferral.consider(this.host.now);
    }
  }

  /** RFC 7606 section 6: malformed UPDATEs are told, but a neighbour that sends many of them doesn't fill the log. */
  private noteMalformed(member: Member, verdict: Exclude<Verdict, { kind: 'accept' }>): void {
    member.session.counters[verdict.kind === 'treat-as-withdraw' ? 'treatedAsWithdraw' : 'attributesDiscarded']++;
    if (!member.toldMalformed) this.host.tell(member.session, 'malformed', `${verdict.kind}: ${verdict.reason}`);
    member.toldMalformed = true;
  }

  private noteLimit(member: Member): void {
    if (member.toldLimit) return;
    member.toldLimit = true;
    const { config } = member.session,
      count = this.rib.received(member.ribId);
    this.host.tell(member.session, 'limit', `${count} prefixes came, of at most ${config.maxPrefixes}`);
  }
}

/** RFC 4486 section 4: more prefixes than the neighbour may send. The routes are not to be kept over it. */
const tooManyPrefixes = ({ session, lane }: Member) => ({
  kind: 'session-reset' as const,
  reason: `more than ${session.config.maxPrefixes} prefixes`,
  notification: meantForGood(notification(ERROR.cease, CEASE.maximumPrefixes), lane?.agreed),
});
