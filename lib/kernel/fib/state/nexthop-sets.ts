import type { IpAddress } from '../../../model/address';
import { assert, isChecking } from '../../../model/assertion';
import { type Hop, type RouteInfo, routeInfo, routeInfoKey } from '../../codec/route-info';
import { fitsGroup, type Group, type NexthopObjects } from './nexthop-objects';
import { type BgpNextHop, merged, type NexthopSet, nextHopAddresses, nexthopSetKey, type Reason } from './nexthop-set';
import { RouteInfos } from './route-infos';

/** The hops that lead to a next hop now, or why there are none. */
type Resolve = (hop: BgpNextHop) => readonly Hop[] | Reason;

interface Row {
  readonly number: number;
  readonly target: NexthopSet;
  /** How many prefixes want it. */
  users: number;
  /** The number of its route info now, 0 where no next hop can be resolved. */
  info: number;
  reason: Reason;
  /** Nexthop groups that lead where it does; new routes go on the first one. */
  readonly groups: Group[];
  /** What a group could not be made for; such routes stand on their own. */
  refused: string;
  /** Where it leads on groups now, as a key; empty where it is on none. */
  leads: string;
}

/** From so many routes on it pays to look whether they can be moved together, which takes a look at all routes. */
const MANY = 1000;

/**
 * Targets by small numbers, each with the info that its routes have now. With nexthop objects the info of a unicast
 * target is a group of the kernel: where the target leads then changes without its routes being touched.
 */
export class NexthopSets {
  readonly infos = new RouteInfos();
  private readonly rows: Row[] = [newRow(0, 'unreachable')]; // number 0 is "none"
  private readonly byKey = new Map<string, number>();
  private readonly byObject = new WeakMap<object, Row>();
  /** Targets by the text of a next hop's address: neighbours choose how many there are. */
  private readonly byAddress = new Map<string, Set<Row>>();
  /** Those with a next hop on a link by its name. */
  private readonly onLinks = new Set<Row>();
  /** Targets in use that cannot be resolved. */
  private readonly lost = new Set<Row>();
  /** Numbers of targets that nobody wants, or none did, to be released; and those that stand for none. */
  private readonly unused = new Set<number>();
  private readonly spareRows: number[] = [];
  private readonly owners = new Map<Group, Row>();
  /**
   * Groups that something happened to by which they may be needed no longer: a look at all of them for each change
   * would be too much.
   */
  private readonly doubtful = new Set<Group>();
  /** Groups that many routes are on. */
  private readonly crowded = new Set<Group>();
  private mayMove = false;
  /** Groups that nobody needs and that could not be moved as a whole. */
  private readonly tried = new Set<Group>();
  /** Groups of the previous run stay with their routes until it is over. */
  private isGrace = true;

  /** `objects`: absent where the kernel has none. `many` is for tests. */
  constructor(
    private readonly resolve: Resolve,
    private readonly objects?: NexthopObjects,
    private readonly many = MANY,
  ) {}

  /** The number of a target, never 0. One object in use for many routes is looked up once. */
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
   * One more prefix wants `to` and one less `from`; 0 is none. A target that nobody wanted until now is resolved first.
   * `installed`: the info of the route that the kernel has at the prefix.
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

  /** A route of one route info in the kernel is of another now; 0 and below: of none. */
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

  /** Resolves every target in use again; answers the numbers of those whose routes must be looked at. */
  refresh(): Set<number> {
    return this.refreshRows(this.rows);
  }

  /**
   * The same for those with a next hop of these addresses, as strings; `andLinks`: and those with one on a link by its
   * name.
   */
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

  /** The number of the route info that a target has now; 0 where it cannot be resolved. */
  infoOf = (target: number): number => this.rows[target].info;

  target(number: number): NexthopSet {
    return this.rows[number].target;
  }

  /** The info of the routes on a group that was found in the kernel. */
  adopt(group: Group): void {
    if (this.infos.groupAt(group.info) === group) return;
    this.enter(group);
    this.label(group, group.installed);
  }

  /** Releases the infos that no target and, by `isUsed`, nobody else has. */
  releaseInfos(isUsed: (info: number) => boolean): void {
    const wanted = new Set(this.rows.map(({ info }) => info));
    this.infos.release((number) => wanted.has(number) || isUsed(number));
  }

  /** The targets in use that cannot be resolved, with the reason and how many prefixes wait for each. */
  waiting(): { readonly target: NexthopSet; readonly reason: Reason; readonly prefixes: number }[] {
    return [...this.lost].map(({ target, reason, users }) => ({ target, reason, prefixes: users }));
  }

  /** How many prefixes want a target with this next hop. */
  usersOf(address: IpAddress): number {
    let users = 0;
    for (const row of this.byAddress.get(String(address)) ?? []) users += row.users;
    return users;
  }

  /**
   * A group could not be put where its target leads: the routes of the target, which is answered, stand on their own.
   */
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

  /** Looks later whether groups that nobody wants have many routes: what wants them may have changed. */
  abandoned(): void {
    this.mayMove = true;
  }

  /** How many targets are known. */
  get size(): number {
    return this.byKey.size;
  }

  /** Releases groups that no route is on and nobody needs, and of targets that nobody wants. */
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

  /** Groups with many routes that go elsewhere: perhaps all together. Each is answered once. */
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

  /** Leftovers of the previous run lose their grace: what could not be moved as a whole may be now. */
  endGrace(): void {
    this.isGrace = false;
    this.tried.clear();
    this.doubt(this.objects?.all() ?? []);
    this.abandoned();
  }

  /**
   * Lets a target go that nobody wants: neighbours may think of ever other ones. While it has groups it stays, and is
   * looked at again when they are gone.
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

  /** Puts a group, with all routes that are on it, where a target leads; false when that target has no group itself. */
  join(group: Group, target: number): boolean {
    const row = this.rows[target];
    if (row.groups[0]?.info !== row.info || row.info === 0) return false;
    if (this.owners.get(group) === row) return false;
    this.disown(group);
    this.own(row, group);
    this.lead(group, row.groups[0].wanted);
    return true;
  }

  /** A group is gone from the kernel, and its number will be given again if it is not wanted. */
  gone(group: Group): void {
    if (!group.wanted) this.leave(group);
  }

  /** Whether routes of a target go on it. */
  private isNeeded(group: Group): boolean {
    const row = this.owners.get(group);
    return row !== undefined && row.users > 0 && row.info === group.info;
  }

  /** Whether it leads where the routes on it shall go. */
  private isInStep(group: Group): boolean {
    const row = this.owners.get(group);
    return row !== undefined && row.users > 0 && this.infos.same(row.info, group.info);
  }

  private use(row: Row, group: Group | undefined): void {
    if (row.users++ === 0) {
      // What is on its groups still is on its way elsewhere: it must not be taken to where this target leads now.
      for (const old of [...row.groups]) this.disown(old);
      this.refreshRow(row, group);
    } else if (group && row.leads !== '' && this.isLeftover(group, row.leads)) {
      this.own(row, group);
      this.lead(group, row.groups[0].wanted);
    }
  }

  /** Whether a group is nobody's and leads there: routes on it need not be written. */
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

  /** The number of the info of a target that leads there. */
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

  /** Gives a target a new group, on which new routes go; false when there are no numbers left. */
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

  /** Routes are as they should be on a group of their own target alone: where another one leads may change. */
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
