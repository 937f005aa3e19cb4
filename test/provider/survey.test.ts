import { EtcdError, STATUS } from '../../lib/control/etcd/error';
import { FleetClient, NoReply } from '../../lib/control/fleet/client';
import { warning } from '../../lib/provider/diagnostic';
import { Fleet } from '../../lib/provider/fleet';
import { absentAtRefresh, lackOf, obstacles } from '../../lib/provider/survey';
import { SUMMARY } from '../control/answers';

const ask = jest.spyOn(FleetClient.prototype, 'ask');
afterAll(() => ask.mockRestore());

describe('what prevents an apply from starting', () => {
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

  test.each([
    ['cannot be read', 200, 'hello', 'whatever answers there is not an agent'],
    ['is a refusal', 409, '{"error":{"code":"busy","message":"later"}}', 'later'],
  ])('is an answer that %s, and not that its agent does not respond', async (_, status, body, why) => {
    ask.mockImplementation(async (node) =>
      node === 'n1'
        ? { status, body: Buffer.from(body) }
        : { status: 200, body: Buffer.from(JSON.stringify({ ...SUMMARY, node })) },
    );
    const [text, ...more] = await told([]);
    expect(text).toMatch(
      /^No usable answer for nodes: n1\nThis step changed nothing. Mend what is said of each, or list/,
    );
    expect(text).toContain(why);
    expect(more).toEqual([]);
    expect(await told(['n1'])).toEqual([]);
  });

  test('is etcd, once for all nodes, where that cannot be used: agents need no start then, nor may they be absent', async () => {
    const why = new EtcdError(STATUS.deadline, '', ['e1', 'e2']);
    ask.mockRejectedValue(new NoReply(why, true));
    const summary = 'etcd cannot be used, and agents cannot be asked through it: n1, n2';
    const listed = `  nodes n1, n2: ${why.message}`;
    expect(await told([])).toEqual([`${summary}\nThis step changed nothing.\n${listed}`]);
    const survey = await fleet.survey();
    expect(absentAtRefresh(survey)).toEqual([
      warning(summary, `What is known of them dates from the last refresh or deploy.\n${listed}`),
    ]);
    expect(lackOf(survey, 'n1')).toBe(`cannot be asked: ${why.message}`);
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

describe('a refresh', () => {
  test('tells agents that do not respond from answers that cannot be used', async () => {
    const answers: Record<string, { status: number; body: Buffer }> = {
      n1: { status: 409, body: Buffer.from('{"error":{"code":"busy","message":"later"}}') },
      n2: { status: 200, body: Buffer.from(JSON.stringify({ ...SUMMARY, node: 'n1' })) },
      n4: { status: 200, body: Buffer.from(JSON.stringify({ ...SUMMARY, node: 'n4' })) },
    };
    ask.mockImplementation(async (node) => {
      if (answers[node]) return answers[node];
      throw new Error('no agent of it is connected');
    });
    const endpoints = ['n1', 'n2', 'n3', 'n4'].map((node) => [node, `etcd://e1/lab/${node}`]);
    const survey = await new Fleet(Object.fromEntries(endpoints)).survey();
    expect(absentAtRefresh(survey).map(({ summary }) => summary)).toEqual([
      'Agents not responding: n3',
      'No usable answer for nodes: n1, n2',
    ]);
    expect(['n1', 'n2', 'n3'].map((node) => lackOf(survey, node))).toEqual([
      'refuses to answer: later',
      expect.stringMatching(/^gave no usable answer: .*names node n1/),
      expect.stringMatching(/^does not respond: .*no agent of it is connected$/),
    ]);
  });
});
