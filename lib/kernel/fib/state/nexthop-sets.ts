import type { IpAddress } from '../../../model/address';
import { assert, isChecking } from '../../../model/assertion';
import { type Hop, type RouteInfo, routeInfo, routeInfoKey } from '../../codec/route-info';
import { fitsGroup, type Group, type NexthopObjects } from './nexthop-objects';
import { type BgpNextHop, merged, type NexthopSet, nextHopAddresses, nexthopSetKey, type Reason } from './nexthop-set';
import { RouteInfos } from './route-infos';

/** The hops to a next hop now, or why there are none. */
type Resolve = (hop: BgpNextHop) => readonly Hop[] | Reason;

interface Row {
  readonly number: number;
  readonly target: NexthopSet;
  /** Number of prefixes that want it. */
  users: number;
  /** The number of its current route info; 0 if no next hop can be resolved. */
  info: number;
  reason: Reason;
  /** Nexthop groups with its hops; new routes use the first one. */
  readonly groups: Group[];
  /** The hops for which a group was refused; the routes do without. */
  refused: string;
  /** Key of its current hops on groups; empty if it has no group. */
  leads: string;
}

/** With this many routes it is worth a scan of all routes to see whether they can move together. */
const MANY = 1000;

/**
 * Targets as small numbers, each with the current info of its routes. With nexthop objects the info of a unicast target
 * is a group of the kernel: the target's hops then change without rewriting its routes.
 */
export class NexthopSets {
  readonly infos = new RouteInfos();
  private readonly rows: Row[] = [newRow(0, 'unreachable')]; // number 0 is "none"
  private readonly byKey = new Map<string, number>();
  private readonly byObject = new WeakMap<object, Row>();
  /** Targets by next hop address (as a string): neighbours choose how many there are. */
  private readonly byAddress = new Map<string, Set<Row>>();
  /** Targets with a next hop that names its link. */
  private readonly onLinks = new Set<Row>();
  /** Targets in use that cannot be resolved. */
  private readonly lost = new Set<Row>();
  /** Numbers of unused targets, to be released; and free numbers. */
  private readonly unused = new Set<number>();
  private readonly spareRows: number[] = [];
  private readonly owners = new Map<Group, Row>();
  /** Groups that may have become unused: a scan of all groups for each change would be too slow. */
  private readonly doubtful = new Set<Group>();
  /** Groups with many routes. */
  private readonly crowded = new Set<Group>();
  private mayMove = false;
  /** Unused groups that could not be moved as a whole. */
  private readonly tried = new Set<Group>();
  /** Groups of the previous run keep their routes during the grace period. */
  private isGrace = true;

  /** `objects`: absent if the kernel has none. `many` is for tests. */
  constructor(
    private readonly resolve: Resolve,
    private readonly objects?: NexthopObjects,
    private readonly many = MANY,
  ) {}

  /** The number of a target, never 0. The same object used for many routes is looked up once. */
  intern(at: NexthopSet): number {
    const known = typeof at === 'object' ? this.byObject.get(at) : undefined;
    if (known !== undefined && this.rows[known.number] === known) return known.number;
    const key = nexthopSetKey(at);
    let number = this.byKey.get(key);
    if (number === undefined) {
      number = this.spareRows.pop() ?? this.rows.length;
      this.rows[number] = newRow(number, at);
      this.byKey.set(key, number);
      this.unused.add(number);
      this.index(this.rows[number]);
    }
    if (typeof at === 'object') this.byObject.set(at, this.rows[number]);
    return number;
  }

  /**
   * One more prefix wants `to` and one less `from`; 0 is none. A target used for the first time is resolved first.
   * `installed`: the info of the kernel's route to the prefix.
   */
  move(from: number, to: number, installed = 0): void {
    if (from === to) return;
    if (to !== 0) this.use(this.rows[to], installed > 0 ? this.infos.groupAt(installed) : undefined);
    if (isChecking) assert(from === 0 || this.rows[from].users > 0, 'who no longer wants a target did want it');
    if (from === 0 || --this.rows[from].users > 0) return;
    this.unused.add(from);
    this.lost.delete(this.rows[from]);
    this.doubt(this.rows[from].groups);
    this.abandoned();
  }

  /** An installed route changed from one route info to another; 0 and below: none. */
  count = (from: number, to: number): void => {
    if (to > 0) {
      const group = this.infos.groupAt(to);
      if (group && ++group.routes === this.many) this.crowded.add(group);
    }
    if (from > 0) {
      const group = this.infos.groupAt(from);
      if (!group) return;
      const routes = --group.routes;
      if (isChecking) assert(routes >= 0, 'no group has fewer routes than none');
      if (routes === this.many - 1) this.crowded.delete(group);
      if (routes === 0) this.doubtful.add(group);
    }
  };

  /** Resolves every target in use again; returns the numbers of those whose routes must be checked. */
  refresh(): Set<number> {
    return this.refreshRows(this.rows);
  }

  /** The same for targets with a next hop of these addresses (strings); `andLinks`: also for those that name a link. */
  refreshBy(addresses: Iterable<string>, andLinks: boolean): Set<number> {
    const rows = new Set<Row>(andLinks ? this.onLinks : []);
    for (const text of addresses) for (const row of this.byAddress.get(text) ?? []) rows.add(row);
    return this.refreshRows(rows);
  }

  private refreshRows(rows: Iterable<Row>): Set<number> {
    const changed = new Set<number>();
    for (const row of rows) if (row.users > 0 && this.refreshRow(row)) changed.add(row.number);
    return changed;
  }

  /** The number of a target's current route info; 0 if it cannot be resolved. */
  infoOf = (target: number): number => this.rows[target].info;

  target(number: number): NexthopSet {
    return this.rows[number].target;
  }

  /** Adopts a group found in the kernel. */
  adopt(group: Group): void {
    if (this.infos.groupAt(group.info) === group) return;
    this.enter(group);
    this.label(group, group.installed);
  }

  /** Releases infos that neither a target nor, by `isUsed`, anything else uses. */
  releaseInfos(isUsed: (info: number) => boolean): void {
    const wanted = new Set(this.rows.map(({ info }) => info));
    this.infos.release((number) => wanted.has(number) || isUsed(number));
  }

  /** Unresolvable targets in use, with the reason and the number of prefixes that wait for each. */
  waiting(): { readonly target: NexthopSet; readonly reason: Reason; readonly prefixes: number }[] {
    return [...this.lost].map(({ target, reason, users }) => ({ target, reason, prefixes: users }));
  }

  /** Number of prefixes that want a target with this next hop. */
  usersOf(address: IpAddress): number {
    let users = 0;
    for (const row of this.byAddress.get(String(address)) ?? []) users += row.users;
    return users;
  }

  /** A group could not be installed; returns the targets whose routes now do without it. */
  groupRefused(group: Group): number[] {
    const row = this.owners.get(group);
    this.disown(group);
    this.lead(group, group.installed);
    if (!this.objects?.group(group.id)) this.leave(group);
    if (!row) return [];
    row.refused = this.classKeyOf(row);
    this.refreshRow(row);
    return [row.number];
  }

  /** Checks later whether unwanted groups have many routes: these may be wanted elsewhere by then. */
  abandoned(): void {
    this.mayMove = true;
  }

  /** Number of targets. */
  get size(): number {
    return this.byKey.size;
  }

  /** Releases unused groups and targets. */
  collect(): void {
    for (const group of [...this.doubtful]) {
      this.doubtful.delete(group);
      if (this.objects?.group(group.id) !== group || (this.isGrace && !this.owners.has(group))) continue;
      if (group.routes === 0 && !this.isNeeded(group)) this.discard(group);
    }
    for (const number of this.unused) {
      this.unused.delete(number);
      this.forget(this.rows[number]);
    }
  }

  private doubt(groups: Iterable<Group>): void {
    for (const group of groups) this.doubtful.add(group);
  }

  /** Groups with many routes that have moved, possibly all to the same target. Each is returned once. */
  toMove(): Group[] {
    if (!this.mayMove || !this.objects) return [];
    this.mayMove = false;
    const groups: Group[] = [];
    for (const group of this.crowded) {
      if (!group.wanted) continue;
      if (!this.isInStep(group) && !this.tried.has(group)) groups.push(group);
    }
    for (const group of groups) this.tried.add(group);
    return groups;
  }

  /** Ends the grace period of leftovers: what could not be moved as a whole may be now. */
  endGrace(): void {
    this.isGrace = false;
    this.tried.clear();
    this.doubt(this.objects?.all() ?? []);
    this.abandoned();
  }

  /**
   * Releases an unused target: neighbours can create new ones without end. It is kept while it has groups, and released
   * with the last one.
   */
  private forget(row: Row): void {
    if (row.users > 0 || row.groups.length > 0) return;
    const key = nexthopSetKey(row.target);
    if (this.byKey.get(key) !== row.number) return; // it is gone already
    this.byKey.delete(key);
    this.onLinks.delete(row);
    for (const text of nextHopAddresses(row.target)) {
      const rows = this.byAddress.get(text);
      if (rows?.delete(row) && rows.size === 0) this.byAddress.delete(text);
    }
    this.rows[row.number] = newRow(row.number, 'unreachable');
    this.spareRows.push(row.number);
  }

  private index(row: Row): void {
    if (typeof row.target === 'object' && row.target.via.some((hop) => hop.interface !== undefined))
      this.onLinks.add(row);
    for (const text of nextHopAddresses(row.target)) {
      const rows = this.byAddress.get(text);
      if (rows) rows.add(row);
      else this.byAddress.set(text, new Set([row]));
    }
  }

  private discard(group: Group): void {
    this.disown(group);
    this.objects?.want(group, undefined);
    if (!this.objects?.group(group.id)) this.leave(group);
  }

  /** Moves a group, with all its routes, to a target; false if that target cannot use a group. */
  join(group: Group, target: number): boolean {
    const row = this.rows[target];
    if (row.groups[0]?.info !== row.info || row.info === 0) return false;
    if (this.owners.get(group) === row) return false;
    this.disown(group);
    this.own(row, group);
    this.lead(group, row.groups[0].wanted);
    return true;
  }

  /** A group is gone from the kernel, and its number is reused unless it is wanted. */
  gone(group: Group): void {
    if (!group.wanted) this.leave(group);
  }

  /** Whether routes of a target use it. */
  private isNeeded(group: Group): boolean {
    const row = this.owners.get(group);
    return row !== undefined && row.users > 0 && row.info === group.info;
  }

  /** Whether it has the hops that its routes should have. */
  private isInStep(group: Group): boolean {
    const row = this.owners.get(group);
    return row !== undefined && row.users > 0 && this.infos.same(row.info, group.info);
  }

  private use(row: Row, group: Group | undefined): void {
    if (row.users++ === 0) {
      // Routes still on its groups are about to move: they must not follow this target's new hops.
      for (const old of [...row.groups]) this.disown(old);
      this.refreshRow(row, group);
    } else if (group && row.leads !== '' && this.isLeftover(group, row.leads)) {
      this.own(row, group);
      this.lead(group, row.groups[0].wanted);
    }
  }

  /** Whether a group belongs to no target and has these hops: its routes need not be rewritten. */
  private isLeftover(group: Group, key: string): boolean {
    return !this.owners.has(group) && group.installed !== undefined && routeInfoKey(group.installed) === key;
  }

  private refreshRow(row: Row, leftover?: Group): boolean {
    const before = row.info;
    row.reason = row.leads = '';
    if (typeof row.target === 'string') row.info = this.infos.intern(routeInfo(row.target));
    else {
      const hops = this.hopsOf(row, row.target);
      row.info = hops.length === 0 ? 0 : this.spell(row, routeInfo('unicast', hops), leftover);
    }
    if (row.info === 0 && row.users > 0) this.lost.add(row);
    else this.lost.delete(row);
    if (row.info === before) return false;
    this.doubt(row.groups);
    this.abandoned();
    return true;
  }

  private hopsOf(row: Row, target: Exclude<NexthopSet, string>): Hop[] {
    const answers = target.via.map((hop) => this.resolve(hop));
    row.reason = answers.filter((answer) => typeof answer === 'string').join('; ');
    return merged(answers.flatMap((answer) => (typeof answer === 'string' ? [] : answer)));
  }

  /** The number of the route info of a target with these hops. */
  private spell(row: Row, wanted: RouteInfo, leftover: Group | undefined): number {
    const key = routeInfoKey(wanted);
    if (!this.objects || !fitsGroup(wanted) || row.refused === key) return this.infos.intern(wanted);
    row.refused = '';
    if (leftover && row.groups.length === 0 && this.isLeftover(leftover, key)) this.own(row, leftover);
    if (row.groups.length === 0 && !this.addGroup(row)) return this.infos.intern(wanted);
    row.leads = key;
    for (const group of row.groups) this.lead(group, wanted);
    return row.groups[0].info;
  }

  /** Gives a target a new group, used for new routes; false if no ids are left. */
  private addGroup(row: Row): boolean {
    const group = this.objects!.make(this.infos.newGroup);
    if (!group) return false;
    this.enter(group);
    row.groups.unshift(group);
    this.owners.set(group, row);
    return true;
  }

  private own(row: Row, group: Group): void {
    row.groups.push(group);
    this.owners.set(group, row);
    this.doubtful.add(group);
    this.tried.delete(group);
  }

  private lead(group: Group, wanted: RouteInfo | undefined): void {
    this.objects?.want(group, wanted);
    this.label(group, wanted);
  }

  /** Routes are only correct on a group of their own target: the hops of another one may change. */
  private label(group: Group, wanted: RouteInfo | undefined): void {
    const row = this.owners.get(group);
    this.infos.lead(group, wanted, row && `target ${row.number}`);
  }

  private disown(group: Group): void {
    const row = this.owners.get(group);
    row?.groups.splice(row.groups.indexOf(group), 1);
    if (row?.groups.length === 0) this.unused.add(row.number);
    this.owners.delete(group);
    this.doubtful.add(group);
    this.label(group, group.wanted);
  }

  private enter(group: Group): void {
    this.infos.enter(group);
    this.doubtful.add(group);
  }

  private leave(group: Group): void {
    if (!this.infos.leave(group)) return;
    this.crowded.delete(group);
    this.tried.delete(group);
  }

  private classKeyOf(row: Row): string {
    return typeof row.target === 'string' ? '' : routeInfoKey(routeInfo('unicast', this.hopsOf(row, row.target)));
  }
}

const newRow = (number: number, target: NexthopSet): Row => ({
  number,
  target,
  users: 0,
  info: 0,
  reason: '',
  groups: [],
  refused: '',
  leads: '',
});
