import { has, hasNot, type Lab, OUR_AS, type PairOptions, THEIR_AS } from '../lab';
import type { Feature } from './feature';

const [OUR4, OUR6, THEIR4, THEIR6] = ['198.51.100.0/24', '2001:db8:1::/48', '203.0.113.0/24', '2001:db8:2::/48'];

/** Routes of one family go both ways, and go away. */
async function exchange(lab: Lab, options: PairOptions, family: 'ipv4' | 'ipv6' = 'ipv4'): Promise<void> {
  const [ourPrefix, theirPrefix] = family === 'ipv4' ? [OUR4, THEIR4] : [OUR6, THEIR6];
  const { ourAs = OUR_AS, theirAs = THEIR_AS } = options,
    isInternal = ourAs === theirAs;
  const { us, them } = await lab.pair({ ...options, routes: [{ prefix: theirPrefix }] });
  await us.announce({ prefix: ourPrefix });
  const [from, to] = family === 'ipv4' ? [us.address, them.address] : [us.address6, them.address6];
  await has(them, ourPrefix, { nextHop: from, asPath: isInternal ? [] : [ourAs] });
  await has(us, theirPrefix, { nextHop: to, asPath: isInternal ? [] : [theirAs] });
  await us.withdraw(ourPrefix);
  await hasNot(them, ourPrefix);
  await them.withdraw(theirPrefix);
  await hasNot(us, theirPrefix);
}

export const ROUTES = {
  'ipv4-ebgp': {
    title: 'IPv4 unicast, eBGP',
    standard: 'RFC 4271',
    run: (lab) => exchange(lab, {}),
  },
  'ipv6-ebgp': {
    title: 'IPv6 unicast over IPv6, eBGP',
    standard: 'RFC 4760, 2545',
    run: (lab) => exchange(lab, { over: 'ipv6' }, 'ipv6'),
  },
  'ipv4-ibgp': {
    title: 'IPv4 unicast, iBGP',
    standard: 'RFC 4271',
    run: (lab) => exchange(lab, { theirAs: OUR_AS }),
  },
  'ipv6-ibgp': {
    title: 'IPv6 unicast over IPv6, iBGP',
    standard: 'RFC 4760, 2545',
    run: (lab) => exchange(lab, { over: 'ipv6', theirAs: OUR_AS }, 'ipv6'),
  },
  'four-octet-as': {
    title: 'Four-octet AS numbers on both sides',
    standard: 'RFC 6793',
    run: (lab) => exchange(lab, { ourAs: 4_200_000_001, theirAs: 4_200_000_002 }),
  },
  'both-families': {
    title: 'IPv4 and IPv6 on one session',
    standard: 'RFC 4760',
    async run(lab) {
      const { us, them, theirs } = await lab.pair({
        ours: { families: ['ipv4 unicast', 'ipv6 unicast'] },
        theirs: { families: ['ipv4', 'ipv6'] },
        routes: [{ prefix: THEIR4 }, { prefix: THEIR6 }],
      });
      await us.announce({ prefix: OUR4 });
      await us.announce({ prefix: OUR6 });
      await has(them, OUR4, { nextHop: us.address });
      await has(them, OUR6, { nextHop: us.address6 });
      await has(us, THEIR4, { nextHop: them.address });
      await has(us, THEIR6, { nextHop: them.address6 });
      expect(us.session(theirs).negotiated?.families).toEqual(['ipv4 unicast', 'ipv6 unicast']);
    },
  },
} as const satisfies Record<string, Feature>;
