import fc from 'fast-check';
import {
  bool,
  bytes,
  int,
  type MessageCodec,
  map,
  maybe,
  messageCodec,
  nested,
  repeatedField,
  stringField,
} from '../../lib/control/protobuf';

interface Tree {
  name: string;
  size: number;
  isLeaf: boolean;
  data: Uint8Array;
  children: readonly Partial<Tree>[];
  labels: Readonly<Record<string, string>>;
  chosen: number | undefined;
}
const Tree: MessageCodec<Tree> = messageCodec<Tree>({
  name: stringField(1),
  size: int(2),
  isLeaf: bool(3),
  data: bytes(4),
  children: repeatedField(nested(5, () => Tree)),
  labels: map(6, stringField),
  chosen: maybe(int(17)),
});

const leaf = {
  name: fc.string(),
  size: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  isLeaf: fc.boolean(),
  data: fc.uint8Array(),
  labels: fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string()),
  chosen: fc.option(fc.nat(), { nil: undefined }),
};
/** Three levels deep. */
const levels = [0, 1].reduce<fc.Arbitrary<Partial<Tree>>>(
  (inner) => fc.record({ ...leaf, children: fc.array(inner, { maxLength: 3 }) }),
  fc.record({ ...leaf, children: fc.constant([]) }),
);

const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

test('what is encoded is decoded again', () => {
  fc.assert(fc.property(levels, (value) => expect(plain(Tree.decode(Tree.encode(value)))).toEqual(plain(value))));
});

test('the octets are those of the specification: 150 in field 1 is 08 96 01', () => {
  const Test1 = messageCodec({ a: int(1) });
  expect([...Test1.encode({ a: 150 })]).toEqual([0x08, 0x96, 0x01]);
  const Test2 = messageCodec({ b: stringField(2) });
  expect(Buffer.from(Test2.encode({ b: 'testing' })).toString('hex')).toBe('120774657374696e67');
});

test('a member of a oneof is there even where it is zero, and absent where it did not come', () => {
  expect(Tree.decode(Tree.encode({ chosen: 0 })).chosen).toBe(0);
  expect(Tree.decode(Tree.encode({})).chosen).toBeUndefined();
});

test('fields nobody knows are passed over, whatever their wire type', () => {
  const Newer = messageCodec({ name: stringField(1), later: stringField(90), count: int(91) });
  const octets = [
    ...Newer.encode({ name: 'n', later: 'x', count: 3 }),
    ((92 << 3) & 0x7f) | 0x80 | 1,
    92 >> 4,
    ...new Array(8).fill(7),
  ];
  expect(Tree.decode(Uint8Array.from(octets))).toMatchObject({ name: 'n' });
});

test('octets that end too early are refused, never read past', () => {
  const whole = Tree.encode({ name: 'abc', data: Uint8Array.of(1, 2, 3) });
  expect(() => Tree.decode(whole.subarray(0, whole.length - 1))).toThrow(RangeError);
  fc.assert(
    fc.property(fc.uint8Array(), (octets) => {
      try {
        Tree.decode(octets);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
  );
});
