import { CAPABILITY } from '../../../../lib/bgp/wire/capability';
import { AS_TRANS } from '../../../../lib/bgp/wire/open';
import { IpAddress } from '../../../../lib/model/address';
import { Prefix } from '../../../../lib/model/prefix';
import { sure } from '../../../../lib/model/problem';
import { eventually, has, hasNot, type Lab, OUR_AS, type PairOptions, THEIR_AS, THIRD_AS } from '../lab';
import type { Feature } from './feature';

const [OUR4, OUR6, THEIR4, THEIR6] = ['198.51.100.0/24', '2001:db8:1::/48', '203.0.113.0/24', '2001:db8:2::/48'];
const [OTHER4, LAST4] = ['203.0.114.0/24', '198.51.101.0/24'];
const FAR_AS = 4_200_000_003;
/** Our session with a third party, which dials. */
const THIRD = { remote: '10.0.0.3', remoteAs: THIRD_AS, dial: 'never', holdTime: 0 } as const;

/** Routes of one family go both ways, and go away. */
async function exchange(lab: Lab, options: PairOptions, family: 'ipv4' | 'ipv6' = 'ipv4'): Promise<void> {
  const [ourPrefix, theirPrefix] = family === 'ipv4' ? [OUR4, THEIR4] : [OUR6, THEIR6];
  const { ourAs = OUR_AS, theirAs = THEIR_AS } = options;
  const isInternal = ourAs === theirAs;
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
      await has(us, THEIR6, { nextHop: them.nextHop6 });
      expect(us.session(theirs).negotiated?.families).toEqual(['ipv4 unicast', 'ipv6 unicast']);
    },
  },
  'next-hop-of-the-session': {
    title:
      'A host whose own addresses are loopbacks: the next hop is the address of the session, and for the other family that of the link',
    standard: 'RFC 4271 5.1.3, 2545',
    async run(lab) {
      const [loopback, loopback6] = ['10.255.0.1', 'fd00:255::1'].map((text) => sure(IpAddress.parse(text)));
      const { us, them, theirs } = await lab.pair({
        ours: { families: ['ipv4 unicast', 'ipv6 unicast'], localAddresses: { ipv4: loopback, ipv6: loopback6 } },
        theirs: { families: ['ipv4', 'ipv6'] },
      });
      const { stdout } = await lab.execute(1, 'ip', '-o', '-6', 'address', 'show', 'dev', 'eth0', 'scope', 'link');
      const addresses = [`${us.address}/24`, `${us.address6}/64`, /fe80\S+/.exec(stdout)![0]].map((text) => {
        const [address, length] = text.split('/');
        return { address: sure(IpAddress.parse(address)), length: Number(length) };
      });
      await us.announce({ prefix: OUR4 });
      await us.announce({ prefix: OUR6 });
      await has(them, OUR4, { nextHop: us.address });
      us.host.give({ kind: 'interfaces', interfaces: [{ name: 'eth0', addresses: addresses.slice(0, 1) }] });
      await hasNot(them, OUR6);
      expect(us.session(theirs).lacks).toEqual({ 'ipv6 unicast': expect.stringContaining('eth0, which has 10.0.0.1') });
      us.host.give({ kind: 'interfaces', interfaces: [{ name: 'eth0', addresses }] });
      await has(them, OUR6, { asPath: [OUR_AS] });
      const [{ nextHop }] = await them.paths(OUR6);
      expect([us.address6, String(addresses[2].address)]).toContain(nextHop); // they choose of the two
      await has(them, OUR4, { nextHop: us.address });
    },
  },
  'two-octet-as': {
    title: 'A neighbour that supports only two-octet AS numbers',
    standard: 'RFC 6793',
    async run(lab) {
      const { us, them } = await lab.pair({
        theirs: { twoOctetAs: true },
        routes: [{ prefix: THEIR4 }],
        sessions: [{ ...THIRD, remoteAs: FAR_AS }],
      });
      expect(us.session(them.address).negotiated?.capabilities).not.toContain('four-octet AS');
      const third = await lab.raw({ as: FAR_AS });
      await third.open();
      third.announce([OUR4]);
      await has(us, THEIR4, { asPath: [THEIR_AS] });
      await eventually(async () => {
        const [path] = await them.paths(OUR4);
        // AS4_PATH is for those behind it: not everyone merges it for itself.
        expect([
          [OUR_AS, FAR_AS],
          [OUR_AS, AS_TRANS],
        ]).toContainEqual(path?.asPath);
      });
    },
  },
  communities: {
    title: 'Communities, standard, extended and large, in both directions',
    standard: 'RFC 1997, 4360, 8092',
    async run(lab) {
      const theirs = { communities: ['65002:1', '65002:2'], large: ['65002:1:2'], targets: ['65002:7'] };
      const { us, them } = await lab.pair({ routes: [{ prefix: THEIR4, ...theirs }], sessions: [THIRD] });
      await has(us, THEIR4, { communities: theirs.communities, large: theirs.large, extended: ['rt 65002:7'] });
      const third = await lab.raw();
      await third.open();
      third.announce([OUR4], {
        communities: [(65003 << 16) >>> 0, ((65003 << 16) | 9) >>> 0],
        largeCommunities: [
          [65003, 1, 2],
          [4_200_000_000, 3, 4],
        ],
        extendedCommunities: [Uint8Array.of(0, 2, 0xfd, 0xeb, 0, 0, 0, 8)],
      });
      await has(them, OUR4, {
        communities: ['65003:0', '65003:9'],
        large: ['4200000000:3:4', '65003:1:2'],
        extended: ['rt 65003:8'],
      });
    },
  },
  'local-as': {
    title:
      'A local AS in migration: alone in the path, or before the number of the node, and prepended to what is received',
    standard: 'RFC 7705',
    async run(lab) {
      const NODE_AS = 65009;
      const session = { remoteAs: THEIR_AS, nodeAs: NODE_AS };
      const { us, them, theirs } = await lab.pair({ ours: session, routes: [{ prefix: THEIR4 }] });
      await us.announce({ prefix: OUR4 });
      await has(them, OUR4, { asPath: [OUR_AS] });
      await has(us, THEIR4, { asPath: [THEIR_AS] });
      us.configure([{ remote: theirs, ...session, localAsPrepend: 'both' }]);
      await has(them, OUR4, { asPath: [OUR_AS, NODE_AS] });
      await has(us, THEIR4, { asPath: [OUR_AS, THEIR_AS] });
      expect(us.session(theirs).established).toBe(1);
    },
  },
  multipath: {
    title: 'Paths of equal cost are used together, and those of a neighbour that is lost are removed',
    standard: 'RFC 4271 9.1.2.2',
    async run(lab) {
      const { us, them } = await lab.pair({
        us: { multipath: 4 },
        routes: [{ prefix: THEIR4 }],
        sessions: [THIRD],
      });
      const third = await lab.raw();
      await third.open();
      await has(us, THEIR4, {});
      const [{ paths }] = us.host.speaker.rib.routes({ prefix: sure(Prefix.parse(THEIR4)) });
      third.announce([THEIR4], { origin: paths[0].attributes.origin ?? 0 }); // not everybody says IGP
      await eventually(() => expect([...us.nextHops(THEIR4)].sort()).toEqual(['10.0.0.2', '10.0.0.3']));
      await them.kill();
      await eventually(() => expect(us.nextHops(THEIR4)).toEqual(['10.0.0.3']));
    },
  },
  'no-export': {
    title: 'NO_EXPORT, both sides observe it',
    standard: 'RFC 1997',
    async run(lab) {
      const NO_EXPORT = ['65535:65281'];
      const { us, them } = await lab.pair({
        theirAs: OUR_AS,
        routes: [{ prefix: THEIR4, communities: NO_EXPORT }, { prefix: OTHER4 }],
        sessions: [THIRD],
        others: [{ address: '10.0.0.3', as: THIRD_AS }],
      });
      const third = await lab.ours({ number: 3, as: THIRD_AS }, [
        { remote: us.address, remoteAs: OUR_AS },
        { remote: them.address, remoteAs: OUR_AS },
      ]);
      await lab.up(third, them, third.address, them.address);
      await lab.up(third, us, third.address, us.address);
      await us.announce({ prefix: OUR4, communities: NO_EXPORT });
      await us.announce({ prefix: LAST4 });
      await has(us, THEIR4, { communities: NO_EXPORT });
      await has(them, OUR4, { communities: NO_EXPORT });
      // The others went both ways: what is not there was held back.
      for (const prefix of [OTHER4, LAST4]) await has(third, prefix, { asPath: [OUR_AS] }, { asPath: [OUR_AS] });
      const from = async (prefix: string) => (await third.paths(prefix)).map(({ nextHop }) => nextHop);
      expect(await from(THEIR4)).not.toContain(us.address);
      expect(await from(OUR4)).toEqual([]);
    },
  },
  'reflection-by-us': {
    title: 'Route reflection, we reflect',
    standard: 'RFC 4456',
    async run(lab) {
      const client = { routeReflectorClient: true };
      const { us, them } = await lab.pair({
        theirAs: OUR_AS,
        ours: client,
        routes: [{ prefix: THEIR4 }],
        sessions: [{ ...THIRD, remoteAs: OUR_AS, ...client }],
      });
      const third = await lab.ours({ number: 3, as: OUR_AS }, [{ remote: us.address, remoteAs: OUR_AS }]);
      await third.announce({ prefix: OUR4 });
      const clusters = [us.address];
      await has(third, THEIR4, { originator: them.address, clusters, nextHop: them.address });
      await has(them, OUR4, { originator: third.address, clusters, nextHop: third.address, asPath: [] });
    },
  },
  'reflection-by-them': {
    title: 'Route reflection, they reflect',
    standard: 'RFC 4456',
    async run(lab) {
      const { us, them } = await lab.pair({
        theirAs: OUR_AS,
        theirs: { reflectorClient: true },
        others: [{ address: '10.0.0.3', as: OUR_AS, reflectorClient: true }],
      });
      const third = await lab.ours({ number: 3, as: OUR_AS }, [{ remote: them.address, remoteAs: OUR_AS }]);
      await us.announce({ prefix: OUR4 });
      await third.announce({ prefix: OTHER4 });
      const clusters = [them.address];
      await has(third, OUR4, { originator: us.address, clusters, nextHop: us.address });
      await has(us, OTHER4, { originator: third.address, clusters, nextHop: third.address });
    },
  },
  'extended-next-hop': {
    title: 'IPv4 routes with an IPv6 next hop',
    standard: 'RFC 8950',
    async run(lab) {
      const { us, them, theirs } = await lab.pair({
        over: 'ipv6',
        ours: {
          families: ['ipv4 unicast'],
          extendedNextHop: true,
          localAddresses: { ipv6: sure(IpAddress.parse('fd00::1')) },
        },
        theirs: { families: ['ipv4'], extendedNextHop: true },
        routes: [{ prefix: THEIR4 }],
      });
      await us.announce({ prefix: OUR4 });
      await has(us, THEIR4, { nextHop: them.address6 });
      await has(them, OUR4, { nextHop: us.address6 });
      expect(us.session(theirs).negotiated?.capabilities).toContain('extended next hop');
    },
  },
  'add-path-receive': {
    title: 'ADD-PATH, they send and we receive',
    standard: 'RFC 7911',
    async run(lab) {
      const { us, them } = await lab.pair({
        ours: { addPath: { receive: ['ipv4 unicast'], send: [] } },
        theirs: { addPath: 'send' },
        routes: [{ prefix: THEIR4 }],
        others: [{ address: '10.0.0.3', as: THIRD_AS }],
      });
      const third = await lab.ours({ number: 3, as: THIRD_AS }, [{ remote: them.address, remoteAs: THEIR_AS }]);
      await third.announce({ prefix: THEIR4 });
      await has(us, THEIR4, { asPath: [THEIR_AS] }, { asPath: [THEIR_AS, THIRD_AS] });
      await third.withdraw(THEIR4);
      await has(us, THEIR4, { asPath: [THEIR_AS] });
    },
  },
  'add-path-send': {
    title: 'ADD-PATH, we send and they receive',
    standard: 'RFC 7911',
    async run(lab) {
      const { us, them } = await lab.pair({
        ours: { addPath: { receive: [], send: ['ipv4 unicast'] } },
        theirs: { addPath: 'receive' },
        sessions: [THIRD],
      });
      const third = await lab.ours({ number: 3, as: THIRD_AS }, [{ remote: us.address, remoteAs: OUR_AS }]);
      await third.announce({ prefix: OUR4 });
      await us.announce({ prefix: OUR4 });
      await has(them, OUR4, { asPath: [OUR_AS] }, { asPath: [OUR_AS, THIRD_AS] });
      await us.withdraw(OUR4);
      await has(them, OUR4, { asPath: [OUR_AS, THIRD_AS] });
    },
  },
  'long-messages': {
    title: 'Messages of more than 4096 octets',
    standard: 'RFC 8654',
    async run(lab) {
      const communities = Array.from({ length: 1500 }, (_, i) => (65003 << 16) | i).map((value) => value >>> 0);
      const { us, them, theirs } = await lab.pair({ theirs: { extendedMessages: true }, sessions: [THIRD] });
      expect(us.session(theirs).negotiated?.capabilities).toContain('extended message');
      const third = await lab.raw({ capabilities: [{ code: CAPABILITY.extendedMessage }] });
      await third.open();
      third.announce([OUR4], { communities });
      await eventually(async () => {
        const [path] = await them.paths(OUR4);
        expect(path?.communities).toContain('65003:0'); // some show the first few only
      });
    },
  },
} as const satisfies Record<string, Feature>;
