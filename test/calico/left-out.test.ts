import { byWeight, groupedByKind, type LeftOut } from '../../lib/calico/left-out';

const left = (path: string, reason = 'r', mustDecide?: true): LeftOut => ({
  path,
  reason,
  ...(mustDecide && { mustDecide }),
});

test('what is said of many resources of a kind is said once', () => {
  const nodes = ['a', 'b', 'c', 'd', 'e'].map((name) => left(`Node/${name} spec.x`, 'r', true));
  expect(
    groupedByKind([...nodes, left('Node/a spec.y'), left('BGPPeer/a spec.x'), left('Node/z spec.x', 'other')]),
  ).toEqual([
    left('Node/a, Node/b, Node/c and 2 more spec.x', 'r', true),
    left('Node/a spec.y'),
    left('BGPPeer/a spec.x'),
    left('Node/z spec.x', 'other'),
  ]);
});

test('a whole resource has no field', () =>
  expect(groupedByKind([left('Pod/a'), left('Pod/b')])).toEqual([left('Pod/a, Pod/b')]));

test('what must be decided is apart from the rest', () => {
  expect(byWeight([left('a', 'r', true), left('b')])).toEqual({ undecided: [left('a', 'r', true)], rest: [left('b')] });
});
