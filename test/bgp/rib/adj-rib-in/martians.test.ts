import fc from 'fast-check';
import { ACCEPT_ALL, type Policy } from '../../../../lib/bgp/policy/policy';
import { isMartian } from '../../../../lib/bgp/rib/adj-rib-in/martians';
import { Rib } from '../../../../lib/bgp/rib/rib';
import { PrefixTable } from '../../../../lib/bgp/rib/table/prefix-table';
import { type PathAttributes, SEGMENT } from '../../../../lib/bgp/wire/path-attributes';
import { encodeAttributes, UpdateWriter } from '../../../../lib/bgp/wire/update';
import { IpAddress } from '../../../../lib/model/address';
import { MARTIANS, martianOf } from '../../../../lib/model/martian';
import { Prefix } from '../../../../lib/model/prefix';
import { takenChanges } from '../taken-changes';
import {
  BOTH,
  context,
  familyOf,
  feed,
  ip,
  Listener,
  messages,
  mirrored,
  peer,
  prefixOf,
  ROUTER_ID,
  updates,
} from '../world';

const HOPS = { ipv4: ip('198.51.100.1').bytes, ipv6: ip('2001:db8:f::1').bytes };
const route = ({ family }: Prefix): PathAttributes => ({
  origin: 0,
  asPath: [{ type: SEGMENT.sequence, members: [65001] }],
  nextHop: HOPS[family],
});

/** Two neighbours: what one sends the other is told. */
function world(importPolicy: Policy = ACCEPT_ALL) {
  const rib = new Rib({ routerId: ROUTER_ID });
  const configs = [peer(1, 65001, { importPolicy }), peer(2, 65002)];
  const ids = configs.map((config) => rib.addPeer(config));
  const contexts = configs.map((config) => context(config));
  for (const [n, id] of ids.entries()) rib.peerUp(id, { ...contexts[n], peerRouterId: 0x0b000000 + n });
  const listener = new Listener(contexts[1]);
  return {
    rib,
    id: ids[0],
    announce: (...prefixes: Prefix[]) => {
      for (const prefix of prefixes) feed(rib, ids[0], updates(contexts[0], [prefix], route(prefix)));
    },
    together: (...prefixes: Prefix[]) => feed(rib, ids[0], updates(contexts[0], prefixes, route(prefixes[0]))),
    withdraw: (...prefixes: Prefix[]) => {
      for (const prefix of prefixes) feed(rib, ids[0], updates(contexts[0], [prefix]));
    },
    use: (policy: Policy) => rib.changePeer(ids[0], { ...configs[0], importPolicy: policy }),
    used: () => {
      const all: string[] = [];
      for (const { prefix, nextHops } of takenChanges(rib)) all.push(`${prefix}${nextHops ? '' : ' gone'}`);
      return all;
    },
    told: () => {
      listener.listen(rib, ids[1]);
      return [...listener.routes.keys()];
    },
    martians: () => Object.values(rib.view.counts(ids[0])).map(({ martians }) => martians),
    reasons: () => [...rib.view.routes()].map(({ prefix, paths }) => `${prefix} ${paths[0].reason ?? 'best'}`),
  };
}

const accepting = (...prefixes: string[]): Policy => ({
  rules: prefixes.map((text) => ({ prefix: prefixOf(text), action: 'accept' as const })),
  otherwise: 'reject',
});
const RANGES = MARTIANS.map(({ range }) => range);

describe('martians that a neighbour sends', () => {
  test('are neither used nor told on, but counted and shown with the reason', () => {
    const { announce, used, told, martians, reasons, rib, id } = world();
    announce(...RANGES);
    expect(used()).toEqual([]);
    expect(told()).toEqual([]);
    expect(martians()).toEqual([5, 5]);
    expect(reasons()).toEqual(RANGES.map((range) => `${range} martian`));
    expect(rib.view.counts(id)['ipv4 unicast']).toMatchObject({ received: 5, accepted: 0 });
    expect(
      [...rib.takeRefusals().values()].flat().map(({ why, count, prefix }) => [why, count, String(prefix)]),
    ).toEqual([['martian', 10, '0.0.0.0/8']]);
    announce(...RANGES);
    expect(rib.hasRefusals).toBe(false);
  });

  test('take nothing from the other prefixes of their message', () => {
    const { together, used } = world();
    together(...['10.1.0.0/16', '127.0.0.1/32', '0.0.0.0/0', '0.1.0.0/16', '10.2.0.0/16'].map(prefixOf));
    together(...['::/0', '::1/128', '2001:db8::/32', 'fe80::/64', 'fec0::/10'].map(prefixOf));
    expect(used()).toEqual(['10.1.0.0/16', '0.0.0.0/0', '10.2.0.0/16', '::/0', '2001:db8::/32', 'fec0::/10']);
  });

  test('may be said again and withdrawn, also those that never came', () => {
    const { announce, withdraw, used, martians, rib } = world();
    announce(...RANGES, ...RANGES);
    expect(martians()).toEqual([5, 5]);
    withdraw(...RANGES, ...RANGES, prefixOf('240.9.0.0/16'));
    expect(martians()).toEqual([0, 0]);
    expect(used()).toEqual([]);
    expect(rib.view.size).toMatchObject({ prefixes: 0, paths: 0 });
  });

  test('go with the session', () => {
    const { announce, martians, rib, id } = world();
    announce(...RANGES);
    rib.peerDown(id, { retain: false });
    expect(martians()).toEqual([0, 0]);
  });

  test('are the node’s own affair where it originates one itself', () => {
    const { rib, announce, told, used } = world();
    announce(prefixOf('240.1.0.0/16'));
    rib.originate(prefixOf('240.1.0.0/16'));
    expect(used()).toEqual(['240.1.0.0/16']);
    expect(told()).toEqual(['240.1.0.0/16']);
  });
});

describe('an import rule', () => {
  test('lets martians in where it names a prefix within their range', () => {
    const { announce, used, told, martians } = world(accepting('240.0.0.0/4', '::ffff:0:0/96', '0.1.0.0/16'));
    announce(
      ...['240.1.0.0/16', '255.255.255.255/32', '::ffff:10.0.0.0/104', '0.1.2.0/24', '0.2.0.0/16'].map(prefixOf),
    );
    expect(used()).toEqual(['240.1.0.0/16', '255.255.255.255/32', '::ffff:10.0.0.0/104', '0.1.2.0/24']);
    expect(told()).toHaveLength(4);
    expect(martians()).toEqual([1, 0]);
  });

  test('of everything, or of a prefix that covers their range, means no martian', () => {
    for (const policy of [
      ACCEPT_ALL,
      { rules: [{ action: 'accept' }], otherwise: 'reject' },
      accepting('0.0.0.0/0', '::/0', '224.0.0.0/3', '::/8'),
    ] satisfies Policy[]) {
      const { announce, used } = world(policy);
      announce(...RANGES);
      expect(used()).toEqual([]);
    }
  });

  test('lets in no loopback, multicast or link-local prefix whatever it names', () => {
    const { announce, used } = world(accepting(...RANGES.map(String)));
    announce(...RANGES);
    expect(used()).toEqual(MARTIANS.filter(({ isAdmissible }) => isAdmissible).map(({ range }) => String(range)));
  });

  test('decides in its place among the rules, and may change what it lets in', () => {
    const { announce, used, rib } = world({
      rules: [
        { prefix: prefixOf('240.2.0.0/16'), action: 'reject' },
        { prefix: prefixOf('240.3.0.0/16'), localPreference: 7, action: 'accept' },
        { prefix: prefixOf('240.1.0.0/16'), action: 'accept', set: { localPreference: 300 } },
        { action: 'accept', set: { localPreference: 50 } },
        { prefix: prefixOf('240.0.0.0/4'), action: 'accept' },
      ],
      otherwise: 'accept',
    });
    announce(...['240.1.0.0/16', '240.2.0.0/16', '240.3.0.0/16', '240.4.0.0/16', '10.0.0.0/8'].map(prefixOf));
    expect(used()).toEqual(['240.1.0.0/16', '10.0.0.0/8']);
    const [named] = rib.view.routes({ prefix: prefixOf('240.1.0.0/16') });
    expect(named.paths[0].attributes.localPref).toBe(300);
  });

  test('that comes or goes later counts for what is there already', () => {
    const { announce, use, used, martians } = world();
    announce(prefixOf('240.1.0.0/16'), prefixOf('10.0.0.0/8'), prefixOf('127.0.0.0/8'));
    expect(used()).toEqual(['10.0.0.0/8']);
    use(accepting('240.0.0.0/4', '127.0.0.0/8', '10.0.0.0/8'));
    expect(used()).toEqual(['240.1.0.0/16']);
    expect(martians()).toEqual([1, 0]);
    use(ACCEPT_ALL);
    expect(used()).toEqual(['240.1.0.0/16 gone']);
    expect(martians()).toEqual([2, 0]);
  });
});

const anyPrefix = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  fc
    .tuple(fc.constantFrom(...RANGES), fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(128))
    .map(([{ address }, noise, from]) => address.bytes.map((octet, i) => (8 * i < from ? octet : noise[i]))),
);
const drawnPrefix = fc
  .tuple(anyPrefix, fc.nat(128))
  .map(([bytes, length]) => Prefix.of(IpAddress.fromBytes(bytes), length % (8 * bytes.length + 1)));

test('a prefix in the table is a martian just where the model says so', () => {
  const table = new PrefixTable([1, 2]);
  fc.assert(
    fc.property(drawnPrefix, (prefix) => {
      expect(isMartian(table, table.id(prefix, true))).toBe(martianOf(prefix) !== undefined);
    }),
    { numRuns: 5000 },
  );
});

test('with path identifiers, in any order, no martian is used and each path that is there counts once', () => {
  const pool = ['127.0.0.0/8', '240.1.0.0/16', '10.0.0.0/8', '::1/128', '2001:db8::/32', '0.0.0.0/0'].map(prefixOf);
  const step = fc.record({
    prefix: fc.constantFrom(...pool),
    pathId: fc.nat(2),
    does: fc.constantFrom(
      'announce' as const,
      'announce' as const,
      'withdraw' as const,
      'admit' as const,
      'refuse' as const,
    ),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const rib = new Rib({ routerId: ROUTER_ID });
      const config = peer(1, 65001);
      const of = context(config, { addPathReceive: new Set(BOTH) });
      const id = rib.addPeer(config);
      const there = new Map<string, Prefix>();
      let admits = false;
      rib.peerUp(id, { ...of, peerRouterId: 0x0b000000 });
      for (const { prefix, pathId, does } of steps) {
        if (does === 'admit' || does === 'refuse') {
          admits = does === 'admit';
          rib.changePeer(id, {
            ...config,
            importPolicy: admits ? { ...accepting('240.0.0.0/4', '127.0.0.0/8'), otherwise: 'accept' } : ACCEPT_ALL,
          });
        } else {
          const sender = mirrored(of);
          const writer = new UpdateWriter(sender);
          const family = familyOf(prefix);
          const attributes = route(prefix);
          if (does === 'announce')
            writer.announce(family, encodeAttributes(attributes, sender, family), attributes.nextHop!);
          else writer.withdraw(family);
          writer.addBytes(prefix.address.bytes, prefix.length, pathId);
          feed(rib, id, [...messages(writer.take())]);
          if (does === 'announce') there.set(`${prefix} ${pathId}`, prefix);
          else there.delete(`${prefix} ${pathId}`);
        }
        const isDropped = (one: Prefix) => {
          const found = martianOf(one);
          return found !== undefined && !(admits && found.isAdmissible);
        };
        const counted = Object.values(rib.view.counts(id)).reduce((sum, { martians }) => sum + martians, 0);
        expect(counted).toBe([...there.values()].filter(isDropped).length);
        for (const entry of rib.view.routes()) expect(entry.best >= 0).toBe(!isDropped(entry.prefix));
      }
    }),
    { numRuns: 300 },
  );
});
