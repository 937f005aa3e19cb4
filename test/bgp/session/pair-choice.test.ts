import { PairChoice } from '../../../lib/bgp/session/pair-choice';

const [one, two, three] = [1, 2, 3].map((n) => ({ localAs: n, remoteAs: 10 * n }));
const all = [one, two, three];

describe('the pair of AS numbers to try', () => {
  test('is the next one where one is refused, at once until all were tried', () => {
    const choice = new PairChoice();
    const tried = [choice.order(all)[0]];
    const at = [1, 2, 3].map(() => {
      const goesOn = choice.next(all, undefined);
      tried.push(choice.order(all)[0]);
      return goesOn;
    });
    expect(tried).toEqual([one, two, three, one]);
    expect(at).toEqual([true, true, false]);
  });

  test('is the one for the AS number that the neighbour has said, where there is one', () => {
    const choice = new PairChoice();
    choice.next(all, 30);
    expect(choice.order(all)).toEqual([three, one, two]);
    choice.next(all, 99);
    expect(choice.order(all)[0]).toEqual(one);
  });

  test('is the preferred one, or the first of all where that is not acceptable any more', () => {
    const choice = new PairChoice();
    choice.prefer(all, two);
    expect(choice.order(all)).toEqual([two, three, one]);
    choice.prefer([one, three], two);
    expect(choice.order([one, three])).toEqual([one, three]);
  });
});
