import { FleetClient } from '../../lib/control/fleet/client';
import type { Reply } from '../../lib/control/fleet/message';
import { exchange } from '../../lib/control/http-exchange';
import { type AgentDouble, FleetDouble } from './agent-double';
import { deploymentOf } from './sequences/deployment';
import { type Block, Terraform } from './sequences/terraform';

const NODES = ['n1', 'n2', 'n3'];

/** A release, a wave and a commit over etcd. */
function blocksOf(peers: readonly string[]): Block[] {
  const endpoints = Object.fromEntries(NODES.map((node) => [node, `etcd://e1/lab/${node}`]));
  return deploymentOf('lab', endpoints, {
    node: Object.fromEntries(
      NODES.map((node, i) => [node, { ipv4_address: `10.0.0.${i + 1}`, endpoint: endpoints[node] }]),
    ),
    peer: Object.fromEntries(
      peers.map((address) => [address, { node: 'n1', address, as_number: 65000, expect: 'down' }]),
    ),
  });
}

describe('what a deploy over etcd asks of each agent', () => {
  const fleet = new FleetDouble();
  let agents: Map<string, AgentDouble>;
  const asked: string[] = [];
  const sessions = new Map<string, string>();
  const mocks = [
    jest.spyOn(FleetClient.prototype, 'session').mockImplementation((node) => sessions.get(node)),
    jest.spyOn(FleetClient.prototype, 'ask').mockImplementation(async (node, { steps }) => {
      asked.push(`${node} ${steps.map(({ path }) => path.replace(/^\/v1\/|\?.*/g, '')).join(' + ')}`);
      let reply: Reply | undefined;
      for (const { method, path, body = '' } of steps) {
        const headers = { 'content-length': Buffer.byteLength(body) };
        reply = await exchange(agents.get(node)!.socket, { method, path, body, headers, timeout: 10_000 });
        if (reply.status !== 200) return reply;
      }
      return reply!;
    }),
  ];
  beforeAll(async () => {
    agents = new Map(NODES.map((node) => [node, fleet.add(node)]));
    for (const [node, agent] of agents) {
      await agent.start();
      sessions.set(node, `of ${node}`);
    }
  });
  afterAll(async () => {
    for (const mock of mocks) mock.mockRestore();
    await fleet.stop();
  });
  beforeEach(() => asked.splice(0));

  const terraform = new Terraform();
  const deploy = async (peers: readonly string[], afterStep: (address: string) => void = () => {}) => {
    const { diagnostics } = await terraform.apply(blocksOf(peers), {
      during: async (address, act) => {
        const result = await act();
        afterStep(address);
        return result;
      },
    });
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    return asked.flatMap((one) => (one.startsWith('n3 ') && !one.endsWith('observed') ? [one.slice(3)] : []));
  };
  const DEPLOY = ['release + prediction + stage', 'activate', 'health', 'confirm', 'finalise + summary'];

  test.each([[[]], [['192.0.2.1']]])(
    'with peers %j is its state in the plan and when it begins, and no more',
    async (peers) => {
      expect(await deploy(peers)).toEqual(['summary', 'summary', ...DEPLOY]);
    },
  );

  test('is its state before each step if it is started again in between', async () => {
    const steps = await deploy(['192.0.2.2'], (address) => sessions.set('n3', `after ${address}`));
    expect(steps).toEqual([
      ...['summary', 'summary', 'release + prediction + stage'],
      ...['summary', 'activate', 'health', 'summary', 'confirm', 'finalise + summary'],
    ]);
  });
});
