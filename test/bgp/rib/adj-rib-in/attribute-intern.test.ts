import { AttributeIntern } from '../../../../lib/bgp/rib/adj-rib-in/attribute-intern';
import { PeerState } from '../../../../lib/bgp/rib/peer';
import { SET, SET_REFERENCES } from '../../../../lib/bgp/rib/table/attribute-table';
import { RibTables } from '../../../../lib/bgp/rib/tables';
import { SEGMENT } from '../../../../lib/bgp/wire/path-attributes';
import { splitUpdate, UpdateSplit } from '../../../../lib/bgp/wire/update';
import { context, ip, peer, prefixOf, updates } from '../world';

const ATTRIBUTES = {
  origin: 0 as const,
  asPath: [{ type: SEGMENT.sequence, members: [65001, 7] }],
  nextHop: ip('198.51.100.1').bytes,
  communities: [1, 2],
};

function world() {
  const tables = new RibTables();
  const split = new UpdateSplit();
  const intern = new AttributeIntern(tables, split);
  const config = peer(1, 65001);
  const from = new PeerState(1, config);
  tables.peers[1] = from;
  from.setContext(context(config));
  const references = (set: number) => tables.attributes.sets[set * SET + SET_REFERENCES];
  /** The set of a message's routes; `spoil` may change its octets. */
  const heard = (attributes: object = ATTRIBUTES, spoil: (body: Uint8Array) => void = () => {}) => {
    const [body] = updates(from.context!, [prefixOf('10.1.0.0/16')], attributes as never);
    spoil(body);
    splitUpdate(body, 0, body.length, from.context!, split);
    return intern.intern(from, body, 'nlri', 'ipv4 unicast');
  };
  return { tables, intern, heard, references };
}

describe('the attributes of a message', () => {
  test('are one set however often they come, with a reference for each who asked', () => {
    const { tables, heard, references, intern } = world();
    const set = heard();
    expect([heard(), references(set), tables.attributes.count]).toEqual([set, 2, 1]);
    expect(intern.attributes(set)).toEqual(ATTRIBUTES);
    expect(heard({ ...ATTRIBUTES, med: 1 })).not.toBe(set);
    expect(heard({ ...ATTRIBUTES, nextHop: ip('198.51.100.2').bytes })).not.toBe(set);
  });

  test('that must be withdrawn are no set (RFC 7606)', () => {
    const { tables, heard, intern } = world();
    const set = heard(ATTRIBUTES, (body) => {
      body[body.indexOf(0x40) + 3] = 9; // ORIGIN 9
    });
    expect([set, intern.verdict.kind, tables.attributes.count, tables.nextHops.count]).toEqual([
      ...[0, 'treat-as-withdraw', 0, 0],
    ]);
  });

  test('of which some were discarded say why each time that they come', () => {
    const { heard, intern } = world();
    const attributes = { ...ATTRIBUTES, localPref: 500 }; // from an external neighbour
    const set = heard(attributes);
    const { verdict } = intern;
    expect([verdict.kind, intern.attributes(set).localPref]).toEqual(['attribute-discard', undefined]);
    expect([heard(attributes), intern.verdict]).toEqual([set, verdict]);
    expect([heard(), intern.verdict.kind].slice(1)).toEqual(['accept']);
  });

  test('leave nothing when the last reference goes', () => {
    const { tables, heard } = world();
    for (const set of [heard(), heard()]) tables.attributes.release(set);
    expect([tables.attributes.count, tables.nextHops.count]).toEqual([0, 0]);
  });
});

describe('the attributes of own routes', () => {
  test('are one set for all that say the same, by family and by interface', () => {
    const { intern, references, tables } = world();
    const set = intern.own({ med: 5, communities: [7] }, false);
    expect([intern.own({ med: 5, communities: [7] }, false), references(set)]).toEqual([set, 2]);
    expect(intern.attributes(set)).toEqual({ origin: 0, asPath: [], med: 5, communities: [7] });
    const others = [
      intern.own({ med: 5, communities: [7] }, true),
      intern.own({ med: 5, communities: [7], interface: 'cali0' }, false),
      intern.own({ med: 5, communities: [7], interface: 'cali1' }, false),
      intern.own({ med: 6, communities: [7] }, false),
    ];
    expect(new Set([set, ...others]).size).toBe(5);
    expect(others.map((one) => tables.interfaceOf(one))).toEqual([undefined, 'cali0', 'cali1', undefined]);
  });

  test('let the name of their interface go with the last of them', () => {
    const { intern, tables } = world();
    const sets = [1, 2].map((med) => intern.own({ med, interface: 'cali0' }, false));
    const number = tables.interfaces.number('cali0');
    tables.attributes.release(sets[0]);
    expect(tables.interfaces.name(number)).toBe('cali0');
    tables.attributes.release(sets[1]);
    expect(tables.interfaces.name(number)).toBeUndefined();
  });
});
