import { Conflicts, MAX_LISTED } from '../../../lib/kernel/fib/conflicts';

const BIRD = 12;
function conflicts() {
  const lines: string[] = [];
  const all = new Conflicts(
    200,
    (item) => `10.0.${item}.0/24`,
    (level, message) => lines.push(`${level} ${message}`),
  );
  return { all, lines };
}

describe('a foreign route at a place of ours', () => {
  test('is logged once for each protocol that writes it, and stays until it is gone', () => {
    const { all, lines } = conflicts();
    all.add(1, BIRD);
    all.add(1, BIRD);
    expect(lines).toEqual(['warn 10.0.1.0/24: a route of protocol bird exists at metric 200; it stays']);
    expect([all.has(1), all.has(2), all.size]).toEqual([true, false, 1]);
    expect(all.reason(2)).toBeUndefined();
    expect([all.remove(1), all.remove(1), all.size]).toEqual([true, false, 0]);
  });

  test('is not logged, nor listed, among very many', () => {
    const { all, lines } = conflicts();
    for (let item = 0; item < 3 * MAX_LISTED; item++) all.add(item, BIRD);
    expect(lines).toHaveLength(MAX_LISTED);
    expect(all.examples()).toHaveLength(MAX_LISTED);
    expect(all.examples()[0]).toEqual({ prefix: '10.0.0.0/24', protocol: 'bird' });
  });
});
