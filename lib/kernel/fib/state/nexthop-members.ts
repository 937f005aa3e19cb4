import { assert, isChecking } from '../../../model/assertion';
import type { Hop } from '../../codec/route-info';
import type { NexthopNumbers } from './nexthop-numbers';

/** A nexthop object with one hop, used by groups; it never changes. */
export interface Member {
  readonly id: number;
  readonly hop: Hop;
  isThere: boolean;
  /** It may exist although it is not known to: an acknowledgement was lost. */
  isUncertain: boolean;
}

/** The members of nexthop groups, one for each hop, with the number of groups that use them. */
export class NexthopMembers {
  private readonly byHop = new Map<string, Member>();
  private readonly byId = new Map<number, Member>();
  /** Number of members by interface index; most links have none. */
  private readonly onLinks = new Map<number, number>();
  /**
   * By the key of a hop: the number of groups that use it or will. Updated incrementally, as a scan for each change
   * would be too slow.
   */
  private readonly uses = new Map<string, number>();
  /** Keys of members that may be unused. */
  private readonly spare = new Set<string>();

  constructor(private readonly numbers: NexthopNumbers) {}

  /** Whether some may be unused. */
  get haveSpare(): boolean {
    return this.spare.size > 0;
  }

  withId(id: number): Member | undefined {
    return this.byId.get(id);
  }

  /** The member for a hop, if it exists. */
  known(hop: Hop): Member | undefined {
    return this.byHop.get(hopKey(hop));
  }

  /** The member for a hop; undefined if no numbers are left. */
  of(hop: Hop): Member | undefined {
    const known = this.known(hop);
    const id = known ? known.id : this.numbers.forMember();
    if (known || id === undefined) return known;
    const member = { id, hop: { ...hop, weight: 1 }, isThere: false, isUncertain: false };
    this.enter(member);
    return member;
  }

  /** Adds a member, in place of any other for the same hop. */
  enter(member: Member): void {
    const key = hopKey(member.hop);
    const before = this.byHop.get(key);
    const link = member.hop.interface;
    if (before) this.byId.delete(before.id);
    else this.onLinks.set(link, (this.onLinks.get(link) ?? 0) + 1);
    this.byHop.set(key, member);
    this.byId.set(member.id, member);
  }

  /** Removes a member and frees its number. */
  drop(member: Member): void {
    const key = hopKey(member.hop);
    const link = member.hop.interface;
    if (this.byHop.get(key) === member) {
      this.byHop.delete(key);
      const left = this.onLinks.get(link)! - 1;
      if (left > 0) this.onLinks.set(link, left);
      else this.onLinks.delete(link);
    }
    if (this.byId.get(member.id) === member) this.byId.delete(member.id);
    this.numbers.giveBack(member.id);
  }

  /** An interface went down, and its members are gone; false if it had none. */
  linkLost(index: number): boolean {
    if (!this.onLinks.has(index)) return false;
    for (const member of this.byHop.values())
      if (member.hop.interface === index) {
        member.isThere = false;
        this.drop(member);
      }
    return true;
  }

  /** A group uses, or will use, the hops `to` instead of `from`. */
  use(to: readonly Hop[], from: readonly Hop[]): void {
    for (const hop of to) {
      const key = hopKey(hop);
      this.uses.set(key, (this.uses.get(key) ?? 0) + 1);
    }
    for (const hop of from) {
      const key = hopKey(hop);
      const left = this.uses.get(key)! - 1;
      if (isChecking) assert(left >= 0, 'a member that is no longer used was used');
      if (left > 0) this.uses.set(key, left);
      else {
        this.uses.delete(key);
        this.spare.add(key);
      }
    }
  }

  /**
   * An unused member to be deleted from the kernel; undefined if there is none. Those not in the kernel are dropped.
   */
  takeSpare(): Member | undefined {
    for (const key of this.spare) {
      this.spare.delete(key);
      const member = this.uses.has(key) ? undefined : this.byHop.get(key);
      if (!member) continue;
      if (member.isThere || member.isUncertain) return member;
      this.drop(member);
    }
    return undefined;
  }

  /** The result of its deletion is unknown: it is requested again. */
  isStillSpare({ hop }: Member): void {
    this.spare.add(hopKey(hop));
  }

  /** Before a dump: members count as absent until it reports them. */
  noneIsThere(): void {
    for (const member of this.byHop.values()) member.isThere = member.isUncertain = false;
  }

  /** The hops of existing members, by id. */
  there(): Map<number, Hop> {
    return new Map([...this.byHop.values()].filter(({ isThere }) => isThere).map(({ id, hop }) => [id, hop]));
  }

  /** Marks members without a group as spare. */
  spareUnused(): void {
    for (const key of this.byHop.keys()) if (!this.uses.has(key)) this.spare.add(key);
  }
}

const hopKey = ({ interface: index, gateway, onlink }: Hop): string => `${gateway ?? ''}%${index}${onlink ? '!' : ''}`;
