import { routeInfo, routeInfoKey } from '../../../../lib/kernel/codec/route-info';
import type { BgpNextHop, NexthopSet } from '../../../../lib/kernel/fib/state/nexthop-set';
import { NexthopSets } from '../../../../lib/kernel/fib/state/nexthop-sets';
import { IpAddress } from '../../../../lib/model/address';
import { sure } from '../../../../lib/model/problem';

describe('targets', () => {
  const address = (text: string) => sure(IpAddress.parse(text));
  const make = () => {
    const reached = new Map([
      ['10.0.0.2', 5],
      ['10.0.0.3', 5],
      ['10.0.1.2', 6],
    ]);
    const gateways = new Map<string, string>();
    const targets = new NexthopSets((hop: BgpNextHop) => {
      const name = String(hop.address);
      const link = reached.get(name);
      if (link === undefined) return `no route to ${name}`;
      const gateway = address(gateways.get(name) ?? name);
      return [{ interface: link, gateway, weight: hop.weight ?? 1, onlink: false }];
    });
    const shown = (number: number) => routeInfoKey(targets.infos.get(targets.infoOf(number)));
    const want = (target: NexthopSet) => {
      const number = targets.intern(target);
      targets.move(0, number);
      return number;
    };
    return { reached, gateways, targets, shown, want };
  };
  const via = (...texts: string[]): NexthopSet => ({ via: texts.map((text) => ({ address: address(text) })) });

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
    const { targets, shown } = make();
    const kept = via('10.0.0.2');
    const [number] = [kept].map((target) => targets.intern(target));
    targets.move(0, number);
    let last = 0;
    let greatest = 0;
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
