import { perRun } from '../../lib/provider/per-run';

test('each run has one of its own, made when it is first needed', () => {
  const made: AbortSignal[] = [];
  const of = perRun((stop) => ({ number: made.push(stop) }));
  const [one, other] = [new AbortController().signal, new AbortController().signal];
  expect(made).toEqual([]);
  expect([of(one), of(one), of(other), of(one)].map(({ number }) => number)).toEqual([1, 1, 2, 1]);
  expect(of(one)).toBe(of(one));
});
