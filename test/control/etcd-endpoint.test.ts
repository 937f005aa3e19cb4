import { AgentClient, Misnamed, Unusable } from '../../lib/control/client';
import { FleetClient, UnreadableReply } from '../../lib/control/fleet/client';
import { sentRoutesName } from '../../lib/control/outside';
import { FIB_CHECK, STATUS, SUMMARY } from './answers';

describe('an agent at an etcd endpoint', () => {
  const agent = new AgentClient('etcd://e1,e2:1234/lab/n1');
  const ask = jest.spyOn(FleetClient.prototype, 'ask');
  afterAll(() => ask.mockRestore());
  beforeEach(() => ask.mockReset());
  const stepsAsked = () => ask.mock.calls.map(([, { steps }]) => steps.map(({ method, path }) => `${method} ${path}`));
  const remedy =
    ': somebody with the certificate of n1 may have written this answer. Check n1, and unless its agent wrote it, revoke and replace its certificate';
  const misnamed = new Misnamed(`${agent.endpoint}: the answer for node n1 names node n2${remedy}`, {
    endpoint: agent.endpoint,
  });
  const command = { node: 'n1', owner: 'alice', fabric: 'lab', release: 'sha256:0', activation: 1 };

  test('gets the requests of its node', async () => {
    ask.mockResolvedValue({ status: 200, body: Buffer.from('{"n1":"etcd://e1/lab/n1"}') });
    expect({ ...(await agent.endpoints()) }).toEqual({ n1: 'etcd://e1/lab/n1' });
    expect(stepsAsked()).toEqual([['GET /v1/endpoints']]);
  });

  test.each([
    [{}, false],
    [{ secrets: {} }, false],
    [{ secrets: { tor: 'x' } }, true],
  ])('a stage with %j is sealed: %s', async (more, isSecret) => {
    ask.mockResolvedValue({ status: 409, body: Buffer.from('{"error":{"code":"busy","message":"later"}}') });
    await expect(agent.send('stage', { ...command, ...more })).rejects.toThrow('later');
    expect(ask.mock.calls[0][1].steps).toMatchObject([{ path: '/v1/stage', isSecret }]);
  });

  test('is sent a release, its prediction and the stage in one request, and so is what finalises and waits', async () => {
    ask.mockResolvedValue({ status: 200, body: Buffer.from(JSON.stringify(SUMMARY)) });
    const prediction = { release: command.release, activation: 1, text: '' };
    expect(await agent.stage(Buffer.from('release'), prediction, command)).toEqual(SUMMARY);
    await agent.finalise(command, 10_000);
    expect(stepsAsked()).toEqual([
      ['PUT /v1/release', 'PUT /v1/prediction', 'POST /v1/stage'],
      ['POST /v1/finalise', 'GET /v1/summary?drained=10000'],
    ]);
    const [[, staged], [, finalised]] = ask.mock.calls;
    expect(staged.steps.map(({ isOptional = false }) => isOptional)).toEqual([false, true, false]);
    expect([staged, finalised].map(({ waits, timeoutMs }) => [waits, timeoutMs])).toEqual([
      [false, 10_000],
      [true, 20_000],
    ]);
  });

  test.each([
    ['summary', SUMMARY, () => agent.summary()],
    ['status', STATUS, () => agent.status()],
    ['answer to a verb', SUMMARY, () => agent.send('confirm', command)],
    ['answer to several requests', SUMMARY, () => agent.finalise(command, 10_000)],
    ['check of the kernel', FIB_CHECK, () => agent.checkFib()],
  ])('is not believed in its %s that it is another node', async (_, answer, asking) => {
    ask.mockResolvedValue({ status: 200, body: Buffer.from(JSON.stringify(answer)) });
    expect(await asking()).toEqual(answer);
    ask.mockResolvedValue({ status: 200, body: Buffer.from(JSON.stringify({ ...answer, node: 'n2' })) });
    await expect(asking()).rejects.toEqual(misnamed);
  });

  test('is not believed if one of its observations is of another node', async () => {
    const observation = {
      ...{
        version: 1,
        node: 'n1',
        release: 'sha256:0',
        activation: 1,
        kind: 'deploy',
        began: '2026-11-23T08:22:38.000Z',
        lasted: 0,
      },
      ...{ isOver: true, steps: {}, sessions: [], losses: [], origins: [], withdrawn: [], gaps: [] },
      cut: { sessions: 0, losses: 0, origins: 0 },
    };
    const say = (...nodes: string[]) => {
      const all = nodes.map((node) => ({ ...observation, node }));
      ask.mockResolvedValue({ status: 200, body: Buffer.from(JSON.stringify(all)) });
    };
    say('n1', 'n1');
    expect(await agent.observed()).toHaveLength(2);
    say('n1', 'n2');
    await expect(agent.observed()).rejects.toEqual(misnamed);
  });

  const noAgent = 'whatever answers there is not an agent';
  const version = `${noAgent}, or an agent of an unsupported version`;
  test.each<[string, { status?: number; body: string }, () => Promise<unknown>, string]>([
    ['no JSON', { body: 'hello' }, () => agent.status(), noAgent],
    ['no health', { body: '{}' }, () => agent.health({ release: 'x', waitMs: 0 } as never), `${version} (isRunning: `],
    ['no events', { body: '{}' }, () => agent.events(0), `${version} (`],
    ['no flag', { body: '"yes"' }, () => agent.holds('10.0.0.0/8'), `${version} (`],
    ['no route', { body: '{"prefix":1}\n' }, () => agent.routes().next(), `${version} (prefix: `],
    [
      'no routes of outside',
      { body: '{}' },
      () => agent.sent('x'),
      'it reports routes in a form that is not supported',
    ],
    ['a failure without words', { status: 500, body: '' }, () => agent.losses(), 'it answered 500 without a reason'],
  ])('is told with who may have written it where the answer is %s', async (_, { status = 200, body }, asking, why) => {
    ask.mockResolvedValue({ status, body: Buffer.from(body) });
    const error = (await asking().catch((thrown) => thrown)) as Error;
    expect(error).toBeInstanceOf(Unusable);
    expect(error.message.startsWith(`${agent.endpoint}: ${why}`)).toBe(true);
    expect(error.message.endsWith(remedy)).toBe(true);
  });

  test('is told so, too, where the answer is no reply, or a release that cannot be read', async () => {
    ask.mockRejectedValue(new UnreadableReply('the answer in etcd cannot be read'));
    await expect(agent.status()).rejects.toEqual(
      new Unusable(`${agent.endpoint}: the answer in etcd cannot be read${remedy}`, { endpoint: agent.endpoint }),
    );
    ask.mockResolvedValue({ status: 200, body: Buffer.from('hello') });
    await expect(agent.deployed()).rejects.toThrow(remedy);
  });

  test('is not believed in what it says of a table that other nodes receive, too', async () => {
    const sent = { received: 1, sets: [{ attributes: '', nextHop: '10.0.0.9', prefixes: ['203.0.113.0/24'] }] };
    const name = sentRoutesName(sent);
    const say = (routes: object) => ask.mockResolvedValue({ status: 200, body: Buffer.from(JSON.stringify(routes)) });
    say(sent);
    expect(await agent.sent(name)).toEqual(sent);
    say({ ...sent, received: 0, sets: [] });
    await expect(agent.sent(name)).rejects.toThrow(`the routes that it reports are not those named ${name}${remedy}`);
  });

  test('that gives no reply is unreachable, with its endpoint', async () => {
    ask.mockRejectedValue(new Error('no agent of node n1 is connected to etcd'));
    await expect(agent.status()).rejects.toMatchObject({
      name: 'Unreachable',
      endpoint: agent.endpoint,
      message: 'etcd://e1,e2:1234/lab/n1: no agent of node n1 is connected to etcd',
    });
  });
});
