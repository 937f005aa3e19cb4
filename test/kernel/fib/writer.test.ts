import * as fc from 'fast-check';
import type { Nexthop } from '../../../lib/kernel/codec/nexthop';
import { NexthopObjects } from '../../../lib/kernel/fib/state/nexthop-objects';
import type { NextHop, Target } from '../../../lib/kernel/fib/state/target';
import { Targets } from '../../../lib/kernel/fib/state/targets';
import { RouteWriter } from '../../../lib/kernel/fib/writer';
import { IpAddress } from '../../../lib/model/address';
import { sure } from '../../../lib/model/problem';
import { SimulatedKernel } from './simulated-kernel';

const PREFIXES = 40;
const HOPS = ['10.0.0.2', '10.0.0.3', '10.0.1.2'];
const TARGETS = [['10.0.0.2'], ['10.0.0.3'], ['10.0.1.2'], ['10.0.0.2', '10.0.1.2']];

/** Routes on objects, written to a simulated kernel; few routes are many here, so that all that happens to a million happens. */
class Machine {
  readonly kernel = new SimulatedKernel();
  /** How each next hop is reached: over itself, over another router, or (absent) not at all. */
  readonly ways = new Map(HOPS.map((hop) => [hop, hop]));
  readonly wanted = new Map<number, number>();
  readonly refusals: string[] = [];
  private readonly events: [Nexthop, boolean][] = [];
  readonly targets: Targets;
  readonly objects: NexthopObjects;
  readonly writer: RouteWriter;

  constructor(many = 4) {
    this.objects = new NexthopObjects(114, {
      refused: (group) => this.lookAt(new Set(this.targets.groupRefused(group))),
      gone: (group) => this.writer.groupsGone([group]),
    });
    const resolve = ({ address }: NextHop) => {
      const way = this.ways.get(String(address));
      if (way === undefined) return `no route to ${address}`;
      return [{ interface: 5, gateway: sure(IpAddress.parse(way)), weight: 1, onlink: false }];
    };
    this.targets = new Targets(resolve, this.objects, many);
    const ignore = () => {};
    this.writer = new RouteWriter(
      this.kernel.socket,
      { table: 254, protocol: 114, metric: 200 },
      this.targets,
      this.objects,
      {
        look: () => this.hear(),
        occupied: ignore,
        done: ignore,
        refused: (_, { reason }) => this.refusals.push(reason),
        idle: ignore,
      },
    );
    this.targets.endGrace();
  }

  want(i: number, which: number | undefined): void {
    const [table] = this.writer.tables;
    table.prefixes.load(Uint8Array.of(20, 0, i, 0), 0);
    const target: Target | undefined =
      which === undefined ? undefined : { via: TARGETS[which].map((hop) => ({ address: sure(IpAddress.parse(hop)) })) };
    if (which === undefined) this.wanted.delete(i);
    else this.wanted.set(i, which);
    const number = target ? this.targets.intern(target) : 0;
    const slot = number === 0 ? table.prefixes.find(24) : table.slot(24);
    if (slot < 0) return;
    this.writer.retarget(table.wanted(slot), number, table.installed(slot));
    if (table.want(slot, number)) this.writer.enqueue(0, slot);
    else if (number === 0) this.writer.release(slot * 2);
  }

  resolveAgain(): void {
    this.lookAt(this.targets.refresh());
    this.writer.nudge();
  }

  /** The kernel drops every object on the link, and the routes on them; the event about the link tells. */
  async loseLink(): Promise<void> {
    await this.settle();
    for (const { id, group } of [...this.kernel.objects.values()]) if (!group) this.kernel.drop(id);
    this.writer.groupsGone(this.objects.linkLost(5));
    this.writer.nudge();
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
        if (gone) this.writer.groupsGone([gone]);
      }
      this.writer.nudge();
    }
  }

  async settle(): Promise<void> {
    this.hear();
    for (let turns = 0; turns < 500; turns++) {
      await new Promise((turn) => setImmediate(turn));
      if (this.writer.idle) return;
    }
    throw new Error('the writer never comes to rest');
  }

  /** Where each route leads that is there, and where it shall. */
  compared(): { is: Record<string, string>; shall: Record<string, string> } {
    const is: Record<string, string> = {},
      shall: Record<string, string> = {};
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

  private lookAt(changed: ReadonlySet<number>): void {
    const [table] = this.writer.tables;
    table.each((slot) => {
      if (changed.has(table.wanted(slot)) && table.step(slot) !== 'none') this.writer.enqueue(0, slot);
    });
  }
}

const prefix = fc.nat(PREFIXES - 1),
  target = fc.option(fc.nat(TARGETS.length - 1), { nil: undefined, freq: 3 });
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

describe('a writer on nexthop objects', () => {
  test('brings the kernel to what is wanted, whatever happens on the way, and leaves no object unused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
        const machine = new Machine();
        for (const one of actions) {
          if (one === 'settle') await machine.settle();
          else if (one === 'turn') await new Promise((turn) => setImmediate(turn));
          else if (one === 'lose answers') machine.kernel.losesAnswers = true;
          else if (one === 'lose the link') await machine.loseLink();
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
        await machine.settle();
        const { is, shall } = machine.compared();
        expect(is).toEqual(shall);
        expect(machine.refusals).toEqual([]);
        const { objects, routes } = machine.kernel,
          onRoutes = new Set(routes.values());
        const groups = [...objects.values()].filter(({ group }) => group),
          members = new Set(groups.flatMap(({ group }) => group!.map(({ id }) => id)));
        // A group that is ready for the next route of a target in use may be empty.
        for (const [id, { group }] of objects) if (!group) expect([id, members.has(id)]).toEqual([id, true]);
        if (routes.size === 0) expect(objects.size).toBe(0);
        const counted = [...machine.objects.all()].filter((group) => group.routes > 0).map(({ id }) => id);
        expect(new Set(counted)).toEqual(onRoutes);
        machine.writer.nudge();
        await machine.settle();
        expect(machine.targets.size).toBe(new Set(machine.wanted.values()).size);
      }),
      { numRuns: 300 },
    );
  });

  test('moves all routes of a target without writing one, and deletes them one by one', async () => {
    const machine = new Machine();
    for (let i = 0; i < PREFIXES; i++) machine.want(i, 0);
    await machine.settle();
    const before = machine.kernel.requests;
    machine.ways.set('10.0.0.2', '10.0.9.9');
    machine.resolveAgain();
    await machine.settle();
    for (let i = 0; i < PREFIXES; i++) machine.want(i, 1);
    await machine.settle();
    expect(machine.kernel.requests - before).toBe(0);
    for (let i = 0; i < PREFIXES; i++) machine.want(i, undefined);
    await machine.settle();
    const { requests, routes, objects, largestDrop } = machine.kernel;
    expect([requests - before, routes.size, objects.size, largestDrop]).toEqual([PREFIXES, 0, 0, 0]);
  });

  test('moves routes of a group together where some of them are to go, which are deleted', async () => {
    const machine = new Machine();
    for (let i = 0; i < PREFIXES; i++) machine.want(i, 0);
    await machine.settle();
    const before = machine.kernel.requests;
    for (let i = 0; i < PREFIXES; i++) machine.want(i, i % 2 === 0 ? 1 : undefined);
    await machine.settle();
    const { is, shall } = machine.compared();
    expect(is).toEqual(shall);
    expect(machine.kernel.requests - before).toBe(PREFIXES / 2);
  });
});
