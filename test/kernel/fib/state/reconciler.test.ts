import { constants } from 'node:os';
import fc from 'fast-check';
import { decodeAcknowledgement } from '../../../../lib/kernel/codec/acknowledgement';
import { emptyMessage, readMessage } from '../../../../lib/kernel/codec/header';
import type { Nexthop } from '../../../../lib/kernel/codec/nexthop';
import { RequestBuffer } from '../../../../lib/kernel/codec/request-buffer';
import type { Item } from '../../../../lib/kernel/fib/state/item';
import { NexthopObjects } from '../../../../lib/kernel/fib/state/nexthop-objects';
import type { BgpNextHop, NexthopSet } from '../../../../lib/kernel/fib/state/nexthop-set';
import { NexthopSets } from '../../../../lib/kernel/fib/state/nexthop-sets';
import { Reconciler } from '../../../../lib/kernel/fib/state/reconciler';
import { errnoName } from '../../../../lib/kernel/system/error';
import { IpAddress } from '../../../../lib/model/address';
import { sure } from '../../../../lib/model/problem';
import { SimulatedKernel } from '../../simulated-kernel';
import { breaches } from './invariants';

const PREFIXES = 40;
const HOPS = ['10.0.0.2', '10.0.0.3', '10.0.1.2'];
const TARGETS = [['10.0.0.2'], ['10.0.0.3'], ['10.0.1.2'], ['10.0.0.2', '10.0.1.2']];

/**
 * Routes on objects, written to a simulated kernel; few routes are many here, so that all that happens to a million
 * happens.
 */
class Machine {
  readonly kernel = new SimulatedKernel();
  /** How each next hop is reached: over itself, over another router, or (absent) not at all. */
  readonly ways = new Map(HOPS.map((hop) => [hop, hop]));
  readonly wanted = new Map<number, number>();
  readonly refusals: string[] = [];
  readonly occupied: Item[] = [];
  /** The time, and when to try again at the earliest. */
  now = 0;
  due = Number.POSITIVE_INFINITY;
  private readonly events: [Nexthop, boolean][] = [];
  readonly targets: NexthopSets;
  readonly objects: NexthopObjects;
  readonly reconciler: Reconciler;
  private readonly requests = new RequestBuffer(400);
  /** What the kernel answered to the batch in flight. */
  private answers: readonly Uint8Array[] | undefined;

  constructor(many = 4) {
    this.objects = new NexthopObjects(114, {
      refused: (group) => this.reconciler.lookAt(new Set(this.targets.groupRefused(group))),
      gone: (group) => this.reconciler.groupsGone([group]),
    });
    const resolve = ({ address }: BgpNextHop) => {
      const way = this.ways.get(String(address));
      if (way === undefined) return `no route to ${address}`;
      return [{ interface: 5, gateway: sure(IpAddress.parse(way)), weight: 1, onlink: false }];
    };
    this.targets = new NexthopSets(resolve, this.objects, many);
    this.reconciler = new Reconciler({ table: 254, protocol: 114, metric: 200 }, this.targets, this.objects, {
      due: () => {},
      retryAt: (time) => {
        this.due = Math.min(this.due, time);
      },
      occupied: (item) => this.occupied.push(item),
      done: () => {},
      refused: (_, { reason }) => this.refusals.push(reason),
      now: () => this.now,
      nameOf: errnoName,
    });
    this.targets.endGrace();
  }

  /** A batch goes out, or its answers come; false where there is nothing to do. */
  turn(): boolean {
    if (this.answers) {
      this.land(this.answers);
      return true;
    }
    this.hear();
    const what = this.reconciler.fill(this.requests);
    if (what === 'send') {
      this.requests.complete();
      this.answers = this.kernel.call(this.requests.bytes, this.requests.length);
    }
    return what !== 'nothing';
  }

  private land(answers: readonly Uint8Array[]): void {
    this.answers = undefined;
    const { first, size } = this.requests;
    const errors = new Map<number, number>();
    for (const bytes of answers) {
      const { sequence, error } = decodeAcknowledgement(bytes, readMessage(bytes, 0, bytes.length, emptyMessage())!)!;
      errors.set(sequence - first, error);
    }
    this.requests.clear(first + size);
    for (let i = 0; i < size; i++)
      this.reconciler.answered(i, answers.length === 0 ? undefined : (errors.get(i) ?? 0), '');
    this.reconciler.landed();
  }

  /** Time passes until something is tried again. */
  wait(): void {
    this.now = this.due;
    this.due = Number.POSITIVE_INFINITY;
    this.reconciler.retryDue();
  }

  want(i: number, which: number | undefined, length = 24): void {
    const [table] = this.reconciler.tables;
    table.prefixes.load(Uint8Array.of(20, 0, length === 24 ? i : 0, 0), 0);
    const target: NexthopSet | undefined =
      which === undefined ? undefined : { via: TARGETS[which].map((hop) => ({ address: sure(IpAddress.parse(hop)) })) };
    if (which === undefined) this.wanted.delete(i);
    else this.wanted.set(i, which);
    const number = target ? this.targets.intern(target) : 0;
    const slot = number === 0 ? table.prefixes.find(length) : table.slot(length);
    if (slot < 0) return;
    this.reconciler.retarget(table.wanted(slot), number, table.installed(slot));
    if (table.want(slot, number)) this.reconciler.enqueue(0, slot);
    else if (number === 0) this.reconciler.release(slot * 2);
  }

  resolveAgain(): void {
    this.reconciler.lookAt(this.targets.refresh());
  }

  /** The kernel drops every object on the link, and the routes on them; the event about the link tells. */
  loseLink(): void {
    this.settle();
    for (const { id, group } of [...this.kernel.objects.values()]) if (!group) this.kernel.drop(id);
    this.reconciler.groupsGone(this.objects.linkLost(5));
  }

  /** Somebody deletes an object; the kernel's word of it waits until it is heard. */
  deleteObject(which: number): void {
    const ids = [...this.kernel.objects.keys()];
    if (ids.length > 0)
      this.kernel.drop(ids[which % ids.length], (object, isThere) => this.events.push([object, isThere]));
  }

  hear(): void {
    for (const [object, isThere] of this.events.splice(0)) {
      if (isThere) this.objects.changed(object);
      else {
        const gone = this.objects.deleted(object.id);
        if (gone) this.reconciler.groupsGone([gone]);
      }
    }
  }

  settle(): void {
    this.hear();
    for (let turns = 0; turns < 500; turns++) {
      const isDone = !this.turn();
      if (!isDone || !this.reconciler.idle) continue;
      expect(breaches(this.reconciler, this.targets)).toEqual([]);
      return;
    }
    throw new Error('the reconciler never comes to rest');
  }

  /** Where each route leads that is there, and where it shall. */
  compared(): { is: Record<string, string>; shall: Record<string, string> } {
    const is: Record<string, string> = {};
    const shall: Record<string, string> = {};
    for (const prefix of this.kernel.routes.keys()) is[prefix] = this.kernel.leads(prefix);
    for (const [i, which] of this.wanted) {
      const ways = TARGETS[which].flatMap((hop) => this.ways.get(hop) ?? []);
      const same = ways.length === 2 && ways[0] === ways[1];
      const leads = same
        ? `${ways[0]}*1`
        : ways
            .map((way) => `${way}*1`)
            .sort()
            .join(' ');
      if (ways.length > 0) shall[`20.0.${i}.0/24`] = leads;
    }
    return { is, shall };
  }
}

const prefix = fc.nat(PREFIXES - 1);
const target = fc.option(fc.nat(TARGETS.length - 1), { nil: undefined, freq: 3 });
const action = fc.oneof(
  fc.record({ want: prefix, target }),
  fc.record({ all: target }),
  fc.record({
    hop: fc.constantFrom(...HOPS),
    way: fc.option(fc.constantFrom(...HOPS, '10.0.9.9'), { nil: undefined }),
  }),
  fc.constant('turn' as const),
  fc.constant('settle' as const),
  fc.constant('lose answers' as const),
  fc.constant('lose the link' as const),
  fc.constant('hear' as const),
  fc.record({ gone: fc.nat(7) }),
);

describe('a reconciler on nexthop objects', () => {
  test('brings the kernel to what is wanted, whatever happens on the way, and leaves no object unused', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const machine = new Machine();
        for (const one of actions) {
          if (one === 'settle') machine.settle();
          else if (one === 'turn') machine.turn();
          else if (one === 'lose answers') machine.kernel.losesAnswers = true;
          else if (one === 'lose the link') machine.loseLink();
          else if (one === 'hear') machine.hear();
          else if ('gone' in one) machine.deleteObject(one.gone);
          else if ('want' in one) machine.want(one.want, one.target);
          else if ('all' in one) for (let i = 0; i < PREFIXES; i++) machine.want(i, one.all);
          else {
            if (one.way === undefined) machine.ways.delete(one.hop);
            else machine.ways.set(one.hop, one.way);
            machine.resolveAgain();
          }
        }
        machine.kernel.losesAnswers = false;
        machine.resolveAgain();
        machine.settle();
        const { is, shall } = machine.compared();
        expect(is).toEqual(shall);
        expect(machine.refusals).toEqual([]);
        const { objects, routes } = machine.kernel;
        const onRoutes = new Set(routes.values());
        const groups = [...objects.values()].filter(({ group }) => group);
        const members = new Set(groups.flatMap(({ group }) => group!.map(({ id }) => id)));
        // A group that is ready for the next route of a target in use may be empty.
        for (const [id, { group }] of objects) if (!group) expect([id, members.has(id)]).toEqual([id, true]);
        if (routes.size === 0) expect(objects.size).toBe(0);
        const counted = [...machine.objects.all()].filter((group) => group.routes > 0).map(({ id }) => id);
        expect(new Set(counted)).toEqual(onRoutes);
        machine.settle();
        expect(machine.targets.size).toBe(new Set(machine.wanted.values()).size);
      }),
      { numRuns: 300 },
    );
  });

  test('moves all routes of a target without writing one, and deletes them one by one', () => {
    const machine = new Machine();
    for (let i = 0; i < PREFIXES; i++) machine.want(i, 0);
    machine.settle();
    const before = machine.kernel.requests;
    machine.ways.set('10.0.0.2', '10.0.9.9');
    machine.resolveAgain();
    machine.settle();
    for (let i = 0; i < PREFIXES; i++) machine.want(i, 1);
    machine.settle();
    expect(machine.kernel.requests - before).toBe(0);
    for (let i = 0; i < PREFIXES; i++) machine.want(i, undefined);
    machine.settle();
    const { requests, routes, objects, largestDrop } = machine.kernel;
    expect([requests - before, routes.size, objects.size, largestDrop]).toEqual([PREFIXES, 0, 0, 0]);
  });

  test('moves routes of a group together where some of them are to go, which are deleted', () => {
    const machine = new Machine();
    for (let i = 0; i < PREFIXES; i++) machine.want(i, 0);
    machine.settle();
    const before = machine.kernel.requests;
    for (let i = 0; i < PREFIXES; i++) machine.want(i, i % 2 === 0 ? 1 : undefined);
    machine.settle();
    const { is, shall } = machine.compared();
    expect(is).toEqual(shall);
    expect(machine.kernel.requests - before).toBe(PREFIXES / 2);
  });

  test('writes the shortest prefixes first and deletes the longest first, so that there is a way at any time', () => {
    const machine = new Machine();
    for (const length of [24, 16, 20]) machine.want(1, 0, length);
    machine.settle();
    expect(machine.kernel.order.splice(0)).toEqual(['+16', '+20', '+24']);
    for (const length of [16, 24, 20]) machine.want(1, undefined, length);
    machine.want(2, 0);
    machine.settle();
    expect(machine.kernel.order).toEqual(['+24', '-24', '-20', '-16']);
  });

  test('tries what the kernel refuses again, less and less often, and forgets it when something else is wanted', () => {
    const machine = new Machine();
    const { kernel, reconciler } = machine;
    kernel.errors.set('20.0.1.0/24', constants.errno.ENETUNREACH);
    machine.want(1, 0);
    machine.settle();
    const pauses: number[] = [];
    for (let i = 0; i < 9; i++) {
      pauses.push(machine.due - machine.now);
      machine.wait();
      machine.settle();
    }
    expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
    expect(machine.refusals).toEqual(['ENETUNREACH']); // told once
    expect([...reconciler.failures.values()]).toMatchObject([{ code: 'ENETUNREACH', attempts: 10 }]);
    kernel.errors.clear();
    machine.wait();
    machine.settle();
    expect([reconciler.failures.size, kernel.routes.size]).toEqual([0, 1]);
  });

  test('says where something stands that it did not write, and takes its place when that is gone', () => {
    const machine = new Machine();
    const { kernel, reconciler } = machine;
    kernel.errors.set('20.0.1.0/24', constants.errno.EEXIST);
    machine.want(1, 0);
    machine.settle();
    expect(machine.occupied.map((item) => String(reconciler.prefixOf(item)))).toEqual(['20.0.1.0/24']);
    kernel.errors.clear();
    reconciler.retry((item) => machine.occupied.includes(item));
    machine.settle();
    expect([reconciler.failures.size, kernel.routes.size]).toEqual([0, 1]);
  });

  test('writes what somebody else deletes while it is in flight again, and after a pause what he deletes again and again', () => {
    const machine = new Machine();
    const { kernel, reconciler } = machine;
    const remove = () => kernel.routes.delete('20.0.1.0/24');
    machine.want(1, 0);
    while (kernel.routes.size === 0) machine.turn();
    remove();
    reconciler.changedByOther(0, 0, 0);
    machine.settle();
    expect(kernel.routes.size).toBe(1);
    remove();
    reconciler.changedByOtherAgain(0, 0, 0, () => 'process 4711 (ip)');
    machine.settle();
    expect([...reconciler.failures.values()]).toMatchObject([
      { attempts: 0, reason: 'process 4711 (ip) keeps deleting or changing it; writing it again once a second' },
    ]);
    expect([kernel.routes.size, machine.due]).toEqual([0, 1000]);
    machine.wait();
    machine.settle();
    expect([kernel.routes.size, reconciler.failures.size]).toEqual([1, 0]);
  });
});
