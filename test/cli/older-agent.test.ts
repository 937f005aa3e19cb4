import { readFabric } from '../../lib/model/read';
import { ANSWERS, AnsweringAgent, type Answers } from './answers';

/** What an agent of the previous version says: no codes, no counts, no errors beside the last one. */
const OLDER = {
  ...ANSWERS,
  matches: undefined,
  observed: undefined,
  routes: ANSWERS.routes.map(({ prefix, from, asPath }) => ({
    ...{ prefix, from, asPath, isBest: false },
    reason: 'it is rejected by import policy (RFC 4271 9.1.1)',
  })),
} as unknown as Answers;

const { fabric } = readFabric({
  name: 'lab',
  asNumber: 67111,
  nodes: { n1: { ipv4Address: '10.0.0.1' }, n2: { ipv4Address: '10.0.0.2' } },
  peers: { tor: { address: '10.0.0.3', asNumber: 65000 } },
});
const agent = new AnsweringAgent(fabric!);
agent.now = { ...OLDER, endpoints: { n1: 'x' } as never };
beforeAll(() => agent.start());
afterAll(() => agent.stop());

describe('an agent of the previous version', () => {
  test('is said to be one where it does not know what is asked', async () => {
    const { error } = await agent.asked('routes', '--neighbour', '10.0.0.3');
    expect(error).toBe('peerform: the agent of node n1 is of an older version and does not report this\n');
  });

  test('is never said to have done what was predicted', async () => {
    const { out, error } = await agent.asked('report', '--observed');
    expect([out, error]).toEqual([
      '',
      expect.stringMatching(/^peerform: not observed: .*: its agent is older and records nothing\n$/),
    ]);
  });

  test('is understood by routes, which has no age, communities or rules then', async () => {
    expect((await agent.asked('routes')).out).toMatch(/10\.0\.0\.0\/8 .* - +- +- +65000 +- +it is rejected/);
  });

  test('is understood by why, which takes its words for codes', async () => {
    const { out } = await agent.asked('why', 'n1', '10.0.0.0/8', '-o', 'json');
    expect(JSON.parse(out).findings[0]).toMatchObject({ cause: 'filtered', title: 'filtered by an import rule' });
    const { out: text } = await agent.asked('why', 'n1', '10.0.0.2');
    expect(text).toContain('received: NOTIFICATION Cease');
  });

  test.each([['sessions', '--explain'], ['status'], ['watch', '--history']])(
    'is understood by %s %s',
    async (...words) => {
      const { out } = await agent.asked(...words);
      expect(out).toMatch(/10\.0\.0\.2|Established/);
    },
  );
});

test.each([
  [['routes', '--received'], '--received needs --neighbour'],
  [['routes', '10.0.0.1', '--neighbour', '10.0.0.3'], 'with --neighbour give a prefix, such as 10.0.0.1/32'],
  [['routes', '--neighbour', 'nobody'], 'node n1 has no session with nobody'],
  [['why', 'n1', '10.0.0.0/33'], '10.0.0.0/33'],
])('%j is refused with what is wrong', async (words, message) => {
  expect((await agent.asked(...words)).error).toContain(message);
});
