import { describeHostBits, hostBitsIn } from '../../lib/model/host-bits';
import { UNKNOWN } from '../../lib/model/read';
import { fabricShape, type Shape } from '../../lib/model/shape';

/** A value of a shape in which every prefix is this one, and how many there are. */
function filled(shape: Shape, prefix: string): { value: unknown; count: number } {
  if (shape.type === 'leaf') return shape.kind === 'prefix' ? { value: prefix, count: 1 } : { value: 'x', count: 0 };
  if (shape.type !== 'object') {
    const { value, count } = filled(shape.item, prefix);
    return { value: shape.type === 'list' ? [value] : { it: value }, count };
  }
  const all = Object.entries(shape.fields).map(([name, field]) => [name, filled(field.shape, prefix)] as const);
  return {
    value: Object.fromEntries(all.map(([name, { value }]) => [name, value])),
    count: all.reduce((sum, [, { count }]) => sum + count, 0),
  };
}

describe('a prefix with host bits', () => {
  test('is found in every field that holds a prefix', () => {
    const { value, count } = filled(fabricShape(), '10.0.0.1/8');
    expect(count).toBeGreaterThan(5);
    const paths = hostBitsIn(value).map(({ path }) => path);
    expect(paths).toHaveLength(count);
    expect(paths).toEqual(expect.arrayContaining(['filters.it.import.0.prefix', 'nodes.it.advertise.0.prefix']));
    expect(hostBitsIn(filled(fabricShape(), '10.0.0.0/8').value)).toEqual([]);
  });

  test.each([
    ['10.0.0.1/8', '10.0.0.1/8 has host bits set and means 10.0.0.0/8; write that, or 10.0.0.1/32'],
    ['2001:DB8::1/64', '2001:DB8::1/64 has host bits set and means 2001:db8::/64; write that, or 2001:db8::1/128'],
  ])('%s is told with both things that may be meant', (prefix, text) => {
    expect(hostBitsIn({ nodes: { n1: { advertise: [{ prefix }] } } }).map(describeHostBits)).toEqual([text]);
  });

  test.each([['10.0.0.1/32'], ['0.0.0.0/0'], ['2001:db8:0:0::/64'], ['no prefix'], [UNKNOWN], [null]])(
    'is none: %p',
    (prefix) => {
      expect(hostBitsIn({ nodes: { n1: { advertise: [{ prefix }] } } })).toEqual([]);
    },
  );
});
