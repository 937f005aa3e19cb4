import { attribute, attributeU32, writeNetlinkAttributes } from '../../../../lib/kernel/codec/attribute';
import { decodeRule, type Rule } from '../../../../lib/kernel/codec/rule';
import { tablesFor } from '../../../../lib/kernel/fib/resolution/rules';
import { ip } from '../../routing-world';

const TABLE_RULE = 1;
const FRA = {
  destination: 1,
  input: 3,
  goto: 4,
  priority: 6,
  mark: 10,
  suppress: 14,
  table: 15,
  mask: 16,
  output: 17,
  users: 20,
  dscp: 25,
  flowLabel: 26,
  dscpMask: 30,
};

interface Header {
  readonly length?: number;
  readonly source?: number;
  readonly tos?: number;
  readonly action?: number;
  readonly flags?: number;
}

/** A rule as the kernel tells it. */
function rule(priority: number, table: number, more: [number, number | Uint8Array][] = [], header: Header = {}): Rule {
  const { length = 0, source = 0, tos = 0, action = TABLE_RULE, flags = 0 } = header;
  const attributes = writeNetlinkAttributes([
    attributeU32(FRA.table, table),
    ...(priority > 0 ? [attributeU32(FRA.priority, priority)] : []),
    ...more.map(([type, value]) => (typeof value === 'number' ? attributeU32(type, value) : attribute(type, value))),
  ]);
  const bytes = Uint8Array.of(
    2,
    length,
    source,
    tos,
    table < 256 ? table : 0,
    0,
    0,
    action,
    flags,
    0,
    0,
    0,
    ...attributes,
  );
  return decodeRule(bytes, 0, bytes.length)!;
}

const text = (value: string) => new TextEncoder().encode(`${value}\0`);
const LOCAL = rule(0, 255);
const MAIN = rule(32766, 254);
const DEFAULT = rule(32767, 253);
const tables = (rules: readonly Rule[], address = '192.0.2.1') => {
  const { stops, drops } = tablesFor(rules, ip(address).bytes);
  return [
    ...stops.map(({ table, suppressed }) => (suppressed < 0 ? table : `${table}>${suppressed}`)),
    ...(drops ? ['drop'] : []),
  ];
};

test('a machine without rules, or with the plain ones, asks the local table and main', () => {
  expect(tables([])).toEqual([255, 254]);
  expect(tables([LOCAL, MAIN, DEFAULT])).toEqual([255, 254, 253]);
});

test.each<[string, Rule, (string | number)[]]>([
  ['to all', rule(100, 1000), [255, 1000, 254]],
  [
    'to a prefix that the address is in',
    rule(100, 77, [[FRA.destination, Uint8Array.of(192, 0, 2, 0)]], { length: 24 }),
    [255, 77, 254],
  ],
  ['to another prefix', rule(100, 77, [[FRA.destination, Uint8Array.of(192, 0, 3, 0)]], { length: 24 }), [255, 254]],
  [
    'to all but a prefix',
    rule(100, 77, [[FRA.destination, Uint8Array.of(192, 0, 3, 0)]], { length: 24, flags: 2 }),
    [255, 77, 254],
  ],
  [
    'of marked packets',
    rule(100, 77, [
      [FRA.mark, 5],
      [FRA.mask, 0xff],
    ]),
    [255, 254],
  ],
  [
    'of unmarked packets',
    rule(100, 77, [
      [FRA.mark, 0],
      [FRA.mask, 0xff],
    ]),
    [255, 77, 254],
  ],
  ['from a source', rule(100, 77, [], { source: 24 }), [255, 254]],
  ['that come in by an interface', rule(100, 77, [[FRA.input, text('eth0')]]), [255, 254]],
  ['of this node', rule(100, 77, [[FRA.input, text('lo')]]), [255, 77, 254]],
  ['that go out by an interface', rule(100, 77, [[FRA.output, text('eth0')]]), [255, 254]],
  ['of a user', rule(100, 77, [[FRA.users, Uint8Array.of(0xe8, 3, 0, 0, 0xe8, 3, 0, 0)]]), [255, 254]],
  ['of all users', rule(100, 77, [[FRA.users, Uint8Array.of(0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff)]]), [255, 77, 254]],
  ['of a DSCP', rule(100, 77, [[FRA.dscp, Uint8Array.of(10)]]), [255, 254]],
  [
    'of any DSCP whose masked bits are zero',
    rule(100, 77, [
      [FRA.dscp, Uint8Array.of(0)],
      [FRA.dscpMask, Uint8Array.of(0x38)],
    ]),
    [255, 77, 254],
  ],
  ['of a flow label', rule(100, 77, [[FRA.flowLabel, Uint8Array.of(0, 0, 0, 1)]]), [255, 254]],
  ['but not of default routes', rule(100, 254, [[FRA.suppress, 0]]), [255, '254>0', 254]],
  ['to be dropped', rule(100, 0, [], { action: 7 }), [255, 'drop']],
  ['to go on at a rule that does not exist', rule(100, 0, [[FRA.goto, 200]], { action: 2 }), [255, 254]],
])('with a rule for packets %s', (_, one, expected) => {
  expect(tables([LOCAL, one, MAIN])).toEqual(expected);
});

test('a jump leads to the first rule with the priority that it names', () => {
  const jump = rule(100, 0, [[FRA.goto, 200]], { action: 2 });
  expect(tables([LOCAL, jump, rule(150, 77), rule(200, 88), rule(200, 99), MAIN])).toEqual([255, 88, 99, 254]);
});

test('a jump to a rule that does not exist skips none, as in the kernel', () => {
  const jump = rule(100, 0, [[FRA.goto, 200]], { action: 2 });
  expect(tables([LOCAL, jump, rule(150, 77), MAIN])).toEqual([255, 77, 254]);
});
