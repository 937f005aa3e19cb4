// On the hot path: `update` runs for every UPDATE that comes, `turn` for what goes.

import type { IpAddress } from '../model/address';
import type { Prefix } from '../model/prefix';
import { Deferral } from './deferral';
import type { RoutingOptions, SpeakerEvent, SpeakerOptions } from './effects';
import { endOf, MB, type Member, ribPeerOf, warningOf } from './member';
import { Outbox } from './outbox';
import { RefusalNotes } from './refusal-notes';
import { outOfResources } from './rib/adj-rib-in/attribute-intern';
import {
  type LocalInterface,
  lackOfNextHop,
  type OwnNextHops,
  ownNextHops,
  sameNextHops,
} from './rib/adj-rib-out/own-next-hop';
import type { RibPeer } from './rib/peer';
import { type LinkSubnet, type NextHopState, type OriginAttributes, Rib, type RouteChange } from './rib/rib';
import { RibView } from './rib/rib-view';
import { MOST_NEXT_HOPS, type RouteMemory } from './rib/route-memory';
import type { Roster } from './roster';
import { routingChanges } from './routing-change';
import type { SessionConfig } from './session/config';
import { forGood } from './session/graceful-restart';
import { type Negotiated, restartOf } from './session/negotiation';
import type { Session, SessionRoutes } from './session/session';
import type { TimerQueue } from './session/timers';
import { type Family, numbersOf } from './wire/family';
import { notification } from './wire/notification';
import { CEASE, ERROR } from './wire/notification-codes';
import { REFRESH } from './wire/route-refresh';
import type { Verdict } from './wire/verdict';

/** Prefixes looked at in one turn for routes that are to go. */
const STRIDE = 16_384;
/** Changed routes that leave in one turn; the rest waits for the next, so that keepalives get through. */
const ROUTES_AT_ONCE = 10_000;
/** The longest body of an UPDATE that can be an End-of-RIB (RFC 4724 section 2). */
const END_OF_RIB_BODY = 11;

/** What the exchange needs of its speaker. */
interface ExchangeHost {
  readonly agenda: TimerQueue;
  /** The time of the input being handled, milliseconds. */
  readonly now: number;
  /** Not all sessions are as they are to be yet. */
  readonly isConfiguring: boolean;
  tell(session: Session, type: SpeakerEvent['type'], text: string): void;
  /** Best routes changed; `more`: further ones follow. */
  routesChanged(changes: readonly RouteChange[], more: boolean): void;
}

/** The joint of sessions and routing table: routes that sessions bring go in, those that neighbours are to be told come out in turns. */
export class RouteExchange implements SessionRoutes {
  readonly deferral: Deferral;
  /** There once a speaker was configured. */
  table: Rib | undefined;
  private tableView: RibView | undefined;
  /** Routes or output may be there to be taken: looked after in a turn of its own, so that it is done once for many inputs. */
  isDue = false;
  /** Sessions that ended because routes took too much memory. */
  endedForMemory = 0;

  /** Routes changed: every session that is up may have something to tell. */
  private isNews = false;
  /** Best routes are to be told of also where none changed: a deferral ended, or somebody asked for all. */
  private isAwaited = false;
  private readonly outbox = new Outbox();
  private readonly refusals: RefusalNotes;
  private links: readonly LinkSubnet[] = [];
  private readonly origins = new Map<string, { prefix: Prefix; attributes?: OriginAttributes }>();
  /** Keys of sessions that are about to end (RFC 8326); `allLeave`: every one is. */
  private readonly leaving = new Set<string>();
  private allLeave = false;
  private interfaces: readonly LocalInterface[] | undefined;
  private routing: RoutingOptions | undefined;
  /** This node's identifier. Sessions that came up before it had it, or are to have another, run with others. */
  private routerId = 0;
  private hasOtherIds = false;
  private isRenamed = false;

  constructor(
    private readonly host: ExchangeHost,
    private readonly roster: Roster,
    private readonly options: SpeakerOptions,
  ) {
    this.deferral = new Deferral(options.restartingFor, {
      agenda: host.agenda,
      get now() {
        return host.now;
      },
      members: roster,
      get awaitsUnnamed() {
        return roster.templates.length > 0;
      },
      get isConfiguring() {
        return host.isConfiguring;
      },
      over: () => {
        this.isAwaited = true;
        this.touch();
      },
    });
    this.refusals = new RefusalNotes(
      host,
      () => roster,
      ({ session }, text) => host.tell(session, 'ineligible', text),
    );
  }

  /** The table for those who ask and change nothing. */
  get view(): RibView {
    if (!this.tableView) throw new Error('the speaker is not configured yet');
    return this.tableView;
  }

  get rib(): Rib {
    if (!this.table) throw new Error('the speaker is not configured yet');
    return this.table;
  }

  /** Begins with an empty table, in which nothing but our own routes is. */
  begin(routing: RoutingOptions): void {
    this.deferral.begin(routing.restartTime);
    this.routing = routing;
    this.routerId = routing.routerId;
    const { hashKey, asksNextHops } = this.options,
      { maxRouteMemory, ...rest } = routing;
    this.table = new Rib({ ...rest, ...(hashKey && { hashKey }), ...(asksNextHops && { asksNextHops }) });
    this.tableView = new RibView(this.table);
    this.table.now = this.host.now;
    this.table.memory.most = octetsOf(maxRouteMemory);
    this.table.setLinks(this.links);
    this.table.setInterfaces(this.interfaces ?? []);
    for (const { prefix, attributes } of this.origins.values()) this.table.originate(prefix, attributes);
    this.touch();
  }

  /** Parameters of the speaker that change while its sessions go on. */
  reroute(routing: RoutingOptions): void {
    const { multipath = 1, routerId, clusterId = routerId, maxRouteMemory } = routing;
    if (this.routing)
      for (const { session } of this.roster)
        for (const { cost, words } of routingChanges(this.routing, routing, session.config))
          session.noteChange(cost, words);
    this.routing = routing;
    const most = octetsOf(maxRouteMemory),
      { memory } = this.rib;
    if (most !== memory.most) for (const { session } of this.roster) session.unpause();
    memory.most = most;
    this.routerId = routerId;
    this.nameSelf();
    this.rib.setMultipath(multipath, { later: true });
    this.rib.setClusterId(clusterId, { later: true });
    this.touch();
  }

  /** A new session, which is down; answers its number. */
  add(config: SessionConfig, localAs: number, peerAs: number): number {
    return this.rib.addPeer(ribPeerOf(config, localAs, peerAs, this.leaves(config.key), this.interfaces));
  }

  /** A session is gone, and with it what was asked for it. */
  remove({ session, ribId }: Member): void {
    this.rib.removePeer(ribId, { later: true });
    this.leaving.delete(session.config.key);
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

  /** What was told with an address that a link has no longer, or could not be told for want of one, is told anew. */
  setInterfaces(interfaces: readonly LocalInterface[]): void {
    this.interfaces = interfaces;
    this.table?.setInterfaces(interfaces);
    this.touch();
    // Thousands of sessions leave from a few addresses.
    const known = new Map<string, OwnNextHops>();
    for (const member of this.roster) {
      const end = endOf(member.session.config),
        { localAddress, localAddresses, multihop } = end,
        key = `${localAddress} ${localAddresses.ipv4} ${localAddresses.ipv6} ${multihop}`,
        hops = known.get(key) ?? ownNextHops(end, interfaces);
      known.set(key, hops);
      if (sameNextHops(hops, this.rib.peer(member.ribId)!.nextHops!)) continue;
      this.rib.changePeer(member.ribId, this.ribPeer(member), { later: true });
      this.noteNextHops(member);
      this.touch();
    }
  }

  /** See the input `resendRoutes`. */
  resend(): void {
    if (!this.table) return;
    this.table.showAll();
    this.isAwaited = this.isDue = true;
  }

  setLinks(links: readonly LinkSubnet[]): void {
    this.links = links;
    this.table?.setLinks(links);
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

  /** Reflectors know this node by the identifier of its session with them, of which there may be several for a while. */
  private nameSelf(): void {
    const ids = [...this.roster].flatMap(({ lane }) => lane?.agreed?.localId ?? []),
      others = new Set(ids.filter((id) => id !== this.routerId));
    this.hasOtherIds = others.size > 0;
    this.isRenamed = false;
    this.rib.setRouterId(this.routerId, [...others], { later: true });
  }

  /** There may be output for a session. */
  owe(member: Member): void {
    this.isDue = true;
    this.outbox.owe(member);
  }

  /** Whether nothing is left to be told to anybody who is up. */
  get isTold(): boolean {
    return !this.isDue && (this.table === undefined || this.outbox.isEmpty(this.table));
  }

  /** What was put off while inputs came; output goes out of the RIB where a connection can take more. */
  turn(): void {
    this.isDue = false;
    const { table } = this;
    if (!table) return;
    if (this.isRenamed) this.nameSelf();
    if (table.hasWork) {
      table.work(STRIDE);
      this.isNews = true;
      this.isDue = table.hasWork;
    }
    if (table.memory.isExceeded) this.makeRoom();
    if (table.hasRefusals) this.refusals.take(table);
    if (!this.deferral.active) this.emitRoutes(table);
    if (this.isNews) this.outbox.oweAll();
    // While routes are deferred: whoever keeps none of ours over a restart has nothing better meanwhile.
    const isToBeTold = ({ lane }: Member) => !this.deferral.active || !lane?.agreed?.gracefulRestart;
    if (this.outbox.send(table, isToBeTold)) this.isDue = true;
    this.isNews = false;
  }

  private emitRoutes(table: Rib): void {
    if (!table.hasChanges && !this.isAwaited) return;
    this.isAwaited = false;
    const changes: RouteChange[] = [];
    for (
      let change = table.takeChange();
      change;
      change = changes.length < ROUTES_AT_ONCE ? table.takeChange() : undefined
    )
      changes.push(change);
    if (table.hasChanges) this.isDue = true;
    this.host.routesChanged(changes, table.hasChanges);
  }

  // What sessions ask for.

  up(session: Session, { context, pair, localId, peerRouterId }: Negotiated): void {
    const member = this.memberOf(session);
    if (localId !== this.routerId) this.isRenamed = true;
    if (member.localAs !== pair.localAs || member.peerAs !== pair.remoteAs) {
      [member.localAs, member.peerAs] = [pair.localAs, pair.remoteAs];
      this.rib.changePeer(member.ribId, this.ribPeer(member));
    }
    member.lane = session.established;
    member.toldMalformed = member.toldLimit = false;
    this.rib.peerUp(member.ribId, { ...context, peerRouterId });
    this.noteNextHops(member);
    this.outbox.open(member);
    this.isDue = true;
    this.deferral.up(member);
  }

  down(session: Session, retain: boolean, keepsStale: boolean): void {
    const member = this.memberOf(session);
    member.lane = member.telling = undefined;
    if (this.hasOtherIds) this.isRenamed = true;
    this.outbox.close(member);
    this.rib.peerDown(member.ribId, { retain, later: true, keepsStale });
    this.deferral.consider();
    member.lacks = {};
    this.touch();
  }

  retune(session: Session): void {
    const member = this.memberOf(session);
    // The RIB keeps what a policy turned away, so that nothing has to be asked for again.
    this.rib.changePeer(member.ribId, this.ribPeer(member), { later: true });
    this.noteNextHops(member);
    const warnAt = warningOf(session.config);
    if (warnAt !== member.warnAt) member.toldLimit = false;
    member.warnAt = warnAt;
    if (this.rib.received(member.ribId) >= warnAt) this.noteLimit(member);
    this.touch();
    const reset = this.excess(member);
    if (reset) this.end(member, reset);
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
    const received = this.rib.received(member.ribId);
    if (received >= member.warnAt) this.noteLimit(member);
    if (member.telling) this.deferral.heard(member.telling, received);
    const found = this.tooMany(member) ?? (this.rib.memory.hasGrown() ? this.crowding(member) : undefined) ?? verdict;
    return found.kind === 'session-reset' ? this.ends(member, found) : found;
  }

  refresh(session: Session, family: Family, subtype: number): void {
    const member = this.memberOf(session),
      { ribId, lane } = member,
      enhanced = lane?.agreed?.enhancedRefresh === true;
    if (subtype === REFRESH.request) {
      this.rib.refreshRequested(ribId, family, enhanced);
      this.owe(member);
    } else if (enhanced && subtype === REFRESH.begin) {
      if (!awaitsEndOfRib(member, family) && session.markedRefresh.begin(this.host.now, family))
        this.rib.markStale(ribId, family);
    } else if (enhanced && subtype === REFRESH.end) session.markedRefresh.end(family);
  }

  /** A session is about to end for this. Its routes are not to be kept over a Cease. */
  private ends({ lane }: Member, reset: Reset): Reset {
    const { code, subcode } = reset.notification;
    if (code === ERROR.cease && subcode === CEASE.outOfResources) this.endedForMemory++;
    return { ...reset, notification: forGood(reset.notification, lane?.agreed) };
  }

  private end(member: Member, reset: Reset): void {
    const { notification: content, reason: text } = this.ends(member, reset);
    member.lane?.handle('AutomaticStop', { notification: content, text });
  }

  /** Whether a neighbour has brought more than it may. */
  private excess(member: Member): Reset | undefined {
    return this.tooMany(member) ?? this.tooMuch(member);
  }

  /** What is to become of a neighbour whose routes take more memory than they may, or with which all routes do. */
  private crowding(member: Member): Reset | undefined {
    return this.tooMuch(member) ?? (this.rib.memory.isExceeded ? this.makeRoom(member) : undefined);
  }

  private tooMany({ ribId, session }: Member): Reset | undefined {
    if (!this.rib.limitReached(ribId)) return undefined;
    return tooManyPrefixes(`more than ${session.config.maxPrefixes} prefixes`);
  }

  private tooMuch({ ribId, session }: Member): Reset | undefined {
    const { memory } = this.rib;
    if (memory.hasTooManyNextHops(ribId))
      return outOfResources(`its routes have more than ${MOST_NEXT_HOPS} next hops`);
    if (!memory.exceeds(ribId)) return undefined;
    return outOfResources(`its routes use more than ${session.config.maxRouteMemory} MB of memory`);
  }

  /**
   * All routes together take too much: those that hold most beyond a fair share go, whoever brought the last one. What is to become of the
   * neighbour that did, if anything.
   */
  private makeRoom(last?: Member): Reset | undefined {
    const { memory } = this.rib;
    for (let rest = this.roster.size; rest > 0 && memory.isExceeded; rest--) {
      const payer = memory.payer(),
        member = [...this.roster].find(({ ribId }) => ribId === payer) ?? last;
      if (!member) return undefined; // all of it is this node's own
      const reset = outOfResources(`${overAll(memory)}, its own the most`);
      if (member === last) return reset;
      if (member.lane) this.end(member, reset);
      else {
        this.host.tell(member.session, 'limit', `its routes are no longer retained: ${reset.reason}`);
        member.session.retention.end();
      }
    }
    return undefined;
  }

  private memberOf(session: Session): Member {
    return this.roster.get(session.key)!;
  }

  private leaves(key: string): boolean {
    return this.allLeave || this.leaving.has(key);
  }

  private ribPeer({ session: { config }, localAs, peerAs }: Member): RibPeer {
    return ribPeerOf(config, localAs, peerAs, this.leaves(config.key), this.interfaces);
  }

  private touch(): void {
    this.isDue = this.isNews = true;
  }

  private noteEndOfRib({ session, ribId, lane }: Member): void {
    for (const family of lane?.agreed?.context.families ?? []) {
      if (session.endOfRib.has(family) || !this.rib.endOfRibSeen(ribId, family)) continue;
      session.sawEndOfRib(family);
      this.host.tell(session, 'end-of-rib', `all routes of ${family} were received`);
      this.deferral.consider();
    }
  }

  /** RFC 7606 section 6: malformed UPDATEs are told, but a neighbour that sends many of them doesn't fill the log. */
  private noteMalformed(member: Member, verdict: Exclude<Verdict, { kind: 'accept' }>): void {
    member.session.counters[verdict.kind === 'treat-as-withdraw' ? 'treatedAsWithdraw' : 'attributesDiscarded']++;
    if (!member.toldMalformed) this.host.tell(member.session, 'malformed', `${verdict.kind}: ${verdict.reason}`);
    member.toldMalformed = true;
  }

  /** Routes that can't be advertised for want of a next hop are withheld without a word to the neighbour, so it is said here. */
  private noteNextHops(member: Member): void {
    const { session, ribId, lacks: before } = member,
      lacks: Member['lacks'] = {};
    const interfaces = member.localAs === member.peerAs ? undefined : this.interfaces; // internal neighbours are told the node's own address
    for (const family of this.rib.lacksNextHop(ribId))
      lacks[family] = lackOfNextHop(endOf(session.config), numbersOf(family).address, interfaces);
    member.lacks = lacks;
    for (const family of member.lane?.agreed?.context.families ?? []) {
      const [was, is] = [before[family], lacks[family]];
      if (is === was) continue;
      const text = is ? `cannot have this node as next hop and are not advertised: ${is}` : 'are advertised again';
      this.host.tell(session, 'next-hop', `routes of ${family} ${text}`);
    }
  }

  private noteLimit(member: Member): void {
    if (member.toldLimit) return;
    member.toldLimit = true;
    const { config } = member.session,
      count = this.rib.received(member.ribId);
    this.host.tell(member.session, 'limit', `${count} of at most ${config.maxPrefixes} prefixes received`);
  }
}

/**
 * RFC 7313 section 4: a neighbour that announces graceful restart begins no refresh of a family before its End-of-RIB; one that does is passed over. So it is while
 * routes of before the session wait for their End-of-RIB, which would sweep those of the refresh.
 */
const awaitsEndOfRib = ({ session, lane }: Member, family: Family): boolean =>
  session.retention.awaits(family) || (restartOf(lane!.open!) !== undefined && !session.endOfRib.has(family));

type Reset = Extract<Verdict, { kind: 'session-reset' }>;

/** RFC 4486 section 4. */
const tooManyPrefixes = (reason: string): Reset => ({
  kind: 'session-reset',
  reason,
  notification: notification(ERROR.cease, CEASE.maximumPrefixes),
});

const overAll = ({ most = 0 }: RouteMemory): string => `routes use more than ${most / MB} MB of memory`;

const octetsOf = (megabytes: number | undefined): number | undefined =>
  megabytes === undefined ? undefined : megabytes * MB;
