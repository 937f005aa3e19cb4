import { AgentClient } from '../../lib/control/client';
import { FleetClient } from '../../lib/control/fleet/client';

describe('an agent at an etcd endpoint', () => {
  const agent = new AgentClient('etcd://e1,e2:1234/lab/n1');
  const ask = jest.spyOn(FleetClient.prototype, 'ask');
  afterAll(() => ask.mockRestore());
  beforeEach(() => ask.mockReset());
  const command = { node: 'n1', owner: 'alice', fabric: 'lab', release: 'sha256:0', activation: 1 };

  test('gets the requests of its node', async () => {
    ask.mockResolvedValue({ status: 200, body: Buffer.from('{"n1":"etcd://e1/lab/n1"}') });
    expect({ ...(await agent.endpoints()) }).toEqual({ n1: 'etcd://e1/lab/n1' });
    expect(ask.mock.calls).toEqual([['n1', expect.objectContaining({ method: 'GET', path: '/v1/endpoints' })]]);
  });

  test.each([
    [{}, false],
    [{ secrets: {} }, false],
    [{ secrets: { tor: 'x' } }, true],
  ])('a stage with %j is sealed: %s', async (more, isSecret) => {
    ask.mockResolvedValue({ status: 409, body: Buffer.from('{"error":{"code":"busy","message":"later"}}') });
    await expect(agent.send('stage', { ...command, ...more })).rejects.toThrow('later');
    expect(ask.mock.calls[0][1]).toMatchObject({ path: '/v1/stage', isSecret });
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
