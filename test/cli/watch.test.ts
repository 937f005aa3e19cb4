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
      ['wave 1 begins with n1', 'confirmed after 1 wave, 1 node'],
    ],
    [['stage', 'rollback'], ['rolled back before its first wave']],
    [
      ['activate', 'rollback'],
      ['a wave begins with n1', 'rolled back after at least 1 wave, 1 node'],
    ],
    [['confirm'], ['confirmed; its waves are not among the events shown']],
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
