import { ACCEPT_ALL } from '../../../../lib/bgp/policy/policy';
import { type PeerMatches, ruleMatches } from '../../../../lib/bgp/rib/query/rule-matches';
import { Rib } from '../../../../lib/bgp/rib/rib';
import { type FilterRuleSpec, filterRuleSchema, type Policy } from '../../../../lib/model/filter';
import { context, feed, ip, peer, prefixOf, ROUTER_ID, updates } from '../world';

const policy = (...rules: FilterRuleSpec[]): Policy => ({
  rules: rules.map((rule) => filterRuleSchema.parse(rule)),
  otherwise: 'reject',
});
const FROM = peer(2, 65002, {
  inside: false,
  importPolicy: policy({ prefix: '198.51.100.0/24', action: 'accept' }, { communities: ['65002:1'], action: 'accept' }),
});
const TO = peer(3, 65003, {
  inside: false,
  exportPolicy: policy({ prefix: '198.51.100.0/24', ge: 25, action: 'reject' }, { action: 'accept' }),
});
const PLAIN = peer(4, 65004, { exportPolicy: ACCEPT_ALL });

describe('the matches of rules', () => {
  let rib: Rib;
  let ids: number[];
  beforeEach(() => {
    rib = new Rib({ routerId: ROUTER_ID });
    ids = [FROM, TO, PLAIN].map((one) => rib.addPeer(one));
  });
  const up = (i: number) => rib.peerUp(ids[i], { ...context([FROM, TO, PLAIN][i]), peerRouterId: 0x0b000000 + i });
  const send = (prefixes: string[], community?: number) =>
    feed(
      rib,
      ids[0],
      updates(context(FROM), prefixes.map(prefixOf), {
        origin: 0,
        asPath: [{ type: 2, members: [65002] }],
        nextHop: ip('192.0.2.2').bytes,
        ...(community !== undefined && { communities: [community] }),
      }),
    );
  const counted = (): PeerMatches => {
    const steps = ruleMatches(rib.tables);
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
    }
  };

  test('are counted by rule and direction, of neighbours that have rules', () => {
    for (const i of [0, 1, 2]) up(i);
    send(['198.51.100.0/24', '198.51.100.0/25', '198.51.100.128/25']);
    send(['203.0.113.0/24'], (65002 << 16) | 1);
    send(['203.0.114.0/24', '203.0.115.0/24']);
    expect(counted()).toEqual(
      new Map([
        [ids[0], { import: { byRule: [3, 1], unmatched: 2 } }],
        // what is not accepted from one neighbour is not offered to the other
        [ids[1], { export: { byRule: [2, 2], unmatched: 0 } }],
        [ids[2], {}],
      ]),
    );
  });

  test('are those of routes that came without a neighbour to send them to, if it is not there', () => {
    up(0);
    send(['198.51.100.0/24']);
    expect(counted().get(ids[1])).toEqual({ export: { byRule: [0, 0], unmatched: 0 } });
  });

  test('leave out a route that is not sent back to where it came from', () => {
    for (const i of [0, 1]) up(i);
    const attributes = { origin: 0 as const, asPath: [{ type: 2 as const, members: [65003] }] };
    const own = updates(context(TO), [prefixOf('203.0.113.0/24')], { ...attributes, nextHop: ip('192.0.2.3').bytes });
    feed(rib, ids[1], own);
    expect(counted().get(ids[1])).toEqual({ export: { byRule: [0, 0], unmatched: 0 } });
  });

  test('are none on an empty table, and are counted in steps on a large one', () => {
    up(0);
    expect(counted().get(ids[0])).toEqual({ import: { byRule: [0, 0], unmatched: 0 } });
    const many = Array.from({ length: 5000 }, (_, i) => `100.${64 + (i >> 8)}.${i & 255}.0/24`);
    send(many, (65002 << 16) | 1);
    const steps = [...ruleMatches(rib.tables)];
    expect(steps.length).toBeGreaterThan(1);
    expect(counted().get(ids[0])).toEqual({ import: { byRule: [0, 5000], unmatched: 0 } });
  });
});
