import type { IpAddress } from '../../model/address';
import { type Form, form, formKey, type Hop } from '../codec/form';
import type { Nexthop } from '../codec/nexthop';

/** What to ask of the kernel about one object. `create`: only where no object has this number. */
export type ObjectRequest =
  | { readonly verb: 'create' | 'put'; readonly object: Nexthop }
  | { readonly verb: 'delete'; readonly id: number };

/** A nexthop group: many routes refer to it, and go where it leads. */
export interface Group {
  readonly id: number;
  /** The number of the form that stands for it. */
  readonly form: number;
  /** Where it shall lead; undefined: it shall not be there. */
  wanted: Form | undefined;
  /** Where it leads in the kernel; undefined: it is not there, or nobody knows. */
  installed: Form | undefined;
  /** Something of it may be in the kernel though it is not known to lead anywhere. */
  isUncertain: boolean;
  /** Routes in the kernel that are on it. */
  routes: number;
}

interface Member {
  readonly id: number;
  readonly hop: Hop;
  isThere: boolean;
  /** It may be there all the same: an answer was lost. */
  isUncertain: boolean;
}

/** What became of a group. */
export interface GroupEvents {
  /** It could not be made or changed; it leads where it led before, or is not there. */
  readonly refused: (group: Group, reason: string) => void;
  /** It is gone from the kernel, and with it every route that was on it. */
  readonly gone: (group: Group) => void;
}

/** Objects of ours are told by their protocol number and by this part of the numbers, one for each protocol. */
const BASE = 0x42000000;
const SPAN = 0x10000;
/** More hops than this are nobody's intention; a request about a group stays small. */
const MOST_MEMBERS = 128;

/**
 * The nexthop objects of the kernel, wanted against installed: route → group → members. A member is one hop and never changes;
 * a group is put on other members in one message, whatever the number of routes on it. Pure: says what to ask of the kernel,
 * and is told what it answered.
 */
export class NexthopObjects {
  private readonly groups = new Map<number, Group>();
  private readonly members = new Map<string, Member>();
  private readonly due = new Set<Group>();
  /** Numbers that are in use, ours and those of others in our range. */
  private readonly taken = new Set<number>();
  private readonly first: number;
  private next = 1;
  /** What was asked for and is not answered yet, in order. */
  private asked: { readonly request: ObjectRequest; readonly group?: Group; readonly member?: Member; to?: Form }[] =
    [];
  private hasSpareMembers = false;
  /** Objects of ours that repeat a member. */
  private readonly strays = new Set<number>();
  private questions = 0;
  /** Why a member was refused in this round: its groups are refused because of it. */
  private memberReason = '';

  constructor(
    private readonly protocol: number,
    private readonly events: GroupEvents,
  ) {
    this.first = BASE + protocol * SPAN;
  }

  /** Whether there is something to ask of the kernel. */
  get isDue(): boolean {
    return this.due.size > 0 || this.hasSpareMembers || this.strays.size > 0;
  }

  /** Counts the times that something was asked: stock that was taken across one is stale. */
  get generation(): number {
    return this.questions;
  }

  /** Whether a number is of the range in which our objects are. */
  isOurs(id: number): boolean {
    return id > this.first && id < this.first + SPAN;
  }

  /** Every group that is wanted or may be there. */
  all(): Iterable<Group> {
    return this.groups.values();
  }

  /** The group with a number. */
  group(id: number): Group | undefined {
    return this.groups.get(id);
  }

  /** A new group, not in the kernel yet; undefined when there are no numbers left. `form` is the number of its form. */
  make(formNumber: number): Group | undefined {
    const id = this.number();
    return id === undefined ? undefined : this.enter(id, formNumber);
  }

  /** Where a group shall lead from now on; undefined: it shall go, and every route that is on it with it. */
  want(group: Group, wanted: Form | undefined): void {
    group.wanted = wanted;
    if (isInPlace(group)) this.due.delete(group);
    else this.due.add(group);
    if (!wanted && !this.due.has(group)) this.forget(group);
  }

  /**
   * Takes stock: exactly these objects are in the kernel. `formOf` makes the form number of a group that nobody knows yet.
   * Answers the groups that were thought to be there and are not.
   */
  found(objects: readonly Nexthop[], formOf: () => number): Group[] {
    const there = new Map(objects.map((object) => [object.id, object]));
    for (const id of there.keys()) if (this.isOurs(id)) this.taken.add(id);
    this.foundMembers(objects);
    const hops = new Map([...this.members.values()].filter(({ isThere }) => isThere).map(({ id, hop }) => [id, hop]));
    const gone: Group[] = [],
      news = new Set<Group>();
    for (const { id, protocol, group: entries } of objects)
      if (entries && protocol === this.protocol && this.isOurs(id) && !this.groups.has(id))
        news.add(this.enter(id, formOf()));
    for (const group of this.groups.values()) {
      const entries = there.get(group.id)?.group;
      if (!entries && (group.installed || group.isUncertain)) gone.push(group);
      const known = entries?.every((entry) => hops.has(entry.id));
      group.installed = known
        ? form(
            'unicast',
            entries!.map(({ id, weight }) => ({ ...hops.get(id)!, weight })),
          )
        : undefined;
      group.isUncertain = entries !== undefined && !known;
      if (news.has(group))
        group.wanted = group.installed; // until somebody says where it shall lead, it stays
      else this.want(group, group.wanted);
    }
    this.hasSpareMembers = this.members.size > 0;
    return gone;
  }

  /** An interface went down: the kernel drops the members that use it, and the groups that have no other. Answers those. */
  linkLost(index: number): Group[] {
    for (const [key, member] of this.members)
      if (member.hop.interface === index) {
        member.isThere = false;
        this.drop(key, member);
      }
    const gone: Group[] = [];
    for (const group of this.groups.values()) {
      if (!group.installed?.hops.some((hop) => hop.interface === index)) continue;
      const left = group.installed.hops.filter((hop) => hop.interface !== index);
      group.installed = left.length > 0 ? form('unicast', left) : undefined;
      if (left.length === 0) gone.push(group);
      this.want(group, group.wanted);
    }
    return gone;
  }

  /** What to ask of the kernel now, in this order; at most about `limit`. The answers go to {@link answered}. */
  ask(limit: number): readonly ObjectRequest[] {
    this.asked = [];
    this.questions++;
    this.memberReason = '';
    for (const group of this.due) {
      if (this.asked.length >= limit) break;
      this.due.delete(group);
      if (group.wanted) this.askFor(group, group.wanted);
      else this.asked.push({ request: { verb: 'delete', id: group.id }, group });
    }
    if (this.due.size === 0) this.askForNoSpares(limit);
    return this.asked.map(({ request }) => request);
  }

  /** How the request with this place in {@link ask}'s list ended: 0, an errno, or undefined where the answer was lost. */
  answered(index: number, error: number | undefined, reason: string): void {
    const { request, group, member, to } = this.asked[index];
    this.questions++;
    if (member) this.memberAnswered(member, request.verb, error, reason);
    else if (group) this.groupAnswered(group, to, error, reason);
  }

  private askFor(group: Group, wanted: Form): void {
    const entries = wanted.hops.map((hop) => {
      const member = this.memberOf(hop);
      if (!member.isThere && !this.asked.some((one) => one.member === member)) {
        const { interface: index, gateway, onlink } = hop;
        const object = { id: member.id, protocol: this.protocol, interface: index, ...(gateway && { gateway }) };
        this.asked.push({ request: { verb: 'put', object: { ...object, ...(onlink && { onlink }) } }, member });
      }
      return { id: member.id, weight: hop.weight };
    });
    const verb = group.installed || group.isUncertain ? 'put' : 'create';
    const object = { id: group.id, protocol: this.protocol, group: entries };
    this.asked.push({ request: { verb, object }, group, to: wanted });
  }

  /** Members go when no group has them any more: deleting one takes it out of its groups. */
  private askForNoSpares(limit: number): void {
    this.hasSpareMembers = false;
    for (const id of this.strays) this.asked.push({ request: { verb: 'delete', id } });
    this.strays.clear();
    const used = new Set<string>();
    for (const { installed, wanted } of this.groups.values())
      for (const hop of [...(installed?.hops ?? []), ...(wanted?.hops ?? [])]) used.add(hopKey(hop));
    for (const [key, member] of this.members) {
      if (used.has(key)) continue;
      if (!member.isThere && !member.isUncertain) this.drop(key, member);
      else if (this.asked.length < limit) this.asked.push({ request: { verb: 'delete', id: member.id }, member });
      else this.hasSpareMembers = true;
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
      this.hasSpareMembers = true;
      return;
    }
    member.isThere = false;
    this.drop(hopKey(member.hop), member);
  }

  private groupAnswered(group: Group, to: Form | undefined, error: number | undefined, reason: string): void {
    if (error === undefined) {
      group.isUncertain = true;
      group.installed = undefined;
    } else if (!to) {
      group.installed = undefined; // deleted; or it was not there
      group.isUncertain = false;
      this.events.gone(group);
    } else if (error === 0) {
      group.isUncertain = false;
      group.installed = to;
      this.hasSpareMembers = true;
    } else if (group.wanted === to) {
      group.wanted = group.installed;
      this.events.refused(group, this.memberReason === '' ? reason : this.memberReason);
    }
    this.want(group, group.wanted);
  }

  private foundMembers(objects: readonly Nexthop[]): void {
    for (const member of this.members.values()) member.isThere = member.isUncertain = false;
    for (const { id, protocol, interface: index, gateway, onlink = false } of objects) {
      if (protocol !== this.protocol || !this.isOurs(id) || index === undefined) continue;
      const hop = { interface: index, ...(gateway && { gateway }), weight: 1, onlink },
        key = hopKey(hop),
        known = this.members.get(key);
      if (known?.id === id) known.isThere = true;
      else if (!known?.isThere) this.members.set(key, { id, hop, isThere: true, isUncertain: false });
      else this.strays.add(id);
    }
  }

  private memberOf(hop: Hop): Member {
    const key = hopKey(hop);
    let member = this.members.get(key);
    if (!member) {
      member = { id: this.number() ?? 0, hop: { ...hop, weight: 1 }, isThere: false, isUncertain: false };
      this.members.set(key, member);
    }
    return member;
  }

  private enter(id: number, formNumber: number): Group {
    const group: Group = {
      id,
      form: formNumber,
      wanted: undefined,
      installed: undefined,
      isUncertain: false,
      routes: 0,
    };
    this.taken.add(id);
    this.groups.set(id, group);
    return group;
  }

  private forget(group: Group): void {
    this.groups.delete(group.id);
    this.taken.delete(group.id);
    this.hasSpareMembers = true;
  }

  private drop(key: string, member: Member): void {
    if (this.members.get(key) === member) this.members.delete(key);
    this.taken.delete(member.id);
  }

  private number(): number | undefined {
    for (let tries = 1; tries < SPAN; tries++) {
      const id = this.first + this.next;
      this.next = (this.next % (SPAN - 1)) + 1;
      if (!this.taken.has(id)) {
        this.taken.add(id);
        return id;
      }
    }
    return undefined;
  }
}

/** A group takes hops with gateways alone: without one the object would be of one address family. */
export const fitsGroup = ({ type, hops }: Form): boolean =>
  type === 'unicast' &&
  hops.length > 0 &&
  hops.length <= MOST_MEMBERS &&
  hops.every(({ gateway }) => gateway !== undefined);

function isInPlace({ wanted, installed, isUncertain }: Group): boolean {
  if (isUncertain) return false;
  return wanted && installed ? formKey(wanted) === formKey(installed) : wanted === installed;
}

const hopKey = ({ gateway, interface: index, onlink }: { gateway?: IpAddress; interface: number; onlink: boolean }) =>
  `${gateway ?? ''}%${index}${onlink ? '!' : ''}`;
