import { gateTimesIn } from '../../lib/cli/gate-times';

const wave = (nodes: unknown, within: unknown) => ({ nodes, gate: { within } });
const stack = (...waves: object[]) => ({
  resource: { peerform_wave: Object.fromEntries(waves.map((one, i) => [`w${i}`, one])) },
});

test('the time of a gate is that of the wave with exactly these nodes', () => {
  const times = gateTimesIn(stack(wave({ n1: 'x', n2: 'y' }, 30), wave({ n3: 'z' }, 60)));
  expect([['n2', 'n1'], ['n3'], ['n1'], ['n1', 'n2', 'n3']].map((nodes) => times(nodes))).toEqual([
    30,
    60,
    undefined,
    undefined,
  ]);
});

test('a plan has it in its changes', () => {
  const change = (type: string, after: unknown) => ({ type, change: { after } });
  const times = gateTimesIn({
    resource_changes: [
      change('peerform_commit', wave({ n1: 'x' }, 1)),
      change('peerform_wave', wave({ n1: 'x' }, 45)),
      change('peerform_wave', null),
    ],
  });
  expect(times(['n1'])).toBe(45);
});

test('where nodes are an expression, it is that of the only wave', () => {
  expect(gateTimesIn(stack(wave('an expression', 20)))(['n1'])).toBe(20);
  expect(gateTimesIn(stack(wave('an expression', 20), wave('an expression', 30)))(['n1'])).toBeUndefined();
});

test.each([
  null,
  'text',
  [],
  {},
  { resource: 5 },
  { resource_changes: [null] },
  stack(wave({ n1: 'x' }, 'an expression')),
])('%j says nothing of it', (content) => expect(gateTimesIn(content)(['n1'])).toBeUndefined());
