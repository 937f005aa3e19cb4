import type { FabricSpec } from '../../lib/model/fabric';
import type { Namespace } from '../kernel/namespace';
import { eventually, LocalNetwork, type Process } from './support/network';

const fabric: FabricSpec = {
  name: 'strangers',
  asNumber: 67111,
  nodes: { n1: { ipv4Address: '10.0.0.1' }, n2: { ipv4Address: '10.0.0.2' } },
};

/** Connects so often, one after another, and waits each time for the end of the connection. */
const KNOCK = `
const { connect } = require('node:net');
let left = 2000;
const next = () => left-- > 0 && connect(179, '10.0.0.1').on('error', () => {}).on('close', next).resume();
next();`;

describe('an agent beside strangers and restless workloads', () => {
  let network: LocalNetwork;
  let n1: Namespace;
  let n2: Namespace;
  let stranger: Namespace;
  let agent: Process;
  beforeAll(async () => {
    network = new LocalNetwork([1, 2, 66]);
    [n1, n2, stranger] = network.machines;
    n1.pair('cali1');
    const file = network.write('fabric.json', fabric);
    agent = network.agent(n1, 'n1', ['--fabric', file]);
    network.agent(n2, 'n2', ['--fabric', file]);
    await eventually(async () =>
      expect((await network.client('n1').status()).sessions.map(({ state }) => state)).toEqual(['Established']),
    );
  });
  afterAll(() => network.remove());

  test('writes a few lines of two thousand refused connections, and keeps count of the others', async () => {
    const knocks = network.start(stranger, [process.execPath, '-e', KNOCK]);
    expect(await knocks.ended).toBe(0);
    await eventually(async () => {
      const { leftOut = [] } = await network.client('n1').status();
      const refused = agent.text.split('\n').filter((line) => line.includes('from 10.0.0.66')).length;
      expect(refused).toBeGreaterThanOrEqual(10);
      expect(refused).toBeLessThan(100);
      expect(leftOut).toMatchObject([{ kind: 'refused', count: 2000 - refused }]);
    });
    await eventually(() =>
      expect(agent.text).toMatch(/warn {2}\d+ refused connections from unknown addresses were suppressed in/),
    );
  });

  test('does not forget what its sessions did over workloads that come and go', async () => {
    for (let round = 0; round < 10; round++) {
      const lines = Array.from({ length: 250 }, (_, i) => `10.65.0.${i}/32 dev cali1`);
      const file = network.write(
        'batch',
        [...lines.map((l) => `route add ${l}`), ...lines.map((l) => `route del ${l}`)].join('\n'),
      );
      n1.ip(`-batch ${file}`);
    }
    await eventually(async () => {
      const { leftOut = [] } = await network.client('n1').status();
      expect(leftOut.find(({ kind }) => kind === 'workload')?.count).toBeGreaterThan(1000);
    });
    const messages = (await network.client('n1').events(0)).map(({ message }) => message);
    expect(messages).toContainEqual(expect.stringMatching(/^n2 10\.0\.0\.2: .* -> Established$/));
    expect(messages.filter((message) => message.startsWith('workload ')).length).toBeLessThanOrEqual(1000);
  });
});
