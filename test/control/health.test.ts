import { createServer } from 'node:http';
import { join } from 'node:path';
import { AgentClient } from '../../lib/control/client';
import { API } from '../../lib/control/protocol';
import type { AgentStatus } from '../../lib/control/status';
import { type AgentDouble, FleetDouble } from '../provider/agent-double';
import { STATUS } from './answers';

const TERMS = { release: 'sha256:new', outside: 'all' } as const;
const LOST = { since: true, count: 1, examples: [{ prefix: '10.0.0.0/8', isOffered: true }] };

describe('what an agent says of its health', () => {
  let fleet: FleetDouble;
  let agent: AgentDouble;
  let client: AgentClient;
  let looks: number;
  /** The kernel has its routes from this look on. */
  let healthyFrom: number;
  beforeEach(async () => {
    fleet = new FleetDouble();
    await fleet.start('n1');
    agent = fleet.get('n1');
    client = new AgentClient(agent.endpoint);
    [looks, healthyFrom] = [0, 1];
    agent.status = (): AgentStatus => ({
      ...STATUS,
      transaction: { ...STATUS.transaction, active: { ...TERMS, activation: 1, fabric: 'f', owner: 'o' } },
      sessions: [],
      kernel: { ...STATUS.kernel, failed: [], wanted: 1, installed: ++looks >= healthyFrom ? 1 : 0 },
    });
    agent.losses = async () => LOST;
  });
  afterEach(() => fleet.stop());

  const unhealthy = { isRunning: true, faults: [{ message: 'the kernel has 0 of 1 routes' }], listed: [] };
  const healthy = { isRunning: true, faults: [], listed: [] };

  test('is said at once if nothing is waited for', async () => {
    healthyFrom = 2;
    expect(await client.health(TERMS)).toEqual(unhealthy);
    expect(await client.health(TERMS)).toEqual(healthy);
  });

  test('is waited for, and no longer than asked', async () => {
    healthyFrom = 3;
    expect(await client.health({ ...TERMS, waitMs: 30_000 })).toEqual(healthy);
    expect(looks).toBe(3);
    healthyFrom = 99;
    expect(await client.health({ ...TERMS, waitMs: 300 })).toEqual(unhealthy);
  });

  test('includes what it lost only if that is asked, and nothing else is wrong', async () => {
    healthyFrom = 2;
    expect(await client.health({ ...TERMS, losses: true })).toEqual(unhealthy);
    expect(await client.health({ ...TERMS, losses: true })).toEqual({ ...healthy, losses: LOST });
  });

  test('is that it does not run the release, and why', async () => {
    const said = await client.health({ ...TERMS, release: 'sha256:other' });
    expect(said).toMatchObject({ isRunning: false, faults: [{ message: 'the agent does not run release other' }] });
  });

  test('is refused if it is not asked as it should be', async () => {
    await expect(client.health({ ...TERMS, outside: 'none' } as never)).rejects.toThrow('not a valid question');
  });

  test('is worked out from the status of an older agent', async () => {
    const asked: string[] = [];
    const path = join(agent.socket, '..', 'older.sock');
    const answers: Record<string, () => unknown> = { status: () => agent.status(), losses: () => LOST };
    const server = createServer((incoming, reply) => {
      const name = incoming.url!.slice(API.length + 1);
      asked.push(name);
      const error = { code: 'unknown', message: 'this agent does not know it' };
      reply.writeHead(answers[name] ? 200 : 404).end(JSON.stringify(answers[name]?.() ?? { error }));
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const older = new AgentClient(`unix://${path}`);
    expect(await older.health({ ...TERMS, losses: true, waitMs: 1_000 })).toEqual({ ...healthy, losses: LOST });
    expect(asked).toEqual(['health', 'status', 'losses']);
    await new Promise((resolve) => server.close(resolve));
  });

  test('and when its retiring sessions are closed is waited for, too', async () => {
    let isOpen = 2;
    const summary = agent.summary.bind(agent);
    agent.summary = () => {
      const { transaction, ...rest } = summary();
      const retiring = { release: 'sha256:old', activation: 1, phase: 'draining', behind: [] } as const;
      return { ...rest, transaction: { ...transaction, retiring: isOpen-- > 0 ? retiring : null } };
    };
    expect((await client.drained(30_000)).transaction.retiring).toBeNull();
  });
});
