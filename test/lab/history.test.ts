import { needed, planOf } from '../../lib/lab/history';
import { readFabric } from '../../lib/model/read';

const fabric = (...names: string[]) =>
  readFabric({
    name: 'l',
    nodes: Object.fromEntries(names.map((name) => [name, { ipv4Address: `10.0.0.${name.charCodeAt(0)}` }])),
    peers: { tor: { address: '192.0.2.1', asNumber: 65000 } },
  }).fabric!;

describe('the fabrics that a lab remembers', () => {
  test.each<[string, string[][], number]>([
    ['a change that moves nothing leaves none', [['a'], ['a'], ['a']], 1],
    ['each node that came later keeps its place', [['a'], ['a', 'b'], ['a', 'b', 'c']], 2],
    ['what came and went again is forgotten', [['a'], ['a', 'b'], ['a']], 1],
  ])('are as few as say what it is: %s', (_, all, count) => {
    const fabrics = all.map((names) => fabric(...names));
    expect(needed(fabrics)).toHaveLength(count);
    expect(planOf(needed(fabrics))).toEqual(planOf(fabrics));
  });

  test('stay few over a hundred changes', () => {
    let kept: readonly ReturnType<typeof fabric>[] = [];
    for (let i = 0; i < 100; i++) kept = needed([...kept, i % 2 ? fabric('a') : fabric('a', 'b')]);
    expect(kept.length).toBeLessThan(3);
  });

  test('are those, too, by which something is called that the last one alone would call otherwise', () => {
    const fabrics = [fabric('b'), fabric('a', 'b'), fabric('a', 'b', 'c')];
    const kept = needed(fabrics);
    expect(planOf(kept)).toEqual(planOf(fabrics));
    expect(planOf(kept)).not.toEqual(planOf(fabrics.slice(-1)));
    expect(kept.at(-1)).toBe(fabrics.at(-1));
  });
});
