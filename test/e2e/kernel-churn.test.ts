import { Fib, type NextHopReach, type NexthopSet } from '../../lib/kernel/fib/fib';
import { KernelError } from '../../lib/kernel/system/error';
import { IpAddress } from '../../lib/model/address';
import { Prefix } from '../../lib/model/prefix';
import { share } from '../breadth';
import { Namespace } from '../kernel/namespace';
import { heldBy } from './support/held';

/**
 * Entries of the two tables when each of their segments has room for as many of a round's prefixes as chance brings
 * together. Prefixes that are never let go of would need four times that.
 */
const SEGMENTS = 2 * 256 * 16;
const isSegments = (path: string): boolean => path.endsWith('segments[].entries');

const ROUNDS = share(1000);
/** The tables have grown as far as a round needs by then. */
const WARM = 100;
const INFOS = 256;
const address = (n: number) => IpAddress.fromBytes(Uint8Array.of(10, 77, (n >> 8) & 255, n & 255));
const address6 = (n: number) =>
  IpAddress.fromBytes(Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (n >> 8) & 255, n & 255));
const via = (...all: IpAddress[]): NexthopSet => ({ via: all.map((one) => ({ address: one })) });

test('what is held for neighbours, next hops, routes and links is as much as before when they have come and gone a thousand times', async () => {
  const node = Namespace.make();
  node.pair('up0', '10.77.0.1/16', '2001:db8::1/64');
  node.enter();
  const nextHops: NextHopReach[] = [];
  const fib = await Fib.open({ nextHops: (changes) => nextHops.push(...changes) });
  if (fib instanceof KernelError) throw new Error(String(fib));
  try {
    fib.reconciled();
    let warm: Map<string, number> | undefined;
    for (let round = 0; round < ROUNDS; round++) {
      // Each round has addresses, prefixes and links of its own.
      const base = 256 + round * 16;
      const hops = Array.from({ length: 8 }, (_, i) => address(base + i));
      const hops6 = Array.from({ length: 4 }, (_, i) => address6(base + i));
      const neighbours = [...hops, ...hops6];
      const routes: [Prefix, NexthopSet][] = [
        ...hops.map((hop, i): [Prefix, NexthopSet] => [
          Prefix.of(IpAddress.fromBytes(Uint8Array.of(30, round >> 8, round & 255, i << 4)), 28),
          via(hop),
        ]),
        ...hops6.map((hop, i): [Prefix, NexthopSet] => [
          Prefix.of(
            IpAddress.fromBytes(Uint8Array.of(0x20, 2, round >> 8, round & 255, i, ...new Array<number>(11).fill(0))),
            48,
          ),
          via(hop),
        ]),
        [
          Prefix.of(IpAddress.fromBytes(Uint8Array.of(31, round >> 8, round & 255, 0)), 24),
          via(hops[0], hops[1 + (round % 7)]),
        ],
        [Prefix.of(IpAddress.fromBytes(Uint8Array.of(32, round >> 8, round & 255, 0)), 24), 'blackhole'],
        [Prefix.host(hops[3]), via(hops[4])], // held back: it is a neighbour's
        [Prefix.of(address(base), 30), 'unreachable'], // held back: it is on the link
      ];
      fib.setNeighbours(neighbours);
      fib.track(neighbours);
      for (const [prefix, target] of routes) fib.set(prefix, target);
      if (round % 10 === 0) {
        // A workload and a route of somebody else, over a link that nobody had before.
        node.ip(`link add w${round} type veth peer name v${round}`);
        node.ip(`link set v${round} up`);
        node.ip(`link set w${round} up`);
        node.ip(`addr add 10.${78 + (round % 100)}.0.1/30 dev w${round}`);
        node.ip(`route add 10.66.${round >> 8}.${round & 255}/32 dev w${round}`);
        node.ip(`route add 10.67.${round >> 8}.0/24 via 10.${78 + (round % 100)}.0.2`);
      }
      await fib.settled();
      for (const [prefix] of routes) fib.remove(prefix);
      fib.setNeighbours([]);
      fib.untrack(neighbours);
      if (round % 10 === 0) node.ip(`link del w${round}`);
      await fib.settled();
      if (round === WARM || round === ROUNDS - 1) {
        // What is let go of after a while has been let go of, and the kernel was compared.
        await new Promise((turn) => setTimeout(turn, 2500));
        await fib.check();
        const held = heldBy(fib);
        warm ??= held;
        const total = (of: Map<string, number>) =>
          [...of].reduce((sum, [path, one]) => sum + (isSegments(path) ? 0 : one), 0);
        const grown = [...held].flatMap(([path, now]) => {
          const before = warm!.get(path) ?? 0;
          // Of route infos so many are kept until it is looked who has them; and what shares a part of a hash is
          // chance, as is which segments of a table have had a prefix by then.
          const isInfo = /info|classes|ways/i.test(path);
          const most = Math.max(before + 32, isInfo ? 2 * INFOS : 0, isSegments(path) ? SEGMENTS : 0);
          return now > most ? [`${path}: ${before} -> ${now}`] : [];
        });
        expect(grown).toEqual([]);
        expect(total(held)).toBeLessThanOrEqual(1.1 * total(warm) + 20 * INFOS);
        expect(fib.status()).toMatchObject({ wanted: 0, withheld: 0, kept: 0, unreached: [], waiting: [], refused: 0 });
      }
    }
    expect(node.routes('proto 114')).toEqual([]);
    expect([...node.nexthops()]).toEqual([]);
  } finally {
    await fib.close();
    node.remove();
  }
});
