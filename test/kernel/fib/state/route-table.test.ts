import * as fc from 'fast-check';
import { routeInfo, routeInfoKey } from '../../../../lib/kernel/codec/route-info';
import { RouteQueue } from '../../../../lib/kernel/fib/state/pending-queue';
import { PrefixTable } from '../../../../lib/kernel/fib/state/prefix-table';
import { ABSENT, Mirror, UNKNOWN } from '../../../../lib/kernel/fib/state/route-table';
import { type NextHop, type Target, Targets } from '../../../../lib/kernel/fib/state/targets';
import { IpAddress } from '../../../../lib/model/address';
import { sure } from '../../../../lib/model/problem';

describe('a prefix table', () => {
  test.each([4, 16])('of %i octets does as a map does', (octets) => {
    // Few octets and lengths, so that prefixes meet and their slots are used again.
    const address = fc.uint8Array({ minLength: octets, maxLength: octets, max: 2 });
    const command = fc.record({ address, length: fc.nat(2), insert: fc.boolean() });
    fc.assert(
      fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
        const table = new PrefixTable(octets, undefined, 1),
          reference = new Map<string, number>();
        for (const { address, length, insert } of commands) {
          const key = `${address}/${length}`;
          table.load(address, 0);
          if (insert) {
            const slot = table.insert(length);
            expect(reference.get(key) ?? slot).toBe(slot);
            reference.set(key, slot);
          } else if (reference.has(key)) {
            table.remove(reference.get(key)!);
            reference.delete(key);
          }
        }
        expect(table.size).toBe(reference.size);
        expect(new Set(reference.values()).size).toBe(reference.size);
        for (const { address, length } of commands) {
          table.load(address, 0);
          const slot = reference.get(`${address}/${length}`);
          expect(table.find(length)).toBe(slot ?? -1);
          if (slot !== undefined)
            expect([`${table.addressOf(slot)}`, table.lengthOf(slot)]).toEqual([`${address}`, length]);
        }
      }),
    );
  });
});

describe('a queue of routes', () => {
  const emptied = (queue: RouteQueue) => {
    const taken: number[] = [];
    while (queue.size > 0) taken.push(queue.take());
    return taken;
  };

  test.each([false, true])('gives each once, and sorted ones not in their order (deletes: %s)', (isDelete) => {
    const queue = new RouteQueue(),
      count = 5000;
    for (let i = 0; i < count; i++) queue.add(i, 24, isDelete);
    const taken = emptied(queue);
    expect([...taken].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
    const rising = taken.filter((value, i) => i > 0 && value > taken[i - 1]).length;
    expect(Math.abs(rising - count / 2)).toBeLessThan(count / 10);
  });

  test('gives short prefixes first that are written, then long ones that are deleted, also those that came later', () => {
    const queue = new RouteQueue();
    for (const length of [16, 24, 0, 128, 8]) {
      queue.add(length, length, false);
      queue.add(-length - 1, length, true);
    }
    const taken = Array.from({ length: 6 }, () => queue.take());
    queue.add(12, 12, false);
    queue.add(-49, 48, true);
    expect([...taken, ...emptied(queue)]).toEqual([0, 8, 16, 24, 128, -129, 12, -49, -25, -17, -9, -1]);
  });
});

describe('a mirror', () => {
  const make = (
    infos = new Map([
      [1, 10],
      [2, 20],
      [3, 0],
    ]),
  ) => {
    const mirror = new Mirror(
      4,
      (target) => infos.get(target)!,
      (from, to) => from < 90 && to < 90,
    );
    mirror.table.load(Uint8Array.of(10, 0, 0, 0), 0);
    return { mirror, slot: mirror.slot(8), infos };
  };

  test.each([
    [0, ABSENT, 'none'],
    [1, ABSENT, 'add'],
    [1, 10, 'none'],
    [1, 20, 'replace'],
    [1, 90, 'recreate'],
    [1, UNKNOWN, 'recreate'],
    [0, 10, 'delete'],
    [0, UNKNOWN, 'delete'],
    [3, 10, 'delete'],
    [3, ABSENT, 'none'],
  ])('of target %i wanted and route info %i installed says %s', (target, installed, step) => {
    const { mirror, slot } = make();
    mirror.observe(slot, installed);
    expect(mirror.want(slot, target)).toBe(step !== 'none');
    expect(mirror.step(slot)).toBe(step);
  });

  test('keeps a leftover until the sweep, or until it is wanted or given up', () => {
    for (const end of ['sweep', 'want', 'give up']) {
      const { mirror, slot } = make();
      mirror.adopt(slot, 10);
      expect(mirror.step(slot)).toBe('none');
      const swept: number[] = [];
      if (end === 'want') expect(mirror.want(slot, 1)).toBe(false);
      if (end === 'give up') expect(mirror.want(slot, 0)).toBe(true);
      mirror.sweep((one) => swept.push(one));
      expect(swept).toEqual(end === 'sweep' ? [slot] : []);
      expect(mirror.step(slot)).toBe(end === 'want' ? 'none' : 'delete');
    }
  });

  test('misses in a dump what is gone, but not what was written meanwhile or is on its way', () => {
    const { mirror, slot } = make();
    const others = [11, 12, 13].map((octet) => {
      mirror.table.load(Uint8Array.of(octet, 0, 0, 0), 0);
      return mirror.slot(8);
    });
    for (const one of [slot, ...others]) {
      mirror.want(one, 1);
      mirror.observe(one, 10);
    }
    mirror.beginDump();
    mirror.launch(others[0]);
    mirror.observe(others[1], 10);
    expect(mirror.dumped(others[1], 20)).toBe(false);
    expect(mirror.dumped(others[2], 20)).toBe(true);
    const missing: number[] = [];
    mirror.endDump((one) => missing.push(one));
    expect(missing).toEqual([slot]);
    expect([slot, ...others].map((one) => mirror.step(one))).toEqual(['add', 'none', 'none', 'replace']);
  });

  test('leads to what is wanted, whatever happens in between', () => {
    // The kernel as a number; an outsider writes and deletes; the writer does what step() says.
    const action = fc.oneof(
      fc.record({ want: fc.constantFrom(0, 1, 2, 3) }),
      fc.record({ outside: fc.constantFrom(ABSENT, 10, 20, 90) }),
      fc.constant('write' as const),
      fc.constant('lose the answer' as const),
      fc.constant('dump' as const),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
        const { mirror, slot, infos } = make();
        let kernel = ABSENT;
        const write = (answered: boolean) => {
          const step = mirror.step(slot);
          if (step === 'none') return;
          if (step === 'add') expect(kernel).toBe(ABSENT);
          if (step === 'replace') expect(kernel).not.toBe(ABSENT);
          kernel = step === 'delete' ? ABSENT : mirror.desired(slot);
          mirror.launch(slot);
          mirror.land(slot, answered ? kernel : UNKNOWN);
        };
        for (const one of actions) {
          if (one === 'write') write(true);
          else if (one === 'lose the answer') write(false);
          else if (one === 'dump') {
            mirror.beginDump();
            if (kernel !== ABSENT) mirror.dumped(slot, kernel);
            mirror.endDump(() => {});
          } else if ('want' in one) mirror.want(slot, one.want);
          else {
            kernel = one.outside;
            mirror.observe(slot, kernel);
          }
        }
        write(true);
        const wanted = mirror.wanted(slot);
        expect(kernel).toBe(wanted === 0 ? ABSENT : infos.get(wanted));
      }),
    );
  });
});

describe('targets', () => {
  const address = (text: string) => sure(IpAddress.parse(text));
  const make = () => {
    const reached = new Map([
      ['10.0.0.2', 5],
      ['10.0.0.3', 5],
      ['10.0.1.2', 6],
    ]);
    const gateways = new Map<string, string>();
    const targets = new Targets((hop: NextHop) => {
      const name = String(hop.address),
        link = reached.get(name);
      if (link === undefined) return `no route to ${name}`;
      const gateway = address(gateways.get(name) ?? name);
      return [{ interface: link, gateway, weight: hop.weight ?? 1, onlink: false }];
    });
    const shown = (number: number) => routeInfoKey(targets.info(targets.infoOf(number)));
    const want = (target: Target) => {
      const number = targets.intern(target);
      targets.move(0, number);
      return number;
    };
    return { reached, gateways, targets, shown, want };
  };
  const via = (...texts: string[]): Target => ({ via: texts.map((text) => ({ address: address(text) })) });

  test('have one number for all that say the same', () => {
    const { targets } = make();
    expect(targets.intern(via('10.0.0.2'))).toBe(targets.intern(via('10.0.0.2')));
    expect(targets.intern(via('10.0.0.2'))).not.toBe(targets.intern(via('10.0.0.3')));
    expect(targets.intern('blackhole')).not.toBe(targets.intern('unreachable'));
  });

  test('go without the next hops that are not reached, and wait when none is', () => {
    const { want, shown, targets } = make();
    expect(shown(want(via('10.0.0.2', '192.0.2.1')))).toBe('unicast 10.0.0.2%5*1');
    const lost = want(via('192.0.2.1'));
    expect(targets.infoOf(lost)).toBe(0);
    expect(targets.waiting()).toEqual([{ target: via('192.0.2.1'), reason: 'no route to 192.0.2.1', prefixes: 1 }]);
    targets.move(lost, 0);
    expect(targets.waiting()).toEqual([]);
  });

  test('join next hops behind one gateway into one with the weight of both', () => {
    const { want, shown, gateways } = make();
    for (const name of ['10.0.0.2', '10.0.0.3']) gateways.set(name, '10.0.0.9');
    expect(shown(want(via('10.0.0.2', '10.0.0.3')))).toBe('unicast 10.0.0.9%5*1');
    expect(shown(want(via('10.0.0.2', '10.0.0.3', '10.0.1.2')))).toBe('unicast 10.0.0.9%5*2 10.0.1.2%6*1');
  });

  test('are forgotten when nobody wants them: ever other ones take no more room, and one that comes again is as new', () => {
    const { targets, shown } = make(),
      kept = via('10.0.0.2');
    const [number] = [kept].map((target) => targets.intern(target));
    targets.move(0, number);
    let last = 0,
      greatest = 0;
    for (let n = 0; n < 1000; n++) {
      const next = targets.intern(via(`10.9.${n >> 8}.${n & 255}`, '10.0.0.3'));
      expect(next).not.toBe(number);
      targets.move(last, next);
      targets.collect();
      greatest = Math.max(greatest, next);
      last = next;
    }
    expect(targets.size).toBe(2);
    expect(greatest).toBeLessThan(5);
    targets.move(number, last);
    targets.collect();
    const other = targets.intern(via('10.0.1.2'));
    targets.move(last, other);
    // The object is known from before, and its number may stand for another target by now.
    const again = targets.intern(kept);
    targets.move(0, again);
    expect([shown(again), shown(other)]).toEqual(['unicast 10.0.0.2%5*1', 'unicast 10.0.1.2%6*1']);
  });

  test('tell which of them changed when next hops did', () => {
    const { want, targets, reached, shown } = make();
    const [one, both, other] = [want(via('10.0.0.2')), want(via('10.0.0.2', '10.0.1.2')), want(via('10.0.0.3'))];
    reached.delete('10.0.0.2');
    expect(targets.refresh()).toEqual(new Set([one, both]));
    expect([targets.infoOf(one), shown(both), shown(other)]).toEqual([
      0,
      'unicast 10.0.1.2%6*1',
      'unicast 10.0.0.3%5*1',
    ]);
    expect(targets.refresh()).toEqual(new Set());
    expect(shown(want('blackhole'))).toBe(routeInfoKey(routeInfo('blackhole')));
  });
});
