import { FleetClient } from '../../lib/control/fleet/client';
import { Fleet, obstacles } from '../../lib/provider/fleet';
import { SUMMARY } from '../control/answers';

describe('what prevents an apply from starting', () => {
  const ask = jest.spyOn(FleetClient.prototype, 'ask');
  afterAll(() => ask.mockRestore());
  const fleet = new Fleet({ n1: 'etcd://e1/lab/n1', n2: 'etcd://e1/lab/n2' });
  const told = async (mayBeAbsent: readonly string[]) => {
    const found = obstacles(await fleet.survey(), new Set(mayBeAbsent));
    return found.flatMap(({ summary, detail }) => (summary.includes('older than') ? [] : [`${summary}\n${detail}`]));
  };

  test('is an agent that does not respond, unless it may be absent', async () => {
    ask.mockImplementation(async (node) => {
      if (node === 'n1') throw new Error('no agent of node n1 is connected to etcd');
      return { status: 200, body: Buffer.from(JSON.stringify({ ...SUMMARY, node })) };
    });
    expect(await told([])).toEqual([expect.stringMatching(/^Agents not responding: n1\n/)]);
    expect(await told(['n1'])).toEqual([]);
  });

  test.each([[[]], [['n1']]])(
    'is an answer for a node that names another, and not that its agent does not respond, if %j may be absent',
    async (mayBeAbsent) => {
      ask.mockResolvedValue({ status: 200, body: Buffer.from(JSON.stringify({ ...SUMMARY, node: 'n2' })) });
      expect(await told(mayBeAbsent)).toEqual([
        'The answer for node n1 names another node\nThis step changed nothing. etcd://e1/lab/n1: the answer for node n1 names node n2: somebody with the certificate of n1 may have written this answer. Check n1, and unless its agent wrote it, revoke and replace its certificate.',
      ]);
    },
  );
});
