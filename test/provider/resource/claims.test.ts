import type { AgentSummary } from '../../../lib/control/status';
import { foreign, holderAt } from '../../../lib/provider/resource/claims';
import type { Survey } from '../../../lib/provider/survey';

/** Agents by node, each with who deployed what it runs. */
const surveyOf = (owners: Readonly<Record<string, string>>): Survey => {
  const statuses = Object.entries(owners).map(([node, owner]): [string, AgentSummary] => {
    const step = { release: 'sha256:x', activation: 1, fabric: 'edge', owner };
    return [node, { node, transaction: { activation: 1, active: step, confirmed: step, owner } } as AgentSummary];
  });
  return { statuses: new Map(statuses), absent: new Map() };
};
const detailOf = (owners: Readonly<Record<string, string>>) => foreign(surveyOf(owners), 'ann@host:/srv')[0]?.detail;

test('nodes that run a file, as those of a lab do, need agents that wait for a deploy, and nothing is imported', () => {
  const detail = detailOf({ n1: 'file /run/peerform/lab/edge/fabric.json' });
  expect(detail).toContain('`peerform lab down`, then `peerform lab up --idle`');
  expect(detail).toContain('start the agents without --fabric');
  expect(detail).not.toContain('import');
});

test('an agent says that it runs a file, and one of 0.1 by the name of its owner', () => {
  const at = (owner: string, isFromFile?: true) => {
    const held = { release: 'sha256:x', activation: 1, fabric: 'edge', owner, ...(isFromFile && { isFromFile }) };
    return holderAt({ node: 'n1', transaction: { confirmed: held } } as AgentSummary)?.isFile;
  };
  expect([at('whatever it is called', true), at('file /etc/edge.json'), at('bob@host:/srv')]).toEqual([
    true,
    true,
    false,
  ]);
});

test('nodes of another deployer are deployed, destroyed or imported from there', () => {
  const detail = detailOf({ n1: 'bob@host:/srv' });
  expect(detail).toContain('terraform import');
  expect(detail).not.toContain('--idle');
});

test('of both kinds both remedies are told, each once', () => {
  const detail = detailOf({ n1: 'bob@host:/srv', n2: 'file /etc/edge.json', n3: 'file /etc/edge.json' })!;
  expect([detail.split('terraform import').length, detail.split('--idle').length]).toEqual([2, 2]);
});

test('nodes of this deployer, and those of the one that is taken over, are no obstacle', () => {
  expect(foreign(surveyOf({ n1: 'ann@host:/srv' }), 'ann@host:/srv')).toEqual([]);
  expect(foreign(surveyOf({ n1: 'bob@host:/srv' }), 'ann@host:/srv', 'bob@host:/srv')).toEqual([]);
});
