import { assert, isChecking } from '../../../model/assertion';
import type { Nexthop } from '../../codec/nexthop';
import { type Hop, type RouteInfo, routeInfo, routeInfoKey } from '../../codec/route-info';
import { type Member, NexthopMembers } from './nexthop-members';
import { NexthopNumbers } from './nexthop-numbers';

/** A request about one object. `create`: only if no object has this id. */
export type ObjectRequest =
  | { readonly verb: 'create' | 'put'; readonly object: Nexthop }
  | { readonly verb: 'delete'; readonly id: number };

/** A nexthop group: many routes use it and follow its hops. */
export interface Group {
  readonly id: number;
  /** The number of the route info that represents it. */
  readonly info: number;
  /** Wanted hops; undefined: the group is to be deleted. */
  wanted: RouteInfo | undefined;
  /** Installed hops; undefined if the group does not exist, or its state is unknown. */
  installed: RouteInfo | undefined;
  /** It may be in the kernel, with unknown hops. */
  isUncertain: boolean;
  /** Number of the kernel's routes that use it. */
  routes: number;
  /** Number of consecutive refusals that a concurrently deleted member may explain. */
  refusals: number;
}

/** What became of a group. */
interface GroupEvents {
  /** It could not be created or changed; its previous state remains. */
  readonly refused: (group: Group, reason: string) => void;
  /** It is gone from the kernel, with all routes that used it. */
  readonly gone: (group: Group) => void;
}

/** Maximum number of hops: more are hardly intended, and a group request stays small. */
const MOST_MEMBERS = 128;
/** Attempts to install a group with all its members before it counts as refused. */
const MOST_REFUSALS = 3;

/**
 * The kernel's nexthop objects, wanted against installed: route → group → members. A member is one hop and never
 * changes; a group is given other members in one message, whatever the number of routes on it. Pure: returns requests
 * for the kernel, and receives their results.
 */
export class NexthopObjects {
  private readonly groups = new Map<number, Group>();
  private readonly numbers: NexthopNumbers;
  private readonly members: NexthopMembers;
  private readonly due = new Set<Group>();
  /** Outstanding requests, in order. */
  private asked: {
    readonly request: ObjectRequest;
    readonly group?: Group;
    readonly member?: Member;
    to?: RouteInfo;
  }[] = [];
  /** Ids of outstanding requests, and which of these somebody else changed meanwhile. */
  private readonly pending = new Set<number>();
  private readonly changedMeanwhile = new Set<number>();
  /** Members requested in this round. */
  private readonly putting = new Set<Member>();
  /** Objects of ours that duplicate a member. */
  private readonly strays = new Set<number>();
  private questions = 0;
  /** Why a member was refused in this round, and its groups with it. */
  private memberReason = '';

  constructor(
    private readonly protocol: number,
    private readonly events: GroupEvents,
  ) {
    this.numbers = new NexthopNumbers(protocol);
    this.members = new NexthopMembers(this.numbers);
  }

  /** Whether there are requests to send. */
  get isDue(): boolean {
    return this.due.size > 0 || this.members.haveSpare || this.strays.size > 0;
  }

  /** Counts the rounds of requests: a dump that overlaps one is stale. */
  get generation(): number {
    return this.questions;
  }

  /** Whether an id is in the range of our objects. */
  isOurs(id: number): boolean {
    return this.numbers.isOurs(id);
  }

  /** Every group that is wanted or may exist. */
  all(): Iterable<Group> {
    return this.groups.values();
  }

  /** The group with an id. */
  group(id: number): Group | undefined {
    return this.groups.get(id);
  }

  /**
   * A new group, not in the kernel yet; undefined if no ids are left. `newInfo` allocates the number of its route info.
   */
  make(newInfo: () => number): Group | undefined {
    const id = this.numbers.forGroup();
    return id === undefined ? undefined : this.enter(id, newInfo());
  }

  /** Sets the wanted hops of a group; undefined: it is to be deleted, with every route that uses it. */
  want(group: Group, wanted: RouteInfo | undefined): void {
    this.point(group, 'wanted', wanted);
    if (isInPlace(group)) this.due.delete(group);
    else this.due.add(group);
    if (!wanted && !this.due.has(group)) this.forget(group);
  }

  /**
   * Takes over the result of a dump: exactly these objects are in the kernel. `infoOf` allocates the route info number
   * of an unknown group. Returns the groups that turned out to be missing.
   */
  found(objects: readonly Nexthop[], infoOf: () => number): Group[] {
    const there = new Map(objects.map((object) => [object.id, object]));
    for (const id of there.keys()) if (this.isOurs(id)) this.numbers.take(id);
    this.foundMembers(objects);
    const hops = this.members.there();
    const gone: Group[] = [];
    const news = new Set<Group>();
    for (const { id, protocol, group: entries } of objects)
      if (entries && protocol === this.protocol && this.isOurs(id) && !this.groups.has(id))
        news.add(this.enter(id, infoOf()));
    for (const group of this.groups.values()) {
      const entries = there.get(group.id)?.group;
      if (!entries && (group.installed || group.isUncertain)) gone.push(group);
      const known = entries?.every((entry) => hops.has(entry.id));
      const leads = known && entries!.map(({ id, weight }) => ({ ...hops.get(id)!, weight }));
      this.point(group, 'installed', leads ? routeInfo('unicast', leads) : undefined);
      group.isUncertain = entries !== undefined && !known;
      if (news.has(group))
        this.point(group, 'wanted', group.installed); // it stays until its hops are set
      else this.want(group, group.wanted);
    }
    this.members.spareUnused();
    return gone;
  }

  /**
   * An interface went down: the kernel drops the members that use it, and the groups that have no other. Returns those
   * groups.
   */
  linkLost(index: number): Group[] {
    if (!this.members.linkLost(index)) return [];
    const gone: Group[] = [];
    for (const group of this.groups.values()) {
      if (!group.installed?.hops.some((hop) => hop.interface === index)) continue;
      const left = group.installed.hops.filter((hop) => hop.interface !== index);
      this.point(group, 'installed', left.length > 0 ? routeInfo('unicast', left) : undefined);
      if (left.length === 0) gone.push(group);
      this.want(group, group.wanted);
    }
    return gone;
  }

  /** Somebody else deleted an object of ours. Returns the group if it was one: every route on it is gone. */
  deleted(id: number): Group | undefined {
    const group = this.groups.get(id);
    const member = this.members.withId(id);
    if (this.pending.has(id)) this.changedMeanwhile.add(id);
    if (member) member.isThere = false; // the kernel reports the groups that contained it
    if (!group || (!group.installed && !group.isUncertain)) return undefined;
    this.point(group, 'installed', undefined);
    group.isUncertain = this.pending.has(id);
    if (!group.isUncertain) this.want(group, group.wanted);
    return group;
  }

  /** Somebody else changed the hops of a group of ours. */
  changed({ id, group: entries }: Nexthop): void {
    const group = this.groups.get(id);
    if (!group || !entries) return;
    if (this.pending.has(id)) {
      this.changedMeanwhile.add(id);
      return;
    }
    const hops = entries.flatMap((entry) => {
      const member = this.members.withId(entry.id);
      return member?.isThere ? [{ ...member.hop, weight: entry.weight }] : [];
    });
    const isKnown = hops.length === entries.length;
    this.point(group, 'installed', isKnown ? routeInfo('unicast', hops) : undefined);
    group.isUncertain = !isKnown;
    this.want(group, group.wanted);
  }

  /** The requests to send now, in this order; at most about `limit`. Their results go to {@link answered}. */
  ask(limit: number): readonly ObjectRequest[] {
    this.asked = [];
    this.putting.clear();
    this.questions++;
    this.memberReason = '';
    for (const group of this.due) {
      if (this.asked.length >= limit) break;
      this.due.delete(group);
      if (group.wanted) this.askFor(group, group.wanted);
      else this.asked.push({ request: { verb: 'delete', id: group.id }, group });
    }
    if (this.due.size === 0) this.askForNoSpares(limit);
    this.pending.clear();
    this.changedMeanwhile.clear();
    for (const { request } of this.asked) this.pending.add(idOf(request));
    return this.asked.map(({ request }) => request);
  }

  /** The result of the request at this index of {@link ask}'s list: 0, an errno, or undefined if it was lost. */
  answered(index: number, answer: number | undefined, reason: string): void {
    const { request, group, member, to } = this.asked[index];
    const id = idOf(request);
    if (isChecking) assert(this.pending.has(id), 'what is answered was asked, once');
    this.questions++;
    this.pending.delete(id);
    const error = this.changedMeanwhile.has(id) ? undefined : answer;
    if (member) this.memberAnswered(member, request.verb, error, reason);
    else if (group) this.groupAnswered(group, to, error, reason);
  }

  private askFor(group: Group, wanted: RouteInfo): void {
    const entries: { id: number; weight: number }[] = [];
    for (const hop of wanted.hops) {
      const member = this.members.of(hop);
      if (!member) {
        this.refuse(group, 'no free IDs are left for nexthop objects');
        return;
      }
      if (!member.isThere && !this.putting.has(member)) {
        this.putting.add(member);
        const { interface: index, gateway, onlink } = hop;
        const object = { id: member.id, protocol: this.protocol, interface: index, ...(gateway && { gateway }) };
        this.asked.push({ request: { verb: 'put', object: { ...object, ...(onlink && { onlink }) } }, member });
      }
      entries.push({ id: member.id, weight: hop.weight });
    }
    const verb = group.installed || group.isUncertain ? 'put' : 'create';
    const object = { id: group.id, protocol: this.protocol, group: entries };
    this.asked.push({ request: { verb, object }, group, to: wanted });
  }

  /** Members are deleted after the last group that uses them: deleting one removes it from its groups. */
  private askForNoSpares(limit: number): void {
    for (const id of this.strays) this.asked.push({ request: { verb: 'delete', id } });
    this.strays.clear();
    while (this.asked.length < limit) {
      const member = this.members.takeSpare();
      if (!member) return;
      this.asked.push({ request: { verb: 'delete', id: member.id }, member });
    }
  }

  private memberAnswered(member: Member, verb: ObjectRequest['verb'], error: number | undefined, reason: string): void {
    if (verb !== 'delete') {
      if (error !== 0) this.memberReason = reason;
      member.isThere = error === 0;
      member.isUncertain = error === undefined;
      return;
    }
    if (error === undefined) {
      this.members.isStillSpare(member);
      return;
    }
    member.isThere = false;
    this.members.drop(member);
  }

  private groupAnswered(group: Group, to: RouteInfo | undefined, error: number | undefined, reason: string): void {
    if (error === undefined) {
      group.isUncertain = true;
      this.point(group, 'installed', undefined);
    } else if (!to) {
      this.point(group, 'installed', undefined); // deleted, or did not exist
      group.isUncertain = false;
      this.events.gone(group);
    } else if (error === 0) {
      group.isUncertain = false;
      group.refusals = 0;
      this.point(group, 'installed', to);
    } else if (this.memberReason === '' && ++group.refusals < MOST_REFUSALS) {
      for (const hop of to.hops) this.forgetThat(hop);
    } else if (group.wanted === to) {
      this.refuse(group, this.memberReason === '' ? reason : this.memberReason);
      return;
    }
    this.want(group, group.wanted);
  }

  /** The member for a hop may be gone without an event. */
  private forgetThat(hop: Hop): void {
    const member = this.members.known(hop);
    if (!member) return;
    member.isThere = false;
    member.isUncertain = true;
  }

  private refuse(group: Group, reason: string): void {
    group.refusals = 0;
    this.point(group, 'wanted', group.installed);
    this.events.refused(group, reason);
    this.want(group, group.wanted);
  }

  /** Sets the wanted or installed hops of a group, and updates the use counts of members. */
  private point(group: Group, what: 'wanted' | 'installed', to: RouteInfo | undefined): void {
    const from = group[what];
    if (from === to) return;
    group[what] = to;
    this.members.use(to?.hops ?? [], from?.hops ?? []);
  }

  private foundMembers(objects: readonly Nexthop[]): void {
    this.members.noneIsThere();
    for (const { id, protocol, interface: index, gateway, onlink = false } of objects) {
      if (protocol !== this.protocol || !this.isOurs(id) || index === undefined) continue;
      const hop = { interface: index, ...(gateway && { gateway }), weight: 1, onlink };
      const known = this.members.known(hop);
      if (known?.id === id) known.isThere = true;
      else if (!known?.isThere) this.members.enter({ id, hop, isThere: true, isUncertain: false });
      else this.strays.add(id);
    }
  }

  private enter(id: number, infoNumber: number): Group {
    if (isChecking) assert(this.isOurs(id) && !this.groups.has(id), 'a group has a number of its own, of ours');
    const group: Group = {
      id,
      info: infoNumber,
      wanted: undefined,
      installed: undefined,
      isUncertain: false,
      routes: 0,
      refusals: 0,
    };
    this.numbers.take(id);
    this.groups.set(id, group);
    return group;
  }

  private forget(group: Group): void {
    this.groups.delete(group.id);
    this.numbers.giveBack(group.id);
  }
}

/** A group takes only hops with gateways: without one the object would be bound to one address family. */
export const fitsGroup = ({ type, hops }: RouteInfo): boolean =>
  type === 'unicast' &&
  hops.length > 0 &&
  hops.length <= MOST_MEMBERS &&
  hops.every(({ gateway }) => gateway !== undefined);

function isInPlace({ wanted, installed, isUncertain }: Group): boolean {
  if (isUncertain) return false;
  return wanted && installed ? routeInfoKey(wanted) === routeInfoKey(installed) : wanted === installed;
}

const idOf = (request: ObjectRequest): number => (request.verb === 'delete' ? request.id : request.object.id);
