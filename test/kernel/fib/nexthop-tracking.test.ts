import type { NextHopReach } from '../../../lib/kernel/fib/fib';
import { ip, prefix } from '../routing-world';
import { setUp, via } from './fake-node';

const made = setUp();
const shown = ({ address, reachable, onLink }: NextHopReach) =>
  `${address} ${reachable ? (onLink ? 'on a link' : 'reached') : 'lost'}`;

describe('next hops', () => {
  test('are told when they are reached, lost, or reached otherwise, and routes behind them follow', async () => {
    const { kernel, open } = made.node;
    const told: string[] = [];
    const fib = await open({ nexthopObjects: false, nextHops: (changes) => told.push(...changes.map(shown)) });
    expect(fib.track([ip('172.16.0.1'), ip('10.0.0.2')]).map(shown)).toEqual(['172.16.0.1 lost', '10.0.0.2 on a link']);
    fib.set(prefix('192.0.2.0/24'), via('172.16.0.1'));
    await fib.settled();
    expect([kernel.routesOf(), fib.status().waiting]).toMatchObject([[], [{ prefixes: 1 }]]);
    kernel.add('172.16.0.0/16', { via: '10.0.0.7', link: 5 });
    await fib.settled();
    expect(kernel.routesOf()).toEqual(['192.0.2.0/24 unicast 10.0.0.7%5*1']);
    await new Promise((turn) => setTimeout(turn, 5));
    expect(told.splice(0)).toEqual(['172.16.0.1 reached']);
    kernel.add('172.16.0.0/16', { via: '10.0.0.8', link: 5 }, true);
    await fib.settled();
    expect(kernel.routesOf()).toEqual(['192.0.2.0/24 unicast 10.0.0.8%5*1']);
    kernel.remove('172.16.0.0/16', 0);
    await fib.settled();
    await new Promise((turn) => setTimeout(turn, 5));
    expect([kernel.routesOf(), told]).toEqual([[], ['172.16.0.1 lost']]);
    expect(fib.reaches().map(shown)).toEqual(['172.16.0.1 lost', '10.0.0.2 on a link']);
  });

  test('that were given up are shown with how many prefixes they cost, until BGP asks for them no longer', async () => {
    const { kernel, open } = made.node;
    const fib = await open();
    kernel.add('172.16.0.0/16', { via: '10.0.0.7', link: 5 });
    fib.track([ip('172.16.0.1')]);
    for (const to of ['192.0.2.0/24', '198.51.100.0/24']) fib.set(prefix(to), via('172.16.0.1'));
    await fib.settled();
    kernel.remove('172.16.0.0/16', 0);
    await fib.settled();
    await new Promise((turn) => setTimeout(turn, 5));
    for (const to of ['192.0.2.0/24', '198.51.100.0/24']) fib.remove(prefix(to));
    await fib.settled();
    expect(fib.status().unreached).toMatchObject([{ target: '172.16.0.1', prefixes: 2 }]);
    fib.untrack([ip('172.16.0.1')]);
    expect(fib.status().unreached).toEqual([]);
  });

  test('over a route of our own are told after a moment when they are lost: BGP may choose another', async () => {
    const { open } = made.node;
    const told: string[] = [];
    const fib = await open({ nexthopObjects: false, nextHops: (changes) => told.push(...changes.map(shown)) });
    fib.set(prefix('172.16.0.0/16'), via('10.0.0.7'));
    expect(fib.track([ip('172.16.0.1')]).map(shown)).toEqual(['172.16.0.1 reached']);
    await fib.settled();
    fib.remove(prefix('172.16.0.0/16'));
    await fib.settled();
    await new Promise((turn) => setTimeout(turn, 20));
    expect(told).toEqual([]);
    await new Promise((turn) => setTimeout(turn, 150));
    expect(told).toEqual(['172.16.0.1 lost']);
  });
});
