import { readDocuments } from '../../lib/calico/documents';

const read = (text: string) => readDocuments(text).documents;
const problems = (text: string) => readDocuments(text).problems.map(({ path, message }) => `${path}: ${message}`);

describe('documents of a manifest', () => {
  test('are parted by three dashes, or more', () => {
    expect(read('a: 1\n---\n---\n# nothing\n---\nb: 2\n----\nc: 3\n')).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }]);
    expect(read('')).toEqual([]);
  });

  test('may stand in lists, and lists in lists', () => {
    expect(read('- a: 1\n- - b: 2\n---\nkind: NodeList\nitems: [{c: 3}, {kind: List, items: [{d: 4}]}]')).toEqual([
      { a: 1 },
      { b: 2 },
      { kind: 'Node', c: 3 },
      { d: 4 },
    ]);
  });

  test('are JSON as well, with tabs', () => {
    expect(read('[\n\t{"a": [1,\t2]},\n\t{"b": "x"}\n]')).toEqual([{ a: [1, 2] }, { b: 'x' }]);
  });

  test('are read as Kubernetes reads them: yes is true, communities and dates are texts', () => {
    expect(
      read('a: yes\nb: off\nc: 64512:10\nd: 2020-01-01\ne: 0x10\nf: 1.5\ng: "yes"\nh: 12:30:45\ni: <none>'),
    ).toEqual([
      { a: true, b: false, c: '64512:10', d: '2020-01-01', e: 16, f: 1.5, g: 'yes', h: '12:30:45', i: '<none>' },
    ]);
    expect(read('base: &b {x: 1}\nmore: {<<: *b, z: 2}')).toEqual([{ base: { x: 1 }, more: { x: 1, z: 2 } }]);
  });

  test('that are none are problems, and the others are read', () => {
    expect(read('a: 1\n---\nb: [1\n---\nc: 3')).toContainEqual({ a: 1 });
    expect(problems('a: 1\n---\nb: [1\n---\nc: 3').length).toBeGreaterThan(0);
    expect(problems('just a text')).toEqual([': "just a text" is not a resource']);
    expect(problems('a: 1\na: 2')).toEqual([expect.stringContaining('Map keys must be unique')]);
    expect(problems('a: *nobody')).toEqual([expect.stringContaining('nobody')]);
  });

  test('that grow beyond measure are problems', () => {
    const bomb = Array.from({ length: 12 }, (_, i) =>
      i === 0
        ? 'a0: &a0 [x, x]'
        : `a${i}: &a${i} [${Array(9)
            .fill(`*a${i - 1}`)
            .join(', ')}]`,
    ).join('\n');
    expect(problems(bomb)).toEqual([expect.stringContaining('alias')]);
  });
});
