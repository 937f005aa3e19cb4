import { labelsOf, labelsToQuote } from '../../lib/calico/labels';

test('labels become strings, as an empty one is', () => {
  expect(labelsOf({ a: 'x', b: true, c: 1, d: null })).toEqual({ a: 'x', b: 'true', c: '1', d: '' });
  expect([undefined, null, [], 'x'].map((labels) => labelsOf(labels))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('one that YAML reads as something else is to be quoted', () => {
  expect(labelsToQuote('Node/a', { rack: 'x', on: true, row: 7, none: null })).toEqual([
    expect.objectContaining({
      path: 'Node/a metadata.labels.on',
      mustDecide: true,
      reason: expect.stringContaining('"true"'),
    }),
    expect.objectContaining({ path: 'Node/a metadata.labels.row', reason: expect.stringContaining('the number 7') }),
  ]);
  expect(labelsToQuote('Node/a', undefined)).toEqual([]);
});
