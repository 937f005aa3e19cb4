/**
 * Reconciles the kernel's routes with the wanted ones: differences are queued and sent in batches of requests, and each
 * result is matched to its route. Pure: it fills the batches and takes the results; RouteWriter sends them. On the hot
 * path of a million routes.
 */

import { IpAddress } from '../../../model/address';
import { assert, isChecking } from '../../../model/assertion';
import { Prefix } from '../../../model/prefix';
import type { PrefixHash } from '../../../model/prefix-hash';
import { ERRNO } from '../../codec/errno';
import { NLM_FLAG, netlinkMessage, TYPE } from '../../codec/header';
import { encodeNexthop } from '../../codec/nexthop';
import { putU32 } from '../../codec/octets';
import { MOST_REQUESTS, type RequestBuffer } from '../../codec/request-buffer';
import { TABLE } from '../../codec/route';
import { type RouteOwner, type RouteVerb, writeRouteRequest } from '../../codec/route-request';
import { moveGroups } from './group-moves';
import type { Item } from './item';
import type { Group, NexthopObjects, ObjectRequest } from './nexthop-objects';
import type { NexthopSets } from './nexthop-sets';
import { PendingQueue } from './pending-queue';
import { type FailedRoute, Retry } from './retry';
import { ABSENT, RouteTable, UNCERTAIN } from './route-table';

/** Items examined in one turn of the event loop: routes that moved with their group need no request. */
const TURN = 20_000;
/** Maximum number of nexthop object requests in one batch; each contains all members of a group. */
const OBJECTS = 100;
/** The reconciler's environment and callbacks. */
export interface ReconcilerEvents {
  /** There is something to send. May be called repeatedly. */
  readonly due: () => void;
  /** Something is to be retried at this time: see {@link Reconciler.retryDue}. */
  readonly retryAt: (time: number) => void;
  /** A foreign or unknown route occupies the prefix and metric of this item. */
  readonly occupied: (item: Item) => void;
  /** An item was installed or removed. */
  readonly done: (item: Item) => void;
  /** A route was refused for the first time. */
  readonly refused: (item: Item, failure: FailedRoute) => void;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  /** The name of an errno. */
  readonly nameOf: (errno: number) => string;
}

export class Reconciler {
  /** By the lowest bit of an item: IPv4, IPv6. */
  readonly tables: readonly [RouteTable, RouteTable];
  private readonly retries = new Retry();
  private readonly queue = new PendingQueue();
  /** The batch in flight: requests about routes or about nexthop objects, never both. */
  private inFlight: 'routes' | 'objects' | undefined;
  /** Items that somebody else changed while a batch was in flight: their state is unknown. */
  private readonly changedMeanwhile = new Set<Item>();
  /** The routes of the batch, by request. */
  private readonly items = new Int32Array(MOST_REQUESTS);
  private readonly infos = new Int32Array(MOST_REQUESTS);
  private readonly verbs: RouteVerb[] = [];
  /** Deletes that are followed by an add at the same place. */
  private readonly halves = new Uint8Array(MOST_REQUESTS);
  /** Number of route requests in flight. */
  private flying = 0;
  /** Routes refused on a group that somebody may just have deleted. */
  private orphans: { readonly item: Item; readonly info: number; readonly error: number; readonly detail: string }[] =
    [];

  constructor(
    private readonly owner: RouteOwner,
    private readonly nexthopSets: NexthopSets,
    private readonly objects: NexthopObjects | undefined,
    private readonly events: ReconcilerEvents,
    hashes?: PrefixHash,
  ) {
    const { infoOf, infos, count } = nexthopSets;
    this.tables = [
      new RouteTable(4, infoOf, () => true, infos.same, count, hashes),
      // In IPv6 a route with a gateway only replaces a route with a gateway, and one without only one without;
      // otherwise the kernel finds nothing to replace.
      new RouteTable(
        16,
        infoOf,
        (from, to) => this.hasGateway(from) === this.hasGateway(to),
        infos.same,
        count,
        hashes,
      ),
    ];
  }

  /** Nothing is queued or in flight. */
  get idle(): boolean {
    return this.queue.size === 0 && !this.inFlight && !this.objects?.isDue;
  }

  /** Whether a batch is in flight. */
  get isInFlight(): boolean {
    return this.inFlight !== undefined;
  }

  /** Routes that the kernel refused, or that somebody keeps changing. */
  get failures(): ReadonlyMap<Item, FailedRoute> {
    return this.retries.failures;
  }

  /**
   * Counts a prefix, with the info of its route in the kernel, from one target to another; 0 is none. Only the nexthop
   * objects of the target may need writing.
   */
  retarget(from: number, to: number, installed: number): void {
    this.nexthopSets.move(from, to, installed);
    if (this.objects?.isDue) this.events.due();
  }

  /** Every route on these groups is gone from the kernel. */
  groupsGone(groups: readonly Group[]): void {
    const used = groups.filter(({ routes }) => routes > 0);
    if (this.flying > 0) {
      const gone = new Set(groups.map(({ info }) => info));
      for (let at = 0; at < this.flying; at++) if (gone.has(this.infos[at])) this.changedMeanwhile.add(this.items[at]);
    }
    if (used.length > 0) {
      const isGone = new Uint8Array(this.nexthopSets.infos.limit);
      for (const { info } of used) isGone[info] = 1;
      for (const family of [0, 1] as const) {
        const table = this.tables[family];
        table.each((slot) => {
          const installed = table.installed(slot);
          if (installed <= 0 || isGone[installed] === 0) return;
          table.observe(slot, ABSENT);
          if (this.inFlight) this.changedMeanwhile.add(slot * 2 + family);
          this.enqueue(family, slot); // the rest is done in turns: there may be a million
        });
      }
    }
    for (const group of groups) this.nexthopSets.gone(group);
  }

  /** Queues a slot; calls in the same turn of the event loop share a batch. */
  enqueue(family: 0 | 1, slot: number): void {
    if (!this.tables[family].enqueue(slot)) return;
    this.line(slot * 2 + family);
    this.events.due();
  }

  /** Routes of these targets may need to be written. */
  lookAt(nexthopSets: ReadonlySet<number>): void {
    for (const family of [0, 1] as const) {
      const table = this.tables[family];
      table.each((slot) => {
        if (nexthopSets.has(table.wanted(slot)) && table.step(slot) !== 'none') this.enqueue(family, slot);
      });
    }
  }

  /** Somebody else changed this route; `info` is what is there now, as far as known. */
  changedByOther(family: 0 | 1, slot: number, info: number): void {
    if (this.inFlight) this.changedMeanwhile.add(slot * 2 + family);
    this.requeue(slot * 2 + family, this.tables[family].observe(slot, info));
  }

  /** The same for repeated changes: it is repaired after a pause, which further changes do not extend. */
  changedByOtherAgain(family: 0 | 1, slot: number, info: number, by: () => string): void {
    const item = slot * 2 + family;
    if (this.inFlight) this.changedMeanwhile.add(item);
    if (!this.tables[family].observe(slot, info)) {
      this.release(item);
      return;
    }
    const failure = this.retries.fought(item, by, this.events.now());
    if (failure) this.events.retryAt(failure.due);
  }

  /** Retries refused routes now. */
  retry(which: (item: Item, failure: FailedRoute) => boolean = () => true): void {
    for (const [item, failure] of this.failures) if (which(item, failure)) this.enqueue((item & 1) as 0 | 1, item >> 1);
  }

  /** Retries what is due. */
  retryDue(): void {
    const now = this.events.now();
    const next = this.retries.next(now);
    this.retry((_, { due }) => due <= now);
    this.events.retryAt(next);
  }

  /** Forgets a refusal: the target has changed. */
  forgive(item: Item): void {
    this.retries.forgive(item);
  }

  /** Frees the slot of an item that is neither wanted nor installed; its number will be reused. */
  release(item: Item): void {
    if (this.tables[item & 1].release(item >> 1)) this.forgive(item);
  }

  prefixOf(item: Item): Prefix {
    const { prefixes } = this.tables[item & 1];
    return Prefix.of(IpAddress.fromBytes(prefixes.addressOf(item >> 1)), prefixes.lengthOf(item >> 1));
  }

  /**
   * Fills a batch. `send`: send it, pass each result to {@link answered}, then call {@link landed}. `later`: nothing to
   * send, but more to examine in another turn of the event loop. `nothing`: all is in sync.
   */
  fill(requests: RequestBuffer): 'send' | 'later' | 'nothing' {
    if (isChecking) assert(!this.inFlight && requests.size === 0, 'a batch is filled when none is in flight');
    this.settleOrphans();
    moveGroups(this.nexthopSets, this.tables);
    this.nexthopSets.collect();
    // Objects precede the routes that refer to them, in a separate batch: no route is in flight meanwhile.
    if (this.objects?.isDue) {
      for (const request of this.objects.ask(OBJECTS)) addObject(requests, request, this.owner.protocol);
      if (requests.size === 0) return 'later';
      this.inFlight = 'objects';
      return 'send';
    }
    for (let looked = 0; this.queue.size > 0 && looked < TURN; looked++)
      if (!this.load(this.queue.take(), requests)) break;
    if (requests.size === 0) return this.queue.size > 0 ? 'later' : 'nothing';
    this.inFlight = 'routes';
    this.flying = requests.size;
    return 'send';
  }

  /** The result of a request of the batch in flight: 0, a negative errno, or undefined if it was lost. */
  answered = (request: number, error: number | undefined, detail: string): void => {
    if (isChecking) assert(this.inFlight !== undefined, 'what is answered was in flight');
    if (this.inFlight === 'routes') this.routeAnswered(request, error, detail);
    else this.objects?.answered(request, error, describe(this.events.nameOf(error ?? 0), detail));
  };

  /** All results of the batch have been passed. */
  landed(): void {
    this.inFlight = undefined;
    this.flying = 0;
    this.changedMeanwhile.clear();
  }

  private line(item: Item): void {
    const table = this.tables[item & 1];
    const slot = item >> 1;
    // A `throw` route is written before, and deleted after, the routes that it protects against.
    const length = this.isThrow(table, slot) ? 0 : table.prefixes.lengthOf(slot);
    this.queue.add(item, length, table.wanted(slot) === 0);
  }

  private isThrow(table: RouteTable, slot: number): boolean {
    if (this.owner.table === TABLE.main) return false;
    const info = table.wanted(slot) === 0 ? table.installed(slot) : table.desired(slot);
    return info > 0 && this.nexthopSets.infos.get(info).type === 'throw';
  }

  /** Adds the request for an item to the batch; false if it is full. */
  private load(item: Item, requests: RequestBuffer): boolean {
    const table = this.tables[item & 1];
    const slot = item >> 1;
    const step = table.step(slot);
    const desired = table.desired(slot);
    const { octets } = table.prefixes;
    if (step === 'none') {
      table.dequeue(slot);
      this.release(item);
      return true;
    }
    const length = desired === 0 ? 0 : this.nexthopSets.infos.octetsOf(desired, octets).attributes.length;
    if (!requests.hasRoom(length, 2)) {
      this.line(item);
      return false;
    }
    table.dequeue(slot);
    table.sent(slot);
    if (step === 'recreate') {
      this.halves[requests.size] = 1;
      this.request(requests, item, 'delete', ABSENT);
    }
    this.halves[requests.size] = 0;
    this.request(requests, item, step === 'recreate' ? 'add' : step, desired);
    return true;
  }

  private request(requests: RequestBuffer, item: Item, verb: RouteVerb, info: number): void {
    const { prefixes } = this.tables[item & 1];
    const slot = item >> 1;
    const at = requests.size;
    if (isChecking) assert(at < MOST_REQUESTS, 'a batch has room for its requests');
    this.items[at] = item;
    this.infos[at] = info;
    this.verbs[at] = verb;
    const octets = info === ABSENT ? undefined : this.nexthopSets.infos.octetsOf(info, prefixes.octets);
    const key = prefixes.keyOf(slot);
    const length = prefixes.lengthOf(slot);
    requests.add((bytes, start, sequence) =>
      writeRouteRequest(bytes, start, verb, sequence, this.owner, key, prefixes.octets, length, octets),
    );
  }

  private routeAnswered(request: number, error: number | undefined, detail: string): void {
    if (this.halves[request] === 1) return; // the add that follows decides the result
    const item = this.items[request];
    const verb = this.verbs[request];
    const info = this.infos[request];
    const table = this.tables[item & 1];
    const slot = item >> 1;
    const there = this.standing(request, error);
    const again = table.acknowledged(slot, there ?? (verb === 'add' ? ABSENT : table.installed(slot)));
    if (there === info) {
      this.forgive(item);
      this.events.done(item);
    }
    // a route in dispute waits for its pause, whatever was in flight
    if (there === UNCERTAIN && this.failures.has(item)) return;
    if (there !== undefined) this.requeue(item, again);
    else if (table.desired(slot) !== info)
      this.requeue(item, true); // refused, but the target has changed
    else if (error === -ERRNO.EINVAL && this.nexthopSets.infos.isGroup(info))
      this.orphans.push({ item, info, error, detail });
    else {
      this.refuse(item, error!, detail);
      if (verb === 'add' && error === -ERRNO.EEXIST) this.events.occupied(item);
    }
  }

  /**
   * Routes refused because their group is gone are written with the new group; all events up to now have been handled.
   */
  private settleOrphans(): void {
    for (const { item, info, error, detail } of this.orphans.splice(0)) {
      const table = this.tables[item & 1];
      const slot = item >> 1;
      if (table.step(slot) === 'none' || table.desired(slot) !== info || !this.nexthopSets.infos.isStanding(info))
        this.requeue(item, true);
      else this.refuse(item, error, detail);
    }
  }

  /** What is in the kernel after a request; undefined if it was refused and nothing changed. */
  private standing(request: number, error: number | undefined): number | undefined {
    const verb = this.verbs[request];
    if (error === undefined || this.changedMeanwhile.has(this.items[request])) return UNCERTAIN;
    if (error === 0) return this.infos[request];
    const missing = error === -ERRNO.ESRCH || error === -ERRNO.ENOENT;
    return missing && verb !== 'add' ? ABSENT : undefined; // already gone: equivalent for a delete
  }

  private requeue(item: Item, again: boolean): void {
    if (again) this.enqueue((item & 1) as 0 | 1, item >> 1);
    else this.release(item);
  }

  private refuse(item: Item, error: number, detail: string): void {
    const failure = this.retries.refused(item, this.events.nameOf(error), detail, this.events.now());
    if (failure.attempts === 1) this.events.refused(item, failure);
    this.events.retryAt(failure.due);
  }

  private hasGateway(info: number): boolean {
    const { infos } = this.nexthopSets;
    return !infos.isGroup(info) && infos.get(info).hops.some(({ gateway }) => gateway !== undefined);
  }
}

function addObject(requests: RequestBuffer, request: ObjectRequest, protocol: number): void {
  const octets = objectMessage(request, protocol);
  requests.add((bytes, at, sequence) => {
    bytes.set(octets, at);
    putU32(bytes, at + 8, sequence);
    return at + octets.length;
  });
}

function objectMessage(request: ObjectRequest, protocol: number): Uint8Array {
  if (request.verb === 'delete')
    return netlinkMessage(TYPE.delNexthop, NLM_FLAG.request, 0, encodeNexthop({ id: request.id, protocol: 0 }));
  const flags =
    NLM_FLAG.request | NLM_FLAG.create | (request.verb === 'create' ? NLM_FLAG.exclusive : NLM_FLAG.replace);
  return netlinkMessage(TYPE.newNexthop, flags, 0, encodeNexthop({ ...request.object, protocol }));
}

const describe = (code: string, detail: string): string => (detail === '' ? code : `${code}: ${detail}`);
