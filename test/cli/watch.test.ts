import type { DeployVerb } from '../../lib/control/status';
import { valid } from '../model/valid';
import { ANSWERS, AnsweringAgent, type Answers } from './answers';

describe('peerform watch --history', () => {
  const agent = new AnsweringAgent(valid({ name: 'lab', asNumber: 67111, nodes: { n1: { ipv4Address: '10.0.0.1' } } }));
  beforeAll(() => agent.start());
  afterAll(() => agent.stop());

  test.each<[DeployVerb[], string[]]>([
    [
      ['stage', 'activate', 'confirm'],
      ['begins with n1', 'confirmed; activated on 1 of 1 node watched'],
    ],
    [['stage', 'rollback'], ['rolled back before it was activated']],
    [
      ['activate', 'rollback'],
      ['goes on with n1', 'rolled back; activated on 1 of 1 node watched'],
    ],
    [['confirm'], ['confirmed; no activation is among the events shown']],
  ])('says of a deploy of which there are the events %j only what is known from these', async (steps, said) => {
    const events = steps.map((step, i) => ({
      ...{ sequence: i + 1, time: new Date(5_000 * i).toISOString(), kind: 'transaction', message: step },
      ...{ step, activation: 7 },
    }));
    agent.now = { ...ANSWERS, events } as Answers;
    const { out } = await agent.asked('watch', '--history');
    const headings = out.split('\n').filter((line) => line.startsWith('-- '));
    expect(headings).toEqual(said.map((one) => `-- activation 7: ${one}`));
  });
});
