/**
 * The way out to the kernel: what differs waits in a queue, goes in batches, and each answer finds its route again. On the way
 * of a million routes.
 */
import { constants } from 'node:os';
import { IpAddress } from '../../model/address';
import { Prefix } from '../../model/prefix';
import type { PrefixHash } from '../../model/prefix-hash';
import { FLAG, message, TYPE } from '../codec/header';
import { encodeNexthop } from '../codec/nexthop';
import { putU32 } from '../codec/octets';
import { TABLE } from '../codec/route';
import { type RouteOwner, type RouteVerb, writeRouteRequest } from '../codec/route-request';
import { Batch } from '../netlink/batch';
import type { NetlinkSocket } from '../netlink/socket';
import { errnoName } from '../system/error';
import type { Group, NexthopObjects, ObjectRequest } from './state/nexthop-objects';
import { PendingQueue } from './state/pending-queue';
import { ABSENT, RouteTable, UNKNOWN } from './state/route-table';
import type { Targets } from './state/targets';

const { EEXIST, EINVAL, ENOENT, ESRCH } = constants.errno;

/** Items that are looked at in one turn of the event loop: where a group took their routes along there is nothing to send. */
const TURN = 20_000;
/** Requests about nexthop objects in one batch; each has all its members in it. */
const OBJECTS = 100;

/** A prefix by number: its slot, and its family in the lowest bit. */
export type Item = number;

/** A route that the kernel refused. It is tried again, less and less often. */
export interface Failure {
  /** Name of the errno. */
  readonly code: string;
  readonly reason: string;
  /** 0: the kernel took it, but somebody keeps changing it. */
  readonly attempts: number;
  /** When it is tried again, in milliseconds of the monotonic clock. */
  readonly due: number;
}

const FIRST_RETRY = 500;
/** What somebody keeps changing is written again after this pause. */
const FIGHT_PAUSE = 1000;
const LAST_RETRY = 60_000;
/** Refusals within as many milliseconds are tried again together. */
const ALIKE = 100;

/** What the writer tells its owner. */
export interface WriterEvents {
  /** Before a batch is made of what is known: learn what the kernel has told meanwhile. */
  readonly look: () => void;
  /** Something that we did not write stands at the prefix and metric of this item. */
  readonly occupied: (item: Item) => void;
  /** An item is in place, or gone. */
  readonly done: (item: Item) => void;
  /** A route was refused for the first time. */
  readonly refused: (item: Item, failure: Failure) => void;
  /** Nothing is queued or in flight. */
  readonly idle: () => void;
}

export class RouteWriter {
  /** By the lowest bit of an item: IPv4, IPv6. */
  readonly tables: readonly [RouteTable, RouteTable];
  readonly failures = new Map<Item, Failure>();
  private readonly batch: Batch;
  private readonly queue = new PendingQueue();
  /** Items that somebody else changed while they were in flight: what stands there is anybody's guess. */
  private readonly changedMeanwhile = new Set<Item>();
  private readonly items = new Int32Array(1024);
  private readonly infos = new Int32Array(1024);
  private readonly verbs: RouteVerb[] = [];
  /** The deletes that an add to the same place follows. */
  private readonly halves = new Uint8Array(1024);
  /** How many route requests are in flight; 0 where none are, or objects. */
  private flying = 0;
  /** Routes on a group that were refused: somebody may just have deleted it. */
  private orphans: { readonly item: Item; readonly info: number; readonly error: number; readonly detail: string }[] =
    [];
  private scheduled = false;
  private closed = false;
  private lastFailure: Failure | undefined;
  private timer: NodeJS.Timeout | undefined;
  private timerDue = Number.POSITIVE_INFINITY;

  constructor(
    socket: NetlinkSocket,
    private readonly owner: RouteOwner,
    private readonly targets: Targets,
    private readonly objects: NexthopObjects | undefined,
    private readonly events: WriterEvents,
    hashes?: PrefixHash,
  ) {
    this.batch = new Batch(socket);
    this.tables = [
      new RouteTable(4, targets.infoOf, () => true, targets.infos.same, targets.count, hashes),
      // In IPv6 a route with a gateway of its own replaces one with such, and others others; across, the kernel finds nothing to replace.
      new RouteTable(
        16,
        targets.infoOf,
        (from, to) => this.hasGateway(from) === this.hasGateway(to),
        targets.infos.same,
        targets.count,
        hashes,
      ),
    ];
  }

  get idle(): boolean {
    return this.queue.size === 0 && !this.batch.inFlight && !this.scheduled && !this.objects?.isDue;
  }

  /** One more prefix, whose route in the kernel is of a route info, wants a target and one less another; 0 is none. The objects of the target may be all there is to write. */
  retarget(from: number, to: number, installed: number): void {
    this.targets.move(from, to, installed);
    if (this.objects?.isDue) this.schedule();
  }

  /** Nexthop objects may have to be written, though no route is queued. */
  nudge(): void {
    this.schedule();
  }

  /** Every route on these groups is gone from the kernel. */
  groupsGone(groups: readonly Group[]): void {
    const used = groups.filter(({ routes }) => routes > 0);
    if (this.flying > 0) {
      const gone = new Set(groups.map(({ info }) => info));
      for (let at = 0; at < this.flying; at++) if (gone.has(this.infos[at])) this.changedMeanwhile.add(this.items[at]);
    }
    if (used.length > 0) {
      const isGone = new Uint8Array(this.targets.infos.limit);
      for (const { info } of used) isGone[info] = 1;
      for (const family of [0, 1] as const) {
        const table = this.tables[family];
        table.each((slot) => {
          const installed = table.installed(slot);
          if (installed <= 0 || isGone[installed] === 0) return;
          table.observe(slot, ABSENT);
          if (this.batch.inFlight) this.changedMeanwhile.add(slot * 2 + family);
          this.enqueue(family, slot); // what is left to do is done in turns: there may be a million
        });
      }
    }
    for (const group of groups) this.targets.gone(group);
  }

  /** Puts a slot into the queue; many calls in one turn of the event loop make one batch. */
  enqueue(family: 0 | 1, slot: number): void {
    if (!this.tables[family].enqueue(slot)) return;
    this.line(slot * 2 + family);
    this.schedule();
  }

  private line(item: Item): void {
    const table = this.tables[item & 1],
      slot = item >> 1;
    // What sends look-ups on comes before, and goes after, whatever it is there for.
    const length = this.isThrow(table, slot) ? 0 : table.prefixes.lengthOf(slot);
    this.queue.add(item, length, table.wanted(slot) === 0);
  }

  private isThrow(table: RouteTable, slot: number): boolean {
    if (this.owner.table === TABLE.main) return false;
    const info = table.wanted(slot) === 0 ? table.installed(slot) : table.desired(slot);
    return info > 0 && this.targets.infos.get(info).type === 'throw';
  }

  /** Somebody else changed what stands here; `info` is what is there now, as far as one can tell. */
  changedByOther(family: 0 | 1, slot: number, info: number): void {
    if (this.batch.inFlight) this.changedMeanwhile.add(slot * 2 + family);
    this.requeue(slot * 2 + family, this.tables[family].observe(slot, info));
  }

  /** The same where it happens again and again: it is mended after a pause, which is no longer where it happens in it, too. */
  changedByOtherAgain(family: 0 | 1, slot: number, info: number, by: () => string): void {
    const item = slot * 2 + family;
    if (this.batch.inFlight) this.changedMeanwhile.add(item);
    if (!this.tables[family].observe(slot, info)) {
      this.release(item);
      return;
    }
    const now = performance.now(),
      known = this.failures.get(item);
    if (known?.attempts === 0 && known.due > now) return;
    const reason = `${by()} keeps deleting or changing it; writing it again once a second`;
    const failure = this.alike({ code: 'EBUSY', reason, attempts: 0, due: now + FIGHT_PAUSE });
    this.failures.set(item, failure);
    this.arm(failure.due);
  }

  /** Tries what was refused again, now. */
  retry(which: (item: Item, failure: Failure) => boolean = () => true): void {
    for (const [item, failure] of this.failures) if (which(item, failure)) this.enqueue((item & 1) as 0 | 1, item >> 1);
  }

  /** Forgets a refusal: something else is wanted now. */
  forgive(item: Item): void {
    if (this.failures.size > 0) this.failures.delete(item);
  }

  /** Frees the slot of an item that nobody wants and the kernel has not; its number will be given again. */
  release(item: Item): void {
    if (this.tables[item & 1].release(item >> 1)) this.forgive(item);
  }

  prefixOf(item: Item): Prefix {
    const { prefixes } = this.tables[item & 1];
    return Prefix.of(IpAddress.fromBytes(prefixes.addressOf(item >> 1)), prefixes.lengthOf(item >> 1));
  }

  /** Sends nothing more; answers when what is in flight has landed. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    while (this.batch.inFlight) await new Promise((turn) => setTimeout(turn, 1));
  }

  private schedule(): void {
    if (this.scheduled || this.closed || this.batch.inFlight) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.pump();
    });
  }

  private pump(): void {
    if (this.closed || this.batch.inFlight) return;
    this.events.look();
    this.settleOrphans();
    this.moveGroups();
    this.targets.collect();
    if (this.objects?.isDue) {
      this.sendObjects(this.objects);
      return;
    }
    for (let looked = 0; this.queue.size > 0 && looked < TURN; looked++) if (!this.load(this.queue.take())) break;
    if (this.batch.size > 0) {
      this.flying = this.batch.size;
      this.batch.send(
        (request, error, detail) => this.answered(request, error, detail),
        () => {
          this.flying = 0;
          this.changedMeanwhile.clear();
          this.pump();
        },
      );
    } else if (this.queue.size > 0) this.schedule();
    else this.events.idle();
  }

  /** Objects go before the routes that refer to them, in a batch of their own: no route is in flight meanwhile. */
  private sendObjects(objects: NexthopObjects): void {
    for (const request of objects.ask(OBJECTS)) {
      const bytes = objectMessage(request, this.owner.protocol);
      this.batch.add((into, at, sequence) => {
        into.set(bytes, at);
        putU32(into, at + 8, sequence);
        return at + bytes.length;
      });
    }
    if (this.batch.size === 0) {
      this.schedule();
      return;
    }
    this.batch.send(
      (request, error, detail) => objects.answered(request, error, describeRefusal(error, detail)),
      () => {
        this.changedMeanwhile.clear();
        this.pump();
      },
    );
  }

  /**
   * Where all routes of a group are to go to one other place, the group goes there, with one request for all of them. Routes that
   * nobody wants are deleted one by one all the same: with a group the kernel would delete them in one go, and keep its lock on
   * all routing, and the only core of a machine that has one, for a quarter of a second; nor would it tell anybody of them.
   */
  private moveGroups(): void {
    const groups = this.targets.toMove();
    if (groups.length === 0) return;
    const goals = new Int32Array(this.targets.infos.limit).fill(MIXED);
    for (const { info } of groups) goals[info] = NOWHERE;
    for (const table of this.tables)
      table.each((slot) => {
        const installed = table.installed(slot),
          goal = installed > 0 ? goals[installed] : MIXED;
        if (goal === MIXED) return;
        const step = table.step(slot);
        const wanted = table.wanted(slot),
          isKept = step === 'none' && wanted === 0; // a leftover in its time of grace
        const to = step === 'delete' ? NOWHERE : isKept ? MIXED : wanted;
        if (to !== goal && to !== NOWHERE) goals[installed] = goal === NOWHERE ? to : MIXED;
      });
    for (const group of groups) {
      const goal = goals[group.info];
      if (goal > NOWHERE) this.targets.join(group, goal);
    }
  }

  /** Puts what an item needs now into the batch; false when there is no room for it. */
  private load(item: Item): boolean {
    const table = this.tables[item & 1],
      slot = item >> 1;
    const step = table.step(slot),
      desired = table.desired(slot);
    const { octets } = table.prefixes;
    if (step === 'none') {
      table.dequeue(slot);
      this.release(item);
      return true;
    }
    const length = desired === 0 ? 0 : this.targets.infos.octetsOf(desired, octets).attributes.length;
    if (!this.batch.hasRoom(length, 2)) {
      this.line(item);
      return false;
    }
    table.dequeue(slot);
    table.sent(slot);
    if (step === 'recreate') {
      this.halves[this.batch.size] = 1;
      this.request(item, 'delete', ABSENT);
    }
    this.halves[this.batch.size] = 0;
    this.request(item, step === 'recreate' ? 'add' : step, desired);
    return true;
  }

  private request(item: Item, verb: RouteVerb, info: number): void {
    const { prefixes } = this.tables[item & 1],
      slot = item >> 1,
      at = this.batch.size;
    this.items[at] = item;
    this.infos[at] = info;
    this.verbs[at] = verb;
    const octets = info === ABSENT ? undefined : this.targets.infos.octetsOf(info, prefixes.octets);
    const key = prefixes.keyOf(slot);
    this.batch.add((bytes, start, sequence) =>
      writeRouteRequest(
        bytes,
        start,
        verb,
        sequence,
        this.owner,
        key,
        prefixes.octets,
        prefixes.lengthOf(slot),
        octets,
      ),
    );
  }

  private answered(request: number, error: number | undefined, detail: string): void {
    if (this.halves[request] === 1) return; // the add that follows tells how it ended
    const item = this.items[request],
      verb = this.verbs[request],
      info = this.infos[request];
    const table = this.tables[item & 1],
      slot = item >> 1;
    const there = this.standing(request, error);
    const again = table.acknowledged(slot, there ?? (verb === 'add' ? ABSENT : table.installed(slot)));
    if (there === info) {
      this.forgive(item);
      this.events.done(item);
    }
    if (there === UNKNOWN && this.failures.has(item)) return; // what is disturbed again and again waits for its pause, whatever was under way
    if (there !== undefined) this.requeue(item, again);
    else if (table.desired(slot) !== info)
      this.requeue(item, true); // refused, but something else is wanted by now
    else if (error === -EINVAL && this.targets.infos.isGroup(info)) this.orphans.push({ item, info, error, detail });
    else {
      this.refuse(item, error!, detail);
      if (verb === 'add' && error === -EEXIST) this.events.occupied(item);
    }
  }

  /** What was refused because its group is gone is written with it; all that the kernel has told is known by now. */
  private settleOrphans(): void {
    for (const { item, info, error, detail } of this.orphans.splice(0)) {
      const table = this.tables[item & 1],
        slot = item >> 1;
      if (table.step(slot) === 'none' || table.desired(slot) !== info || !this.targets.infos.isStanding(info))
        this.requeue(item, true);
      else this.refuse(item, error, detail);
    }
  }

  /** What stands in the kernel after a request; undefined where it was refused and all is as before. */
  private standing(request: number, error: number | undefined): number | undefined {
    const verb = this.verbs[request];
    if (error === undefined || this.changedMeanwhile.has(this.items[request])) return UNKNOWN;
    if (error === 0) return this.infos[request];
    const missing = error === -ESRCH || error === -ENOENT;
    return missing && verb !== 'add' ? ABSENT : undefined; // gone already: for a delete that is as good
  }

  private requeue(item: Item, again: boolean): void {
    if (again) this.enqueue((item & 1) as 0 | 1, item >> 1);
    else this.release(item);
  }

  private refuse(item: Item, error: number, detail: string): void {
    const attempts = (this.failures.get(item)?.attempts ?? 0) + 1;
    const pause = Math.min(LAST_RETRY, FIRST_RETRY * 2 ** (attempts - 1));
    const code = errnoName(error);
    const failure = this.alike({
      code,
      reason: detail === '' ? code : `${code}: ${detail}`,
      attempts,
      due: performance.now() + pause,
    });
    this.failures.set(item, failure);
    if (attempts === 1) this.events.refused(item, failure);
    this.arm(failure.due);
  }

  /** One object for a swarm of the same: a million may be refused for one reason. */
  private alike(failure: Failure): Failure {
    const { code, reason, attempts, due } = this.lastFailure ?? failure;
    const isSame = code === failure.code && reason === failure.reason && attempts === failure.attempts;
    if (!this.lastFailure || !isSame || failure.due - due > ALIKE) this.lastFailure = failure;
    return this.lastFailure;
  }

  /** One timer for all that was refused: for the earliest that is due. */
  private arm(due: number): void {
    if (this.closed || due >= this.timerDue) return;
    clearTimeout(this.timer);
    this.timerDue = due;
    this.timer = setTimeout(() => this.retryDue(), due - performance.now()).unref();
  }

  private retryDue(): void {
    this.timerDue = Number.POSITIVE_INFINITY;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    this.retry((_, { due }) => {
      if (due > now) next = Math.min(next, due);
      return due <= now;
    });
    this.arm(next);
  }

  private hasGateway(info: number): boolean {
    return (
      !this.targets.infos.isGroup(info) &&
      this.targets.infos.get(info).hops.some(({ gateway }) => gateway !== undefined)
    );
  }
}

/** Where the routes of a group go: nowhere, or to more than one target. Else the number of the target. */
const NOWHERE = 0;
const MIXED = -1;

function objectMessage(request: ObjectRequest, protocol: number): Uint8Array {
  if (request.verb === 'delete')
    return message(TYPE.delNexthop, FLAG.request, 0, encodeNexthop({ id: request.id, protocol: 0 }));
  const flags = FLAG.request | FLAG.create | (request.verb === 'create' ? FLAG.exclusive : FLAG.replace);
  return message(TYPE.newNexthop, flags, 0, encodeNexthop({ ...request.object, protocol }));
}

const describeRefusal = (error: number | undefined, detail: string): string =>
  detail === '' ? errnoName(error ?? 0) : `${errnoName(error ?? 0)}: ${detail}`;
