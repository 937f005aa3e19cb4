import { assert, isChecking } from '../../../model/assertion';
import {
  type RouteInfo,
  type RouteInfoOctets,
  routeInfo,
  routeInfoKey,
  writeNexthopRouteInfo,
  writeRouteInfo,
} from '../../codec/route-info';
import type { Group } from './nexthop-objects';

/** Number of infos above which unused ones are looked for, which takes a scan of all routes. */
const MANY = 256;

/**
 * Route infos as small numbers: a million routes share a handful. A number represents either hops of routes without a
 * nexthop object, or a nexthop group, whatever its hops.
 */
export class RouteInfos {
  private readonly infos: RouteInfo[] = [routeInfo('other')]; // number 0 is "none"
  /** By number, a class that is equal if routes of both are the same to the network and stored in the same way. */
  private readonly classes: number[] = [0];
  private readonly classesByKey = new Map<string, number>();
  private lastClass = 0;
  private readonly byKey = new Map<string, number>();
  private readonly groups: (Group | undefined)[] = [];
  private readonly octets: [Map<number, RouteInfoOctets>, Map<number, RouteInfoOctets>] = [new Map(), new Map()];
  private readonly spare: number[] = [];
  /** Above this number, unused infos are looked for. */
  private mostUnchecked = MANY;

  /** The number of an info for routes without a nexthop object, never 0. */
  intern(wanted: RouteInfo): number {
    const key = routeInfoKey(wanted);
    let number = this.byKey.get(key);
    if (number === undefined) {
      number = this.take(wanted);
      this.byKey.set(key, number);
      this.classes[number] = this.classOf(key);
    }
    return number;
  }

  /** A number for a nexthop group. */
  newGroup = (): number => {
    const number = this.take(routeInfo('other'));
    this.classes[number] = this.classOf(`group ${number}`);
    return number;
  };

  get(number: number): RouteInfo {
    return this.infos[number];
  }

  /** Those without a nexthop object: few, if the kernel has nexthop objects. */
  alone(): IterableIterator<number> {
    return this.byKey.values();
  }

  /** All numbers are below this. */
  get limit(): number {
    return this.infos.length;
  }

  /** Whether a route with one info need not be rewritten for the other. */
  same = (a: number, b: number): boolean => this.classes[a] === this.classes[b];

  /** The encoded info for routes of a family (`octets`: 4 or 16 per address), cached. */
  octetsOf(number: number, octets: number): RouteInfoOctets {
    const made = this.octets[octets === 4 ? 0 : 1];
    let value = made.get(number);
    if (!value) {
      const group = this.groups[number];
      value = group ? writeNexthopRouteInfo(group.id) : writeRouteInfo(this.infos[number], octets);
      made.set(number, value);
    }
    return value;
  }

  /** Whether {@link release} is due. */
  get areMany(): boolean {
    return this.byKey.size > this.mostUnchecked;
  }

  /**
   * Releases infos, except groups, that are unused by `isUsed`: interfaces come and go all the time. Their numbers will
   * be reused.
   */
  release(isUsed: (info: number) => boolean): void {
    for (const [key, number] of this.byKey) {
      if (isUsed(number)) continue;
      if (isChecking) assert(!this.groups[number], 'what stands on its own is not a group');
      this.byKey.delete(key);
      this.classesByKey.delete(key);
      this.infos[number] = routeInfo('other');
      this.giveBack(number);
    }
    this.mostUnchecked = Math.max(MANY, 2 * this.byKey.size);
  }

  /** The group that a number represents. */
  groupAt(number: number): Group | undefined {
    return this.groups[number];
  }

  isGroup(number: number): boolean {
    return this.groups[number] !== undefined;
  }

  /** Whether it represents a group known to be in the kernel. */
  isStanding(number: number): boolean {
    const group = this.groups[number];
    return group?.installed !== undefined && !group.isUncertain;
  }

  /** Maps the number of a group to it. */
  enter(group: Group): void {
    if (isChecking) assert(!this.groups[group.info], 'a number stands for one group');
    this.groups[group.info] = group;
    for (const made of this.octets) made.delete(group.info);
  }

  /** Sets the hops of a group. Only routes on groups with the same `owner` remain equivalent permanently. */
  lead(group: Group, where: RouteInfo | undefined, owner: string | undefined): void {
    this.infos[group.info] = where ?? routeInfo('other');
    this.classes[group.info] = this.classOf(owner ?? `group ${group.info}`);
  }

  /** Unmaps the number of this group; false if it was not mapped to it. */
  leave(group: Group): boolean {
    if (this.groups[group.info] !== group) return false;
    this.groups[group.info] = undefined;
    this.giveBack(group.info);
    return true;
  }

  private take(wanted: RouteInfo): number {
    const number = this.spare.pop();
    if (number === undefined) return this.infos.push(wanted) - 1;
    this.infos[number] = wanted;
    return number;
  }

  private giveBack(number: number): void {
    for (const made of this.octets) made.delete(number);
    this.spare.push(number);
  }

  private classOf(key: string): number {
    let number = this.classesByKey.get(key);
    if (number === undefined) {
      number = ++this.lastClass;
      this.classesByKey.set(key, number);
    }
    return number;
  }
}
