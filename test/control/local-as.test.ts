import { keptLocalAs } from '../../lib/control/local-as';
import type { AgentSummary } from '../../lib/control/status';

const summary = (active: object | null) => ({ transaction: { active } }) as unknown as AgentSummary;

test('the AS numbers that sessions keep are by node, without the nodes that keep none', () => {
  const kept = { '10.0.0.1 10.0.0.9 179': 64512 };
  const all = new Map([
    ['n1', summary({ localAs: kept })],
    ['n2', summary({})],
    ['n3', summary(null)],
    ['__proto__', summary({ localAs: kept })],
  ]);
  expect(Object.entries(keptLocalAs(all))).toEqual([
    ['n1', kept],
    ['__proto__', kept],
  ]);
});
